"""Change what is the fold of its history (``members.histories``): check the move, append one event, say what changed."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from pydantic import BaseModel

from yihui.frame.acts import Change, Doing
from yihui.frame.content import Event, Timeline

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from members.histories import Changeable

Data = Mapping[str, Any]
MoveT = TypeVar("MoveT", bound=StrEnum)
KeptMoveT = TypeVar("KeptMoveT", bound=StrEnum, covariant=True)


class KeptEvent(Protocol[KeptMoveT]):
    """One change as it is stored."""

    @property
    def act(self) -> KeptMoveT: ...
    @property
    def at(self) -> datetime: ...
    @property
    def by(self) -> str: ...
    @property
    def data(self) -> Data: ...


ThingT = TypeVar("ThingT", bound="Changeable")


@dataclass(frozen=True)  # without slots, as a subscribed class is called
class History(Generic[MoveT, ThingT]):
    """How the events of one kind of thing are appended, and which of their data the audit log says.

    ``describe`` returns what it says of the thing before and after, besides its state.
    """

    append: "Callable[[Connection, ThingT, MoveT, datetime, str, Data], ThingT]"
    organisation: Callable[[ThingT], str]
    titles: Mapping[MoveT, str]
    recorded: tuple[str, ...] = ()
    describe: Callable[[ThingT], Data] = lambda _: {}

    def change(self, act: Doing[Any, Any], thing: ThingT, move: MoveT, data: Data) -> tuple[ThingT, Change]:
        """Append an event to a thing; return what it became, and the change for the audit log.

        *Raises*: FaultError unless its state and the version that was seen allow the move.
        """
        thing.require(move, act.seen)
        at = max(act.now, thing.changed_at)  # another machine's clock may be ahead
        changed = self.append(act.connection, thing, move, at, act.actor.id, data)
        recorded = {name: data[name] for name in self.recorded if name in data}
        after = {**self._describe(changed), **recorded}
        before = self._describe(thing)
        place = self.organisation(changed)
        return changed, Change(changed.number, after, before, data.get("reason") or "", place)

    def _describe(self, thing: ThingT) -> dict[str, Any]:
        return {"state": thing.state.value, "version": thing.version, **self.describe(thing)}

    def move(
        self, move: MoveT, build: "Callable[[Doing[Any, ThingT]], Data] | None" = None
    ) -> "Callable[[Doing[Any, ThingT]], Change]":
        """Return the function of an act that is one move; its event holds what ``build`` returns, or the reason alone."""

        def do(act: Doing[Any, ThingT]) -> Change:
            data = build(act) if build is not None else {"reason": reason_of(act.form)}
            return self.change(act, act.thing, move, data)[1]

        return do

    def ready(self, move: MoveT) -> "Callable[[ThingT, int | None], object]":
        """Return the check of an act that is one move: the state must allow it. *Raises* (the check): FaultError."""
        return lambda thing, seen: thing.require(move, seen)

    def timeline(self, events: Iterable[KeptEvent[MoveT]]) -> Timeline:
        """Return a history as a page shows it, the newest first."""
        shown = [
            Event(one.at, one.act.value, self.titles[one.act], one.by, one.data.get("reason") or "")
            for one in events
        ]
        return Timeline(shown[::-1])


def reason_of(form: BaseModel) -> str:
    """Return the reason that a form holds; empty if it holds none."""
    return str(getattr(form, "reason", "") or "")
