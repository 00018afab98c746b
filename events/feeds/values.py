"""Find the fields of an app's record by path, and parse one value: a text, number, amount, date, code or keyed hash.

JMESPath is not used: it would quote every Chinese name, can't find a name that contains dots, and takes
two to twenty times as long.
"""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from core.faults import Fault, FaultTable
from core.money import parse_amount
from core.text_marks import N_
from events.feeds.mapping import ValueKind
from events.feeds.moments import parse_feed_day
from members import is_organisation_code, scrub_personal_numbers

JsonValue = str | int | bool | Decimal | None | list["JsonValue"] | dict[str, "JsonValue"]
MAX_RECORD_DEPTH = 40
_MOST_STARS = 1_000
_INDEX = re.compile(r"[0-9]{1,4}")
FieldValue = str | int | bool | date | tuple["str | int | bool | date", ...]
_MOST_FEN = 10**15
_INTEGER = re.compile(r"[-+]?(?:\d{1,18}|\d{1,3}(?:,\d{3}){1,5})(?:\.0+)?")
_NO_YUAN = {"fraction": "part_of_fen", "too_large": "too_much_money"}
_YES = frozenset({"true", "1", "y", "yes", "t", "是", "有", "真", "对", "通过", "同意"})
_NO = frozenset({"false", "0", "n", "no", "f", "否", "无", "假", "错", "不通过", "不同意"})
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
VALUE_FAULTS = FaultTable(
    "feed_value",
    {
        "no_integer": (N_("{value} is no whole number"), N_("have it sent as digits only")),
        "no_yes_no": (
            N_("{value} says neither yes nor no"),
            N_("give its meaning under words:, as true or false"),
        ),
        "no_date": (
            N_("{value} is no day in the format {format}"),
            N_("correct the record, or say under format: how days are written"),
        ),
        "no_yuan": (N_("{value} is no amount in yuan"), N_("have it sent like 1234.50 or 1,234.50元")),
        "part_of_fen": (N_("{value} has parts of a fen"), N_("have amounts sent in whole fen")),
        "too_much_money": (
            N_("{value} is more money than there is"),
            N_("say whether it is yuan or fen"),
        ),
        "no_organisation": (
            N_("no organisation is called {value}, and it is no code"),
            N_("import its name (yihui organisations import), or give its code under words:"),
        ),
        "several_organisations": (
            N_("several organisations are called {value}: {codes}"),
            N_("give the code that is meant under words:"),
        ),
        "no_district": (
            N_("no district is called {value}, and it is no code"),
            N_("give its code of six digits under words:"),
        ),
        "several_districts": (
            N_("several districts are called {value}: {codes}"),
            N_("give the code that is meant under words:"),
        ),
    },
)
_DISTRICT = re.compile(r"\d{6}(\d{3}|\d{6})?")  # GB/T 2260, optionally followed by the digits of the township


def find_field_value(record: JsonValue, path: str) -> JsonValue:
    """Return the value at a path, or None if there is none.

    A name may itself contain dots. In a list, a number selects one item, from 0, and * selects all.
    """
    if isinstance(record, dict):
        return _in_object(record, path)
    head, _, rest = path.partition(".")
    if isinstance(record, list) and head == "*":
        several = [find_field_value(item, rest) if rest else item for item in record[:_MOST_STARS]]
        return [item for item in several if item is not None]
    if isinstance(record, list) and _INDEX.fullmatch(head) and int(head) < len(record):
        return find_field_value(record[int(head)], rest) if rest else record[int(head)]
    return None


def _in_object(record: Mapping[str, JsonValue], path: str) -> JsonValue:
    if path in record:
        return record[path]
    for place, sign in enumerate(path):
        if sign == "." and path[:place] in record:
            inner = find_field_value(record[path[:place]], path[place + 1 :])
            if inner is not None:
                return inner
    return None


def iter_leaf_fields(record: JsonValue, path: str = "", depth: int = 0) -> Iterator[tuple[str, JsonValue]]:
    """Yield the path and value of each field that isn't empty; items of lists have * in their path."""
    if isinstance(record, dict) and record and depth < MAX_RECORD_DEPTH:
        for name, inner in record.items():
            yield from iter_leaf_fields(inner, f"{path}.{name}" if path else name, depth + 1)
    elif isinstance(record, list) and depth < MAX_RECORD_DEPTH:
        for inner in record[:_MOST_STARS]:
            yield from iter_leaf_fields(inner, f"{path}.*" if path else "*", depth + 1)
    elif record not in (None, "", {}) and path:
        yield path, record


def path_covers(path: str, leaf: str) -> bool:
    """Return whether a path names a leaf or a parent of it; a number matches any item of a list."""
    wanted, there = path.split("."), leaf.split(".")
    alike = (a == b or (b == "*" and a.isdigit()) for a, b in zip(wanted, there, strict=False))
    return len(wanted) <= len(there) and all(alike)


