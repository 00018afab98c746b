"""Logos: only whole PNG pictures of a fair size pass, without what pictures can carry besides."""

import io
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from core.faults import FaultError
from members.organisation_pages.logo import MAX_LOGO_BYTES, parse_logo
from tests.yihui.http.organisation_page_town import png

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
    with pytest.raises(FaultError) as caught:
        parse_logo(content, "logo.png")
    assert [fault.code for fault in caught.value.faults] == [f"organisation_page.{code}"]


def test_a_picture_that_unpacks_to_a_hundred_megabytes_is_refused() -> None:
    with pytest.raises(FaultError) as caught:
        parse_logo(bomb(), "logo.png")
    assert [fault.code for fault in caught.value.faults] == ["organisation_page.logo_broken"]


def test_what_follows_the_picture_is_cut_off() -> None:
    assert parse_logo(png() + SVG, "logo.png").content == png()


@given(st.integers(8, len(png()) - 1), st.integers(1, 255))
def test_a_picture_with_one_changed_byte_is_refused(place: int, change: int) -> None:
    content = bytearray(png())
    content[place] ^= change
    with pytest.raises(FaultError):
        parse_logo(bytes(content), "logo.png")
