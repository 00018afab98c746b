"""Validate the query parameters of /ogc before they are read; report all faults at once.

The standard requires a refusal of parameters that are not known (OGC 17-069r4, 7.9).
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from core.faults import Fault
from yihui.http.ogc.collections import BOOLEAN, INTEGER, NUMBER, Collection, Field
from yihui.http.ogc.faults import OGC_FAULTS
from yihui.http.ogc.instants import parse_datetime_parameter
from yihui.runtime.language import LANGUAGES

if TYPE_CHECKING:
    from yihui.http.ogc.layer import PropertyValue  # imports geopandas


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
_TRUTHS = ("true", "false")
_ANY_TIME = datetime(2026, 1, 1, tzinfo=UTC)  # any instant will do: only the syntax is checked


def parse_property_value(field: Field, text: str) -> "PropertyValue":
    """Parse the value that a property must equal. *Raises*: ValueError for a text of another type."""
    if field.type == BOOLEAN:
        return _check_choice(text, _TRUTHS) == "true"
    if field.type == INTEGER:
        return int(text)
    if field.type == NUMBER:
        return _finite(text)
    return text


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
    faults = [_name_fault("unknown_parameter", name, allowed) for name in names if name not in allowed]
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


def _name_fault(code: str, name: str, known: Sequence[str] = ()) -> Fault:
    return OGC_FAULTS.build(code, field=name[:100], value=name[:100], known=" ".join(known))


def _value_faults(name: str, text: str, fields: Mapping[str, Field]) -> Iterator[Fault]:
    try:
        if name in fields:
            parse_property_value(fields[name], text)
        elif name in ("properties", "sortby"):
            _check_names(text, fields, has_signs=name == "sortby")
        else:
            _CHECKS[name](text)
    except ValueError:
        code = "invalid_property" if name in fields else f"invalid_{name}"
        yield OGC_FAULTS.build(code, field=name, value=text[:200])


def _check_names(text: str, fields: Mapping[str, Field], *, has_signs: bool) -> None:
    for part in text.split(","):
        if (part.removeprefix("-").removeprefix("+").strip() if has_signs else part) not in fields:
            raise ValueError(part)


def _check_choice(text: str, choices: Sequence[str]) -> str:
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


_CHECKS: Mapping[str, Callable[[str], object]] = MappingProxyType(
    {
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
)