def scrub_path(path: str) -> str:
    """Return a path that a message may quote: personal numbers among its names are hidden."""
    return scrub_personal_numbers(path)[:120].encode("utf-8", "replace").decode()


@dataclass(frozen=True, slots=True)
class NameDirectory:
    """Codes of organisations and districts by name. A name shared by two of them has both codes."""

    organisations: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    districts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ValueContext:
    """What parsing a value depends on: the date format, the name directory, the key of the hashes."""

    directory: NameDirectory
    key: bytes
    format: str | None = None


def scalar_text(value: JsonValue) -> str | None:
    """Return a scalar as text; None for a list or an object."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        short = -30 < value.adjusted() < 30
        return format(value, "f") if short else str(value)
    if isinstance(value, str | int):
        return str(value).strip()
    return None


def normalize_name(text: str) -> str:
    """Return a name in the form used for comparison: without blanks, with width variants unified."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def parse_field_value(text: str, kind: ValueKind, reading: ValueContext) -> FieldValue | Fault:
    """Parse a text as a value of this kind."""
    return _READERS[kind](text, reading)


def _text(text: str, _: ValueContext) -> FieldValue | Fault:
    return text


def _integer(text: str, _: ValueContext) -> FieldValue | Fault:
    digits = unicodedata.normalize("NFKC", text)
    if not _INTEGER.fullmatch(digits):
        return VALUE_FAULTS.build("no_integer")
    return int(digits.partition(".")[0].replace(",", ""))


def _yes_no(text: str, _: ValueContext) -> FieldValue | Fault:
    word = normalize_name(text).lower()
    if word in _YES | _NO:
        return word in _YES
    return VALUE_FAULTS.build("no_yes_no")


def _date(text: str, reading: ValueContext) -> FieldValue | Fault:
    day = parse_feed_day(text, reading.format)
    if day is not None:
        return day
    return VALUE_FAULTS.build("no_date", format=reading.format or "2026-05-01")


def _yuan(text: str, _: ValueContext) -> FieldValue | Fault:
    amount = parse_amount(text)
    if amount.fen is not None:
        return _bounded(amount.fen)
    return VALUE_FAULTS.build(_NO_YUAN.get(amount.fault or "", "no_yuan"))


def _fen(text: str, reading: ValueContext) -> FieldValue | Fault:
    fen = _integer(text, reading)
    return _bounded(fen) if isinstance(fen, int) else fen


def _bounded(fen: int) -> FieldValue | Fault:
    if abs(fen) > _MOST_FEN:
        return VALUE_FAULTS.build("too_much_money")
    return fen


def _organisation(text: str, reading: ValueContext) -> FieldValue | Fault:
    code = unicodedata.normalize("NFKC", text)
    if is_organisation_code(code):
        return code
    return _by_name(text, reading.directory.organisations, ("no_organisation", "several_organisations"))


def _district(text: str, reading: ValueContext) -> FieldValue | Fault:
    code = unicodedata.normalize("NFKC", text)
    if _DISTRICT.fullmatch(code):
        return code[:6]
    return _by_name(text, reading.directory.districts, ("no_district", "several_districts"))


def _by_name(text: str, codes: Mapping[str, tuple[str, ...]], faults: tuple[str, str]) -> FieldValue | Fault:
    """Return the code of a name; ``faults`` are the codes for no such name and for an ambiguous one."""
    found = codes.get(normalize_name(text), ())
    if len(found) == 1:
        return found[0]
    none, several = faults
    return VALUE_FAULTS.build(several, codes=", ".join(found)) if found else VALUE_FAULTS.build(none)


def _digest(text: str, reading: ValueContext) -> FieldValue | Fault:
    """Return a digest unchanged, such as that of a picture; hash any other text."""
    if _DIGEST.fullmatch(text):
        return text
    return "sha256:" + _keyed("digest", text, reading.key)


def _pseudonym(text: str, reading: ValueContext) -> FieldValue | Fault:
    """Return an id unchanged, as on rolls; hash a text that may be a name or a personal number."""
    if _ID.fullmatch(text) and scrub_personal_numbers(text) == text:
        return text
    return "p-" + _keyed("pseudonym", text, reading.key)[:24]


def _keyed(purpose: str, text: str, key: bytes) -> str:
    """Return a keyed hash.

    A certificate number is often the ID number; trying all numbers would reverse an unkeyed digest.
    """
    return hmac.new(
        key, f"{purpose}\0{normalize_name(text).upper()}".encode("utf-8", "replace"), hashlib.sha256
    ).hexdigest()


_READERS: Mapping[ValueKind, Callable[[str, ValueContext], FieldValue | Fault]] = {
    "text": _text,
    "integer": _integer,
    "yes_no": _yes_no,
    "date": _date,
    "yuan": _yuan,
    "fen": _fen,
    "organisation": _organisation,
    "district": _district,
    "digest": _digest,
    "pseudonym": _pseudonym,
}
