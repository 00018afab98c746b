"""The arguments of the five functions, checked at their door: what is wrong, with the value and the remedy."""

from collections.abc import Iterable
from datetime import datetime
from math import inf
from numbers import Real

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.coverage.neighbours import MAX_RADIUS_M

_INSTANT = "give an aware datetime or Timestamp, such as pd.Timestamp('2026-11-20 23:00', tz='Asia/Shanghai')"


def check_choice(name: str, value: str, choices: Iterable[str]) -> None:
    """*Raises*: ValueError for a value that is none of the choices, with all of them."""
    known = [*choices]
    if not isinstance(value, str) or value not in known:
        raise ValueError(f"{name} is {value!r}; give one of {', '.join(known)}")


def check_frame(frame: object, name: str) -> None:
    """*Raises*: ValueError for what is no GeoDataFrame, or has no active geometry or no CRS."""
    if not isinstance(frame, gpd.GeoDataFrame):
        raise ValueError(
            f"{name} is a {type(frame).__name__}; give a GeoDataFrame, such as geopandas.GeoDataFrame(table, geometry=…)"
        )
    if frame.active_geometry_name not in frame.columns:
        raise ValueError(f"{name} has no active geometry; name its column with {name}.set_geometry(…)")
    if not frame.columns.is_unique:
        twice = ", ".join(dict.fromkeys(str(one) for one in frame.columns[frame.columns.duplicated()]))
        raise ValueError(f"{name} has several columns of one name: {twice}; rename all but one")
    if frame.crs is None:
        raise ValueError(f"{name} has no CRS; set it to what its coordinates are in, such as EPSG:4326")


def check_whole(name: str, value: int, least: int = 1, most: int | None = None) -> None:
    """*Raises*: ValueError for what is no whole number, or beyond the bounds."""
    is_whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not (is_whole and least <= value <= (inf if most is None else most)):
        bounds = f"{least} or more" if most is None else f"from {least} to {most}"
        raise ValueError(f"{name} is {value!r}; give a whole number, {bounds}")


def check_number(name: str, value: object, above: float = 0.0, most: float = inf) -> float:
    """Return a number above one bound and up to another. *Raises*: ValueError for anything else."""
    if isinstance(value, Real) and not isinstance(value, bool) and above < float(value) <= most:
        return float(value)
    bounds = [f"above {above:g}"] * (above > -inf) + [f"up to {most:g}"] * (most < inf)
    raise ValueError(f"{name} is {value!r}; give a number {' and '.join(bounds)}".rstrip())


def check_metres(radius_m: object, spacing_m: object = None) -> None:
    """*Raises*: ValueError for a radius or a spacing that is no number of metres above 0 and up to 100 km."""
    check_number("radius_m", radius_m, most=MAX_RADIUS_M)
    check_number("spacing_m", radius_m if spacing_m is None else spacing_m, most=MAX_RADIUS_M)


def check_instant(at: object) -> None:
    """*Raises*: ValueError for what is no instant: a text, a day, a missing time, or one without offset."""
    if not isinstance(at, datetime) or pd.isna(at):
        raise ValueError(f"at is {at!r}, which is no datetime; {_INSTANT}")
    if at.utcoffset() is None:
        raise ValueError(f"at is {at.isoformat()}, which has no offset; {_INSTANT}")
