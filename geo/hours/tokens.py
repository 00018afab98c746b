"""Cut a normalised phrase into tokens, leaving nothing over."""

import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import takewhile

from geo.hours.words import TOKENS_BY_TERM, WEEKDAYS, TokenKind


class NotUnderstoodError(Exception):
    """A phrase can't be parsed; the argument is the text at which parsing stopped."""


@dataclass(frozen=True, slots=True)
class Token:
    """One token of a phrase. ``number`` is a weekday, minutes, a month × 100 + day, or ±n, depending on ``kind``."""

    kind: TokenKind
    text: str
    number: int = 0
    spaced: bool = False  # white space stands before it
    unsure: bool = False  # 第一周的…


# How to get in and who is there: it changes no hours. 有人值守时开放 is a condition.
_ENTRY = (
    r"(?:请|需|须|可|自行|凭|持|先|或)*"
    r"(?:按门?铃|扫二?维?码|刷卡|刷脸|人脸识别|刷身份证|(?:工会)?(?:会员)?卡|码|证件|身份证|登记|签到|智能门禁|门禁卡?|自行(?!前往))"
    r"(?:即可|后|可|登记|进入|进门|开门|入内|入馆|进站|通行)*"
)
# 24小时（22:00后刷卡进入）
_AT_HOURS = (
    r"(?:(?:晚上?|夜间|晚间)?\d{1,2}[:点时](?:\d{2}分?)? ?(?:以|之)?[后起] ?"
    r"|(?<=\()(?:1[89]|2\d):\d{2}-(?:次日)?0?[5-9]:\d{2} ?|夜间|晚间|夜晚|深夜|凌晨|晚上|夜里)"
)
_STAFF = r"(?:全程|均|由|有|无|设)?(?:专人|保安|门卫|志愿者|工作人员|管理员|人)?(?:值守|值班|在岗|看管|管理)"
_PLACE = r"(?:本站|本馆|该站|场馆|站点|驿站)"
_EQUIPMENT = r"(?:设备|内部|场地|消防|线路|管道|系统)"
_WORK = r"(?:施工|装修|装饰|改造|维修|维护|检修|升级|整修|修缮|搬迁|整改|调整)"
_OUTAGE = r"(?:停电|停水|故障)"
_AND = r"[、,或和及与/ ]?"
_NOW = rf"(?:{_PLACE}|现|已|目前|临时|全部)*"
_UNTIL = r"(?:[,;。 ]*(?:恢复|重新)?(?:开放|营业)?时间?(?:另行通知|待定))?"
# 设备检修，暂停开放 closes the place; 设备停用 and 设备检修，停用 do not.
_SUSPENDED = (
    rf"(?:因?(?:(?:{_PLACE}|{_EQUIPMENT})*{_WORK})+(?:中|原因)?,? ?)?{_NOW}"
    rf"(?:暂停(?:对外)?(?:开放|营业|服务|接待|运营)|暂时?(?:不|未)(?:对外)?(?:开放|营业)|(?:暂时?|临时)关闭|停止营业){_UNTIL}"
    rf"|(?:因?(?:{_PLACE}*{_WORK})+(?:中|原因)?,? ?)?{_NOW}(?:停用|停止使用|暂停(?:对外)?使用){_UNTIL}"
    r"|\A(?:未开放|不开放|停业|停止开放|停止服务|不对外开放|已?关闭|已停业|歇业)\Z"
)
_SKY = (
    r"(?:高温|低温|极端|恶劣|特殊|异常|暴雨|暴雪|大雨|大雪|大雾|大风|强风|台风|寒潮|沙尘暴?|雷雨|雷电|雷暴|强对流|雨雪|冰雪|冰冻|阴雨"
    r"|雾霾|重污染|下雨|下雪|雨|雪)"
)
_EVENT = rf"{_PLACE}|{_EQUIPMENT}|{_WORK}|{_OUTAGE}|(?:特殊|突发|紧急)(?:情况|原因|事件)|不可抗力"
_TIMES_OF = r"(?:情况|原因|因素)?(?:下|时|期间|的?话)?,?则?(?!请)"
_CONDITION = (
    rf"{_SKY}(?:[、或和及与/]?{_SKY})*等?{_SKY}?(?:天气|气候|天|(?:[红橙黄蓝]色)?预警)(?:时|期间|情况下?|条件下?)?"
    r"|天气(?:不好|不佳|恶劣|不良|异常|炎热|寒冷)(?:时|的话)?|(?:疫情|台风|高温|雨季|装修|施工|改造|维修|考试|活动)期间"
    # 如遇装修; 停电停水 without a date tells what holds then, and not that it is so now
    rf"|(?:[如若凡]?(?:遇到?有?|逢)|[如若](?:果?遇到?|有|因)?)(?:{_AND}(?:{_EVENT}))+等?{_TIMES_OF}"
    rf"|因?(?:{_PLACE}|{_EQUIPMENT})*{_OUTAGE}(?:{_AND}(?:{_EVENT}))*等?{_TIMES_OF}"
)
_FLOOR = r"(?:[一二三四五六七八九十]|\d{1,2})[楼层]"
# 周一不提供热饭, 周一充电停用: only beside a part of the place
_WITHHELD = re.compile(r"(?:停止|暂停|(?:暂不|不再|不)(?=[对开提供使]))(?:对外)?(?:开放|提供|供应|使用)?")
_STOPPED = re.compile(rf"(?:{_WITHHELD.pattern}|停用|不可用|不能用|维修中?|检修中?)")
BY_WEATHER = "视天气"
_BY_WEATHER = r"(?:视|看|依|依据|根据|按)天气(?:情况|状况)?(?:而定|决定|开放)?"
# 店休日请洽粉丝专页, 不定休: on some day it is closed, and nobody can tell on which.
_SOME_DAY = (
    r"不定期?(?:店休|休息|公休|休馆|闭馆|休)"
    r"|(?:店休|公休|定休|休息|休馆|闭馆)(?:日期?|时间)?:?"
    r"(?:不定|不固定|未定|不详|忘了问|另行(?:公告|通知)"
    r"|(?:请?(?:洽|见|看|参考|关注|查询|询问)|详见|依|按|由|以(?!外))[^\d,;。()\n]{0,12}(?:公告|公布|通知|官网|网站|专页|粉专|脸书|为主|为准)[^\d,;。()\n]{0,4})"
)
_ENTERING = r"(?:观众)?(?:进入|入场|入馆|入园|入内|入院|入宫|进场|进馆|进园|参观|售?检票|售票|取票|领票|换票|购票|领号|接待|登记|办理|预约|发放门票|发[券票])"
_LAST_ENTRY = rf"(?:停止|最晚|最后|最迟|截止){_ENTERING}及?{_ENTERING}?(?:的?时间)?(?:为|是)?"
_WEEKDAY = r"(?:每?(?:周|星期|礼拜))"
_PATTERNS = [
    ("part", _FLOOR),
    ("item", r"(?:^|(?<=\n)|(?<=[ ;。]))[1-9](?:[.、)](?!\d)|(?=周))"),
    (
        "nth",
        rf"(?:每个?月)?的?(?:(?<!数)第(?P<n>[一二三四])|倒数第(?P<back>[一二三])|(?P<last>最后一?|月末))(?P<unit>个|周)?的?(?={_WEEKDAY})",
    ),
    ("other_weeks", rf"(?:每?隔(?:一|1)?个?周|单双?周|双周)的?(?={_WEEKDAY})"),
    ("some_day", _SOME_DAY),
    ("condition", _CONDITION),
    ("suspended", _SUSPENDED),
    ("by_weather", _BY_WEATHER),
    ("rest", r"(?:午休|[中午][午间]休息)时?间?:?约?(?:\d(?:\.\d)?|[一二两半])(?:个半?)?小时"),
    ("staffed", rf"(?:{_STAFF})(?!时|期间|区)"),
    ("entry", rf"(?:{_AT_HOURS}?{_ENTRY})(?!时|期间|区|外|以外|除外)"),
    (
        "early_entry",
        r"(?:闭馆|闭园|关门|关闭|关馆|打烊|结束)前(?:(?P<eb>\d{1,3})分钟?|(?P<eh>半|[12一两])个?小时)"
        rf"(?:停止|不再|谢绝){_ENTERING}",
    ),
    ("last_entry", _LAST_ENTRY),
    ("closed_for", r"(?:休息?|闭馆|公休|放假)[一二两三四五六七八\d]天"),
    ("weekend", r"(?:周|星期)末|双休日"),
    ("weekday", rf"{_WEEKDAY}(?P<day>[一二三四五六日天])"),
    ("all_day", r"(?:7\s*[*x×]\s*)?24\s*(?:小时|h(?:rs?)?(?![a-z]))(?!制)|24/7(?!\d)|7[*x×]24(?!\d)"),
    ("all_day_zero", r"(?<!\d)0?0(?::00)?\s*[-至到~]+\s*24(?::00|[点时](?!间))?(?![\d:])"),
    ("on_date", r"(?P<oy>20\d{2})年(?P<om_>\d{1,2})月(?P<od>\d{1,2})[日号]"),
    ("date", r"(?P<dm>\d{1,2})月(?P<dd>\d{1,2})(?:[日号]|(?![\d:点时]))"),
    ("month", r"(?P<mm>\d{1,2})月份?"),
    ("clock", r"(?P<h>\d{1,2})\s?:\s?(?P<m>\d{2})(?::[0-5]\d)?(?!\d)(?:分|[点时](?!间))?"),
    ("oclock", r"(?P<oh>\d{1,2})[点时](?!间)(?:钟|整|(?P<half>半)|\s?(?P<om>\d{1,2})(?![\d:点时])\s?分?)?"),
    ("three", r"(?<=[午晨上晚早])(?P<th>[1-9])(?P<tm>[0-5]\d)(?![\d:年])"),
    ("compact", r"(?<!\d)(?P<ch>[01]\d|2[0-4])(?P<cm>[0-5]\d)(?![\d:年])"),
    ("number", r"\d{1,2}(?![\d:])"),
    ("dash", r"[-~]+"),
    ("line", r"\n"),
]
_LEXER = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _PATTERNS))
_NAMED_BY_DATE = ("五一", "六一", "五四")  # the last two are not days off for everyone: refused
_AFTER_DAY = (TokenKind.WEEKDAY, TokenKind.DAY_CHAR)
CLAUSE_ENDS = (TokenKind.BREAK, TokenKind.LINE, TokenKind.LEFT, TokenKind.RIGHT)


