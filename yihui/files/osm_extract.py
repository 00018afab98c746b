"""An OpenStreetMap extract as a file: is it one, and which one."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from core.faults import FaultError, FaultTable
from core.text_marks import N_

_HEAD, _HEAD_WITHIN = b"OSMHeader", 64  # the type of a PBF file's first block
_PIECE = 1 << 20

EXTRACT_FAULTS = FaultTable(
    "extract",
    {
        "no_extract": (
            N_("this is no OpenStreetMap extract in PBF"),
            N_("give a file that ends in .osm.pbf, such as a province's extract"),
        ),
        "broken": (
            N_("the file can't be read to its end: {value}"),
            N_("take it from its publisher again, and compare its size or checksum"),
        ),
        "no_names": (
            N_("there is no named road or place in it"),
            N_("give an extract with roads, such as a province's"),
        ),
    },
)


def check_extract(file: Path) -> None:
    """Check the first bytes of an extract. *Raises*: FaultError, OSError."""
    with file.open("rb") as stream:
        if _HEAD not in stream.read(_HEAD_WITHIN):
            raise FaultError(EXTRACT_FAULTS.build("no_extract", file=str(file)))


def hash_extract(file: Path, tell: Callable[[int], None] = lambda _: None) -> str:
    """Return the SHA-256 of an extract; ``tell`` takes the bytes that were read so far.

    *Raises*: FaultError if it is none; OSError.
    """
    check_extract(file)
    digest, done = sha256(), 0
    with file.open("rb") as stream:
        while piece := stream.read(_PIECE):
            digest.update(piece)
            done += len(piece)
            tell(done)
    return digest.hexdigest()
