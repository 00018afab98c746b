"""What waits for officers: declared by each noun, as one kind of its things with the page that lists them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from yihui.access.roles import Right
from yihui.frame.listing import Looking, RowSlice
from yihui.runtime.language import Language


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that waits: its title in the reader's language, its page, by when, about which member, for which unit."""

    title: str
    path: str
    due: datetime | None = None
    person: str | None = None
    place: str | None = None


@dataclass(frozen=True, slots=True)
class ToDo:
    """One kind of things that wait for officers who hold a right; ``path`` is the page that lists them all.

    ``find`` returns those with the earliest deadlines first, and how many there are.
    """

    title: str
    path: str
    right: Right
    find: Callable[[Looking[Any], Language], RowSlice[Waiting]]
