"""A clock that a test turns: no moment passes by itself."""

from dataclasses import dataclass


@dataclass
class StillClock:
    """In seconds, as ``time.monotonic``."""

    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now
