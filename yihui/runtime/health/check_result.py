"""What a look at one thing found."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from yihui.bootstrap import Wiring

State = Literal["ok", "missing", "broken"]


@dataclass(frozen=True, slots=True)
class Found:
    """What a look found. *missing* is optional and absent, *broken* must be mended."""

    state: State
    detail: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. ``id`` is for programs: the same in every language and version."""

    id: str
    name: str
    state: State
    detail: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Look:
    """How to look at one thing; ``needs`` is the id of what must have gone well before."""

    id: str
    name: str
    at: Callable[[Wiring], Found]
    needs: str | None = None
