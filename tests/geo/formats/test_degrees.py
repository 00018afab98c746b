"""Coordinates as people write them, and what is wrong with the rest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.faults import Fault
from geo.formats.coordinates import (
    CoordinateText,
    parse_angle,
    parse_lonlat,
    split_coordinate_cell,
    split_coordinate_pair,
)
from tests.profile import searched

JINAN = (117 + 1 / 60 + 13.5 / 3600, 36 + 40 / 60 + 5.88 / 3600)

SEXAGESIMAL = [
    ("117°1'13.5\"", "36°40'5.88\""),
    ("117°01′13.5″E", "36°40′5.88″N"),
    ("E117°1’13.5”", "N36°40’5.88”"),
    ("东经117度1分13.5秒", "北纬36度40分5.88秒"),
    ("东经 117° 1′ 13.5″", "北纬 36° 40′ 5.88″"),
    ("１１７°１′１３．５″", "３６°４０′５．８８″"),  # full width
    ("117º1'13.5''", "36º40'5.88''"),  # the ordinal sign, two apostrophes
]


@pytest.mark.parametrize(("lon", "lat"), SEXAGESIMAL)
def test_degrees_minutes_and_seconds_are_read(lon: str, lat: str) -> None:
    assert parse_lonlat(CoordinateText(lon, lat)) == pytest.approx(JINAN, abs=1e-9)


@pytest.mark.parametrize(
    ("text", "degrees"),
    [
        ("117.0204", 117.0204),
        ("117.0204°", 117.0204),
        ("117.0204E", 117.0204),
        ("东经117.0204", 117.0204),
        ("西经117.0204", -117.0204),
        ("１１７．０２", 117.02),
        ("117°1.225'", 117 + 1.225 / 60),  # decimal minutes
        ("-33.5", -33.5),
        ("1.17e2", 117.0),
    ],
)
def test_one_number_is_read(text: str, degrees: float) -> None:
    angle = parse_angle(text)
    assert angle is not None
    assert angle.degrees == pytest.approx(degrees, abs=1e-12)
    assert not angle.is_coarse


@pytest.mark.parametrize(
    "text",
    [
        "东经117度",  # whole degrees: no place
        "117°61'5\"",  # 61 minutes
        "117°1'60\"",
        "E117.02W",
        "东经-117.02",
        "117,02",
        "nan",
        "inf",
        "1e999",
        "117.02.1",
        "一百一十七",
        "",
        "E",
    ],
)
def test_what_is_no_angle_is_not_guessed(text: str) -> None:
    assert parse_angle(text) is None


@pytest.mark.parametrize("text", ["117°1'", "117°1′E", "东经117度1分", "E117°01′"])
def test_whole_minutes_are_an_angle_that_is_too_coarse_for_a_door(text: str) -> None:
    angle = parse_angle(text)
    assert angle is not None
    assert angle.is_coarse
    assert angle.degrees == pytest.approx(117 + 1 / 60)
    told = parse_lonlat(CoordinateText(text, "36.6683"))
    assert isinstance(told, list)
    assert told[0].code == "coordinates.coarse"
    assert isinstance(parse_lonlat(CoordinateText(text, "36.6683"), allow_minutes=True), tuple)


def test_zero_zero_is_no_place() -> None:
    for lon, lat in (("0", "0"), ("0.000", "-0"), ("0,0", "")):
        told = parse_lonlat(CoordinateText(lon, lat))
        assert isinstance(told, list)
        assert told[0].code == "coordinates.null_point"
    assert parse_lonlat(CoordinateText("0", "51.5")) == (0.0, 51.5)


def test_words_for_the_wrong_axis_are_a_swap() -> None:
    told = parse_lonlat(CoordinateText("北纬36.6683", "东经117.0204"))
    assert isinstance(told, list)
    assert "swapped" in told[0].message


@pytest.mark.parametrize(
    "text",
    ["117.0, 36.6", "(117.0, 36.6)", "（117.0，36.6）", "[117.0,36.6]", "POINT (117.0 36.6)", " 117.0/36.6 "],
)
def test_two_coordinates_in_one_cell_are_parted(text: str) -> None:
    assert split_coordinate_pair(text) == ("117.0", "36.6")
    assert parse_lonlat(CoordinateText(text, "")) == (117.0, 36.6)
    assert split_coordinate_cell(text, "坐标") == CoordinateText("117.0", "36.6", "坐标", "坐标")


@pytest.mark.parametrize("header", ["坐标", "纬经度", "latlng", "location"])
def test_in_one_column_china_or_the_header_says_which_is_which(header: str) -> None:
    assert split_coordinate_cell("36.6,117.0", header) == CoordinateText("117.0", "36.6", header, header)


def test_an_order_against_the_header_is_a_swap() -> None:
    written = split_coordinate_cell("36.6,117.0", "经纬度")
    assert isinstance(written, CoordinateText)
    told = parse_lonlat(written)
    assert isinstance(told, list)
    assert "swapped" in told[0].message


@pytest.mark.parametrize("text", ["51.5,7.4", "济南市历下区", "117.02", "1,2,3"])
def test_a_cell_that_is_no_sure_pair_is_told_with_its_text(text: str) -> None:
    told = split_coordinate_cell(text, "坐标")
    assert isinstance(told, Fault)
    assert told.value == text
    assert told.field == "坐标"


@searched(300)
@given(st.floats(-180, 180), st.floats(-90, 90), st.sampled_from([",", "，", "、", " ", ";", "；", "|"]))
def test_any_pair_comes_back_out_of_one_cell(lon: float, lat: float, comma: str) -> None:
    assert split_coordinate_pair(f"{lon!r}{comma}{lat!r}") == (repr(lon), repr(lat))


@searched(500)
@given(st.text(max_size=30) | st.text(st.sampled_from("0123456789.,，°′″'\"度分秒东经北纬NE -"), max_size=20))
def test_any_text_is_read_or_not_and_nothing_breaks(text: str) -> None:
    parse_angle(text)
    split_coordinate_pair(text)
    split_coordinate_cell(text, "坐标")
    parse_lonlat(CoordinateText(text, ""))
