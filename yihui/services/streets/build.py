"""Build streets from an OpenStreetMap extract: names that riders type, ways, a map, and townships.

A part that was built from the same extract is left as it is, so that a build which was interrupted goes on
with the part at which it stopped. The former part stays in use until the new one is whole.
"""

import fcntl
import os
import shutil
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from core.civil_time import format_civil_instant
from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.files.osm_extract import Box, check_extract, check_order, hash_extract, iter_growing_boxes
from yihui.files.whole_files import replace_durably
from yihui.runtime.progress import show_count, show_progress, show_wait
from yihui.services.stations.street_tiles import build_street_tiles, recover_street_tiles
from yihui.services.streets.folder import LOCK, PartRecord, StreetsFolder, StreetsPart

STREETS_BUILD_FAULTS = FaultTable(
    "streets_build",
    {
        "elsewhere": (
            N_("none of the {count} stations lies in the area of the extract ({value})"),
            N_("give the extract of the stations' own region"),
        ),
        "being_built": (
            N_("another process is building streets in {value}"),
            N_("wait until it is done, or name another folder"),
        ),
        "no_such_part": (N_("there is no part “{value}”"), N_("give {parts}")),
        "not_written": (
            N_("the names could not be written: {value}"),
            N_("make room on the disk, and build again; the former names are still in use"),
        ),
        "not_built": (
            N_("these parts were not built: {value}; the others are in use"),
            N_("build again when that is mended, or leave them out with --without; finished parts stay"),
        ),
        "not_built.alone": (N_("these parts were not built: {value}"), N_("build again when that is mended")),
        "nothing_to_build": (N_("every part is left out"), N_("leave out fewer with --without")),
    },
)
_TOUCHES_WITHIN = 0.1  # degrees: stations so far outside the extract's box still belong to it
WAYS_FORM = 1
_Build = Callable[[Wiring, Path, StreetsFolder], tuple[int, Mapping[str, int]]]


@dataclass(frozen=True, slots=True)
class BuiltPart:
    """A part after a build. ``is_new`` is false where it was already built from this extract."""

    part: StreetsPart
    is_new: bool
    record: PartRecord


def parse_parts(words: Collection[str]) -> frozenset[StreetsPart]:
    """Return the parts that words name. *Raises*: FaultError with every word that names none."""
    known = {part.value: part for part in StreetsPart}
    names = ", ".join(known)
    faults = [
        STREETS_BUILD_FAULTS.build("no_such_part", field="--without", value=word, parts=names)
        for word in words
        if word not in known
    ]
    if faults:
        raise FaultError(faults)
    return frozenset(known[word] for word in words)


def build_streets(
    wiring: Wiring,
    extract: Path,
    folder: Path,
    left_out: Collection[StreetsPart] = (),
    *,
    again: bool = False,
) -> Iterator[BuiltPart]:
    """Build the parts one after the other, and yield each when it is in use.

    ``again``: also those that were built from this extract already. A part that fails leaves the parts after it
    to be built, and its faults are raised at the end. The names alone stop the build: they are read first, and
    what is wrong with them is wrong with the whole file, or with its region.
    *Raises*: FaultError for a file that is no extract, is cut short, names nothing or lies elsewhere, or a
    folder that holds other data or in which another process builds; RoutingUnavailable without Valhalla;
    TilemakerUnavailable without tilemaker; OSError.
    """
    wanted = [part for part in StreetsPart if part not in left_out]
    if not wanted:
        raise FaultError(STREETS_BUILD_FAULTS.build("nothing_to_build", field="--without"))
    check_extract(extract)
    check_order(extract)
    streets = StreetsFolder(folder)
    streets.refuse_foreign()
    if StreetsPart.WAYS in wanted:
        from yihui.services.stations.valhalla_files import find_valhalla_programs

        find_valhalla_programs()  # before the minutes that the names take
    if StreetsPart.MAP in wanted:
        from yihui.services.streets.map_building import find_tilemaker

        find_tilemaker()
    with _lock_folder(folder):  # before the minutes that reading takes
        with show_progress(wiring.render(N_("reading the extract")), extract.stat().st_size) as advance:
            digest = hash_extract(extract, advance)
        for left in (*folder.glob("*.new"), *folder.glob("new-*")):  # of a build that was killed
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        recover_street_tiles(streets.part(StreetsPart.WAYS))
        same = {} if again else _find_same_parts(streets, wanted, digest)
        names = streets.records().get(StreetsPart.NAMES)
        is_compared = names is not None and names.sha256 == digest  # when the names were built of it
        if StreetsPart.NAMES not in wanted and not is_compared and len(same) < len(wanted):
            _refuse_elsewhere(wiring, extract, iter_growing_boxes(extract))
        failed: dict[StreetsPart, FaultError] = {}
        for part in wanted:
            if part in same:
                yield BuiltPart(part, False, same[part])
                continue
            form, build = _builder(part)
            try:
                size, counts = build(wiring, extract, streets)
            except FaultError as error:
                if part is StreetsPart.NAMES:
                    raise
                failed[part] = error
                continue
            made = PartRecord(
                extract=extract.name,
                sha256=digest,
                form=form,
                built_at=format_civil_instant(wiring.now()),
                size_bytes=size,
                counts=dict(counts),
            )
            streets.record(part, made)
            yield BuiltPart(part, True, made)
        if failed:
            raise FaultError(_collect_faults(failed, streets.records()))


def _find_same_parts(
    streets: StreetsFolder, parts: Collection[StreetsPart], digest: str
) -> dict[StreetsPart, PartRecord]:
    """Return the records of the parts that were built from this extract already, and in today's form."""
    return {
        part: record
        for part, record in streets.records().items()
        if part in parts
        and (record.sha256, record.form) == (digest, _builder(part)[0])
        and streets.part(part).exists()
    }


