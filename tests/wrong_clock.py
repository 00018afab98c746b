"""A process whose machine's clock is wrong, and can jump while it runs: libfaketime between it and the real clock."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

_LIBRARIES = ("x86_64", "aarch64")


def _library() -> Path | None:
    places = (Path(f"/usr/lib/{name}-linux-gnu/faketime/libfaketimeMT.so.1") for name in _LIBRARIES)
    return next((place for place in places if place.exists()), None)


def is_at_hand() -> bool:
    return _library() is not None


class WrongClock:
    """Begins right; ``jump`` says how far it is ahead of the real clock from then on."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock"
        self.jump(timedelta(0))

    def jump(self, ahead: timedelta) -> None:
        written = self._file.with_suffix(".new")
        written.write_text(f"{ahead.total_seconds():+.0f}\n")
        written.replace(self._file)

    @property
    def environ(self) -> Mapping[str, str]:
        """What a process needs to have this clock; its timers go on as ever."""
        return {
            "LD_PRELOAD": str(_library()),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
