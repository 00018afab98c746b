"""How tables travel inside a page: numbers as base64, strings once, outlines as steps."""

from base64 import b64encode
from collections.abc import Iterable

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from geo.crs import Datum, from_wgs84

OUTLINE_SCALE = 10_000  # 11 m, finer than the outlines themselves
NOTHING_16 = 65_535  # no figure
SHARE_SCALE = 10_000


class Texts:
    """A table of strings; what repeats stands in the page once. 0 means nothing."""

    def __init__(self) -> None:
        self.all: list[str] = [""]
        self._places: dict[str, int] = {"": 0}

    def place(self, text: str) -> int:
        """Where the text stands in the table."""
        if text not in self._places:
            self._places[text] = len(self.all)
            self.all.append(text)
        return self._places[text]


def packed(values: ArrayLike, kind: str) -> dict[str, str]:
    """An array for ``yihui.unpack``, which knows the kinds uint8, uint16, uint32 and int32.

    *Raises*: OverflowError for a value that the kind can't hold.
    """
    given = np.asarray(values)
    limits = np.iinfo(kind)
    if given.size and (given.min() < limits.min or given.max() > limits.max):
        raise OverflowError(f"{given.min()}..{given.max()} is more than {kind} holds")
    little = given.astype(np.dtype(kind).newbyteorder("<"))
    return {"kind": kind, "data": b64encode(little.tobytes()).decode()}


def packed_narrowly(values: ArrayLike) -> dict[str, str]:
    """Whole numbers from 0 on, in the narrowest kind that holds them."""
    given = np.asarray(values)
    most = int(given.max(initial=0))
    return packed(given, next(kind for kind in ("uint8", "uint16", "uint32") if most <= np.iinfo(kind).max))


def packed_shares(shares: NDArray[np.float64]) -> dict[str, str]:
    """Shares 0..1 to the hundredth of a percent; NaN is no figure.

    *Raises*: ValueError for a share outside 0..1.
    """
    known = shares[~np.isnan(shares)]
    if known.size and (known.min() < 0 or known.max() > 1):
        raise ValueError(f"a share is outside 0..1: {known.min()}..{known.max()}")
    return packed(np.where(np.isnan(shares), NOTHING_16, np.rint(shares * SHARE_SCALE)), "uint16")


def packed_bits(planes: NDArray[np.bool_]) -> dict[str, str]:
    """Rows of bits, each begun with a new byte, the first bit lowest. *Shape*: (rows, bits)."""
    return packed(np.packbits(planes, axis=-1, bitorder="little"), "uint8")


def outline(geometry: shapely.Geometry, datum: Datum) -> list[list[list[int]]]:
    """Polygons, their rings, each as whole steps from point to point: dlon, dlat, the first from (0, 0).

    *CRS*: WGS84 in, ``datum`` out. *Units*: 1 / OUTLINE_SCALE degrees.
    """
    drawn = shapely.transform(geometry, lambda points: from_wgs84(points, datum))
    polygons = [part for part in shapely.get_parts(drawn) if part.geom_type == "Polygon"]
    return [[_steps(ring) for ring in (one.exterior, *one.interiors)] for one in polygons]


def _steps(ring: shapely.LinearRing) -> list[int]:
    whole = np.rint(shapely.get_coordinates(ring) * OUTLINE_SCALE).astype(np.int64)[:-1]
    moved = np.r_[True, (np.diff(whole, axis=0) != 0).any(axis=1)] if len(whole) else []
    steps = np.diff(whole[moved], axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
    found: list[int] = steps.ravel().tolist()
    return found


def columns(rows: Iterable[Iterable[int]], width: int) -> list[NDArray[np.int64]]:
    """The columns of a table of whole numbers."""
    table = np.array([list(row) for row in rows], dtype=np.int64).reshape(-1, width)
    return [table[:, i] for i in range(width)]
