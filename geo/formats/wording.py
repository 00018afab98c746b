"""Parse the wording of registers: the kind of place, how to get in, and whether it is in operation.

Words are compared in simplified characters, so that each is listed once. An unclear or contradictory
text stays unknown: a wrong “walk in” would send riders to a locked door.
"""

import re
from functools import lru_cache
from typing import TypeVar

from core.calendars import Calendar
from core.simplified import simplify_characters
from geo.station import Access, Entry, Kind, Status

_QUESTION = re.compile(r"是否|能否|可否|是不是|有无|[吗?]|[(\[【][^()\[\]【】]*[)\]】]")
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
_CLAUSE = re.compile(r"[。;!?\n]")
_ON_SOME_DAYS = re.compile(r"[日期假天末一二三四五六午晚间夜时\d],?\s?$")
_OWN_STAFF = "员工|职工|职员|同仁|教职|师生|学生|工作人员|内部人员|本单位人员"
_EMPLOYER = re.compile(
    r"职场内部|限?内部(?:职工|员工|人员|同仁|使用|限定|开放|专用)|(?:员工|职工|同仁)专用(?!室)"
    rf"|(?<!不仅)(?<!不只)(?<![不无非未])[仅只限][供限提对向]*[^对,。;\n]{{0,6}}(?:{_OWN_STAFF})"
    r"|(?:谢绝|禁止|拒绝|不接待|不接受)(?:外来|外单位|外部|社会|无关|闲杂|非本单位|非工作|非内部|访客|参观|入内|进入|外人)"
    r"|(?:外来|外单位|外部|社会|无关|闲杂|闲|非本单位|非工作|非内部)人员?(?:等|员)?(?:免进|莫入|勿入|勿进|止步|禁止|禁入|谢绝|不得|不准|不能|不可|请勿)"
    r"|闲人免进"
)
_VISITORS = re.compile(r"民众|公众|洽公|旅客")
_MEMBERS = re.compile(
    r"(?<!不仅)(?<!不只)(?<![不无非未])[仅只限][供限对向]*(?:工会)?会员|会员专[用享]|凭.{0,4}会员[卡证]"
)
_OPENED = re.compile(
    r"对外(?:免费)?(?:开放|使用|服务|营业)|对外$|[对向](?:社会|公众|民众|市民|大众|全社会)(?:免费|大众|公众)*(?:开放|使用|服务)?"
    r"|面向(?:社会|公众|大众|市民)|公共开放|公开开放|(?:供|提供|欢迎|开放)一般?(?:民众|公众)|民众(?:皆可)?自[行由]"
)
_DENIED = re.compile(
    r"[不无非未没勿]|暂停|停止|取消|谢绝|禁止|拒绝|中止|终止|关闭|尚待|有待|即将|计划|拟|待|是否|除|×|✗|否|缓"
)
_HARMLESS = re.compile(
    r"不收费|不收取费用|不收取任何费用|不另收费|无偿|[无不]需预约|[无不]需登记|[无不]需(?:门票|证件)|不限(?:人数|职业|身份|时间|时|会员|职工|人群|次数)?|无门槛|不打烊|无休|不休|不仅限?(?:职工|会员|员工)?|不只限?(?:职工|会员|员工)?|除.{1,12}外"
)
_DENIED_AFTER = re.compile(
    r"^[^,]{0,4}?(?:[:=(]?(?:否|无|不|未|没|×|✗|x$|n$|no)|暂停|停止|取消|除外|中止|关闭|维修|装修|施工|检修|整修)"
)
_SILENT = re.compile(r"(?:\W|_|无|暂无|没有|不详|未知|不明|不清楚|unknown)*", re.IGNORECASE)
_GOOD = (
    "撤销 撤站 裁撤 撤除 撤并 撤 关停 关站 永久关闭 永久停用 永久停业 永久 注销 拆除 拆掉 拆迁 拆了 拆 取消 废止 废弃 作废 报废 倒闭 "
    "closed_for_good"
)
_FOR_THE_TIME = (
    "暂停 停用 停业 停运 停止 停办 停开 停摆 停电 停水 歇业 休业 休馆 闭馆 闭站 闭店 关闭 关门 关张 打烊 停工 封闭 封控 封存 "
    "装修 维修 检修 整修 修缮 修理 改造 翻新 施工 升级 整改 整顿 搬迁 迁移 迁址 迁建 迁走 "
    "故障 损坏 异常 瘫痪 待修 闲置 空置 禁用 禁止 谢绝 不可用 筹建 筹备 在建 建设 新建 规划 拟建 临时关闭 暂时关闭 inactive closed disabled suspended closed_temporarily"
)
_IN_SERVICE = "正常 运行 运营 运转 启用 开放 对外开放 在用 使用 营业 服务 投用 投入使用 投入运行 投入运营 开馆 开门 开业 开启 可用 有效 试运行 试运营 试营业 试开放 open enabled normal active"
_WEAK = ("使用", "服务", "开启")  # name no state unless something precedes or follows them
_RETURN = "恢复 重新"
_NEGATION = "暂未 尚未 还未 仍未 从未 并未 未能 未 暂不 不再 不予 不能 不可 不对外 不 非 没有 没 无法 无 勿 待 拟 即将 将要 计划 预计 准备 尚待 等待 停止 暂停"
_DURING = "中 正在 状态 目前 现 已经 已 的 了 临时 暂时 全面 站点 驿站 站 内部 设施 设备 因 对 外 社会 公众 良好 情况"
_SIGNS = re.compile(r"[\s,、;。.:/!()\[\]【】\-—_]+")
_CLOSING = {"停止": "t", "暂停": "t"}  # deny what follows, and stand alone for a closure
_KIND_BY_WORD = {
    **dict.fromkeys(_DURING.split(), "-"),
    **dict.fromkeys(_IN_SERVICE.split(), "a"),
    **dict.fromkeys(_RETURN.split(), "r"),
    **dict.fromkeys(_NEGATION.split(), "n"),
    **dict.fromkeys(_FOR_THE_TIME.split(), "t"),
    **dict.fromkeys(_GOOD.split(), "g"),
}
_STATUS_WORD = re.compile("|".join(re.escape(word) for word in sorted(_KIND_BY_WORD, key=len, reverse=True)))


