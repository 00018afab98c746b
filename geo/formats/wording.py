"""Parse the wording of registers: the kind of place, how to get in, who may enter, facilities.

Words are compared in simplified characters, so that each is listed once. An unclear or contradictory
text stays unknown: a wrong “walk in” would send riders to a locked door.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import TypeVar

from geo.station import Access, Calendar, Entry, Kind, Status

_Coded = TypeVar("_Coded", Entry, Access, Kind)

_SIMPLIFIED = str.maketrans(
    "請務臺檯櫃員職場內僅對開鑰錀匙證換導帶領協門鎖掃碼會專諮詢聯繫絡辦處進業體驗設無須館"
    "隨時間單廠學飲電廁藥書療養創園傘針線氣總機護衛導鈴覽廳沒眾與為縣區東雲蓮蘭義連車動",
    "请务台台柜员职场内仅对开钥钥匙证换导带领协门锁扫码会专咨询联系络办处进业体验设无须馆"
    "随时间单厂学饮电厕药书疗养创园伞针线气总机护卫导铃览厅没众与为县区东云莲兰义连车动",
)

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
_EMPLOYER = re.compile(
    r"职场内部|限?内部(?:职工|员工|人员|同仁|使用|限定)|(?:员工|职工|同仁)专用(?!室)"
    r"|[仅只限][供限提]*[^对,。;\n]{0,6}(?:员工|职工|职员|同仁|教职|师生|学生)"
    r"|(?<![日期假天])(?<![日期假天],)(?:不|未|非|没有)对外(?:开放|使用)"
)
_VISITORS = re.compile(r"民众|公众|洽公|旅客")
_MEMBERS = re.compile(r"[仅只限][供限]*(?:工会)?会员|会员专[用享]|凭.{0,4}会员[卡证]")
_PUBLIC = re.compile(
    r"(?<![不未非有])对外(?:开放|使用)|(?<!不)[对向](?:社会|公众|民众)开放|(?:供|提供|欢迎|开放)一般?(?:民众|公众)"
    r"|民众(?:皆可)?自[行由]|面向社会|公共开放"
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
FACILITY_PATTERNS: Mapping[str, str] = MappingProxyType(
    {
        "water": "饮水|热水|茶水|开水|直饮",
        "ebike_charging": "电动?车充电|车辆充电",
        "ebike_parking": "(?:电动?车|非机动车|自行车|摩托车).{0,4}停|车棚",
        "battery_swap": "换电",
        "charging": "充电",
        "microwave": "微波炉|热饭|加热",
        "aircon": "空调|冷气|暖气|风扇",
        "toilet": "卫生间|厕所|洗手间|如厕",
        "wifi": "wi-?fi|无线网",
        "medicine": "药",
        "seats": "桌|椅|座",
        "fridge": "冰箱|冷藏",
        "parking": "停车",
        "rain_gear": "雨[伞衣具]",
        "sewing": "针线",
        "reading": "阅览|阅读室|图书室|图书馆",
        "books": "图书|书籍|报刊|阅读|书架",
        "mother_comfort": "舒适型|舒适级",
        "mother_standard": "标准型|标准级",
        "sink": "洗手台|洗手池|洗手盆",
        "changing_table": "尿布台|护理台|婴儿台",
        "shower": "淋浴|洗澡",
        "gym": "健身",
        "pool": "游泳",
        "chess": "棋",
        "hall": "报告厅|礼堂|剧[场院]|演艺|多功能厅|会堂",
        "courses": "培训|课程|教室|公益课",
    }
)
_STATUSES: tuple[tuple[Status, str], ...] = (
    (Status.CLOSED_FOR_GOOD, "撤销|撤站|关停|永久|注销|closed_for_good"),
    (Status.CLOSED_TEMPORARILY, "暂停|装修|维修|停用|临时关闭|closed_temporarily"),
    (Status.ACTIVE, "正常|运行|启用|开放|在用|active"),
)


def simplify_characters(text: str) -> str:
    """Convert text to half width and to simplified characters, as far as these words need them."""
    return unicodedata.normalize("NFKC", text).translate(_SIMPLIFIED)


def parse_entry(text: str) -> Entry:
    """Parse how to get in from a note; unknown if it says nothing or two things."""
    plain = simplify_characters(text)
    if code := _code(Entry, plain):
        return code
    told = {entry for entry, words in _ENTRIES if words.search(plain)}
    if _STAFF.search(_UNLOCKED.sub("", plain)):
        told.add(Entry.STAFF)
    if _WALK_IN.search(plain):
        told.add(Entry.UNKNOWN if _SOMEBODY.search(plain) else Entry.WALK_IN)
    return told.pop() if len(told) == 1 else Entry.UNKNOWN


def parse_access(text: str) -> Access:
    """Parse who may enter from a note; unknown if it says nothing or two things."""
    plain = simplify_characters(text)
    if code := _code(Access, plain):
        return code
    if _EMPLOYER.search(plain):
        return Access.UNKNOWN if _VISITORS.search(plain) else Access.EMPLOYER
    if _MEMBERS.search(plain):
        return Access.MEMBERS
    return Access.PUBLIC if _PUBLIC.search(plain) else Access.UNKNOWN


def parse_kind(text: str) -> Kind | None:
    """Parse the kind of place from a type column or a constant, as a code or in Chinese."""
    plain = simplify_characters(text)
    if code := _code(Kind, plain):
        return code
    return next((kind for kind, words in _KINDS if re.search(words, plain)), None)


def parse_status(text: str) -> Status | None:
    plain = simplify_characters(text).strip()
    if not plain:
        return Status.ACTIVE
    return next((status for status, words in _STATUSES if re.search(words, plain)), None)


def parse_calendar(text: str) -> Calendar | None:
    return next((calendar for calendar in Calendar if calendar.value.casefold() == text.casefold()), None)


def parse_facilities(text: str) -> frozenset[str]:
    """Parse facilities to codes; an unknown facility keeps its text."""
    parts = (part.strip() for part in re.split(r"[、,;/|\n]|\s{2,}", simplify_characters(text)))
    return frozenset(_facility(part) for part in parts if part)


@lru_cache(maxsize=4096)  # a register repeats the same few words thousands of times
def _facility(part: str) -> str:
    plain = part.casefold()
    if plain in FACILITY_PATTERNS:
        return plain
    return next((code for code, words in FACILITY_PATTERNS.items() if re.search(words, plain)), part)


def is_true(text: str) -> bool:
    return simplify_characters(text).strip().casefold() in {"true", "1", "yes", "y", "是", "示例", "sample"}


def _code(enum: type[_Coded], text: str) -> _Coded | None:
    plain = text.strip().casefold()
    return next((member for member in enum if member.value == plain), None)
