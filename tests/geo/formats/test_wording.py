"""What notes in real registers say about doors; both sides of each distinction."""

import pytest

from geo.formats.wording import parse_access, parse_entry, parse_kind
from geo.station import Access, Entry, Kind

ENTRIES = {
    Entry.STAFF: ("請洽服務人員", "使用前先洽櫃台，取錀匙", "平時上鎖，須找服務台人員", "由服務人員引導開門", "找工作人员开门", "staff"),
    Entry.WALK_IN: ("自行前往哺集乳室，並登記", "平時無上鎖", "自由使用", "请自行前往，不需上锁", "无需扫码，直接进入"),
    Entry.SCAN: ("扫码开门",),
    Entry.APP: ("APP",),
    Entry.ID_CARD: ("身份证",),
    Entry.UNKNOWN: (
        # a denial is no statement of the opposite
        "不可自行进入", "请勿直接进入", "无需刷卡", "扫码开门（故障）", "免钥匙",
        # two things at once, or nothing about the door
        "請自行前往哺乳室或洽值班人員", "請自行前往櫃台登記", "請使用人員遵守規範並共同維護環境清潔", "中午開放", "無", "",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "entry"), [(text, entry) for entry in ENTRIES for text in ENTRIES[entry]])
def test_how_to_get_in_is_read_from_a_note(text: str, entry: Entry) -> None:
    assert parse_entry(text) is entry


ACCESSES = {
    Access.EMPLOYER: (
        "僅供職場內部限定", "內部員工使用", "仅限本单位职工",
        # a denial is never public, wherever it stands in the sentence
        "無對外開放", "暂停对外开放", "停止对外开放", "不面向社会", "未向社会开放", "非公共开放", "不对公众开放", "非对外",
        "不對外", "尚未对外开放", "不再对外开放", "对外开放：否", "对外开放（×）", "對外開放（維修中）", "沒有對外開放",
        "谢绝外来人员", "閒人免進", "外来人员禁止入内", "僅供員工使用", "非工作人员请勿入内", "本站点不对外开放",
    ),
    Access.MEMBERS: ("仅限工会会员",),
    Access.PUBLIC: ("对公众开放", "供民眾自由使用", "public", "面向社会开放", "不收费，对外开放", "不限职工，对外开放"),
    Access.UNKNOWN: (
        # what limits nobody
        "不限会员", "不仅限职工", "",
        # a day or hours on which it is shut, a room beside another, visitors as well
        "工作日对外开放，周末不对外开放", "周末不对外开放", "装修期间不对外开放", "9:00-17:00，12:00-13:00不对外开放",
        "每月第一個星期四為清潔日，不對外開放", "3樓女廁對面/員工專用室旁", "以內部員工使用為主，也開放洽公民眾",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "access"), [(text, one) for one in ACCESSES for text in ACCESSES[one]])
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
