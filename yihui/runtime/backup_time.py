"""When this installation last wrote a backup into a folder: by the index that each of them leaves in the data folder."""

from pathlib import Path

INDEX_FOLDER = "backup-indexes"
INDEX_SUFFIX = ".index"


def read_last_backup_time(data_folder: Path) -> float | None:
    """Return the newest index's time in seconds since 1970; None if no backup has left one."""
    times = []
    for index in (data_folder / INDEX_FOLDER).glob(f"*{INDEX_SUFFIX}"):
        try:
            times.append(index.stat().st_mtime)
        except OSError:  # replaced just now, or not readable for this process
            continue
    return max(times, default=None)
