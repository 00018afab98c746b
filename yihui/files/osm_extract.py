"""An OpenStreetMap extract as a file: is it one, and which one."""

from collections.abc import Callable
from hashlib import sha256
from itertools import islice
from pathlib import Path

from core.faults import FaultError, FaultTable
from core.text_marks import N_

_HEAD, _HEAD_WITHIN = b"OSMHeader", 64  # the type of a PBF file's first block
_PIECE = 1 << 20
_FIRST_OBJECTS = 10_000

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
        "unsorted": (
            N_("its nodes and ways are not sorted, so that its ways have no places"),
            N_("sort it: osmium sort FILE.osm.pbf -o SORTED.osm.pbf, and give the sorted file"),
        ),
        "negative_ids": (
            N_("its nodes have negative numbers, as in a file that an editor has not uploaded"),
            N_(
                "give an extract from a publisher, or number it: osmium renumber FILE.osm.pbf -o NUMBERED.osm.pbf"
            ),
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


def check_order(file: Path) -> None:
    """Check by its first objects that an extract has its nodes first, with growing and positive numbers.

    Otherwise its ways have no places, and all parts would be built without a single road. A file that can't be
    read passes: the part that reads it to its end reports that. *Raises*: FaultError.
    """
    code = _find_disorder(file)
    if code:
        raise FaultError(EXTRACT_FAULTS.build(code, file=str(file)))


def _find_disorder(file: Path) -> str | None:
    import osmium

    before = 0
    try:
        for thing in islice(osmium.FileProcessor(str(file)), _FIRST_OBJECTS):
            if not isinstance(thing, osmium.osm.Node):
                return None if before else "unsorted"
            if thing.id < 0:
                return "negative_ids"
            if thing.id < before:
                return "unsorted"
            before = thing.id
    except RuntimeError:  # what osmium raises for anything that it can't read
        return None
    return None


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
