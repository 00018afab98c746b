"""How much room is left on the disk of a folder, and what is refused when there is little."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from core.faults import FaultError, FaultTable
from core.text_marks import N_

SCARCE_SHARE = 0.95  # from here on files are refused, so that events and decisions still find room
RETRY_AFTER_S = 3_600
DISK_FAULTS = FaultTable(
    "disk",
    {
        "scarce": (
            N_("the site's disk is nearly full, so it takes no files for now; everything else works"),
            N_("try again in an hour, or bring the file to the office; nothing of it was stored"),
        )
    },
)


@dataclass(frozen=True, slots=True)
class DiskRoom:
    """The size of a disk and what of it is free for this process, in bytes."""

    size: int
    free: int

    @property
    def used_share(self) -> float:
        return 1 - self.free / self.size if self.size else 1.0

    @property
    def is_scarce(self) -> bool:
        return self.used_share >= SCARCE_SHARE


def read_disk_room(folder: Path) -> DiskRoom:
    """Return the room on the disk of a folder, or of its nearest parent that is there. *Raises*: OSError."""
    there = next(one for one in (folder, *folder.absolute().parents) if one.exists())
    found = shutil.disk_usage(there)
    return DiskRoom(found.total, found.free)


def require_room_for_files(folder: Path) -> None:
    """*Raises*: FaultError if the disk of the folder is nearly full; OSError."""
    if read_disk_room(folder).is_scarce:
        raise FaultError(DISK_FAULTS.build("scarce", field="file"))
