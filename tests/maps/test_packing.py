from base64 import b64decode

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from geo.crs import from_wgs84
from geo.datum import Datum
from maps.packing import (
    NO_DATA_UINT16,
    OUTLINE_SCALE,
    StringTable,
    encode_outline,
    pack_array,
    pack_bits,
    pack_shares,
)

QUICK = settings(deadline=None, derandomize=True, max_examples=60)


def unpacked(data: dict[str, str]) -> np.ndarray:
    return np.frombuffer(b64decode(data["data"]), np.dtype(data["kind"]).newbyteorder("<"))


def drawn(steps: list[int]) -> np.ndarray:
    """What core.js makes of the steps of a ring."""
    return np.cumsum(np.array(steps).reshape(-1, 2), axis=0) / OUTLINE_SCALE


@given(arrays.arrays(np.int32, st.integers(0, 30)))
@QUICK
def test_numbers_come_out_as_they_went_in(values: np.ndarray) -> None:
    assert unpacked(pack_array(values, "int32")).tolist() == values.tolist()


@pytest.mark.parametrize(("values", "kind"), [([256], "uint8"), ([-1], "uint16"), ([2**31], "int32")])
def test_a_number_that_does_not_fit_is_refused(values: list[int], kind: str) -> None:
    with pytest.raises(OverflowError, match=kind):
        pack_array(values, kind)


def test_shares_are_finer_than_a_page_rounds_and_know_nothing() -> None:
    packed_ones = unpacked(pack_shares(np.array([[0.0, 0.12345, 1.0, np.nan]])))
    assert packed_ones.tolist() == [0, 6172, 50_000, NO_DATA_UINT16]


@pytest.mark.parametrize("share", [-0.01, 1.01, np.inf])
def test_a_share_outside_of_0_to_1_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="outside 0"):
        pack_shares(np.array([share]))


@given(arrays.arrays(bool, st.tuples(st.integers(1, 5), st.just(168))))
@QUICK
def test_each_row_of_bits_begins_a_byte_with_the_first_bit_lowest(rows: np.ndarray) -> None:
    found = unpacked(pack_bits(rows))
    for row, bits in enumerate(rows):
        assert [bool(found[21 * row + (i >> 3)] >> (i & 7) & 1) for i in range(168)] == bits.tolist()


@pytest.mark.parametrize("datum", [Datum.WGS84, Datum.GCJ02])
def test_an_outline_is_drawn_where_its_datum_has_it(datum: Datum) -> None:
    hole = [(117.02, 36.62), (117.04, 36.62), (117.04, 36.64)]
    shape = shapely.MultiPolygon(
        [
            shapely.Polygon([(117.0, 36.6), (117.1, 36.6), (117.1, 36.7), (117.0, 36.7)], [hole]),
            shapely.box(-0.5, -0.5, 0.5, 0.5),
        ]
    )
    (first, second) = encode_outline(shape, datum)
    assert (len(first), len(second)) == (2, 1)
    for steps, ring in zip(first, [[*shape.geoms[0].exterior.coords][:-1], hole], strict=True):
        assert np.abs(drawn(steps) - from_wgs84(ring, datum)).max() <= 0.5001 / OUTLINE_SCALE


def test_points_that_round_to_the_same_stand_once() -> None:
    ring = [(117.0, 36.6), (117.00001, 36.6), (117.1, 36.6), (117.1, 36.7)]
    ((steps,),) = encode_outline(shapely.Polygon(ring), Datum.WGS84)
    assert len(steps) == 6


def test_a_string_that_repeats_stands_once_and_0_is_nothing() -> None:
    texts = StringTable()
    assert [texts.index_of(text) for text in ("", "甲", "乙", "甲")] == [0, 1, 2, 1]
    assert texts.all == ["", "甲", "乙"]
