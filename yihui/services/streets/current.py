"""A part of the built streets as one process uses it: opened once, and again when it was built anew."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

from core.faults import FaultError
from yihui.services.streets.folder import StreetsFolder, StreetsPart

_LOG = logging.getLogger(__name__)
Opened = TypeVar("Opened")


@dataclass(slots=True)
class CurrentPart(Generic[Opened]):
    """Provides one part of a folder of streets. ``open_file`` opens it, and raises FaultError or OSError."""

    folder: Path
    part: StreetsPart
    open_file: Callable[[Path], Opened]
    _opened: Opened | None = None
    _key: tuple[int, int, int] | None = (
        None  # of the file that was tried last, whether it could be opened or not
    )
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
