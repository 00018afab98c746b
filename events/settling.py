"""Settle handled events in order of arrival: admit, record, and end what falls due between them.

The ledger's day is the latest day of any event that was handled. Before an event of a later day, and after
an event that granted something late, everything that is due by the ledger's day is done
(``events.sweeping``). So each decision depends on the events before it and on nothing else: not on where a
batch or a run ends, and not on the clock.

Events between two such points are admitted together.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

import benefits
from benefits import Ruling
from core.civil_time import civil_date, start_of_day
from events import journal
from events.clawbacks import claw_back_for_events, find_members_with_events, lock_clawback_grants
from events.envelope import Event
from events.ledger_days import advance_ledger_day, read_ledger_day
from events.sweeping import SweepResult, move_up_waiting_lists, sweep_due
from events.transfers import build_transfer_notices, find_givers
from members import MemberChange, record_member_changes
from rules import Decision, DueBenefit, EventFacts, OrganisationTransfer, RuleLibrary
from store import OUTBOX_BATCHES, append_batch

_DAY = timedelta(days=1)
DecidedEvent = tuple[EventFacts, Decision]


@dataclass(frozen=True, slots=True)
class HandledEvent:
    """An event about a member, the change that it makes, and the decisions that are to be admitted."""

    event: Event
    change: MemberChange | None
    decided: Sequence[DecidedEvent]
    transfer: OrganisationTransfer | None = None

    @property
    def day(self) -> date:
        return civil_date(self.event.occurred_at)


@dataclass(slots=True)
class Settlement:
    """The settlement of one batch in one transaction. ``due`` is the earliest day on which anything is due."""

    transaction: Connection
    library: RuleLibrary
    now: datetime
    rulings: list[Ruling] = field(default_factory=list)
    swept: SweepResult = field(default_factory=SweepResult)
    _together: list[HandledEvent] = field(default_factory=list)
    _day: date = date.min
    _due: date = date.max
    _giving: set[int] = field(default_factory=set)  # identities of transfers that may give places back

    def settle(self, handled: Sequence[HandledEvent]) -> None:
        """Settle events in their order."""
        if not handled:
            return
        made = [decision for item in handled for _, decision in item.decided]
        benefits.store_explanation_forms(self.transaction, made)
        before = self._day = read_ledger_day(self.transaction, "events")
        self._due = self._next_due()
        self._giving = self._find_giving(handled)
        alone = self._clawing(handled) | self._giving
        for item in handled:
            self._pass_days(item.day)
            self._together.append(item)
            if self._is_over(item):
                self._flush()
                self._sweep()
            elif id(item) in alone:
                self._flush()
        self._flush()
        if self._day > before:  # last: concurrent batches of a new day wait here for each other
            advance_ledger_day(self.transaction, "events", self._day)

    def _clawing(self, handled: Sequence[HandledEvent]) -> set[int]:
        """Return the identities of the items after which money may come back to a budget."""
        kinds = benefits.clawback_event_types(self.transaction)
        if not kinds:
            return set()
        granting = {item.event.subject for item in handled if any(_terms_of(item))}
        late = find_members_with_events(self.transaction, granting, kinds)
        late |= {item.event.subject for item in handled if item.event.type in kinds}
        return {
            id(item)
            for item in handled
            if item.event.type in kinds or (item.event.subject in late and any(_terms_of(item)))
        }

    def _find_giving(self, handled: Sequence[HandledEvent]) -> set[int]:
        """Return the identities of the transfers of members who hold a place of a quota, wait for one, or take part
        in this batch: those may hold one when their turn comes.
        """
        moving = [(item.event.subject, item.transfer) for item in handled if item.transfer]
        if not moving:
            return set()
        givers = set(find_givers(self.transaction, moving))
        givers |= {item.event.subject for item in handled for _, decision in item.decided if decision.quotas}
        return {id(item) for item in handled if item.transfer and item.event.subject in givers}

    def _pass_days(self, day: date) -> None:
        if day <= self._day:
            return
        if self._due <= day:
            self._flush()
            self._day = day
            self._sweep()
        self._day = day

    def _is_over(self, item: HandledEvent) -> bool:
        """Return whether an event may have granted what is over by the ledger's day; note what is due later."""
        over = False
        for benefit in _benefits(item):
            days = [*_days_of_end(benefit)]
            over = over or any(day <= self._day for day in days)
            if benefit.expires_on is not None:
                days.append(benefits.first_expiry_day(benefit.expires_on, item.day))
            self._due = min([self._due, *days])
        return over

    def _sweep(self) -> None:
        done, due = sweep_due(self.transaction, self._day, self.library, self.now)
        self.swept += done
        self._due = due or date.max

    def _next_due(self) -> date:
        return benefits.find_due_days(self.transaction).next or date.max

    def _flush(self) -> None:
        """Admit and record the events that were collected, as if each came alone."""
        portion, self._together = self._together, []
        if not portion:
            return
        events = [item.event for item in portion]
        changes = [item.change for item in portion if item.change]
        record_member_changes(self.transaction, changes, self.now)
        journal.append_events(self.transaction, events, self.now)
        notices = [
            row
            for item in portion
            if item.transfer
            for row in build_transfer_notices(item.event, item.transfer, self.now)
        ]
        if notices:
            append_batch(self.transaction, OUTBOX_BATCHES, notices, self.now)
        giving = [item for item in portion if id(item) in self._giving]
        for item in giving:
            assert item.transfer
            benefits.lock_held_places(self.transaction, item.event.subject, item.transfer)
        kinds = benefits.clawback_event_types(self.transaction)
        lock_clawback_grants(self.transaction, events, kinds)
        decided = [pair for item in portion for pair in item.decided]
        rulings = benefits.admit_and_record(self.transaction, decided, self.now, has_forms=True)
        self.rulings += rulings
        returned = sum(self._return_places(item) for item in giving)
        if claw_back_for_events(self.transaction, events, rulings, self.now, kinds) or returned:
            self.swept += move_up_waiting_lists(
                self.transaction, self._day, self.library, self.now, start_of_day(self._day)
            )
            self._due = self._next_due()

    def _return_places(self, item: HandledEvent) -> int:
        """Give back the places that a transferred member holds unused in the organisation before."""
        assert item.transfer
        cause = (item.event.source, item.event.id, item.day)
        return benefits.return_places(self.transaction, item.event.subject, item.transfer, cause, self.now)


def _benefits(item: HandledEvent) -> Iterator[DueBenefit]:
    for _, decision in item.decided:
        yield from decision.benefits


def _terms_of(item: HandledEvent) -> Iterator[bool]:
    return (bool(benefit.takebacks) for benefit in _benefits(item))


def _days_of_end(benefit: DueBenefit) -> Iterable[date]:
    """Yield the days on which a benefit ends if nobody claims it, or nobody uses it."""
    for last in (benefit.claim_by, benefit.expires_on):
        if last is not None:
            yield last + _DAY
