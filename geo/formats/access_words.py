"""Parse who may enter; a denial of 对外开放 is never read as public."""

import re
from functools import lru_cache

from geo.simplified import simplify_characters
from geo.station import Access

_CLAUSE = re.compile(r"[。;!?\n]")
_ON_SOME_DAYS = re.compile(r"[日期假天末一二三四五六午晚间夜时\d],?\s?$")
_STAFF = "员工|职工|职员|同仁|教职|师生|学生|工作人员|内部人员|本单位人员"
_EMPLOYER = re.compile(
    r"职场内部|限?内部(?:职工|员工|人员|同仁|使用|限定|开放|专用)|(?:员工|职工|同仁)专用(?!室)"
    rf"|(?<!不仅)(?<!不只)(?<![不无非未])[仅只限][供限提对向]*[^对,。;\n]{{0,6}}(?:{_STAFF})"
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
