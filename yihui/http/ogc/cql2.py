"""Parse a filter in CQL2 text and test features against it (OGC 21-065r2).

pygeoapi 0.21 reads ``filter`` as ECQL, another language, and pygeofilter's grammar of CQL2 reads
``a OR b AND c`` as ``(a OR b) AND c``: both would answer another question than the one that was asked.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, Literal

import numpy as np
import shapely
from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedInput, VisitError
from numpy.typing import NDArray
from pyproj import Transformer as Projection

from yihui.http.ogc.collections import BOOLEAN, INTEGER, NUMBER, Field

Truth = bool | None  # None: unknown, because a property has no value
Row = Mapping[str, object]
Mask = NDArray[np.bool_]
GEOMETRY = "geometry"
MAX_LENGTH, MAX_DEPTH = 8_000, 100
_DEEPER = re.compile(r"\(|not\s", re.IGNORECASE)
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"

# Basic CQL2, advanced comparison operators, and S_INTERSECTS of the basic spatial functions.
_GRAMMAR = r"""
?start: either
?either: both ("OR"i both)*
?both: negated ("AND"i negated)*
?negated: "NOT"i negated -> negation
        | "(" either ")"
        | TRUTH -> truth
        | NAME SIGN value -> comparison
        | NAME "IS"i "NULL"i -> is_null
        | NAME "IS"i "NOT"i "NULL"i -> is_not_null
        | NAME "LIKE"i TEXT -> like
        | NAME "NOT"i "LIKE"i TEXT -> not_like
        | NAME "BETWEEN"i value "AND"i value -> between
        | NAME "NOT"i "BETWEEN"i value "AND"i value -> not_between
        | NAME "IN"i "(" value ("," value)* ")" -> is_in
        | NAME "NOT"i "IN"i "(" value ("," value)* ")" -> not_in
        | "S_INTERSECTS"i "(" NAME "," geometry ")" -> intersects
?value: TEXT -> text
      | NUMBER -> number
      | TRUTH -> truth_value
      | "DATE"i "(" TEXT ")" -> day
      | "TIMESTAMP"i "(" TEXT ")" -> instant
geometry: SHAPE -> wkt
        | "BBOX"i "(" NUMBER "," NUMBER "," NUMBER "," NUMBER ")" -> box
SIGN: "<>" | "<=" | ">=" | "=" | "<" | ">"
TRUTH.3: /(true|false)(?![\w.:])/i
SHAPE.3: /(multi)?(point|linestring|polygon)\s*\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)/i
TEXT: /'(?:[^']|'')*'/
NUMBER: /[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?/
NAME: /[^\W\d][\w.:]*/ | /"[^"]+"/
%import common.WS
%ignore WS
"""
_SIGNS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b, "<>": lambda a, b: a != b, "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
}  # fmt: skip
FilterFault = Literal["syntax", "property", "type"]


class InvalidFilter(ValueError):
    """A filter that can't be understood or carried out. ``value`` is the part that is wrong."""

    def __init__(self, code: FilterFault, value: str) -> None:
        self.code, self.value = code, value
        super().__init__(f"{code}: {value}")


@dataclass(frozen=True, slots=True)
class Features:
    """The properties and shapes of features. *Shape*: (n,) both. *CRS*: WGS84, lon, lat."""

    rows: Sequence[Row]
    shapes: NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Answer:
    """Two masks: where a condition holds, and where it is known. *Shape*: (n,) both."""

    holds: Mask
    known: Mask


Condition = Callable[[Features], Answer]


@dataclass(frozen=True, slots=True)
class Cql2Filter:
    """A parsed filter."""

    condition: Condition

    def select(self, rows: Sequence[Row], shapes: NDArray[np.object_]) -> Mask:
        """Return the mask of the features for which the filter surely holds. *Shape*: (n,)."""
        told = self.condition(Features(rows, shapes))
        return told.holds & told.known


