"""The query parameters of /ogc: their names, how each is parsed, and the check that reports all faults.

The standard requires a refusal of parameters that are not known (OGC 17-069r4, 7.9).
"""

import math
import re
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from core.civil_time import CIVIL_TIME
from core.faults import Fault, FaultTable
from core.text_marks import N_
from yihui.http.ogc.collections import BOOLEAN, INTEGER, NUMBER, Collection, Field
from yihui.runtime.arguments import is_in_supported_years
from yihui.runtime.language import LANGUAGES

if TYPE_CHECKING:
    from yihui.http.ogc.layer import PropertyValue

FORMATS = ("json", "html")
MAX_ITEMS, DEFAULT_ITEMS = 10_000, 100
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
SUPPORTED_CRS = (
    CRS84,
    "http://www.opengis.net/def/crs/EPSG/0/4326",
    "http://www.opengis.net/def/crs/EPSG/0/4490",  # CGCS2000, which Chinese GIS use
    "http://www.opengis.net/def/crs/EPSG/0/3857",
)
COMMON_PARAMETERS = ("f", "lang")
ITEM_PARAMETERS = ("crs",)
ITEMS_PARAMETERS = (
    *("limit", "offset", "bbox", "bbox-crs", "crs", "datetime", "properties", "skipGeometry", "sortby"),
    "resulttype",
)
_OPEN = ("", "..")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}(:\d{2}(\.\d+)?)?([Zz]|[+ -]\d{2}:\d{2})")
_SORT_SIGNS = ("+", "-", " ")  # an unescaped + arrives as a space
_TRUTHS = ("true", "false")
_ANY_TIME = datetime(2026, 1, 1, tzinfo=UTC)  # any instant will do: only the syntax is checked
_CRS_REMEDY = N_("choose one of those that the collection lists under crs")
_NAMES_REMEDY = N_("name properties of the collection, parted by commas; see its queryables")
_INVALID = N_("{field}: “{value}” can't be accepted")
# Parameter → remedy for a value that can't be accepted; "property" is a filter by a property of the collection.
PARAMETER_REMEDIES: Mapping[str, str] = {
    "f": N_("choose json or html"),
    "lang": N_("choose zh or en"),
    "limit": N_("give a whole number, 1 or more"),
    "offset": N_("give a whole number, 0 or more"),
    "bbox": N_("give west,south,east,north in degrees, such as 116.9,36.6,117.1,36.7"),
    "bbox-crs": _CRS_REMEDY,
    "crs": _CRS_REMEDY,
    "datetime": N_(
        "write an instant as 2026-10-03T23:10:00+08:00, a day as 2026-10-03, or two of them parted by /"
    ),
    "properties": _NAMES_REMEDY,
    "sortby": _NAMES_REMEDY,
    "skipGeometry": N_("write true or false"),
    "resulttype": N_("choose results or hits"),
    "property": N_("write it as the collection's queryables say"),
}
OGC_FAULTS = FaultTable(
    "ogc",
    {
        "no_extra": (
            N_("OGC API – Features needs the extra “ogc”, which is not installed here"),
            N_("install it: pip install 'yihui[ogc]', then start the site again"),
        ),
        "unknown_collection": (N_("there is no collection {value}"), N_("there are: {known}")),
        "unknown_feature": (N_("there is no such feature now"), N_("look for it among the items")),
        "unknown_parameter": (
            N_("there is no parameter {value} here"),
            N_("leave it out, or check its spelling; there are: {known}"),
        ),
        "no_bbox": (_INVALID, N_("give bbox as well, or leave bbox-crs out")),
        **{f"invalid_{name}": (_INVALID, remedy) for name, remedy in PARAMETER_REMEDIES.items()},
    },
)


def parse_datetime_parameter(asked: str | None, now: datetime) -> datetime:
    """Return the instant itself; for an interval, its instant nearest to now; for None, the current minute.

    A bare date is the civil day in Asia/Shanghai. *Raises*: ValueError for a text that is neither instant,
    day nor interval (RFC 3339; OGC 17-069r4, 7.15.4), for a year out of range, or for an interval that ends
    before it begins.
    """
    minute = now.replace(second=0, microsecond=0)
    if asked is None:
        return minute
    first, _, last = asked.partition("/") if "/" in asked else (asked, "", asked)
    begin = None if first in _OPEN and "/" in asked else _bounds(first)[0]
    end = None if last in _OPEN and "/" in asked else _bounds(last)[1]
    if begin is not None and end is not None and end < begin:
        raise ValueError(f"{asked} ends before it begins")
    if begin is not None and minute < begin:
        return begin
    return end if end is not None and end < minute else minute


