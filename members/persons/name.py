"""Parse persons' names in any script: 张三, 阿依古丽·买买提, བསོད་ནམས།, ᠪᠠᠲᠤ, ئايگۈل."""

import re
import unicodedata
from collections.abc import Iterator

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from members.persons.masks import mask_name

_CARD = N_("write the name as it stands on the card")
NAME_FAULTS = FaultTable(
    "name",
    {
        "short": (N_("a name has at least {least} letters"), _CARD),
        "long": (N_("a name has at most {most} characters; here are {length}"), _CARD),
        "digits": (N_("there is a digit in the name"), _CARD),
        "control": (
            N_("there is a line break or a control character in the name"),
            N_("type the name anew in one line, as it stands on the card"),
        ),
        "private_use": (
            N_("there is a character in the name that only one computer knows"),
            N_("type the rare character with an input method for Unicode (GB 18030-2022)"),
        ),
        "letters": (N_("there is a sign in the name that no name has"), _CARD),
        "dots": (N_("the name begins or ends with a dot"), _CARD),
        "two_persons": (
            N_("the field holds the names of more than one person"),
            N_("give each person a row of their own"),
        ),
        "no_name": (
            N_("this word stands in place of a name"),
            N_("write the name, or leave the field empty"),
        ),
    },
)
LEAST_LETTERS, MOST_CHARACTERS = 2, 50
DOT = "\N{MIDDLE DOT}"
# What keyboards and spreadsheets write for the dot between the parts of a name.
_DOTS = re.compile(r" *[\u00b7\u2022\u2024\u2027\u2219\u22c5\u25cf\u25e6\u30fb\u0387\u16eb\u2e31\ua78f]+ *")
_FULL_STOP = re.compile(r" *\.+ *")
_INVISIBLE = re.compile(r"[\u00ad\u200b\u2060\ufeff]")
_BETWEEN_PERSONS = frozenset("、,;/|&+\n")
_INSIDE = frozenset(" '’ʼ-.\u0f0b\u200c\u200d\u180e" + DOT)  # Tibetan tsheg, joiners of Mongolian and Uyghur
_IDEOGRAPHIC_ZERO = "\u3007"
_PLACEHOLDERS = frozenset(
    [
        "不详",
        "不明",
        "未知",
        "同上",
        "暂无",
        "没有",
        "未填",
        "空白",
        "保密",
        "匿名",
        "姓名",
        "本人",
        "待补",
        "待定",
        "测试",
        "无名",
        "无名氏",
        "某某",
        "某某某",
        "未登记",
        "none",
        "null",
        "unknown",
        "anonymous",
        "test",
        "n/a",
        "na",
    ]
)
_HAN = re.compile(r"[\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")


class InvalidName(FaultError):
    """An invalid name; no text quotes it beyond its mask."""


def parse_name(text: str) -> str:
    """Return a name with one kind of dot and without blanks between Chinese characters (张　三).

    *Raises*: InvalidName with all faults.
    """
    plain = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).strip().rstrip("\u0f0d")
    name = _join_parts(_unify_dots(plain))
    if name.casefold() in _PLACEHOLDERS:
        codes = ["no_name"]
    else:
        codes = list(dict.fromkeys(_find_faults(_unify_dots(plain))))
    if not codes:
        return name
    raise InvalidName(
        [
            NAME_FAULTS.build(
                code, value=mask_name(name), least=LEAST_LETTERS, most=MOST_CHARACTERS, length=len(name)
            )
            for code in codes
        ]
    )


def _find_faults(name: str) -> Iterator[str]:
    """Yield the codes of a name's faults, some of them more than once."""
    if sum(letter.isalpha() or letter == _IDEOGRAPHIC_ZERO for letter in name) < LEAST_LETTERS:
        yield "short"
    if len(name) > MOST_CHARACTERS:
        yield "long"
    for letter in name:
        yield from _find_letter_fault(letter)
    if _holds_two_chinese_names(name):
        yield "two_persons"
    if name.strip(DOT) != name:
        yield "dots"


def _find_letter_fault(letter: str) -> Iterator[str]:
    """Yield the code of the fault of one character, if it has one."""
    kind = unicodedata.category(letter)
    if kind[0] in "LM" or letter in _INSIDE or letter == _IDEOGRAPHIC_ZERO:
        return
    if letter in _BETWEEN_PERSONS:
        yield "two_persons"
    elif kind[0] == "N":
        yield "digits"
    elif kind == "Co":
        yield "private_use"
    else:
        yield "control" if kind[0] == "C" or kind in ("Zl", "Zp") else "letters"


def _unify_dots(plain: str) -> str:
    """Return a name with the middle dot alone; in a name of ASCII letters a full stop stays (J. Smith)."""
    dotted = _DOTS.sub(DOT, plain)
    return dotted if dotted.isascii() else _FULL_STOP.sub(DOT, dotted)


def _join_parts(name: str) -> str:
    """Return a name with single blanks; Chinese characters have none between them."""
    parts = name.split()
    joined = parts[:1]
    for part in parts[1:]:
        is_chinese = _HAN.fullmatch(part) and _HAN.fullmatch(joined[-1])
        joined[-1:] = [joined[-1] + part] if is_chinese else [joined[-1], part]
    return " ".join(joined)


def _holds_two_chinese_names(plain: str) -> bool:
    """Return whether blanks separate whole names: 张三 李四, but not 张 三 or 欧阳 明."""
    parts = plain.split()
    return len(parts) > 1 and all(len(part) > 1 and _HAN.fullmatch(part) for part in parts)
