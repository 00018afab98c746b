"""An OpenStreetMap extract as a file: is it one, and which one."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from itertools import islice
from pathlib import Path

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_

_HEAD, _HEAD_WITHIN = b"OSMHeader", 64  # the type of a PBF file's first block
_PIECE = 1 << 20
_FIRST_OBJECTS = 10_000
_BOX_EVERY = 1_000  # nodes
_UNREADABLE = (RuntimeError, UnicodeDecodeError)  # what osmium raises for anything that it can't read
_OVERLONG_TEXT = re.compile(r"overlong string \((.*?)(?:\.\.\.)?\)", re.DOTALL)

Box = tuple[float, float, float, float]  # west, south, east, north

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
        "overlong_text": (
            N_("a text in it is longer than the format's 1,024 bytes: {value}"),
            N_(
                "shorten that text in its source, where OpenStreetMap allows 255 characters, or give another extract"
            ),
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
    except _UNREADABLE:
        return None
    return None


@contextmanager
def report_unreadable_extract(file: Path) -> Iterator[None]:
    """Turn osmium's error for an extract that it can't read into a fault that names the file.

    Osmium quotes the beginning of a text that is too long, and may cut it within a character: Python then can't decode
    osmium's message, and raises that error instead. *Raises*: FaultError.
    """
    try:
        yield
    except _UNREADABLE as error:
        raise FaultError(_build_unreadable(file, error)) from error


def _build_unreadable(file: Path, error: RuntimeError | UnicodeDecodeError) -> Fault:
    message = error.object.decode("utf-8", "ignore") if isinstance(error, UnicodeDecodeError) else str(error)
    overlong = _OVERLONG_TEXT.search(message)
    if overlong:
        return EXTRACT_FAULTS.build("overlong_text", file=str(file), value=f"{overlong[1]}…")
    return EXTRACT_FAULTS.build("broken", file=str(file), value=message[:200])


def iter_growing_boxes(file: Path) -> Iterator[Box]:
    """Yield the box around the nodes read so far, again and again, and last the box around all; none without nodes.

    Nodes come in the order of their numbers, which says little of where they lie: the first box is nearly as large as
    the last, and a caller who knows enough can stop. The box that a file may state for itself is left aside, since a
    file that was merged of several states that of one. *CRS*: WGS84. *Raises*: FaultError for a file that can't be
    read so far.
    """
    import osmium

    west = south = float("inf")
    east = north = float("-inf")
    with report_unreadable_extract(file):
        for count, node in enumerate(osmium.FileProcessor(str(file), osmium.osm.NODE), 1):
            if isinstance(node, osmium.osm.Node) and node.location.valid():
                place = node.location
                west, east = min(west, place.lon), max(east, place.lon)
                south, north = min(south, place.lat), max(north, place.lat)
            if count % _BOX_EVERY == 0 and west <= east:
                yield west, south, east, north
    if west <= east:
        yield west, south, east, north


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
