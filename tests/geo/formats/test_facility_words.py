"""Facilities are whole terms; a facility that is denied, broken or part of another word is not there."""

import pytest

from geo.formats.facility_words import FACILITY_TERMS, parse_facilities
from geo.station import FACILITY_CODES

PRESENT = {
    "饮水、手机充电,電動車充電；WiFi|按摩椅子": {"water", "charging", "ebike_charging", "wifi", "seats"},
    "电源插座": {"charging"},
    "無障礙衛生間": {"toilet"},
    "无线充电": {"charging"},
    "冷热饮水机（有）": {"hot_water", "water"},
    "空调：√": {"aircon"},
    "空调和微波炉": {"aircon", "microwave"},
    "非机动车停车": {"ebike_parking"},
    "ｗｉｆｉ": {"wifi"},
    "water、ebike_charging": {"water", "ebike_charging"},
    "提供热水，免费充电": {"hot_water", "water", "charging"},
    "午休室，折疊床": {"nap"},
    "可反锁、房门可反锁": {"lock"},
}
ABSENT = {
    "water": (
        "无饮水",
        "無飲水",
        "饮水：无",
        "饮水:無",
        "饮水✗",
        "饮水×",
        "饮水机（暂停使用）",
    ),
    "hot_water": ("不提供热水", "無熱水", "开水器（坏）"),
    "toilet": ("没有卫生间", "沒有衛生間", "卫生间：否", "卫生间不可用"),
    "microwave": ("微波炉（坏）", "微波炉（损坏）", "未配备微波炉"),
    "aircon": ("暂无空调", "空调待修"),
    "parking": ("无停车",),
    "lock": ("不能反锁", "无反锁"),
    "charging": ("没有充电",),
    "aircon microwave": ("没有空调和微波炉",),
}
UNKNOWN = ("讲座", "轮椅", "按摩", "座谈", "药店", "茶具", "空调（夏季）", "微波炉（借走了）", "充电宝自带")
UNCLEAR = ("有无有", "有", "不缺饮水", "有无饮水", "是否有空调", "没有损坏的空调")


@pytest.mark.parametrize(("text", "codes"), PRESENT.items())
def test_whole_terms_become_codes(text: str, codes: set[str]) -> None:
    found = parse_facilities(text)
    assert (found.present, found.absent, found.unknown, found.unclear) == (codes, set(), set(), set())


@pytest.mark.parametrize(("text", "codes"), [(text, codes) for codes in ABSENT for text in ABSENT[codes]])
def test_a_facility_that_is_denied_or_broken_is_absent(text: str, codes: str) -> None:
    found = parse_facilities(text)
    assert found.absent == {*codes.split()}
    assert not found.present | found.unknown | found.unclear


@pytest.mark.parametrize("text", UNKNOWN)
def test_a_word_that_only_contains_a_term_stays_as_it_is_written(text: str) -> None:
    found = parse_facilities(text)
    assert not found.present | found.absent | found.unclear
    assert len(found.unknown) == 1


@pytest.mark.parametrize("text", UNCLEAR)
def test_a_text_that_names_a_facility_without_a_plain_statement_is_unclear(text: str) -> None:
    found = parse_facilities(text)
    assert (found.present, found.absent, found.unclear) == (set(), set(), {text})


def test_what_follows_a_denial_in_a_list_is_not_called_present() -> None:
    found = parse_facilities("无饮水、空调")
    assert (found.present, found.absent, found.unclear) == (set(), {"water"}, {"空调"})
    assert parse_facilities("饮水；无空调，微波炉").present == {"water", "microwave"}


def test_a_contradiction_is_neither_present_nor_absent() -> None:
    found = parse_facilities("饮水，无饮水")
    assert (found.present, found.absent, found.unclear) == (set(), set(), {"water"})


def test_no_facilities_are_no_finding() -> None:
    for text in ("", "无", "暂无", "-", "/"):
        assert not parse_facilities(text).named, text


def test_each_code_has_terms_that_name_it_alone() -> None:
    assert set(FACILITY_TERMS) == set(FACILITY_CODES)
    for code, terms in FACILITY_TERMS.items():
        for term in terms.split():
            assert parse_facilities(term).present - {"water"} == {code} - {"water"}, term
            assert (code in ("water", "hot_water")) == ("water" in parse_facilities(term).present), term


def test_without_hot_water_there_may_still_be_water() -> None:
    assert parse_facilities("hot_water").present == {"hot_water"}  # as we export it
    found = parse_facilities("饮水，无热水")
    assert (found.present, found.absent, found.unclear) == ({"water"}, {"hot_water"}, set())
