"""Do what becomes due without an event: claims lapse, grants expire, waiting lists move up."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Literal

from benefits import ExpiryResult, LapsedBenefit, expire_due_grants
from events import UpkeepChange
from events.retries import run_in_transaction
from yihui.bootstrap import Wiring

if TYPE_CHECKING:
    from benefits import Ruling


def end_due_grants(wiring: Wiring, today: date) -> ExpiryResult:
    """End everything due up to a day, some hundreds a transaction; an interrupted run resumes at the next
    call.
    """
    total = ExpiryResult()
    while True:
        done = run_in_transaction(wiring.database, lambda c: expire_due_grants(c, today, wiring.now()))
        if not done.slots:
            return total
        total += done


_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class UpkeepResult:
    """The counts of one upkeep, all zero if nothing was due, and the same by rule."""

    lapsed: int = 0
    granted: int = 0
    passed: int = 0
    reminded: int = 0
    ended: int = 0
    changes: tuple[UpkeepChange, ...] = ()

    def __bool__(self) -> bool:
        return any((self.lapsed, self.granted, self.passed, self.reminded, self.ended))


def run_upkeep(wiring: Wiring) -> UpkeepResult:
    """Do what is due now, in small transactions. After an interruption, the next call continues."""
    from benefits import lapse_unclaimed
    from core.civil_time import civil_date
    from events.retries import run_in_transaction
    from yihui.services.webhooks import purge_delivered_events

    lapsed: list[LapsedBenefit] = []
    now = wiring.now()
    while (
        step := run_in_transaction(wiring.database, partial(lapse_unclaimed, now=now, today=civil_date(now)))
    ).due_count:
        lapsed += step.lapsed
    expired = end_due_grants(wiring, civil_date(now))
    moved = move_up_waiting_lists(wiring)
    purge_delivered_events(wiring)
    forget_old_searches(wiring)
    forget_old_uses(wiring)
    changes = (
        *sum_changes("lapsed", [(b.rule_id, b.rule_title, b.member_id, b.amount_fen) for b in lapsed]),
        *sum_changes("expired", _expired_by_title(wiring, expired)),
        *moved.changes,
    )
    return UpkeepResult(len(lapsed), moved.granted, moved.passed, expired.reminded, expired.ended, changes)


EndedBenefit = tuple[str, str, str, int]  # rule, its title, member, worth in fen


def sum_changes(
    kind: Literal["lapsed", "expired", "moved_up", "passed"], ended: Sequence[EndedBenefit]
) -> Iterator[UpkeepChange]:
    """Yield one change for each rule, the first member as its example."""
    by_rule: dict[tuple[str, str], list[EndedBenefit]] = {}
    for one in ended:
        by_rule.setdefault(one[:2], []).append(one)
    for (rule, title), found in sorted(by_rule.items()):
        worth_fen = 0 if kind == "passed" else sum(amount_fen for *_, amount_fen in found)
        yield UpkeepChange(kind, rule, title, len(found), worth_fen, found[0][2])


def _expired_by_title(wiring: Wiring, expired: ExpiryResult) -> list[EndedBenefit]:
    """Return the grants that expired with their rules' titles; a rule that is gone is named by its id."""
    if not expired.grants:
        return []
    with wiring.database.read() as connection:
        library = wiring.rulebook.in_force(connection)
    titles = {rule.id: rule.definition.title for rule in library.rules if not rule.is_merged}
    return [(g.rule_id, titles.get(g.rule_id, g.rule_id), g.member_id, g.amount_fen) for g in expired.grants]


def run_upkeep_and_seal(wiring: Wiring) -> None:
    """Do what is due now, seal all committed batches, and delete notices that every receiver has got."""
    from yihui.services.sealing import seal_pending
    from yihui.services.webhooks import purge_delivered_events

    if done := run_upkeep(wiring):
        _LOG.info("lapsed %d, moved up %d, passed over %d", done.lapsed, done.granted, done.passed)
        _LOG.info("reminded of %d that expire, ended %d", done.reminded, done.ended)
    seal_pending(wiring)
    purge_delivered_events(wiring)


def forget_old_searches(wiring: Wiring) -> None:
    """Delete counts of searches older than two years, by whole months."""
    from core.civil_time import civil_date
    from events.retries import run_in_transaction
    from geo.registry import delete_old_searches, has_old_searches

    today = civil_date(wiring.now())
    with wiring.database.read() as connection:
        if not has_old_searches(connection, today):  # the usual case: skip the write transaction
            return
    _LOG.info(
        "dropped %d old counts",
        run_in_transaction(wiring.database, partial(delete_old_searches, today=today)),
    )


def forget_old_uses(wiring: Wiring) -> None:
    """Delete counts of rests older than two years, by whole months."""
    from core.civil_time import civil_date
    from events.retries import run_in_transaction
    from geo.registry import delete_old_uses, has_old_uses

    today = civil_date(wiring.now())
    with wiring.database.read() as connection:
        if not has_old_uses(connection, today):
            return
    _LOG.info(
        "dropped %d old counts", run_in_transaction(wiring.database, partial(delete_old_uses, today=today))
    )


def move_up_waiting_lists(wiring: Wiring, rule_id: str | None = None) -> UpkeepResult:
    """Give free places to members on the waiting lists of a rule, or on all."""
    from sqlalchemy import Connection

    from benefits import (
        MoveUpResult,
        QuotaPlaces,
        has_free_place,
        list_open_waiting_lists,
        move_up_waiting_list,
    )
    from core.civil_time import civil_date
    from events.clawbacks import claw_back_for_events
    from events.retries import run_in_transaction

    now = wiring.now()
    today = civil_date(now)
    with wiring.database.read() as connection:
        found = list_open_waiting_lists(connection, rule_id)
        library = wiring.rulebook.in_force(connection) if found else None
        due = [p for p in found if library is not None and has_free_place(connection, p, library, today)]

    def step(places: QuotaPlaces, connection: Connection) -> MoveUpResult:
        moved = move_up_waiting_list(connection, places, wiring.rulebook.for_batch(connection), now, today)
        claw_back_for_events(
            connection, (), moved.granted, now
        )  # an event since then may claw back the grant
        return moved

    granted: list[Ruling] = []
    passed: list[Ruling] = []
    for places in due:
        while (moved := run_in_transaction(wiring.database, partial(step, places))).moved_count:
            granted += moved.granted
            passed += moved.passed
    changes = (
        *sum_changes("moved_up", [_ended(ruling) for ruling in granted]),
        *sum_changes("passed", [_ended(ruling) for ruling in passed]),
    )
    return UpkeepResult(0, len(granted), len(passed), changes=changes)


def _ended(ruling: "Ruling") -> EndedBenefit:
    decision = ruling.decision
    return decision.rule_id, decision.rule_title, decision.member, decision.amount_fen