@cache
def _lexicon() -> re.Pattern[str]:
    return re.compile("|".join(re.escape(w) for w in sorted(TOKENS_BY_TERM, key=len, reverse=True)))


def tokenise_hours(text: str) -> list[Token]:
    """Return the tokens of a normalised phrase.

    *Raises* NotUnderstoodError at the first part that is not in the vocabulary.
    """
    tokens: list[Token] = []
    at, spaced = 0, False
    while at < len(text):
        if text[at] == " ":
            at, spaced = at + 1, True
            continue
        token, length = _token_at(text, at, spaced, tokens)
        tokens.append(token)
        at, spaced = at + length, False
    return tokens


def _token_at(text: str, at: int, spaced: bool, before: list[Token]) -> tuple[Token, int]:
    char = text[at].replace("天", "日")
    if text.startswith(_NAMED_BY_DATE, at) and char in WEEKDAYS:
        return _word_at(text, at, spaced)  # 五一 isn't Friday and Monday
    if (withheld := _withheld_at(text, at, before)) is not None:
        return Token(TokenKind.CLOSED, withheld, 0, spaced), len(withheld)
    if char in WEEKDAYS and text[at + 1 : at + 2] not in ("楼", "层") and _continues_days(before, spaced):
        return Token(TokenKind.DAY_CHAR, char, WEEKDAYS.index(char), spaced), 1
    match = _LEXER.match(text, at)
    if match:
        return _read(match, spaced), max(len(match[0]), 1)
    return _word_at(text, at, spaced)


