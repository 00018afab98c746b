"""The sample register: as many places as the reports name, where the people live, always marked."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
import shapely

from geo.formats.columns import guess_columns
from geo.formats.facility_words import parse_facilities
from geo.formats.facts import shandong_population
from geo.formats.wording import is_true, parse_access, parse_entry, parse_kind
from geo.place_names.typed import TypedNeeds, read_needs
from geo.station import Access, Entry, Kind
from geo.usage_counts import MIN_GROUP_SIZE
from yihui.bootstrap import Settings, build_wiring
from yihui.http.rider.cards import format_tel_link
from yihui.planning.demand.run import load_demand_region, load_search_demand
from yihui.runtime.arguments import parse_instant
from yihui.samples.places import County
from yihui.samples.register import (
    HEADER,
    KIND_COUNTS,
    SEED,
    Row,
    generate_register_rows,
    load_shandong_counties,
)
from yihui.samples.searches import generate_searches
from yihui.samples.words import ACCESS, ENTRY, MOTHER, OUTDOOR, PALACE
from yihui.services.operation.demo import DEMO_NOW, record_demo_searches


@pytest.fixture(scope="module")
def counties() -> list[County]:
    return load_shandong_counties()


@pytest.fixture(scope="module")
def rows(counties: list[County]) -> list[Row]:
    return generate_register_rows(counties, shandong_population(), SEED)


def code(row: Row) -> str:
    return row["编号"].split("-")[1]


def test_every_row_says_that_it_is_a_sample_and_no_number_or_name_occurs_twice(rows: list[Row]) -> None:
    assert all(row["示例"] == "示例" and "示例" in row["名称"] and "示例路" in row["地址"] for row in rows)
    assert all(row["编号"].startswith("SAMPLE-") for row in rows)
    assert len({row["编号"] for row in rows}) == len(rows)
    assert len({(row["地址"][:6], row["名称"]) for row in rows}) == len(rows)


def test_no_places_name_is_read_as_a_need_and_each_is_kept_beside_one(
    rows: list[Row], counties: list[County]
) -> None:
    names = {county.name for county in counties} | {row["名称"] for row in rows}
    assert not [name for name in names if read_needs(name) != TypedNeeds((), name)]
    beside = [f"{{}}{between}{{}}" for between in ("", "附近的")]
    wrong = [
        (name, form)
        for name in sorted(names)[::5]
        for form in beside
        if read_needs(form.format(name, "厕所")) != TypedNeeds(("toilet",), name)
    ]
    assert not wrong


def test_the_import_understands_every_facility(rows: list[Row]) -> None:
    found = {text: parse_facilities(text) for text in {row["设施"] for row in rows}}
    assert not [text for text, read in found.items() if read.unknown | read.unclear]


def test_no_telephone_can_be_dialled_or_is_another_places(rows: list[Row]) -> None:
    phones = [row["联系电话"] for row in rows if row["联系电话"]]
    assert len(set(phones)) == len(phones) > 0.85 * len(rows)
    assert all("示例" in phone and format_tel_link(phone) == "" for phone in phones)


def test_every_place_lies_inside_the_outline_of_its_own_county(
    rows: list[Row], counties: list[County]
) -> None:
    outline = {county.code: county.geometry for county in counties}
    placed = [row for row in rows if row["经度"]]
    shapes = np.array([outline[code(row)] for row in placed], dtype=object)
    shapely.prepare(shapes)
    lon, lat = ([float(row[column]) for row in placed] for column in ("经度", "纬度"))
    assert shapely.contains_xy(shapes, lon, lat).all()


def test_the_import_understands_every_header_and_every_word() -> None:
    columns = guess_columns(HEADER)
    assert columns.unused == ()
    assert columns.headers("lon") == ("经度",) and columns.headers("sample") == ("示例",)
    assert is_true("示例")
    assert {kind: parse_kind(kind) for kind in KIND_COUNTS} == {
        OUTDOOR: Kind.OUTDOOR_STATION,
        MOTHER: Kind.MOTHER_ROOM,
        PALACE: Kind.CULTURAL_PALACE,
    }
    doors = {word: parse_entry(word) for words in ENTRY.values() for word in words}
    assert doors == {
        "直接进入": Entry.WALK_IN,
        "扫码": Entry.SCAN,
        "APP": Entry.APP,
        "身份证": Entry.ID_CARD,
        "找工作人员开门": Entry.STAFF,
        "": Entry.UNKNOWN,
    }
    users = {word: parse_access(word) for words in ACCESS.values() for word in words}
    assert users == {
        "对公众开放": Access.PUBLIC,
        "仅限工会会员": Access.MEMBERS,
        "仅限本单位职工": Access.EMPLOYER,
        "": Access.UNKNOWN,
    }


def test_the_demo_has_two_closed_months_of_searches_that_may_be_shown(
    rows: list[Row], tmp_path: Path
) -> None:
    months = []
    wiring = build_wiring(Settings(str(tmp_path / "yihui.db"), tmp_path), now=lambda: parse_instant(DEMO_NOW))
    record_demo_searches(wiring, rows)
    area = load_demand_region(wiring, "370102")
    for unmet in (True, False):
        groups = load_search_demand(wiring, area, unmet=unmet).groups
        assert all(group.count >= MIN_GROUP_SIZE for group in groups)
        months.append({group.month for group in groups if group.hour is not None})
    wiring.close()
    assert months == [{date(2026, 7, 1), date(2026, 8, 1)}] * 2
    first, again = (list(generate_searches(rows, date(2026, 7, 1), SEED)) for _ in range(2))
    assert first == again
