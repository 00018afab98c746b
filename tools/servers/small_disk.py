"""A disk that can be filled: a broker's folder in a file system of its own."""

import errno
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SIZE_MB = 256
_BALLAST = "ballast"


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """Mount it for a while. *Raises*: CalledProcessError, where we may not."""
    folder.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m", "tmpfs", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def may_mount() -> bool:
    """Whoever runs as root in a machine that lets him: tried in a namespace that ends with the trial."""
    trial = ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    try:
        return subprocess.run(trial, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def fill(folder: Path) -> None:
    """Until not a byte goes in any more."""
    with (folder / _BALLAST).open("wb", buffering=0) as ballast:
        for size in (1 << 20, 1 << 10, 1):
            try:
                while ballast.write(bytes(size)):
                    pass
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
        os.fsync(ballast.fileno())


def fill_to(folder: Path, share: float) -> None:
    """Until this share of the disk is used."""
    found = shutil.disk_usage(folder)
    with (folder / _BALLAST).open("wb") as ballast:
        ballast.write(bytes(int(found.total * share) - found.used))


def make_room(folder: Path) -> None:
    (folder / _BALLAST).unlink(missing_ok=True)
