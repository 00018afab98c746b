"""Check an organisation's logo and strip it to what a picture needs. Pure.

*Source*: PNG specification (W3C, third edition), 5.2 signature, 5.3 chunk layout, 11.2 critical chunks.
"""

import hashlib
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from core.faults import FaultError
from members.organisation_pages.faults import PAGE_FAULTS

MAX_LOGO_BYTES = 256 << 10
LEAST_PIXELS, MOST_PIXELS = 16, 1_024
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Texts, dates, profiles and animations are left out: they may name people or places, and nobody sees them.
_SHOWN = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by colour type
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}


@dataclass(frozen=True, slots=True)
class Logo:
    """A checked PNG picture without its ancillary chunks."""

    content: bytes
    width: int
    height: int

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


class _Damaged(Exception):
    """The picture can't be shown as it stands."""


def parse_logo(content: bytes, name: str) -> Logo:
    """Check a PNG picture whole: its chunks, their checksums, its size, its pixels. *Raises*: FaultError."""
    if len(content) > MAX_LOGO_BYTES:
        raise FaultError(
            PAGE_FAULTS.build(
                "logo_large",
                field="theme.logo",
                value=name,
                size=f"{len(content):,}",
                most=f"{MAX_LOGO_BYTES:,}",
            )
        )
    if not content.startswith(_SIGNATURE):
        raise FaultError(PAGE_FAULTS.build("logo_type", field="theme.logo", value=name))
    try:
        chunks = list(_read_chunks(content))
        width, height = _read_size(chunks)
    except _Damaged:
        raise FaultError(PAGE_FAULTS.build("logo_broken", field="theme.logo", value=name)) from None
    if not (LEAST_PIXELS <= width <= MOST_PIXELS and LEAST_PIXELS <= height <= MOST_PIXELS):
        raise FaultError(
            PAGE_FAULTS.build("logo_size", field="theme.logo", value=name, width=width, height=height)
        )
    try:
        _check_pixels(chunks, width, height)
    except (_Damaged, zlib.error):
        raise FaultError(PAGE_FAULTS.build("logo_broken", field="theme.logo", value=name)) from None
    shown = b"".join(_build_chunk(kind, data) for kind, data in chunks if kind in _SHOWN)
    return Logo(_SIGNATURE + shown, width, height)


def _read_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = len(_SIGNATURE)
    kind = b""
    while kind != b"IEND":
        head = content[place : place + 8]
        if len(head) < 8:
            raise _Damaged
        length, kind = struct.unpack(">I4s", head)
        data = content[place + 8 : place + 8 + length]
        checksum = content[place + 8 + length : place + 12 + length]
        if len(data) < length or checksum != struct.pack(">I", zlib.crc32(kind + data)):
            raise _Damaged
        if kind[:1].isupper() and kind not in _SHOWN:  # a critical chunk that no reader knows
            raise _Damaged
        yield kind, data
        place += 12 + length


def _read_size(chunks: list[tuple[bytes, bytes]]) -> tuple[int, int]:
    kind, data = chunks[0]
    if kind != b"IHDR" or len(data) != 13 or [k for k, _ in chunks].count(b"IHDR") != 1:
        raise _Damaged
    width, height, depth, colour, compression, filtering, interlace = struct.unpack(">IIBBBBB", data)
    if depth not in _DEPTHS.get(colour, ()) or compression or filtering or interlace > 1:
        raise _Damaged
    if colour == 3 and b"PLTE" not in [k for k, _ in chunks]:
        raise _Damaged
    return width, height


def _check_pixels(chunks: list[tuple[bytes, bytes]], width: int, height: int) -> None:
    """Unpack the pixels, at most as many bytes as the size allows."""
    depth, colour, interlace = chunks[0][1][8], chunks[0][1][9], chunks[0][1][12]
    needed = sum(
        (1 + (across * depth * _CHANNELS[colour] + 7) // 8) * down
        for across, down in _passes(width, height, interlace)
        if across and down
    )
    unpacking = zlib.decompressobj()
    pixels = unpacking.decompress(b"".join(data for kind, data in chunks if kind == b"IDAT"), needed + 1)
    if len(pixels) != needed or not unpacking.eof:
        raise _Damaged


def _passes(width: int, height: int, interlace: int) -> list[tuple[int, int]]:
    """Return the width and height of each pass (Adam7 if interlaced)."""
    if not interlace:
        return [(width, height)]
    starts = (
        (0, 0, 8, 8),
        (4, 0, 8, 8),
        (0, 4, 4, 8),
        (2, 0, 4, 4),
        (0, 2, 2, 4),
        (1, 0, 2, 2),
        (0, 1, 1, 2),
    )
    return [((width - x + dx - 1) // dx, (height - y + dy - 1) // dy) for x, y, dx, dy in starts]


def _build_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
