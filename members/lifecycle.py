"""The acts, states and moves of a thing that is the fold of its history. Pure.

A hotline case, a case file, a policy and a claim of mutual aid live alike (decisions 0002 and 0074);
``members.histories`` stores them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

from core.faults import FaultError, FaultTable, Term
from core.text_marks import N_

ActT = TypeVar("ActT", bound=StrEnum)
StateT = TypeVar("StateT", bound=StrEnum)
ThingT = TypeVar("ThingT", bound="Changeable")


class Changeable(Protocol):
    """A thing as its history leaves it; it refuses acts which its state does not allow."""

    @property
    def number(self) -> int: ...
    @property
    def version(self) -> int: ...
    @property
    def state(self) -> StrEnum: ...
    @property
    def changed_at(self) -> datetime: ...
    def require(self, act: Any, seen: int | None = None) -> None: ...


@dataclass(frozen=True, slots=True)
class HistoryEvent(Generic[ActT]):
    """One change of a thing: which version it makes, and what was written; of persons only ids and places."""

    version: int
    act: ActT
    at: datetime
    by: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Lifecycle(Generic[ActT, StateT, ThingT]):
    """The table of moves of one kind of thing, and how each act changes it.

    ``moves`` are the states in which each act is allowed; of the act that begins a history, none. ``noun`` is the
    field of its refusals, ``title`` its name where their texts don't say it. ``unnamed`` acts are not proposed.
    """

    noun: str
    acts: type[ActT]
    moves: Mapping[ActT, frozenset[StateT]]
    act_titles: Mapping[ActT, str]
    state_titles: Mapping[StateT, str]
    begin: Callable[[int, HistoryEvent[ActT]], ThingT]
    changes: Mapping[ActT, Callable[[ThingT, HistoryEvent[ActT]], ThingT]]
    faults: FaultTable
    refused: type[FaultError]
    title: str | None = None
    unnamed: frozenset[ActT] = frozenset()

    def require(self, thing: ThingT, act: ActT, seen: int | None) -> None:
        """*Raises*: FaultError if the caller saw another version, or the state doesn't allow the act."""
        if seen is not None and seen != thing.version:
            raise self.build_changed_refusal(thing, thing.version, seen)
        if thing.state in self.moves[act]:
            return
        possible = tuple(
            (self.act_titles[one],)
            for one, states in self.moves.items()
            if thing.state in states and one not in self.unnamed
        )
        terms: dict[str, Term] = {
            "state": self.state_titles[thing.state],  # type: ignore[index]
            "act": self.act_titles[act],
            "possible": possible or N_("nothing"),
        }
        raise self.refused(self.faults.build("not_now", field=self.noun, value=thing.number, terms=terms))

    def build_changed_refusal(self, thing: ThingT, version: int, seen: int) -> FaultError:
        """Return the refusal of an act on a version that is no longer the last one."""
        terms = {"value": self.title} if self.title else {}
        fault = self.faults.build(
            "changed", field="version", value=thing.number, version=version, seen=seen, terms=terms
        )
        return self.refused(fault)

    def fold(self, number: int, events: Iterable[HistoryEvent[ActT]]) -> ThingT:
        """Fold a history, in order of its versions, into the thing as it stands."""
        *_, thing = self.list_stages(number, events)
        return thing

    def list_stages(self, number: int, events: Iterable[HistoryEvent[ActT]]) -> Iterator[ThingT]:
        """Yield the thing as each event of its history left it."""
        history = iter(events)
        first = next(history)
        assert not self.moves[first.act], f"{self.noun} {number} begins with {first.act}"
        thing = self.begin(number, first)
        yield thing
        for event in history:
            assert event.version == thing.version + 1, f"{self.noun} {number}: version {event.version}"
            changed: Any = self.changes[event.act](thing, event)
            thing = replace(changed, version=event.version, changed_at=event.at)
            yield thing