def strip_question(header: str) -> str:
    """Return what a header asks about, simplified: 卫生间 of 是否衛生間（是/否）."""
    return _QUESTION.sub("", simplify_characters(header)).strip()


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


@lru_cache(maxsize=4096)  # a register repeats the same few phrases
def parse_access(text: str) -> Access:
    """Parse who may enter from a note; unknown if it says nothing or two things.

    A denial anywhere before 对外开放 in its sentence counts: 暂停对外开放, 未向社会开放.
    """
    plain = simplify_characters(text)
    if code := next((one for one in Access if one.value == plain.strip().casefold()), None):
        return code
    if _EMPLOYER.search(plain):
        return Access.UNKNOWN if _VISITORS.search(_EMPLOYER.sub("", plain)) else Access.EMPLOYER
    if _MEMBERS.search(plain):
        return Access.MEMBERS
    told = {access for clause in _CLAUSE.split(plain) for access in _openness(clause)}
    return told.pop() if len(told) == 1 else Access.UNKNOWN


def _openness(clause: str) -> list[Access]:
    """Return what the parts of a sentence state about its being open to the public."""
    told: list[Access] = []
    earlier = ""
    for part in _HARMLESS.sub("", clause.strip()).split(","):
        found = _OPENED.search(part)
        if found is not None:
            told.append(_stated(earlier, part[: found.start()], part[found.end() :]))
        earlier += part + ","
    return told


def _stated(earlier: str, before: str, after: str) -> Access:
    """Return what 对外开放 states between these words; a denial in another part of the sentence is unclear."""
    denial = _DENIED.search(before)
    if denial is not None or _DENIED_AFTER.search(after):
        until = earlier + (before[: denial.start()] if denial else before)
        return Access.UNKNOWN if _ON_SOME_DAYS.search(until) else Access.EMPLOYER
    return Access.UNKNOWN if _DENIED.search(earlier) else Access.PUBLIC


def is_silent(text: str) -> bool:
    """Return whether a cell states nothing: empty, a dash, 不详, or the code for unknown."""
    return _SILENT.fullmatch(simplify_characters(text)) is not None


def parse_status(text: str) -> Status | None:
    """Parse a status. An empty text is active; None if any word is not listed, or if two contradict each other.

    >>> parse_status("正常开放"), parse_status("暂未开放"), parse_status("还没想好")
    (<Status.ACTIVE: 'active'>, <Status.CLOSED_TEMPORARILY: 'closed_temporarily'>, None)
    """
    plain = simplify_characters(text).strip().casefold()
    if not plain:
        return Status.ACTIVE
    kinds = _list_word_kinds(plain)
    return None if kinds is None else _judge_kinds(kinds)


def _list_word_kinds(plain: str) -> list[str] | None:
    """Return the kind of each word in order; None if a part of the text is no listed word."""
    if plain in _KIND_BY_WORD and plain.isascii():
        return [_KIND_BY_WORD[plain]]
    kinds: list[str] = []
    for part in filter(None, _SIGNS.split("".join(plain.split()))):
        at = 0
        while at < len(part):
            word = _STATUS_WORD.match(part, at)
            if word is None:
                return None
            weak = word[0] in _WEAK and not kinds and word.end() == len(part)
            kinds.append("-" if weak else _CLOSING.get(word[0], _KIND_BY_WORD[word[0]]))
            at = word.end()
    return kinds


def _judge_kinds(kinds: list[str]) -> Status | None:
    denied = _is_denied(kinds)
    if denied is None:
        return None
    said = set(kinds)
    returned = "r" in said
    if "g" in said:
        return None if returned else Status.CLOSED_FOR_GOOD
    if "t" in said or denied:
        return None if returned else Status.CLOSED_TEMPORARILY
    return Status.ACTIVE if said & {"a", "r"} else None


def _is_denied(kinds: list[str]) -> bool | None:
    """Return whether a word for service is denied; None where a closure is denied, or nothing."""
    denied = False
    meaning = [kind for kind in kinds if kind != "-"]
    for at, kind in enumerate(meaning):
        if kind != "n":
            continue
        following = meaning[at + 1] if at + 1 < len(meaning) else ""
        if following not in ("a", "r"):
            return None  # 未撤销, 不, 非…
        denied = True
    return denied
