"""An OpenStreetMap extract that is written byte by byte, with texts that osmium's own writer refuses.

The format is PBF: https://wiki.openstreetmap.org/wiki/PBF_Format.
"""

import struct
import zlib
from collections.abc import Sequence
from pathlib import Path


def write_raw_parks(path: Path, names: Sequence[bytes], lon: float = 117.0, lat: float = 36.65) -> Path:
    """Write an extract with a park for each name, which may be of any bytes."""
    texts = [b"", b"leisure", b"park", b"name", *names]
    nodes = b"".join(
        _message(
            1,
            _number(1, _signed(at + 1))
            + _message(2, _varint(1) + _varint(3))  # the keys, as positions in the table of texts
            + _message(3, _varint(2) + _varint(4 + at))
            + _number(8, _signed(round(lat * 1e7)))
            + _number(9, _signed(round(lon * 1e7))),
        )
        for at in range(len(names))
    )
    block = _message(1, b"".join(_message(1, text) for text in texts)) + _message(2, nodes)
    header = _message(4, b"OsmSchema-V0.6")
    path.write_bytes(_blob(b"OSMHeader", header) + _blob(b"OSMData", block))
    return path


def _varint(number: int) -> bytes:
    rest, digit = divmod(number, 128)
    return bytes([digit]) if not rest else bytes([digit | 128]) + _varint(rest)


def _signed(number: int) -> int:
    return 2 * number if number >= 0 else -2 * number - 1


def _number(key: int, number: int) -> bytes:
    return _varint(key << 3) + _varint(number)


def _message(key: int, content: bytes) -> bytes:
    return _varint(key << 3 | 2) + _varint(len(content)) + content


def _blob(kind: bytes, content: bytes) -> bytes:
    blob = _number(2, len(content)) + _message(3, zlib.compress(content))
    head = _message(1, kind) + _number(3, len(blob))
    return struct.pack(">I", len(head)) + head + blob
