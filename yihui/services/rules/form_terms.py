"""Conditions as an officer fills them in: a fact, a comparison, a value; as an expression and in words.

“以上”, “以下” and “以内” include the number, “不满”, “超过” and “以外” don't (民法典, article 1259).
The words are in Chinese, as rules are: members read them.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cache

from core.civil_time import parse_civil_date
from core.money import parse_amount
from core.text_marks import N_
from rules import FACT_VALUE_TITLES
from rules.facts import Fact, FactKind
from yihui.runtime.language import load_language


class Comparison(StrEnum):
    """How a condition compares a fact with its value."""

    IS = "is"
    IS_NOT = "is_not"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    ABOVE = "above"
    BELOW = "below"
    WITHIN = "within"
    KNOWN = "known"


_SIGNS: Mapping[Comparison, str] = {
    Comparison.AT_LEAST: ">=",
    Comparison.AT_MOST: "<=",
    Comparison.ABOVE: ">",
    Comparison.BELOW: "<",
}
_WORDS: Mapping[Comparison, str] = {
    Comparison.IS: "是",
    Comparison.IS_NOT: "不是",
    Comparison.AT_LEAST: "不小于",
    Comparison.AT_MOST: "不大于",
    Comparison.ABOVE: "大于",
    Comparison.BELOW: "小于",
    Comparison.WITHIN: "属于",
    Comparison.KNOWN: "已登记",
}
_SAME = frozenset({Comparison.IS, Comparison.IS_NOT})
_ORDER = frozenset(_SIGNS)
COMPARISONS: Mapping[FactKind, frozenset[Comparison]] = {
    "text": _SAME | {Comparison.WITHIN, Comparison.KNOWN},
    "texts": _SAME | {Comparison.KNOWN},
    "integer": _SAME | _ORDER | {Comparison.KNOWN},
    "fen": _SAME | _ORDER | {Comparison.KNOWN},
    "date": _SAME | _ORDER | {Comparison.KNOWN},
    "boolean": _SAME | {Comparison.KNOWN},
}
EXPECTED: Mapping[FactKind, str] = {
    "text": N_("one of its values, or several with 、 between them"),
    "texts": N_("one of its values, or several with 、 between them"),
    "integer": N_("a whole number, such as 30"),
    "fen": N_("an amount in yuan, such as 5000"),
    "date": N_("a day like 2026-01-31"),
    "boolean": N_("yes or no"),
}
_YES = frozenset({"是", "有", "对", "yes", "true"})
_NO = frozenset({"否", "无", "没有", "不是", "no", "false"})
_BETWEEN = re.compile(r"[、,;/\n]+")
_THOUSANDS = re.compile(r"(?<=[0-9]),(?=[0-9]{3}(?![0-9]))")
_FORBIDDEN = re.compile(r"['\"\\{}\x00-\x1f]")


class TermFault(Exception):
    """A condition that can't be written; ``code`` is one of the form's faults."""

    def __init__(self, code: str, value: str, expected: str = "") -> None:
        self.code, self.value, self.expected = code, value, expected
        super().__init__(code)


def build_term(fact: Fact, comparison: str, value: str) -> str:
    """Return the expression of a condition. *Raises*: TermFault."""
    if not can_compare(fact, comparison):
        raise TermFault("comparison", comparison)
    compared = Comparison(comparison)
    if compared is Comparison.KNOWN:
        return f"known({fact.path})"
    if compared in _ORDER:
        return f"{fact.path} {_SIGNS[compared]} {_write_literal(fact, value)}"
    if fact.kind in ("integer", "fen"):
        value = strip_thousands(value)
    literals = [_write_literal(fact, one) for one in read_values(fact, value)]
    if not literals:
        raise TermFault("value", value, EXPECTED[fact.kind])
    if compared is Comparison.WITHIN:
        found = " or ".join(f"within({fact.path}, {one})" for one in literals)
        return found if len(literals) == 1 else f"({found})"
    return _write_same(fact, literals, is_same=compared is Comparison.IS)


def can_compare(fact: Fact, comparison: str) -> bool:
    """Return whether a fact can be compared so; a form that was forged names any text."""
    return comparison in COMPARISONS[fact.kind]


def format_term(fact: Fact, comparison: str, value: str, title: str) -> str:
    """Return a condition in words, as a member reads it."""
    if comparison == Comparison.KNOWN:
        return f"{title}{_WORDS[Comparison.KNOWN]}"
    return f"{title}{_WORDS[Comparison(comparison)]}{'、'.join(title_of(fact, one) for one in read_values(fact, value))}"


def title_of(fact: Fact, value: str) -> str:
    """Return the Chinese title of a value that is a code; any other value is its own title."""
    return _value_titles(fact.path).get(value, value)


def read_values(fact: Fact, text: str) -> list[str]:
    """Split values as :func:`split_values` does, with the code in place of each title of a value."""
    codes = {_plain(title): code for code, title in _value_titles(fact.path).items()}
    text = _plain(text)
    for title, code in codes.items():
        if _BETWEEN.search(title):  # 已发卡，未激活 is one value
            text = text.replace(title, code)
    return [codes.get(part, part) for part in split_values(text)]


@cache
def _value_titles(path: str) -> Mapping[str, str]:
    chinese = load_language("zh")
    titles = FACT_VALUE_TITLES.get(path.rpartition(".")[2], {})
    return {code: chinese.translate(title) for code, title in titles.items()}


def split_values(text: str) -> list[str]:
    """Split what lies between 、, commas, semicolons and slashes, full-width or not."""
    return [part.strip() for part in _BETWEEN.split(_plain(text)) if part.strip()]


def strip_thousands(text: str) -> str:
    """Return a number without the commas between its thousands; other commas stay, as they part values."""
    return _THOUSANDS.sub("", _plain(text))


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def _write_same(fact: Fact, literals: Sequence[str], *, is_same: bool) -> str:
    if fact.kind == "texts":
        found = " or ".join(f"{one} in {fact.path}" for one in literals)
        if is_same:
            return found if len(literals) == 1 else f"({found})"
        return f"not ({found})"
    if len(literals) == 1:
        return f"{fact.path} {'==' if is_same else '!='} {literals[0]}"
    return f"{fact.path} {'in' if is_same else 'not in'} [{', '.join(literals)}]"


def _write_literal(fact: Fact, text: str) -> str:
    """Return a value as expressions write it. *Raises*: TermFault."""
    plain = _plain(text)
    found = _READERS[fact.kind](plain)
    if found is None or (
        fact.allowed and not fact.open and fact.kind != "boolean" and plain not in fact.allowed
    ):
        expected = (
            "、".join(title_of(fact, one) for one in fact.allowed)
            if fact.allowed and not fact.open
            else EXPECTED[fact.kind]
        )
        raise TermFault("value", text, expected)
    return found


def _read_text(plain: str) -> str | None:
    return f"'{plain}'" if plain and len(plain) <= 100 and not _FORBIDDEN.search(plain) else None


def _read_whole(plain: str) -> str | None:
    return plain if re.fullmatch(r"0|-?[1-9][0-9]{0,14}", plain) else None


def _read_fen(plain: str) -> str | None:
    read = parse_amount(plain)
    if re.match(r"0[0-9]", plain):  # what is left of thousands that were parted wrongly
        return None
    return None if read.fen is None or read.fen < 0 else str(read.fen)


def _read_date(plain: str) -> str | None:
    found = parse_civil_date(plain)
    return f"date('{found}')" if found else None


def _read_boolean(plain: str) -> str | None:
    word = plain.casefold()
    return "true" if word in _YES else "false" if word in _NO else None


_READERS = {
    "text": _read_text,
    "texts": _read_text,
    "integer": _read_whole,
    "fen": _read_fen,
    "date": _read_date,
    "boolean": _read_boolean,
}
