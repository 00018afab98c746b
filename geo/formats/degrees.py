"""Parse degrees in their common notations: 117.0204, 117°01′13.5″, 东经117度1分13.5秒, E117.0204."""

import math
import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

Axis = Literal["lon", "lat"]

_SIDES: dict[str, tuple[Axis, int]] = {
    "东经": ("lon", 1),
    "E": ("lon", 1),
    "西经": ("lon", -1),
    "W": ("lon", -1),
    "北纬": ("lat", 1),
    "N": ("lat", 1),
    "南纬": ("lat", -1),
    "S": ("lat", -1),
}
_SIDE = "|".join(_SIDES)
_SIDED = re.compile(rf"(?P<before>{_SIDE})?:?(?P<angle>.*?)(?P<after>{_SIDE})?", re.IGNORECASE)
_SEXAGESIMAL = re.compile(
    r"(?P<degrees>\d{1,3})[°度](?P<minutes>\d{1,2}(?:\.\d+)?)['分](?:(?P<seconds>\d{1,2}(?:\.\d+)?)(?:\"|秒)?)?"
)
_DECIMAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?", re.IGNORECASE)
_DECIMAL_DEGREES = re.compile(r"\d{1,3}\.\d+[°度]")
_PAIR = re.compile(r"(?P<first>[^,，、;；|/\s]+)\s*(?:[,，、;；|/]|\s)\s*(?P<second>[^,，、;；|/\s]+)")
_WRAPPED = re.compile(r"(?:point\s*)?[(（\[【]\s*(.*?)\s*[)）\]】]", re.IGNORECASE | re.DOTALL)
_MARKS = str.maketrans({**dict.fromkeys("′’‘´`＇", "'"), **dict.fromkeys("″“”＂", '"'), "º": "°", "˚": "°"})


@dataclass(frozen=True, slots=True)
class Angle:
    """An angle in degrees, and the axis if its text names one (东经, N …)."""

    degrees: float
    axis: Axis | None = None


def parse_angle(text: str) -> Angle | None:
    """Parse one coordinate; return None if the text isn't one.

    Whole degrees with a direction (东经117) are refused. Degrees and minutes need seconds or a decimal,
    because a whole minute is accurate to two kilometres only.
    """
    plain = unicodedata.normalize("NFKC", text.translate(_MARKS)).translate(_MARKS)
    plain = re.sub(r"\s+", "", plain).replace("''", '"')
    sided = _SIDED.fullmatch(plain)
    if sided is None:
        return None
    side = (sided["before"] or sided["after"] or "").upper()
    degrees = _degrees(sided["angle"], marked=bool(side))
    if degrees is None or (sided["before"] and sided["after"]):
        return None
    axis, sign = _SIDES.get(side, (None, 1))
    return Angle(sign * degrees, axis)


def split_coordinate_pair(text: str) -> tuple[str, str] | None:
    """Split a cell with two coordinates, in their order: “117.0，36.6”, POINT (117.0 36.6)."""
    wrapped = _WRAPPED.fullmatch(text.strip())
    inner = wrapped[1] if wrapped else text.strip()
    pair = _PAIR.fullmatch(inner)
    return (pair["first"], pair["second"]) if pair else None


def _degrees(text: str, *, marked: bool) -> float | None:
    if _DECIMAL.fullmatch(text) and not (marked and "." not in text):
        number = float(text)
        return number if math.isfinite(number) and not (marked and number < 0) else None
    if _DECIMAL_DEGREES.fullmatch(text):
        return float(text[:-1])
    parts = _SEXAGESIMAL.fullmatch(text)
    if parts is None or (parts["seconds"] is None and "." not in parts["minutes"]):
        return None
    minutes, seconds = float(parts["minutes"]), float(parts["seconds"] or 0)
    return float(parts["degrees"]) + minutes / 60 + seconds / 3600 if max(minutes, seconds) < 60 else None