def _withheld_at(text: str, at: int, before: list[Token]) -> str | None:
    """Return the words by which a part of the place is closed: 充电停用, 不提供热饭."""
    clause = takewhile(lambda one: one.kind not in CLAUSE_ENDS, reversed(before))
    if any(map(_is_part, clause)) and (found := _STOPPED.match(text, at)):
        return found[0]
    found = _WITHHELD.match(text, at)
    word = _lexicon().match(text, found.end()) if found else None
    is_part = word is not None and _is_part(Token(*TOKENS_BY_TERM[word[0]]))
    return found[0] if found and is_part else None


def _is_part(token: Token) -> bool:
    return token.kind is TokenKind.PART or token.text.startswith("自助")


def _word_at(text: str, at: int, spaced: bool) -> tuple[Token, int]:
    word = _lexicon().match(text, at)
    if word is None:
        raise NotUnderstoodError(text[at : at + 12])
    kind, value = TOKENS_BY_TERM[word[0]]
    return Token(kind, value, 0, spaced), len(word[0])


def _continues_days(before: list[Token], spaced: bool) -> bool:
    """Return whether a bare 五 or 日 continues the weekdays before it: 周一至五, 周六、日, 周六日."""
    words = [t for t in before[-2:] if t.kind is not TokenKind.NOTE]
    if not words or spaced:
        return False
    if words[-1].kind in _AFTER_DAY:
        return True
    joined = words[-1].kind in (TokenKind.TO, TokenKind.AND) or words[-1].text == ","
    return joined and len(words) == 2 and words[0].kind in _AFTER_DAY


