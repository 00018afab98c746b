"""What days bring without any event: what nobody claimed lapses, what expires ends, who waits moves up."""

import logging
from dataclasses import dataclass
from functools import partial

from yihui.bootstrap import Wiring

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Kept:
    """What was done; all zero where nothing was due."""

    lapsed: int = 0
    granted: int = 0
    passed: int = 0
    reminded: int = 0
    ended: int = 0

    def __bool__(self) -> bool:
        return any((self.lapsed, self.granted, self.passed, self.reminded, self.ended))


def keep_up(wiring: Wiring) -> Kept:
    """Do what is due now, step by step; stopped anywhere, the next call goes on where this one ended."""
    from benefits import lapse
    from core.civil_time import civil_date
    from events.retries import in_transaction
    from yihui.services.expiry import end_all
    from yihui.services.webhooks import forget_what_was_told

    lapsed = 0
    now = wiring.now()
    while (step := in_transaction(wiring.database, partial(lapse, now=now, today=civil_date(now)))).looked_at:
        lapsed += len(step.decisions)
    expired = end_all(wiring, civil_date(now))
    moved = move_lines(wiring)
    forget_what_was_told(wiring)
    forget_old_searches(wiring)
    forget_old_uses(wiring)
    return Kept(lapsed, moved.granted, moved.passed, expired.reminded, expired.ended)


def keep_up_and_seal(wiring: Wiring) -> None:
    """Do what is due now, seal whatever anybody has committed, and forget what everybody has been told."""
    from yihui.services.sealing import seal_what_waits
    from yihui.services.webhooks import forget_what_was_told

    if done := keep_up(wiring):
        _LOG.info("lapsed %d, moved up %d, passed over %d", done.lapsed, done.granted, done.passed)
        _LOG.info("reminded of %d that expire, ended %d", done.reminded, done.ended)
    seal_what_waits(wiring)
    forget_what_was_told(wiring)


def forget_old_searches(wiring: Wiring) -> None:
    """Drop counts of searches that are older than two years, by whole months."""
    from core.civil_time import civil_date
    from events.retries import in_transaction
    from geo.registry import forget_searches, has_old_searches

    today = civil_date(wiring.now())
    with wiring.database.read() as connection:
        if not has_old_searches(connection, today):  # nearly always: nobody waits for a writer then
            return
    _LOG.info("dropped %d old counts", in_transaction(wiring.database, partial(forget_searches, today=today)))


def forget_old_uses(wiring: Wiring) -> None:
    """Drop counts of rests that are older than two years, by whole months."""
    from core.civil_time import civil_date
    from events.retries import in_transaction
    from geo.registry import forget_uses, has_old_uses

    today = civil_date(wiring.now())
    with wiring.database.read() as connection:
        if not has_old_uses(connection, today):
            return
    _LOG.info("dropped %d old counts", in_transaction(wiring.database, partial(forget_uses, today=today)))


def move_lines(wiring: Wiring, rule_id: str | None = None) -> Kept:
    """Give free places to who waits, on the lists of a rule or on all."""
    from sqlalchemy import Connection

    from benefits import MovedUp, Places, has_room, move_up, open_lines
    from core.civil_time import civil_date
    from events.clawbacks import claw_back
    from events.retries import in_transaction

    now = wiring.now()
    today = civil_date(now)
    with wiring.database.read() as connection:
        found = open_lines(connection, rule_id)
        library = wiring.rulebook.in_force(connection) if found else None
        due = [p for p in found if library is not None and has_room(connection, p, library, today)]

    def step(places: Places, connection: Connection) -> MovedUp:
        moved = move_up(connection, places, wiring.rulebook.for_batch(connection), now, today)
        claw_back(connection, (), moved.granted, now)  # what has happened since may take it back
        return moved

    granted = passed = 0
    for places in due:
        while (moved := in_transaction(wiring.database, partial(step, places))).number:
            granted += len(moved.granted)
            passed += len(moved.passed)
    return Kept(0, granted, passed)