def _bounds(text: str) -> tuple[datetime, datetime]:
    """Return the first and the last instant of a date; for an instant, the instant twice."""
    if _DATE.fullmatch(text):
        start = datetime.combine(date.fromisoformat(text), time(), CIVIL_TIME)
        return _check_range(start), _check_range(start + timedelta(days=1, seconds=-1))
    if not _INSTANT.fullmatch(text):
        raise ValueError(f"{text} is no instant")
    moment = datetime.fromisoformat(
        re.sub(r" (\d\d:\d\d)$", r"+\1", text.upper())
    )  # an unescaped + arrives as a space
    return _check_range(moment), _check_range(moment)


def _check_range(moment: datetime) -> datetime:
    if not is_in_supported_years(moment):
        raise ValueError(f"{moment} is too far away")
    return moment.astimezone(UTC)


def format_instant(at: datetime) -> str:
    """Format an instant in Beijing time, as features carry it: 2026-11-20T10:00:00+08:00."""
    return at.astimezone(CIVIL_TIME).isoformat()


def parse_property_value(field: Field, text: str) -> "PropertyValue":
    """Parse the value that a property must equal. *Raises*: ValueError for a text of another type."""
    if field.type == BOOLEAN:
        return _check_choice(text, _TRUTHS) == "true"
    if field.type == INTEGER:
        return int(text)
    if field.type == NUMBER:
        return _finite(text)
    return text


def parse_sort(text: str, names: Container[str]) -> tuple[tuple[str, bool], ...]:
    """Parse properties with their signs, such as ``city,-share``, into (name, descending).

    *Raises*: ValueError for a name that is not among ``names``.
    """
    keys = [
        (part[1:] if part.startswith(_SORT_SIGNS) else part, part.startswith("-")) for part in text.split(",")
    ]
    return tuple((_check_choice(name, names), descending) for name, descending in keys)


def validate_parameters(
    given: Sequence[tuple[str, str]], known: Sequence[str], collection: Collection | None
) -> list[Fault]:
    """Return all faults of a request's parameters, in their order.

    ``known`` are the parameters of the operation; a request for a collection's items may also name its
    properties.
    """
    fields = collection.fields_by_name if collection is not None else {}
    allowed = (*COMMON_PARAMETERS, *known, *fields)
    names = [name for name, _ in given]
    faults = [
        OGC_FAULTS.build("unknown_parameter", field=name[:100], value=name[:100], known=" ".join(allowed))
        for name in names
        if name not in allowed
    ]
    for name, text in given:
        if name in allowed:
            faults += _value_faults(name, text, fields)
    if "bbox-crs" in names and "bbox" in known and "bbox" not in names:
        faults.append(OGC_FAULTS.build("no_bbox", field="bbox-crs", value=""))
    if not faults and (box := dict(given).get("bbox")) and dict(given).get("bbox-crs", CRS84) == CRS84:
        faults += _latitude_faults(box)
    return faults


def _latitude_faults(box: str) -> Iterator[Fault]:
    """Yield a fault where a latitude of the box is none: its numbers stand the other way round, say."""
    numbers = [float(part) for part in box.split(",")]
    if any(abs(numbers[at]) > 90 for at in (1, len(numbers) // 2 + 1)):
        yield OGC_FAULTS.build("invalid_bbox", field="bbox", value=box[:200])


def _value_faults(name: str, text: str, fields: Mapping[str, Field]) -> Iterator[Fault]:
    try:
        if name in fields:
            parse_property_value(fields[name], text)
        elif name == "sortby":
            parse_sort(text, fields)
        elif name == "properties":
            for part in text.split(","):
                _check_choice(part, fields)
        else:
            _CHECKS[name](text)
    except ValueError:
        code = "invalid_property" if name in fields else f"invalid_{name}"
        yield OGC_FAULTS.build(code, field=name, value=text[:200])


def _check_choice(text: str, choices: Container[str]) -> str:
    if text not in choices:
        raise ValueError(text)
    return text


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _at_least(least: int, text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or int(text) < least:
        raise ValueError(text)
    return int(text)


def _box(text: str) -> None:
    numbers = [_finite(part) for part in text.split(",")]
    half = len(numbers) // 2
    if len(numbers) not in (4, 6) or numbers[1] > numbers[half + 1]:
        raise ValueError(text)


_CHECKS: Mapping[str, Callable[[str], object]] = {
    "f": lambda text: _check_choice(text, FORMATS),
    "lang": lambda text: _check_choice(text[:2].lower(), LANGUAGES),
    "limit": lambda text: _at_least(1, text),
    "offset": lambda text: _at_least(0, text),
    "bbox": _box,
    "bbox-crs": lambda text: _check_choice(text, SUPPORTED_CRS),
    "crs": lambda text: _check_choice(text, SUPPORTED_CRS),
    "datetime": lambda text: parse_datetime_parameter(text, _ANY_TIME),
    "skipGeometry": lambda text: _check_choice(text, _TRUTHS),
    "resulttype": lambda text: _check_choice(text, ("results", "hits")),
}
