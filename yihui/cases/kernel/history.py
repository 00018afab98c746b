"""One kind of thing that is the fold of its history (``members.histories``): found, changed and shown once for all kinds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypedDict, TypeVar, Unpack

from pydantic import BaseModel

from core.faults import FaultError
from members.lifecycle import Changeable, HistoryEvent
from yihui.access.roles import Right
from yihui.bootstrap import Wiring
from yihui.frame.acts import Act, Change, Doing, Door, Key, Kind, Preview
from yihui.frame.cells import Cell
from yihui.frame.content import Event, Timeline
from yihui.frame.listing import Looking, RowSlice, find_selected
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select

    from members.histories import HistoryStore
    from yihui.access.second_person import Step

Data = Mapping[str, Any]
MoveT = TypeVar("MoveT", bound=StrEnum)
ThingT = TypeVar("ThingT", bound=Changeable)


class ActOptions(TypedDict, Generic[ThingT], total=False):
    """Further fields of the act of a move, as ``Act`` explains them."""

    name: str
    do: Callable[[Doing[Any, ThingT]], Change]
    makes: bool
    button: str
    help: str
    ticked: str
    page: str
    doors: frozenset[Door]
    is_fresh: bool
    is_grave: bool
    begin: Callable[[ThingT], Mapping[str, object]]
    offered: Callable[[ThingT], Mapping[str, Mapping[str, Cell]]]
    places: Callable[[Doing[Any, ThingT]], Sequence[str | None]]
    ready: Callable[[ThingT, int | None], object] | None
    prepare: "Callable[[Wiring, Connection], object] | None"
    reading: Right
    preview: Callable[[Doing[Any, ThingT], Language], Preview]
    after: Callable[[Wiring], object] | None
    around: Callable[[Wiring, Any, Callable[[], Key]], Key]


@dataclass(frozen=True)  # without slots, as a subscribed class is called
class History(Generic[MoveT, ThingT]):
    """How one kind of thing is found and changed, and what its acts have in common.

    ``name`` is its kind in the audit log. ``store`` imports where it is stored; ``refuse_unknown`` builds the refusal of
    a number that it doesn't have. ``audit`` is the beginning of its acts' names in the audit log; ``recorded`` are the
    data of an event that are said there, ``describe`` returns what is said of the thing before and after, besides its
    state. ``prepare`` takes the locks of its acts, ``after`` follows each.
    """

    name: str
    store: "Callable[[], HistoryStore[MoveT, ThingT]]"
    refuse_unknown: Callable[[int], FaultError]
    organisation: Callable[[ThingT], str]
    titles: Mapping[MoveT, str]
    right: Right
    audit: str
    recorded: tuple[str, ...] = ()
    describe: Callable[[ThingT], Data] = lambda _: {}
    further: Callable[[ThingT, Right], Sequence[str]] = lambda *_: ()
    prepare: "Callable[[Wiring, Connection], object] | None" = None
    after: Callable[[Wiring], object] | None = None

    @cached_property
    def kind(self) -> Kind[ThingT]:
        """The kind of its acts and its noun."""
        return Kind(
            self.name,
            lambda at, number, lock: self.require(at.connection, number, lock),
            lambda thing: thing.version,
            self.organisation,
            self.further,
        )

    def require(self, connection: "Connection", number: int, lock: bool = False) -> ThingT:
        """Return a thing. *Raises*: FaultError if there is none."""
        thing = self.store().find(connection, number, lock=lock) if 0 < number < 2**63 else None
        if thing is None:
            raise self.refuse_unknown(number)
        return thing

    def find(self, look: Looking[Any], query: "Select[Any]") -> RowSlice[ThingT]:
        """Find a slice of the things whose numbers a statement selects, in its order."""
        found = find_selected(look, query, lambda row: int(row.number))
        return RowSlice(self.store().fold_all(look.connection, found.rows), found.total)

    def insert(self, act: Doing[Any, Any], move: MoveT, data: Data) -> ThingT:
        """Store a new thing with its first event."""
        return self.store().insert(act.connection, HistoryEvent(1, move, act.now, act.actor.id, data))

    def change(self, act: Doing[Any, Any], thing: ThingT, move: MoveT, data: Data) -> tuple[ThingT, Change]:
        """Append an event to a thing; return what it became, and the change for the audit log.

        *Raises*: FaultError unless its state and the version that was seen allow the move.
        """
        thing.require(move, act.seen)
        at = max(act.now, thing.changed_at)  # another machine's clock may be ahead
        event = HistoryEvent(thing.version + 1, move, at, act.actor.id, data)
        changed = self.store().append(act.connection, thing, event)
        recorded = {name: data[name] for name in self.recorded if name in data}
        after = {**self._describe(changed), **recorded}
        before, place = self._describe(thing), self.organisation(changed)
        return changed, Change(changed.number, after, before, data.get("reason") or "", place)

    def _describe(self, thing: ThingT) -> dict[str, Any]:
        return {"state": thing.state.value, "version": thing.version, **self.describe(thing)}

    def act(
        self,
        move: MoveT,
        title: str,
        form: type[Any],
        done: str,
        build: "Callable[[Doing[Any, ThingT]], Data] | None" = None,
        *,
        first_step: Callable[[ThingT], tuple[str, datetime]] | None = None,
        **options: Unpack[ActOptions[ThingT]],
    ) -> Act[Any, ThingT]:
        """Return the act of a move, which its state must allow; its event holds what ``build`` returns, or the reason alone.

        ``first_step`` returns who did the first step, and when: another officer does this one.
        """

        def do(act: Doing[Any, ThingT]) -> Change:
            data = build(act) if build is not None else {"reason": reason_of(act.form)}
            return self.change(act, act.thing, move, data)[1]

        made = Act[Any, ThingT](
            move.value.replace("_", "-"),
            title,
            form,
            do,
            self.right,
            f"{self.audit}{move.value}",
            done,
            self.kind,
            second_to=None if first_step is None else self._second_to(first_step),
            ready=lambda thing, seen: thing.require(move, seen),
            prepare=self.prepare,
            after=self.after,
        )
        return replace(made, **options)

    def _second_to(self, first_step: Callable[[ThingT], tuple[str, datetime]]) -> "Callable[[ThingT], Step]":
        def second_to(thing: ThingT) -> "Step":
            from yihui.access.second_person import Step

            return Step(*first_step(thing), self.right)

        return second_to

    def timeline(
        self, connection: "Connection", thing: ThingT, describe: Callable[[Any], str] = lambda _: ""
    ) -> Timeline:
        """Return the history of a thing as a page shows it, the newest first; ``describe`` says more of an event."""
        events = self.store().read_events(connection, [thing.number])[thing.number]
        shown = [
            Event(
                one.at,
                one.act.value,
                self.titles[one.act],
                one.by,
                one.data.get("reason") or "",
                describe(one),
            )
            for one in events
        ]
        return Timeline(shown[::-1])


def reason_of(form: BaseModel) -> str:
    """Return the reason that a form holds; empty if it holds none."""
    return str(getattr(form, "reason", "") or "")