def parse_cql2_text(text: str, fields: Mapping[str, Field], crs: str = CRS84) -> Cql2Filter:
    """Parse a filter over the properties of a collection; its coordinates are in ``crs``.

    AND binds closer than OR. A comparison with a missing value is unknown, and NOT leaves it so.
    *Raises*: InvalidFilter.
    """
    if len(text) > MAX_LENGTH or len(_DEEPER.findall(text)) > MAX_DEPTH:
        raise InvalidFilter("syntax", text[:40])
    try:
        tree = _parser().parse(text)
        condition: Condition = _Builder(fields, crs).transform(tree)
    except UnexpectedInput as error:
        at = error.pos_in_stream if error.pos_in_stream is not None else len(text)
        raise InvalidFilter("syntax", text[max(at, 0) :][:40] or text[-40:]) from None
    except RecursionError:
        raise InvalidFilter("syntax", text[:40]) from None
    except VisitError as error:
        if isinstance(error.orig_exc, InvalidFilter):
            raise error.orig_exc from None
        raise
    return Cql2Filter(condition)


@cache
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr", maybe_placeholders=False)


@v_args(inline=True)
class _Builder(Transformer[Token, Any]):
    """Builds conditions from the tree, and checks names and types."""

    def __init__(self, fields: Mapping[str, Field], crs: str) -> None:
        super().__init__()
        self._fields, self._crs = fields, crs

    # Logic -----------------------------------------------------------------------------------------------

    def either(self, *parts: Condition) -> Condition:
        def answer_rows(features: Features) -> Answer:
            answers = [part(features) for part in parts]
            holds = np.logical_or.reduce([one.holds & one.known for one in answers])
            return Answer(holds, holds | np.logical_and.reduce([one.known for one in answers]))

        return answer_rows

    def both(self, *parts: Condition) -> Condition:
        def answer_rows(features: Features) -> Answer:
            answers = [part(features) for part in parts]
            fails = np.logical_or.reduce([~one.holds & one.known for one in answers])
            return Answer(~fails, fails | np.logical_and.reduce([one.known for one in answers]))

        return answer_rows

    def negation(self, part: Condition) -> Condition:
        def answer_rows(features: Features) -> Answer:
            answer = part(features)
            return Answer(~answer.holds, answer.known)

        return answer_rows

    def truth(self, word: Token) -> Condition:
        holds = word.lower() == "true"
        return lambda features: _answer([holds] * len(features.rows))

    # Comparisons -----------------------------------------------------------------------------------------

    def comparison(self, name: Token, sign: Token, value: object) -> Condition:
        compare = _SIGNS[sign]
        return self._test(name, (value,), lambda own: compare(own, value))

    def between(self, name: Token, low: Any, high: Any) -> Condition:
        return self._test(name, (low, high), lambda own: low <= own <= high)

    def not_between(self, name: Token, low: Any, high: Any) -> Condition:
        return self.negation(self.between(name, low, high))

    def is_in(self, name: Token, *values: object) -> Condition:
        return self._test(name, values, lambda own: own in values)

    def not_in(self, name: Token, *values: object) -> Condition:
        return self.negation(self.is_in(name, *values))

    def like(self, name: Token, pattern: Token) -> Condition:
        text = self.text(pattern)
        matches = re.compile(_pattern(text), re.DOTALL).fullmatch
        return self._test(name, (text,), lambda own: matches(own) is not None)

    def not_like(self, name: Token, pattern: Token) -> Condition:
        return self.negation(self.like(name, pattern))

    def is_null(self, name: Token) -> Condition:
        field = self._field(name).name
        return lambda features: _answer([row[field] is None for row in features.rows])

    def is_not_null(self, name: Token) -> Condition:
        return self.negation(self.is_null(name))

    def _test(self, name: Token, values: Sequence[object], test: Callable[[Any], bool]) -> Condition:
        """Return the test of a property; every value must be of its type."""
        field = self._field(name)
        kind = _kind(field)
        for value in values:
            if type(value) is not kind and not (kind is float and type(value) is int):
                raise InvalidFilter("type", field.name)
        return lambda features: _answer(
            [None if (own := _own(row[field.name], kind)) is None else test(own) for row in features.rows]
        )

    def _field(self, name: Token) -> Field:
        plain = name.strip('"')
        if plain not in self._fields:
            raise InvalidFilter("property", plain[:100])
        return self._fields[plain]

    # Values ----------------------------------------------------------------------------------------------

    def text(self, token: Token) -> str:
        return token[1:-1].replace("''", "'")

    def number(self, token: Token) -> float | int:
        return int(token) if re.fullmatch(r"[-+]?\d{1,18}", token) else float(token)

    def truth_value(self, word: Token) -> bool:
        return word.lower() == "true"

    def day(self, token: Token) -> date:
        try:
            return date.fromisoformat(self.text(token))
        except ValueError:
            raise InvalidFilter("syntax", token[:40]) from None

    def instant(self, token: Token) -> datetime:
        try:
            moment = datetime.fromisoformat(self.text(token))
        except ValueError:
            raise InvalidFilter("syntax", token[:40]) from None
        if moment.tzinfo is None:
            raise InvalidFilter("syntax", token[:40])
        return moment

    # Shapes ----------------------------------------------------------------------------------------------

    def intersects(self, name: Token, shape: shapely.Geometry) -> Condition:
        if name.strip('"') != GEOMETRY:
            raise InvalidFilter("property", name[:100])
        return lambda features: _answer(shapely.intersects(features.shapes, shape).tolist())

    def wkt(self, token: Token) -> shapely.Geometry:
        try:
            return self._in_wgs84(shapely.from_wkt(token), token)
        except shapely.errors.GEOSException:
            raise InvalidFilter("syntax", token[:40]) from None

    def box(self, west: Token, south: Token, east: Token, north: Token) -> shapely.Geometry:
        left, low, right, high = (float(side) for side in (west, south, east, north))
        if low > high or left > right:
            raise InvalidFilter("syntax", f"BBOX({west}, {south}, {east}, {north})")
        return self._in_wgs84(shapely.box(left, low, right, high), west)

    def _in_wgs84(self, shape: shapely.Geometry, token: Token) -> shapely.Geometry:
        if self._crs != CRS84:
            to = Projection.from_crs(self._crs, "OGC:CRS84")
            shape = shapely.transform(shape, lambda at: np.column_stack(to.transform(at[:, 0], at[:, 1])))
        at = shapely.get_coordinates(shape)
        if not (np.isfinite(at).all() and (np.abs(at) <= (180, 90)).all() and shapely.is_valid(shape)):
            raise InvalidFilter("syntax", token[:40])
        return shape


def _kind(field: Field) -> type:
    if field.format == "date":
        return date
    if field.format == "date-time":
        return datetime
    return {BOOLEAN: bool, INTEGER: float, NUMBER: float}.get(field.type, str)


def _own(value: object, kind: type) -> object:
    """Return a feature's value as the type of its field; dates are stored as texts."""
    if value is None or kind not in (date, datetime):
        return value
    return date.fromisoformat(str(value)) if kind is date else datetime.fromisoformat(str(value))


def _pattern(text: str) -> str:
    """Return a regular expression for a LIKE pattern: % any text, _ one character, \\ before a plain one."""
    parts = re.findall(r"\\.|.", text, re.DOTALL)
    return "".join(".*" if part == "%" else "." if part == "_" else re.escape(part[-1]) for part in parts)


def _answer(truths: Sequence[Truth]) -> Answer:
    return Answer(
        np.array([truth is True for truth in truths], dtype=bool),
        np.array([truth is not None for truth in truths], dtype=bool),
    )