def _read(match: re.Match[str], spaced: bool) -> Token:
    name, text, part = match.lastgroup or "", match[0], match.groupdict()
    kind, number, unsure = _SIMPLE.get(name, TokenKind.NUMBER), 0, False
    if part["day"]:
        kind, number = TokenKind.WEEKDAY, WEEKDAYS.index(part["day"].replace("天", "日"))
    elif part["n"] or part["back"] or part["last"]:
        kind, unsure = TokenKind.NTH, part["unit"] == "周"
        number = "一二三四".index(part["n"]) + 1 if part["n"] else -1
        number = -1 - "一二三".index(part["back"]) if part["back"] else number
    elif name == "early_entry":
        number = int(part["eb"] or 0) or {"半": 30, "2": 120, "两": 120}.get(part["eh"] or "", 60)
    elif part["oy"]:
        kind, number = TokenKind.ON_DATE, _ordinal(match["on_date"], part)
    elif part["dm"]:
        kind, number = TokenKind.DATE, _month_day(part["dm"], part["dd"])
    elif part["mm"]:
        kind, number = TokenKind.MONTH, _month_day(part["mm"], "1")
    elif part["h"] or part["oh"] or part["ch"] or part["th"]:
        kind, number = TokenKind.CLOCK, _minutes(part)
    elif match["number"]:
        number = int(text)
    # 从5月1日, 5月起: the day on which something begins
    if kind in (TokenKind.DATE, TokenKind.MONTH, TokenKind.ON_DATE):
        unsure = match.string[: match.start()].endswith(("从", "自")) or match.string.startswith(
            "起", match.end()
        )
    return Token(kind, BY_WEATHER if name in ("by_weather", "some_day") else text, number, spaced, unsure)


_SIMPLE = {
    "part": TokenKind.PART,
    "item": TokenKind.LINE,
    "weekend": TokenKind.WEEKEND,
    "all_day": TokenKind.ALL_DAY,
    "all_day_zero": TokenKind.ALL_DAY,
    "suspended": TokenKind.SUSPENDED,
    "condition": TokenKind.SEASON,
    "by_weather": TokenKind.SEASON,
    "some_day": TokenKind.SEASON,
    "other_weeks": TokenKind.NTH,  # of number 0
    "last_entry": TokenKind.LAST_ENTRY,
    "early_entry": TokenKind.EARLY_ENTRY,
    "closed_for": TokenKind.CLOSED,
    "rest": TokenKind.REST,
    "staffed": TokenKind.REMARK,
    "entry": TokenKind.REMARK,
    "dash": TokenKind.TO,
    "line": TokenKind.LINE,
}


def _ordinal(text: str, part: dict[str, str | None]) -> int:
    try:
        return date(int(part["oy"] or 0), int(part["om_"] or 0), int(part["od"] or 0)).toordinal()
    except ValueError as error:
        raise NotUnderstoodError(text) from error


def _month_day(month: str, day: str) -> int:
    if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
        raise NotUnderstoodError(f"{month}月{day}日")
    return int(month) * 100 + int(day)


def _minutes(part: dict[str, str | None]) -> int:
    hour = int(part["h"] or part["oh"] or part["ch"] or part["th"] or 0)
    minute = 30 if part["half"] else int(part["m"] or part["om"] or part["cm"] or part["tm"] or 0)
    if hour > 26 or minute > 59:
        raise NotUnderstoodError(f"{hour}:{minute:02d}")
    return hour * 60 + minute
