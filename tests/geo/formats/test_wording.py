"""Words of registers: facilities, states, facts and other values as people write them."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.formats.access_words import parse_access
from geo.formats.facility_words import FACILITY_TERMS, parse_facilities
from geo.formats.facts import (
    CensusArea,
    apportion,
    county_population,
    list_added_zones,
    parse_census_areas,
    read_packaged_table,
    shandong_population,
)
from geo.formats.status_words import parse_status
from geo.formats.wording import parse_entry, parse_kind
from geo.station import FACILITY_CODES, Access, Entry, Kind, Status


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("請洽服務人員", Entry.STAFF),
        ("请洽服务台", Entry.STAFF),
        ("使用前先洽櫃台，取錀匙", Entry.STAFF),
        ("平時上鎖，須找服務台人員", Entry.STAFF),
        ("由服務人員引導開門", Entry.STAFF),
        ("找工作人员开门", Entry.STAFF),
        ("自行前往哺集乳室，並登記", Entry.WALK_IN),
        ("平時無上鎖", Entry.WALK_IN),
        ("自由使用", Entry.WALK_IN),
        ("直接进入", Entry.WALK_IN),
        ("请自行前往，不需上锁", Entry.WALK_IN),
        ("扫码开门", Entry.SCAN),
        ("APP", Entry.APP),
        ("身份证", Entry.ID_CARD),
        ("staff", Entry.STAFF),
        # a denial is no statement of the opposite
        ("无需扫码，直接进入", Entry.WALK_IN),
        ("不可自行进入", Entry.UNKNOWN),
        ("请勿直接进入", Entry.UNKNOWN),
        ("无需刷卡", Entry.UNKNOWN),
        ("扫码开门（故障）", Entry.UNKNOWN),
        ("免钥匙", Entry.UNKNOWN),
        # two things at once, or nothing about the door
        ("請自行前往哺乳室或洽值班人員", Entry.UNKNOWN),
        ("請自行前往櫃台登記", Entry.UNKNOWN),
        ("請使用人員遵守規範並共同維護環境清潔", Entry.UNKNOWN),
        ("中午開放", Entry.UNKNOWN),
        ("無", Entry.UNKNOWN),
        ("", Entry.UNKNOWN),
    ],
)
def test_how_to_get_in_is_read_from_a_note(text: str, entry: Entry) -> None:
    assert parse_entry(text) is entry


@pytest.mark.parametrize(
    ("text", "access"),
    [
        ("僅供職場內部限定", Access.EMPLOYER),
        ("內部員工使用", Access.EMPLOYER),
        ("仅限本单位职工", Access.EMPLOYER),
        ("不对外开放", Access.EMPLOYER),
        ("沒有對外開放", Access.EMPLOYER),
        ("仅限工会会员", Access.MEMBERS),
        ("对公众开放", Access.PUBLIC),
        ("供民眾自由使用", Access.PUBLIC),
        ("public", Access.PUBLIC),
        ("对外开放", Access.PUBLIC),
        ("面向社会开放", Access.PUBLIC),
        ("不收费，对外开放", Access.PUBLIC),
        # a denial is never public, wherever it stands in the sentence
        *(
            (text, Access.EMPLOYER)
            for text in (
                *(
                    "無對外開放",
                    "暂停对外开放",
                    "停止对外开放",
                    "不面向社会",
                    "未向社会开放",
                    "非公共开放",
                    "不对公众开放",
                ),
                *(
                    "非对外",
                    "不對外",
                    "尚未对外开放",
                    "不再对外开放",
                    "对外开放：否",
                    "对外开放（×）",
                    "對外開放（維修中）",
                ),
                *("谢绝外来人员", "閒人免進", "外来人员禁止入内", "僅供員工使用", "非工作人员请勿入内"),
            )
        ),
        # what limits nobody
        ("不限职工，对外开放", Access.PUBLIC),
        ("不限会员", Access.UNKNOWN),
        ("不仅限职工", Access.UNKNOWN),
        ("工作日对外开放，周末不对外开放", Access.UNKNOWN),
        ("周末不对外开放", Access.UNKNOWN),
        ("装修期间不对外开放", Access.UNKNOWN),
        ("9:00-17:00，12:00-13:00不对外开放", Access.UNKNOWN),
        ("本站点不对外开放", Access.EMPLOYER),
        # a day on which it is shut, a room beside another, visitors as well
        ("每月第一個星期四為清潔日，不對外開放", Access.UNKNOWN),
        ("3樓女廁對面/員工專用室旁", Access.UNKNOWN),
        ("以內部員工使用為主，也開放洽公民眾", Access.UNKNOWN),
        ("", Access.UNKNOWN),
    ],
)
def test_who_may_enter_is_read_from_a_note(text: str, access: Access) -> None:
    assert parse_access(text) is access


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("依法設置哺集乳室", Kind.MOTHER_ROOM),
        ("户外劳动者服务站点", Kind.OUTDOOR_STATION),
        ("工会驿站", Kind.OUTDOOR_STATION),
        ("工人文化宫", Kind.CULTURAL_PALACE),
        ("职工服务中心", Kind.SERVICE_CENTRE),
        ("library", Kind.LIBRARY),
        ("加油站", None),
        ("非驿站", None),
        ("原工会驿站", None),
        ("", None),
    ],
)
def test_kinds_are_codes_or_chinese(text: str, kind: Kind | None) -> None:
    assert parse_kind(text) is kind


PRESENT = {
    "饮水、手机充电,電動車充電；WiFi|按摩椅子": {"water", "charging", "ebike_charging", "wifi", "seats"},
    "插座": {"charging"},
    "电源插座": {"charging"},
    "无线网络": {"wifi"},
    "無障礙衛生間": {"toilet"},
    "无线充电": {"charging"},
    "飲水機2台": {"water"},
    "冷热饮水机（有）": {"water"},
    "空调：√": {"aircon"},
    "饮水 空调": {"water", "aircon"},
    "空调和微波炉": {"aircon", "microwave"},
    "非机动车停车": {"ebike_parking"},
    "ｗｉｆｉ": {"wifi"},
    "water、ebike_charging": {"water", "ebike_charging"},
    "提供热水，免费充电": {"water", "charging"},
}
ABSENT = {
    "无饮水": {"water"},
    "無飲水": {"water"},
    "饮水：无": {"water"},
    "饮水:無": {"water"},
    "没有卫生间": {"toilet"},
    "沒有衛生間": {"toilet"},
    "暂无空调": {"aircon"},
    "微波炉（坏）": {"microwave"},
    "微波炉（损坏）": {"microwave"},
    "空调待修": {"aircon"},
    "无停车": {"parking"},
    "没有充电": {"charging"},
    "饮水✗": {"water"},
    "饮水×": {"water"},
    "卫生间：否": {"toilet"},
    "饮水机（暂停使用）": {"water"},
    "卫生间不可用": {"toilet"},
    "没有空调和微波炉": {"aircon", "microwave"},
    "不提供热水": {"water"},
    "未配备微波炉": {"microwave"},
}
UNKNOWN = ("讲座", "轮椅", "按摩", "座谈", "药店", "茶具", "空调（夏季）", "微波炉（借走了）", "充电宝自带")
UNCLEAR = ("有无有", "有", "不缺饮水", "有无饮水", "是否有空调", "没有损坏的空调")


@pytest.mark.parametrize(("text", "codes"), PRESENT.items())
def test_whole_terms_become_codes(text: str, codes: set[str]) -> None:
    found = parse_facilities(text)
    assert (found.present, found.absent, found.unknown, found.unclear) == (codes, set(), set(), set())


@pytest.mark.parametrize(("text", "codes"), ABSENT.items())
def test_a_facility_that_is_denied_or_broken_is_absent(text: str, codes: set[str]) -> None:
    found = parse_facilities(text)
    assert (found.present, found.absent, found.unknown, found.unclear) == (set(), codes, set(), set())


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
            assert parse_facilities(term).present == {code}, term


ACTIVE = (
    "", "正常", "正常开放", "运行中", "启用", "已启用", "在用", "使用中", "营业", "對外開放", "试运营", "恢复开放", "ＡＣＴＩＶＥ", "（正常）", "正常使用",
)  # fmt: skip
NOT_NOW = (
    "未开放", "不开放", "暂未开放", "尚未开放", "未启用", "尚未启用", "未啟用", "不在用", "非正常", "不正常", "暂停", "暂停开放", "暫停對外開放", "停用",
    "装修", "裝修中", "未营业", "不营业", "歇业", "停业", "闭馆", "維修", "待启用", "即将开放", "不能使用", "無法使用", "停止使用", "未投入使用", "损坏", "待修",
    "不对公众开放", "临时关闭", "已關閉", "inactive", "closed", "未 开 放", "未正常运行",
)  # fmt: skip
FOR_GOOD = ("关停", "撤销", "已撤销", "已拆", "已拆除", "撤站", "永久关闭", "註銷", "closed_for_good")
NO_STATUS = (
    "？？", "未撤销", "未停用", "不停业", "没有关闭", "否", "×", "是", "无", "使用", "谢绝外来人员", "不对外", "装修完毕", "部分开放", "9月起开放",
    "正常（6月装修）", "暂停后恢复开放", "有空调", "none", "暂停后撤销",
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "status"),
    [
        *((text, Status.ACTIVE) for text in ACTIVE),
        *((text, Status.CLOSED_TEMPORARILY) for text in NOT_NOW),
        *((text, Status.CLOSED_FOR_GOOD) for text in FOR_GOOD),
        *((text, None) for text in NO_STATUS),
    ],
)
def test_a_status_consists_of_listed_words_and_a_denial_comes_first(text: str, status: Status | None) -> None:
    assert parse_status(text) is status


HEADER = "code,name,level,population,hosts\n"


@pytest.fixture(scope="module")
def areas() -> tuple[CensusArea, ...]:
    return parse_census_areas(read_packaged_table("shandong_census_2020.csv"))


def people(areas: tuple[CensusArea, ...], level: str) -> int:
    return sum(area.population for area in areas if area.level == level)


def test_counties_and_zones_together_are_the_published_total(areas: tuple[CensusArea, ...]) -> None:
    assert people(areas, "province") == 101_527_453
    assert people(areas, "county") == 97_969_949
    assert people(areas, "county") + people(areas, "zone") == people(areas, "city") == 101_527_453


def test_each_city_is_the_sum_of_its_counties_and_zones(areas: tuple[CensusArea, ...]) -> None:
    for city in (area for area in areas if area.level == "city"):
        parts = [a for a in areas if a.code[:4] == city.code[:4] and a.level in ("county", "zone")]
        assert sum(part.population for part in parts) == city.population, city.name


def test_the_population_of_136_counties_is_the_whole_province() -> None:
    population = shandong_population()
    assert len(population) == 136
    assert sum(population.values()) == 101_527_453


def test_a_zone_lies_in_counties_of_its_own_city(areas: tuple[CensusArea, ...]) -> None:
    zones = [area for area in areas if area.level == "zone"]
    assert len(zones) == 17
    assert all(host[:4] == zone.code[:4] for zone in zones for host in zone.hosts)


def test_a_zone_adds_its_people_to_its_host() -> None:
    own = 1_067_783
    assert shandong_population()["370214"] == own + 41_823  # 青岛高新区 lies in 城阳区
    assert shandong_population()["370203"] == 1_096_879  # 市北区 hosts none


def test_the_zones_that_are_added_to_counties_are_named_with_their_hosts() -> None:
    found = list_added_zones(["370214", "370203"])
    assert [(zone.population, hosts) for zone, hosts in found] == [(41_823, ["城阳区"])]


def test_a_zone_on_two_counties_is_shared_in_proportion_to_their_people() -> None:
    text = HEADER + "1,甲,county,300,\n2,乙,county,100,\n9,高新区,zone,41,1 2\n"
    assert county_population(text) == {"1": 331, "2": 110}


@pytest.mark.parametrize("hosts", ["", "7", "1 7"])
def test_a_zone_without_a_known_host_is_refused(hosts: str) -> None:
    with pytest.raises(ValueError, match="高新区"):
        county_population(HEADER + f"1,甲,county,300,\n9,高新区,zone,41,{hosts}\n")


@pytest.mark.parametrize("line", ["1,甲,county,many,", "1,甲,county", "1,甲,county,,"])
def test_a_line_that_is_no_area_is_named(line: str) -> None:
    with pytest.raises(ValueError, match="line 2"):
        parse_census_areas(HEADER + line + "\n")


@given(st.integers(0, 20_000), st.lists(st.integers(0, 2_000_000), min_size=1).filter(any))
@settings(deadline=None, derandomize=True)
def test_shares_sum_to_the_whole_and_stay_within_one_of_the_exact_quota(
    whole: int, weights: list[int]
) -> None:
    shares = apportion(whole, weights)
    assert sum(shares) == whole
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share - Fraction(whole * weight, sum(weights))) < 1


@pytest.mark.parametrize("weights", [[], [0, 0], [3, -1]])
def test_weights_that_share_nothing_are_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        apportion(10, weights)
