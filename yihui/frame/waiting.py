"""Find what waits for an officer in all nouns, by deadline, with the names of members and units."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from core.civil_time import start_of_day
from yihui.access.actor import Actor
from yihui.bootstrap import Wiring
from yihui.frame.content import NamedIds
from yihui.frame.listing import Looking, NoFilter, Slice
from yihui.frame.looking import find_names
from yihui.frame.names import Names
from yihui.frame.noun import Noun, load_nouns
from yihui.frame.todo import ToDo, Waiting
from yihui.runtime.language import Language

MOST_OF_A_KIND = 20
_LAST = start_of_day(date(9999, 1, 1))


@dataclass(frozen=True, slots=True)
class WaitingKind:
    """How many of a kind wait."""

    todo: ToDo
    total: int
    total_text: str


@dataclass(frozen=True, slots=True)
class WaitingThings:
    """What waits for an officer by its deadline, of which kind each is, and how many there are of each kind."""

    things: Sequence[tuple[ToDo, Waiting]]
    kinds: Sequence[WaitingKind]
    names: Names


def find_waiting(wiring: Wiring, connection: Connection, actor: Actor, language: Language) -> WaitingThings:
    """Find what waits for an officer in all nouns; what has no deadline comes last."""
    look = Looking(wiring, connection, actor, wiring.now(), NoFilter(), Slice(0, MOST_OF_A_KIND))
    things: list[tuple[ToDo, Waiting]] = []
    kinds = []
    for todo in (one for noun in load_nouns().values() for one in noun.todos if look.holds(one.right)):
        found = todo.find(look, language)
        things += [(todo, one) for one in found.rows]
        kinds.append(WaitingKind(todo, found.total, found.total_text))
    things.sort(key=lambda pair: pair[1].due or _LAST)
    ids = NamedIds(
        frozenset(),
        frozenset(one.person for _, one in things if one.person),
        frozenset(one.place for _, one in things if one.place),
    )
    return WaitingThings(things, kinds, find_names(wiring, connection, actor, ids))


def find_next(wiring: Wiring, actor: Actor, noun: Noun, path: str, language: Language) -> Waiting | None:
    """Return the next thing of a noun that waits for an officer, besides that of a page; None if nothing does."""
    with wiring.database.read() as connection:
        look = Looking(wiring, connection, actor, wiring.now(), NoFilter(), Slice(0, 2))
        found = (
            one for todo in noun.todos if look.holds(todo.right) for one in todo.find(look, language).rows
        )
        return next((one for one in found if one.path != path), None)
