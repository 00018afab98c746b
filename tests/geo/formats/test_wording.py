"""What notes in real registers say about doors; both sides of each distinction."""

import pytest

from geo.formats.wording import parse_access, parse_entry, parse_facilities, parse_kind, parse_status
from geo.station import Access, Entry, Kind, Status


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
        ("", None),
    ],
)
def test_kinds_are_codes_or_chinese(text: str, kind: Kind | None) -> None:
    assert parse_kind(text) is kind


def test_facilities_become_codes_and_unknown_words_stay() -> None:
    assert parse_facilities("饮水、手机充电,電動車充電；WiFi|按摩椅子") == {
        "water",
        "charging",
        "ebike_charging",
        "wifi",
        "seats",
    }
    assert parse_facilities("按摩") == {"按摩"}
    assert parse_facilities("") == frozenset()


def test_a_status_that_is_not_stated_is_active_and_an_unknown_word_is_none() -> None:
    assert parse_status("") is Status.ACTIVE
    assert parse_status("装修暂停") is Status.CLOSED_TEMPORARILY
    assert parse_status("已撤销") is Status.CLOSED_FOR_GOOD
    assert parse_status("？？") is None
