"""A phone takes the best known names of its cell along, and finds roads and landmarks by them without a network."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from geo.formats.outlines import read_outlines
from geo.place_names.query_words import AreaNames, normalize_text, read_words, write_digits
from geo.region import RegionCell
from tests.front import call_each
from tests.street_town import build_town_names
from tests.tiers import budget
from tests.yihui.http.riding import served
from tests.yihui.offline.asking import ON_THE_PHONE
from tests.yihui.offline.conftest import controlled, phone, saved
from yihui.files.street_names.reading import NamesFile
from yihui.views.region_pack import build_region_names

CELL = RegionCell.from_id("117.0_36.5")
NAMES = budget(20_000)


@pytest.fixture(scope="module")
def streets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_town_names(tmp_path_factory.mktemp("town") / "streets")


def test_the_names_of_the_cell_are_packed_with_their_kinds_and_places(streets: Path) -> None:
    pack = build_region_names(CELL, NamesFile.open(streets / "names.sqlite"))
    rows = {
        name: (pack["kinds"][kind], pack["areas"][area], 117 + lon / 10_000, 36.5 + lat / 10_000)
        for name, kind, area, lon, lat in zip(
            pack["name"], pack["kind"], pack["area"], pack["lon"], pack["lat"], strict=True
        )
    }
    assert rows["趵突泉"] == ("sight", "370103", pytest.approx(117.0003), pytest.approx(36.6556))
    assert rows["泉城路"][0] == "road"
    assert "济南西站" not in rows  # west of the cell
    assert "青岛站" not in rows


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, streets: Path) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("site"), YIHUI_STREETS=str(streets)) as address:
        yield address


@pytest.mark.deeper
def test_the_phone_reads_numerals_as_the_server_does() -> None:
    rng = np.random.default_rng(5)
    signs = list("〇零一二三四五六七八九十百千0123456789经路")
    names = ["".join(rng.choice(signs, rng.integers(1, 8))) for _ in range(NAMES)]
    (by_phone,) = call_each(ON_THE_PHONE, "writtenInDigits", [[names]])
    server = [write_digits(name) for name in names]
    assert by_phone == server
    written_anew = sum(name != written for name, written in zip(names, server, strict=True))
    assert NAMES / 20 < written_anew < NAMES * 0.95


def test_the_phone_splits_areas_off_an_address_as_the_server_does() -> None:
    """The phone knows areas by their full names; its words are sorted by length."""
    districts = [one for one in read_outlines().districts if one.code.startswith("37")]
    full = sorted({normalize_text(name) for one in districts for name in (one.name, one.city, one.province)})
    typed = [f"{one.city}{one.name}泉城路" for one in districts] + ["济南市高新区泉城路", "济南市泉城广场"]
    (by_phone,) = call_each(ON_THE_PHONE, "splitTexts", [[typed, full]])
    assert isinstance(by_phone, list)
    names = AreaNames(frozenset(full), frozenset(full), max(map(len, full)))
    for text, readings in zip(typed, by_phone, strict=True):
        server = [sorted(words, key=len, reverse=True) for words in read_words(text, lambda: names)]
        assert [words for words in readings if words in server] == readings
        assert len(readings) > 1


@pytest.mark.endure
@pytest.mark.needs("chromium")
def test_a_road_is_found_on_the_phone_and_leads_to_stations(browser: Browser, address: str) -> None:
    with phone(browser) as context:
        page = context.new_page()
        page.goto(f"{address}/?lon=117.0204&lat=36.6683&datum=wgs84")
        saved(page)
        controlled(page)
        context.set_offline(True)
        page.goto(f"{address}/?q={quote('泉城路')}&near=117.0,36.7&lang=zh")
        choices = page.locator("#answer .choices a")
        expect(choices.first).to_contain_text("道路 · ")
        expect(page.locator("#answer")).to_contain_text("© OpenStreetMap 贡献者")
        choices.filter(has_text="道路 · ").first.click()
        expect(page.locator("#answer[data-state=answered] .card").first).to_be_visible()
        page.goto(f"{address}/?q={quote('没有这个地方')}&lang=zh")
        expect(page.locator("#answer .notice, #answer .saved").first).to_be_visible()
        expect(choices).to_have_count(0)