def _collect_faults(failed: Mapping[StreetsPart, FaultError], in_use: Collection[StreetsPart]) -> list[Fault]:
    """Return each fault of the parts that failed once, and at the end which parts these are."""
    faults = [fault for error in failed.values() for fault in error.faults]
    once = [fault for at, fault in enumerate(faults) if fault not in faults[:at]]
    names = ", ".join(part.value for part in failed)
    code = "not_built" if any(part not in failed for part in in_use) else "not_built.alone"
    return [*once, STREETS_BUILD_FAULTS.build(code, value=names)]


def find_outdated_parts(streets: StreetsFolder) -> list[StreetsPart]:
    """Return the parts that another version of the program built in another form, and that must be built again."""
    return [part for part, record in streets.records().items() if record.form != _builder(part)[0]]


def _builder(part: StreetsPart) -> tuple[int, _Build]:
    """Return the form of what is built, and the function that builds it."""
    from yihui.files.street_names.schema import FORM
    from yihui.services.streets.map_building import FORM as MAP_FORM
    from yihui.services.streets.township_building import TOWNSHIPS_FORM, build_townships

    return {
        StreetsPart.NAMES: (FORM, _build_names),
        StreetsPart.WAYS: (WAYS_FORM, _build_ways),
        StreetsPart.MAP: (MAP_FORM, _build_map),
        StreetsPart.TOWNSHIPS: (TOWNSHIPS_FORM, build_townships),
    }[part]


def _build_names(wiring: Wiring, extract: Path, streets: StreetsFolder) -> tuple[int, Mapping[str, int]]:
    from yihui.files.street_names.extract import read_extract
    from yihui.files.street_names.writing import write_names

    place = streets.part(StreetsPart.NAMES)
    fresh = place.with_name(place.name + ".new")
    with show_count(wiring.render(N_("names that were read:"))) as advance:
        found = read_extract(extract, advance)
    points = found.all_points()
    _refuse_elsewhere(wiring, extract, [(*points.min(axis=0).tolist(), *points.max(axis=0).tolist())])
    fresh.unlink(missing_ok=True)
    try:
        total = len(found.places.names) + len(found.line_names)
        with show_progress(wiring.render(N_("writing the names")), total) as advance:
            written = write_names(found, wiring.outlines, fresh, advance)
        replace_durably(fresh, place)
    except sqlite3.Error as error:
        fault = STREETS_BUILD_FAULTS.build("not_written", file=str(fresh), value=str(error))
        raise FaultError(fault) from error
    finally:
        fresh.unlink(missing_ok=True)
    counts = {kind.value: count for kind, count in written.items()}
    counts |= {"unusable_names": found.unusable_names} if found.unusable_names else {}
    return place.stat().st_size, counts


def _build_ways(wiring: Wiring, extract: Path, streets: StreetsFolder) -> tuple[int, Mapping[str, int]]:
    with show_wait(wiring.render(N_("building the ways for travel times; a province takes minutes …"))):
        built = build_street_tiles(extract, streets.part(StreetsPart.WAYS), wiring.now())
    return built.size_bytes, {"tiles": built.tiles}


def _build_map(wiring: Wiring, extract: Path, streets: StreetsFolder) -> tuple[int, Mapping[str, int]]:
    from yihui.services.streets.map_building import build_street_map

    with show_wait(wiring.render(N_("drawing the map; a province takes minutes …"))):
        size_bytes, tiles = build_street_map(extract, streets.part(StreetsPart.MAP))
    return size_bytes, {"tiles": tiles}


def _refuse_elsewhere(wiring: Wiring, extract: Path, boxes: Iterable[Box]) -> None:
    """Check that a station lies in one of the boxes of an extract; the last is named if none does.

    A register without places has nothing to compare. *Raises*: FaultError.
    """
    from geo.registry.stations import load_stations

    with wiring.database.read() as connection:
        stations = load_stations(connection)
    placed = np.array([(one.lon, one.lat) for one in stations if one.lon is not None]).reshape(-1, 2)
    if not len(placed):
        return
    box: Box | None = None
    for box in boxes:
        low, high = np.array(box[:2]) - _TOUCHES_WITHIN, np.array(box[2:]) + _TOUCHES_WITHIN
        if ((placed >= low) & (placed <= high)).all(axis=1).any():
            return
    if box is not None:
        named = "{:.2f}, {:.2f} – {:.2f}, {:.2f}".format(*box)
        raise FaultError(
            STREETS_BUILD_FAULTS.build("elsewhere", file=str(extract), value=named, count=len(placed))
        )


@contextmanager
def _lock_folder(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder, which is created where there is none; one in which nothing was built goes again.

    *Raises*: FaultError if another process has the lock; OSError.
    """
    is_new = not folder.exists()
    folder.mkdir(exist_ok=True)
    with _open_lock(folder):
        try:
            yield
        finally:
            with suppress(OSError):  # another process may come between; what stopped the build is raised
                if [path.name for path in folder.iterdir()] == [LOCK]:
                    (folder / LOCK).unlink()
                    if is_new:
                        folder.rmdir()


def _open_lock(folder: Path) -> IO[str]:
    """Return the lock's file, locked. *Raises*: FaultError if another process has it; OSError."""
    file = (folder / LOCK).open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Its holder may have removed it meanwhile, and another process may hold a new one.
        if not os.path.samestat(os.fstat(file.fileno()), (folder / LOCK).stat()):
            raise BlockingIOError
    except (BlockingIOError, FileNotFoundError) as error:
        file.close()
        raise FaultError(STREETS_BUILD_FAULTS.build("being_built", field="--to", value=folder)) from error
    return file
