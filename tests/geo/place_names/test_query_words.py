"""Queries are read as words, and known areas are split off, also if their names hold 市 or 州."""

import pytest

from geo.formats.outlines import read_outlines
from geo.place_names.query_words import AreaNames, normalize_text, read_words

SHANDONG = AreaNames.of(
    ("山东省", "济南市", "青岛市", "德州市", "枣庄市", "历下区", "市中区", "市北区", "市南区", "胶州市", "兖州区", "济宁市")
)  # fmt: skip


def readings(typed: str, names: AreaNames = SHANDONG) -> list[list[str]]:
    return list(read_words(typed, lambda: names))


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("青岛市市北区泉城路", ["青岛市", "市北区", "泉城路"]),
        ("胶州市中云路", ["胶州市", "中云路"]),
        ("济宁市兖州区九州路", ["济宁市", "兖州区", "九州路"]),
        ("山东省枣庄市市中区光明路", ["山东省", "枣庄市", "市中区", "光明路"]),
        ("济南市中区泉城路", ["济南", "市中区", "泉城路"]),  # 济南市 and 市中区, with one 市
        ("青岛市南香港路", ["青岛", "市南", "香港路"]),
        ("青岛德州路", ["青岛", "德州路"]),  # streets are named after areas too
        ("枣庄市中路", ["枣庄", "市中路"]),
        ("濟南市市中區泉城路", ["济南市", "市中区", "泉城路"]),
        ("济南市高新区泉城路", ["济南市", "高新区", "泉城路"]),  # not known, read by its last character
        ("新城市泉城路", ["新城市", "泉城路"]),
        ("济南市泉城市场", ["济南市", "泉城市场"]),
    ],
)
def test_an_address_is_split_into_areas_and_the_rest(typed: str, words: list[str]) -> None:
    assert words in readings(typed)


@pytest.mark.parametrize("typed", ["泉城路", "市", "quanchenglu"])
def test_what_names_no_area_has_one_reading(typed: str) -> None:
    assert readings(typed) == [[typed]]


@pytest.mark.parametrize("typed", ["", " ", "。，"])
def test_what_says_nothing_has_no_reading(typed: str) -> None:
    assert readings(typed) == []


def test_every_district_of_the_outlines_is_split_off_its_address() -> None:
    districts = read_outlines().districts
    names = AreaNames.of(name for one in districts for name in (one.name, one.city, one.province) if name)
    assert len(districts) > 2_000
    for one in districts:
        whole = dict.fromkeys(normalize_text(name) for name in (one.province, one.city, one.name) if name)
        for areas in ([*whole], [*whole][-2:], [*whole][-1:]):
            assert [*areas, "泉城路"] in readings("".join(areas) + "泉城路", names)


def test_many_areas_in_a_row_are_split_up_to_the_longest_query() -> None:
    assert readings("济南市" * 500)[1] == ["济南市"] * 66 + ["济南"]
