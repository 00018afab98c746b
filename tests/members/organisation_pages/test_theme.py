"""Pages of organisations: colours and logos."""

import io
import struct
import zlib
from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from core.faults import FaultError
from members.organisation_pages.definition import (
    GROUND,
    LEAST_CONTRAST,
    WHITE,
    contrast_ratio,
    darken_to_contrast,
    parse_colour,
    parse_page,
)
from members.organisation_pages.logo import MAX_LOGO_BYTES, parse_logo
from tests.yihui.http.organisation_page_town import png
from tests.yihui.refusals import codes, faults_of

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
    faults = faults_of(parse_page, f"about: 甲\ntheme: {theme}\n".encode(), "page.yaml")
    if code is not None:
        fault = faults[0]
        assert fault.code == f"organisation_page.{code}"
        assert {name: (fault.value if name == "value" else fault.params[name]) for name in words} == words


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA"])
def test_pictures_of_every_kind_pass_and_show_the_same_pixels(mode: str) -> None:
    picture = Image.effect_noise((37, 21), 90).convert(mode)
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    logo = parse_logo(out.getvalue(), "logo.png")
    assert (logo.width, logo.height) == (37, 21)
    again = Image.open(io.BytesIO(logo.content))
    assert again.convert("RGBA").tobytes() == Image.open(out).convert("RGBA").tobytes()


def test_texts_places_and_animations_are_taken_out() -> None:
    extra = [
        (b"tEXt", b"Author\0Zhang San"),
        (b"eXIf", b"GPS 36.6"),
        (b"acTL", b"\0" * 8),
        (b"zTXt", b"x\0\0"),
    ]
    logo = parse_logo(png(64, 64, b"abc", *extra), "logo.png")
    assert logo.content == png(64, 64, b"abc")


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb() -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 64, 64, 8, 2, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(100_000_000))) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (SVG, "logo_type"),
        (b"", "logo_type"),
        (b"\xff\xd8\xff\xe0 JPEG", "logo_type"),
        (b"GIF89a", "logo_type"),
        (png(2000, 64), "logo_size"),
        (png(64, 8), "logo_size"),
        (png() + b" " * MAX_LOGO_BYTES, "logo_large"),
        (png()[:-20], "logo_broken"),
        (png()[:8], "logo_broken"),
        (png(64, 64, b"abcd"), "logo_broken"),  # more pixels than the size says
        (png(64, 64, b"abc", (b"EVIL", b"x")), "logo_broken"),  # a critical chunk that no reader knows
    ],
)
def test_what_is_no_fair_picture_is_refused(content: bytes, code: str) -> None:
    assert codes(parse_logo, content, "logo.png") == [f"organisation_page.{code}"]


def test_a_picture_that_unpacks_to_a_hundred_megabytes_is_refused() -> None:
    assert codes(parse_logo, bomb(), "logo.png") == ["organisation_page.logo_broken"]


def test_what_follows_the_picture_is_cut_off() -> None:
    assert parse_logo(png() + SVG, "logo.png").content == png()


@given(st.integers(8, len(png()) - 1), st.integers(1, 255))
def test_a_picture_with_one_changed_byte_is_refused(place: int, change: int) -> None:
    content = bytearray(png())
    content[place] ^= change
    with pytest.raises(FaultError):
        parse_logo(bytes(content), "logo.png")
