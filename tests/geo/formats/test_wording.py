"""What notes in real registers say about doors; both sides of each distinction."""

import pytest

from geo.formats.access_words import parse_access
from geo.formats.wording import parse_entry, parse_kind
from geo.station import Access, Entry, Kind


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
