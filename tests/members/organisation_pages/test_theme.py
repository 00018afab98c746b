"""Contrast of an organisation's colours against the formula of WCAG, computed slowly in decimals."""

from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.faults import FaultError
from members.organisation_pages.definition import parse_page
from members.organisation_pages.theme import (
    GROUND,
    LEAST_CONTRAST,
    WHITE,
    contrast_ratio,
    darken_to_contrast,
    parse_colour,
)

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def slow_luminance(colour: str) -> Decimal:
    with localcontext() as context:
        context.prec = 40
        shares = [Decimal(int(colour[at : at + 2], 16)) / 255 for at in (1, 3, 5)]
        linear = [
            share / Decimal("12.92")
            if share <= Decimal("0.04045")
            else ((share + Decimal("0.055")) / Decimal("1.055")) ** Decimal("2.4")
            for share in shares
        ]
        weights = (Decimal("0.2126"), Decimal("0.7152"), Decimal("0.0722"))
        return sum((part * weight for part, weight in zip(linear, weights, strict=True)), Decimal(0))


@given(COLOURS, COLOURS)
def test_the_contrast_is_that_of_the_formula(one: str, other: str) -> None:
    darker, lighter = sorted((slow_luminance(one), slow_luminance(other)))
    slow = (lighter + Decimal("0.05")) / (darker + Decimal("0.05"))
    assert abs(Decimal(contrast_ratio(one, other)) - slow) < Decimal("1e-12")


@given(COLOURS, st.sampled_from([WHITE, GROUND]))
def test_the_proposed_colour_suffices_and_a_colour_that_does_stays(colour: str, ground: str) -> None:
    better = darken_to_contrast(colour, ground)
    assert contrast_ratio(better, ground) >= LEAST_CONTRAST
    assert (better == colour) == (contrast_ratio(colour, ground) >= LEAST_CONTRAST)


def test_known_contrasts() -> None:
    assert round(contrast_ratio("#777777", WHITE), 2) == 4.48  # the grey that just fails
    assert round(contrast_ratio("#767676", WHITE), 2) == 4.54  # and the one that just passes


@pytest.mark.parametrize(
    ("text", "colour"),
    [
        ("#A3231B", "#a3231b"),
        (" ＃ａ３２３１ｂ ", "#a3231b"),
        ("#abc", "#aabbcc"),
        ("a3231b", None),
        ("#a3231", None),
        ("#a3231b80", None),
        ("red", None),
        ("#a3231b;}body{display:none", None),
        ("", None),
    ],
)
def test_colours_as_typed(text: str, colour: str | None) -> None:
    assert parse_colour(text) == colour


@pytest.mark.parametrize(
    ("theme", "code", "words"),
    [
        ('{colour: "#777777"}', "contrast_text", {"ratio": "4.47", "value": "#777777"}),
        ('{accent: "#767676"}', "contrast_ground", {"ratio": "4.15"}),  # passes on white, not on our ground
        ("{colour: #a3231b}", None, {}),  # YAML reads a comment; the flow map is then not closed
        ("\n  colour: #a3231b\n", "colour_blank", {}),
        ('{colour: ""}', "colour_blank", {}),
        ("{colour: 红}", "colour_form", {}),
        ("{colour: 123456}", "colour_form", {}),
    ],
)
def test_a_colour_is_refused_with_the_measured_contrast(
    theme: str, code: str | None, words: dict[str, str]
) -> None:
    with pytest.raises(FaultError) as caught:
        parse_page(f"about: 甲\ntheme: {theme}\n".encode(), "page.yaml")
    if code is not None:
        fault = caught.value.faults[0]
        assert fault.code == f"organisation_page.{code}"
        assert {name: (fault.value if name == "value" else fault.params[name]) for name in words} == words
