"""Parse the wording of registers: the kind of place and how to get in.

Words are compared in simplified characters, so that each is listed once. An unclear or contradictory
text stays unknown: a wrong “walk in” would send riders to a locked door.
"""

import re
from functools import lru_cache
from typing import TypeVar

from geo.calendars import Calendar
from geo.simplified import simplify_characters
from geo.station import Entry, Kind

_Coded = TypeVar("_Coded", Entry, Kind)

_PEOPLE = "服务[人台]|服务中心|柜台|人员|员工|警卫|保全|管理|值[班勤]|办公室|护理|校护|志工|总务|总机|馆员|店员|老师|站务"
_UNLOCKED = re.compile(r"[无不未]需?上锁")
_STAFF = re.compile(
    rf"[洽向至到找询请](?!使用|.{{0,6}}自行)[^。;\n]{{0,14}}?(?:{_PEOPLE})"
    rf"|(?:专人|{_PEOPLE})[^。;\n]{{0,8}}?(?:引导|带领|开门|协助|陪同|开启)"
    r"|[请须需]洽(?!.{0,6}自行)|钥匙|引导(?:开门|使用)|上锁|按铃|洽询|借用"
)
_WALK_IN = re.compile(
    r"自行(?:前往|使用|进入|至|入内|取用)|(?:自由|直接|随时)(?:使用|进入|前往|至|入内|进出)"
    r"|免登记|[无不]需登记|[无不未]需?上锁|欢迎使用"
)
_SOMEBODY = re.compile(r"[务柜警卫]台|办公室|警卫|门禁|感应卡|总务|人员.{0,4}(?:引|带|开)")
_ENTRIES: tuple[tuple[Entry, re.Pattern[str]], ...] = (
    (Entry.SCAN, re.compile(r"扫码|扫一扫|二维码|\bQR\b", re.IGNORECASE)),
    (Entry.APP, re.compile(r"\bAPP\b|手机应用|小程序", re.IGNORECASE)),
    (Entry.ID_CARD, re.compile(r"刷?身份证|证件[换押]|刷卡|门禁卡|感应卡")),
)
_NEEDLESS = re.compile(
    r"(?:[无不]需要?|无须|不用|不必|不再|免|取消|停用|没有|未)(?:使用|进行|设置?)?"
    r"(?:扫码|扫一扫|扫二维码|二维码|刷卡|刷?身份证|门禁卡|感应卡|证件|APP|手机应用|小程序|钥匙|按铃|借用)",
    re.IGNORECASE,
)
_BROKEN = re.compile(
    r"(?:扫码|二维码|刷卡|门禁|小程序|APP|手机应用)[^,。;]{0,4}(?:故障|损坏|暂停|停用|坏|不可用|失效)",
    re.IGNORECASE,
)
_FORBIDDEN = re.compile(
    r"(?:不可以?|不得|不能|不许|不准|请勿|切勿|勿|禁止|严禁|无法|谢绝|不)[^,。;\n]{0,4}(?:自行|自由|直接|随时|擅自|使用)|[不非]欢迎"
)
_KINDS: tuple[tuple[Kind, str], ...] = (
    (Kind.MOTHER_ROOM, "妈妈小屋|妈咪|母婴|哺(?:集|育)?乳|育婴|爱心妈妈|女职工休息"),
    (Kind.CULTURAL_PALACE, "文化宫|俱乐部"),
    (Kind.OUTDOOR_STATION, "户外劳动者|驿站|爱心站|司机之家|骑手|服务站点|暖心站"),
    (Kind.SERVICE_CENTRE, "服务中心|帮扶中心"),
    (Kind.LIBRARY, "职工书屋|书屋|图书|阅览"),
    (Kind.STARTUP_PARK, "创业园|创业基地"),
    (Kind.SANATORIUM, "疗养|疗休养"),
    (Kind.EXHIBITION_HALL, "展馆|展览|陈列|纪念馆"),
    (Kind.INNOVATION_STUDIO, "创新工作室"),
    (Kind.CHILDCARE, "托管|托育|暑托|寒托"),
)


_TRUE = frozenset(["true", "1", "yes", "y", "是", "√", "✓", "示例", "sample"])
_NO_KIND = re.compile(r"非|不是|不属|无$|没有|原(?!址)|拟|已撤|[已]?取消")  # 非驿站, 原驿站


@lru_cache(maxsize=4096)  # a register repeats the same few phrases
def parse_entry(text: str) -> Entry:
    """Parse how to get in from a note; unknown if it says nothing or two things."""
    plain = simplify_characters(text)
    if code := _code(Entry, plain):
        return code
    needed = _NEEDLESS.sub("", plain)
    told = {entry for entry, words in _ENTRIES if words.search(needed)}
    if _STAFF.search(_UNLOCKED.sub("", needed)):
        told.add(Entry.STAFF)
    if _WALK_IN.search(plain):
        barred = _SOMEBODY.search(plain) or _FORBIDDEN.search(plain)
        told.add(Entry.UNKNOWN if barred else Entry.WALK_IN)
    if _BROKEN.search(needed):
        told.add(Entry.UNKNOWN)
    return told.pop() if len(told) == 1 else Entry.UNKNOWN


def parse_kind(text: str) -> Kind | None:
    """Parse the kind of place from a type column or a constant, as a code or in Chinese."""
    plain = simplify_characters(text)
    if code := _code(Kind, plain):
        return code
    if _NO_KIND.match(plain.strip()):
        return None
    return next((kind for kind, words in _KINDS if re.search(words, plain)), None)


def parse_calendar(text: str) -> Calendar | None:
    return next((calendar for calendar in Calendar if calendar.value.casefold() == text.casefold()), None)


def is_true(text: str) -> bool:
    return simplify_characters(text).strip().casefold() in _TRUE


def _code(enum: type[_Coded], text: str) -> _Coded | None:
    plain = text.strip().casefold()
    return next((member for member in enum if member.value == plain), None)
