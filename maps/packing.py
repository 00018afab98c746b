"""Encode tables for a page: numbers as base64, each string once, outlines as steps."""

from base64 import b64encode
from collections.abc import Iterable

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from geo.crs import Points, from_wgs84
from geo.datum import Datum

OUTLINE_SCALE = 10_000  # 11 m, finer than the outlines themselves
NO_DATA_UINT16 = 65_535  # stands for NaN in a uint16 array
SHARE_SCALE = 50_000  # finer than a page rounds, so that two doors round alike


class StringTable:
    """A table that holds each string once. Index 0 is the empty string."""

    def __init__(self) -> None:
        self.all: list[str] = [""]
        self._places: dict[str, int] = {"": 0}

    def index_of(self, text: str) -> int:
        """Return the index of a text, adding the text if it is new."""
        if text not in self._places:
            self._places[text] = len(self.all)
            self.all.append(text)
        return self._places[text]


def pack_array(values: ArrayLike, kind: str) -> dict[str, str]:
    """Encode an array for ``yihui.unpack``, which reads the kinds uint8, uint16, uint32 and int32.

    *Raises*: OverflowError for a value that the kind can't hold.
    """
    given = np.asarray(values)
    limits = np.iinfo(kind)
    if given.size and (given.min() < limits.min or given.max() > limits.max):
        raise OverflowError(f"{given.min()}..{given.max()} is more than {kind} holds")
    little = given.astype(np.dtype(kind).newbyteorder("<"))
    return {"kind": kind, "data": b64encode(little.tobytes()).decode()}


def pack_narrowest(values: ArrayLike) -> dict[str, str]:
    """Encode whole numbers from 0 up in the narrowest unsigned kind that holds them."""
    given = np.asarray(values)
    kinds, most = ("uint8", "uint16", "uint32"), int(given.max(initial=0))
    return pack_array(given, next(kind for kind in kinds if most <= np.iinfo(kind).max))


def pack_shares(shares: NDArray[np.float64]) -> dict[str, str]:
    """Encode shares 0..1 with a resolution of 0.002 %; NaN becomes NO_DATA_UINT16.

    *Raises*: ValueError for a share outside 0..1.
    """
    known = shares[~np.isnan(shares)]
    if known.size and (known.min() < 0 or known.max() > 1):
        raise ValueError(f"a share is outside 0..1: {known.min()}..{known.max()}")
    return pack_array(np.where(np.isnan(shares), NO_DATA_UINT16, np.rint(shares * SHARE_SCALE)), "uint16")


def pack_bits(planes: NDArray[np.bool_]) -> dict[str, str]:
    """Encode rows of bits; each row starts a new byte, lowest bit first. *Shape*: (rows, bits)."""
    return pack_array(np.packbits(planes, axis=-1, bitorder="little"), "uint8")


def encode_outline(geometry: shapely.Geometry, datum: Datum) -> list[list[list[int]]]:
    """Encode polygons as rings of whole steps from point to point: dlon, dlat, the first from (0, 0).

    *CRS*: WGS84 in, ``datum`` out. *Units*: 1 / OUTLINE_SCALE degrees.
    """
    drawn = shapely.transform(geometry, lambda points: from_wgs84(points, datum))
    polygons = [part for part in shapely.get_parts(drawn) if part.geom_type == "Polygon"]
    rings = ((one.exterior, *one.interiors) for one in polygons)
    return [[whole_steps(shapely.get_coordinates(r)[:-1] * OUTLINE_SCALE) for r in one] for one in rings]


def whole_steps(points: Points) -> list[int]:
    """Return whole steps from point to point, without zero steps."""
    whole = np.rint(points).astype(np.int64)
    moved = np.r_[True, (np.diff(whole, axis=0) != 0).any(axis=1)] if len(whole) else []
    origin = np.zeros((1, 2), dtype=np.int64)
    steps: list[int] = np.diff(whole[moved], axis=0, prepend=origin).ravel().tolist()
    return steps


def split_columns(rows: Iterable[Iterable[int]], width: int) -> list[NDArray[np.int64]]:
    """Return the columns of a table of whole numbers."""
    table = np.array([list(row) for row in rows], dtype=np.int64).reshape(-1, width)
    return [table[:, i] for i in range(width)]
