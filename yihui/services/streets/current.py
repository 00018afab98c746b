"""The names and the map of the built streets as one process uses them: opened once, and again when built anew."""

import logging
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

from core.faults import FaultError
from core.text_marks import N_
from yihui.files.street_map.reading import StreetMap
from yihui.files.street_names.reading import NamesFile
from yihui.services.streets.folder import StreetsFolder, StreetsPart

# Shown wherever names or ways of an extract are used, and below the map that draws them: ODbL 1.0, clause 4.3.
STREETS_ATTRIBUTION = N_("Names of streets and places: © OpenStreetMap contributors (ODbL)")
STREET_MAP_ATTRIBUTION = N_("Streets: © OpenStreetMap contributors (ODbL)")
_LOG = logging.getLogger(__name__)
Opened = TypeVar("Opened")
T = TypeVar("T")


@dataclass(slots=True)
class CurrentPart(Generic[Opened]):
    """Provides one part of a folder of streets. ``open_file`` opens it, and raises FaultError or OSError."""

    folder: Path
    part: StreetsPart
    open_file: Callable[[Path], Opened]
    _opened: Opened | None = None
    _key: tuple[int, int, int] | None = None  # of the file that was tried last, opened or not
    _lock: Lock = field(default_factory=Lock)

    def current(self) -> Opened | None:
        """Return the part; None where it was not built. The former one stays if the new one can't be read."""
        place = StreetsFolder(self.folder).part(self.part)
        try:
            state = place.stat()
        except OSError:
            return None
        key = (state.st_ino, state.st_mtime_ns, state.st_size)
        with self._lock:
            if self._key != key:
                self._key = key
                self._opened = self._open(place)
            return self._opened

    def _open(self, place: Path) -> Opened | None:
        try:
            return self.open_file(place)
        except (FaultError, OSError) as error:
            reason = error.faults[0].code if isinstance(error, FaultError) else type(error).__name__
            _LOG.warning(
                "the streets' %s can't be used (%s); yihui doctor says what to do", self.part.value, reason
            )
            return self._opened

    def require(self) -> Opened:
        """Return the part. *Raises*: FaultError if it was not built, or can't be used; OSError."""
        return self.open_file(StreetsFolder.open(self.folder).part(self.part))


class StreetNames(CurrentPart[NamesFile]):
    """Provides the names file of a folder of streets."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, StreetsPart.NAMES, NamesFile.open)

    def use(self, work: Callable[[NamesFile], T], otherwise: T) -> T:
        """Return what some work makes of the names; ``otherwise`` where there are none or the file is damaged."""
        names = self.current()
        if names is None:
            return otherwise
        try:
            return work(names)
        except sqlite3.DatabaseError as error:
            _LOG.warning("the names of the streets are damaged: %s", type(error).__name__)
            return otherwise


class StreetMaps(CurrentPart[StreetMap]):
    """Provides the street map of a folder of streets."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, StreetsPart.MAP, StreetMap.open)
