"""Reads one value of theirs as a field of ours: a word, a number, money, a day, a code, a keyed hash."""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from events.feeds.mapping import Kind
from events.feeds.moments import read_day
from events.feeds.paths import Json
from members import is_code, scrubbed

N_ = str  # marks a text for the message catalogue

Ours = str | int | bool | date | tuple["str | int | bool | date", ...]
_MOST_FEN = 10**15
_INTEGER = re.compile(r"[-+]?\d{1,18}(\.0+)?")
_MONEY = re.compile(r"(-?)(?:\d{1,15}|\d{1,3}(?:,\d{3}){1,4})(?:\.\d{1,4})?")
_YES = frozenset({"true", "1", "y", "yes", "t", "是", "有", "真", "对", "通过", "同意"})
_NO = frozenset({"false", "0", "n", "no", "f", "否", "无", "假", "错", "不通过", "不同意"})
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_DISTRICT = re.compile(r"\d{6}(\d{3}|\d{6})?")  # GB/T 2260, with the township's digits behind


@dataclass(frozen=True, slots=True)
class Unread:
    """Why a value can't be read, and how to mend it: templates."""

    message: str
    remedy: str
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Directory:
    """Codes by name: of organisations, of districts. A name that two of them bear has both codes."""

    organisations: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    districts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reading:
    """What is needed to read a value: how days are written, what names mean, the secret of hashes."""

    directory: Directory
    key: bytes
    format: str | None = None


def plain(value: Json) -> str | None:
    """A value as one text; None for what holds several."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        short = -30 < value.adjusted() < 30
        return format(value, "f") if short else str(value)
    if isinstance(value, str | int):
        return str(value).strip()
    return None


def named(text: str) -> str:
    """A name as it is compared: forms of width and blanks are the same."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def read(text: str, kind: Kind, reading: Reading) -> Ours | Unread:
    """One text as what it shall be."""
    return _READERS[kind](text, reading)


def _text(text: str, _: Reading) -> Ours | Unread:
    return text


def _integer(text: str, _: Reading) -> Ours | Unread:
    digits = unicodedata.normalize("NFKC", text).replace(",", "")
    if not _INTEGER.fullmatch(digits):
        return Unread(N_("{value} is no whole number"), N_("have it sent as digits only"))
    return int(digits.partition(".")[0])


def _yes_no(text: str, _: Reading) -> Ours | Unread:
    word = named(text).lower()
    if word in _YES | _NO:
        return word in _YES
    return Unread(
        N_("{value} says neither yes nor no"), N_("give its meaning under words:, as true or false")
    )


def _date(text: str, reading: Reading) -> Ours | Unread:
    day = read_day(text, reading.format)
    if day is not None:
        return day
    return Unread(
        N_("{value} is no day in the format {format}"),
        N_("correct the record, or say under format: how days are written"),
        {"format": reading.format or "2026-05-01"},
    )


def _yuan(text: str, _: Reading) -> Ours | Unread:
    bare = unicodedata.normalize("NFKC", text).replace(" ", "")
    bare = (
        bare.removeprefix("¥").removeprefix("CNY").removeprefix("RMB").removesuffix("元").removesuffix("圆")
    )
    if not _MONEY.fullmatch(bare):
        return Unread(N_("{value} is no amount in yuan"), N_("have it sent like 1234.50 or 1,234.50元"))
    fen = Decimal(bare.replace(",", "")) * 100
    if fen != int(fen):
        return Unread(N_("{value} has parts of a fen"), N_("have amounts sent in whole fen"))
    return _bounded(int(fen))


def _fen(text: str, reading: Reading) -> Ours | Unread:
    fen = _integer(text, reading)
    return _bounded(fen) if isinstance(fen, int) else fen


def _bounded(fen: int) -> Ours | Unread:
    if abs(fen) > _MOST_FEN:
        return Unread(N_("{value} is more money than there is"), N_("say whether it is yuan or fen"))
    return fen


def _organisation(text: str, reading: Reading) -> Ours | Unread:
    code = unicodedata.normalize("NFKC", text)
    if is_code(code):
        return code
    return _by_name(text, reading.directory.organisations, _NO_ORGANISATION, _SEVERAL_ORGANISATIONS)


def _district(text: str, reading: Reading) -> Ours | Unread:
    code = unicodedata.normalize("NFKC", text)
    if _DISTRICT.fullmatch(code):
        return code[:6]
    return _by_name(text, reading.directory.districts, _NO_DISTRICT, _SEVERAL_DISTRICTS)


def _by_name(text: str, codes: Mapping[str, tuple[str, ...]], none: Unread, several: Unread) -> Ours | Unread:
    found = codes.get(named(text), ())
    if len(found) == 1:
        return found[0]
    return Unread(several.message, several.remedy, {"codes": ", ".join(found)}) if found else none


def _digest(text: str, reading: Reading) -> Ours | Unread:
    """A digest as it is, such as that of a picture; of anything else one of ours."""
    if _DIGEST.fullmatch(text):
        return text
    return "sha256:" + _keyed("digest", text, reading.key)


def _pseudonym(text: str, reading: Reading) -> Ours | Unread:
    """An id as it is, as on rolls; what may be a name or a person's number as a keyed hash."""
    if _ID.fullmatch(text) and scrubbed(text) == text:
        return text
    return "p-" + _keyed("pseudonym", text, reading.key)[:24]


def _keyed(purpose: str, text: str, key: bytes) -> str:
    """Keyed: a certificate's number is often the ID number, and a bare digest can be undone by trying."""
    return hmac.new(
        key, f"{purpose}\0{named(text).upper()}".encode("utf-8", "replace"), hashlib.sha256
    ).hexdigest()


_NO_ORGANISATION = Unread(
    N_("no organisation is called {value}, and it is no code"),
    N_("import its name (yihui members organisations), or give its code under words:"),
)
_SEVERAL_ORGANISATIONS = Unread(
    N_("several organisations are called {value}: {codes}"), N_("give the code that is meant under words:")
)
_NO_DISTRICT = Unread(
    N_("no district is called {value}, and it is no code"),
    N_("give its code of six digits under words:"),
)
_SEVERAL_DISTRICTS = Unread(
    N_("several districts are called {value}: {codes}"), N_("give the code that is meant under words:")
)
_READERS: Mapping[Kind, Callable[[str, Reading], Ours | Unread]] = {
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
