"""Do what becomes due without an event: claims lapse, grants expire, waiting lists move up.

Due days are worked off one after the other, each on its own day: what ends on 1 May is booked on 1 May,
and the member who moves up then is granted on 1 May, whenever the work is done.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal, get_args

from sqlalchemy import Connection

import benefits
from benefits import DueDays, ExpiryResult, LapseResult, QuotaPlaces
from core.civil_time import civil_date, start_of_day
from events.clawbacks import claw_back_for_events
from rules import Decision, RuleLibrary

SweepKind = Literal["lapsed", "expired", "moved_up", "passed"]


@dataclass(frozen=True, slots=True)
class SweepChange:
    """What fell due for one rule: benefits that lapsed or expired, members who moved up a waiting list or were
    passed over; with their worth and one member as an example.
    """

    kind: SweepKind
    rule: str
    title: str
    count: int
    amount_fen: int
    example: str


@dataclass(frozen=True, slots=True)
class SweepResult:
    """What a sweep did, one change for each kind and rule; nothing if nothing was due."""

    changes: tuple[SweepChange, ...] = ()
    reminded: int = 0

    def __add__(self, other: "SweepResult") -> "SweepResult":
        if not other:
            return self
        found = {(change.kind, change.rule): change for change in self.changes}
        for more in other.changes:
            known = found.get((more.kind, more.rule))
            found[more.kind, more.rule] = (
                replace(known, count=known.count + more.count, amount_fen=known.amount_fen + more.amount_fen)
                if known
                else more
            )
        changes = sorted(found.values(), key=lambda one: (get_args(SweepKind).index(one.kind), one.rule))
        return SweepResult(tuple(changes), self.reminded + other.reminded)

    def __bool__(self) -> bool:
        return bool(self.changes or self.reminded)

    @property
    def ended_fen(self) -> int:
        """The amount that expired benefits returned to their budgets."""
        return sum(change.amount_fen for change in self.changes if change.kind == "expired")

    def count(self, kind: SweepKind) -> int:
        """Return how many benefits or members of all rules a kind of change concerns."""
        return sum(change.count for change in self.changes if change.kind == kind)


def sweep_due(
    connection: Connection, up_to: date, library: RuleLibrary, now: datetime
) -> tuple[SweepResult, date | None]:
    """Do everything that is due up to a day, in the caller's transaction; return also the next day that is due."""
    total, due = SweepResult(), benefits.find_due_days(connection)
    while due.next is not None and due.next <= up_to:
        done = _do_due(connection, due, due.next, up_to, library, now, by_clock=False)
        if done is None:
            break
        total += done
        due = benefits.find_due_days(connection)
    return total, due.next


def sweep_step(
    connection: Connection, up_to: date, library: RuleLibrary, now: datetime, *, by_clock: bool = False
) -> SweepResult | None:
    """Do a part of what is due on the earliest due day up to a day; None if nothing is due.

    An event brings its whole day: members move up at the start of it. By the clock they move up now.

    Members are reminded as of today, so that nobody is told that a benefit expires when it has long expired.
    """
    benefits.lock_rulebook_shared(connection)  # nothing is reversed or drawn meanwhile
    due = benefits.find_due_days(connection)
    if due.next is None or due.next > up_to:
        return None
    return _do_due(connection, due, due.next, up_to, library, now, by_clock=by_clock)


def _do_due(
    connection: Connection,
    due: DueDays,
    day: date,
    up_to: date,
    library: RuleLibrary,
    now: datetime,
    *,
    by_clock: bool,
) -> SweepResult | None:
    """Do a part of what is due on a day, the earliest of the due days; None if another transaction is doing it."""
    lapse, expiry = LapseResult(), ExpiryResult()
    if due.lapse == day:
        lapse = benefits.lapse_unclaimed(connection, now, day)
    if due.expiry == day:
        expiry = benefits.expire_due_grants(connection, day, now, remind_on=max(up_to, civil_date(now)))
    if not (lapse.due_count or expiry.slots):  # another transaction is doing it
        return None
    titles = {rule.id: rule.definition.title for rule in library.rules} if expiry.ended else {}
    done = SweepResult(reminded=expiry.reminded)
    for one in lapse.lapsed:
        done += _change("lapsed", one.rule_id, one.rule_title, one.amount_fen, one.member_id)
    for grant in expiry.ended:
        title = titles.get(grant.rule_id, grant.rule_id)  # a rule that is gone is named by its id
        done += _change("expired", grant.rule_id, title, grant.amount_fen, grant.member_id)
    if lapse.lapsed or expiry.ended:
        at = now if by_clock and day == civil_date(now) else start_of_day(day)
        done += move_up_waiting_lists(connection, day, library, now, at)
    return done


def move_up_waiting_lists(
    connection: Connection, day: date, library: RuleLibrary, now: datetime, moved_at: datetime
) -> SweepResult:
    """Give free places to the members who have waited longest, as of a day."""
    total = SweepResult()
    for places in benefits.list_open_waiting_lists(connection):
        if benefits.has_free_place(connection, places, library, day):
            total += _move_up(connection, places, library, (now, moved_at, day))
    return total


def _move_up(
    connection: Connection, places: QuotaPlaces, library: RuleLibrary, when: tuple[datetime, datetime, date]
) -> SweepResult:
    now, at, day = when
    total = SweepResult()
    while (
        moved := benefits.move_up_waiting_list(connection, places, library, now, day, moved_at=at)
    ).moved_count:
        hashes = {ruling.decision.rule_hash for ruling in moved.granted}
        benefits.store_rules(connection, hashes, library.rules, now)  # a version may reprice who waits
        claw_back_for_events(
            connection, (), moved.granted, now
        )  # an event since then may claw back the grant
        for ruling in moved.granted:
            total += _change_of("moved_up", ruling.decision)
        for ruling in moved.passed:
            total += _change_of("passed", ruling.decision)
    return total


def _change_of(kind: SweepKind, decision: Decision) -> SweepResult:
    worth_fen = 0 if kind == "passed" else decision.amount_fen
    return _change(kind, decision.rule_id, decision.rule_title, worth_fen, decision.member)


def _change(kind: SweepKind, rule: str, title: str, amount_fen: int, example: str) -> SweepResult:
    return SweepResult((SweepChange(kind, rule, title, 1, amount_fen, example),))
