"""Do by the clock what becomes due without an event: claims lapse, grants expire, waiting lists move up.

Events bring their own days (``events.settling``). The clock is for days without events; what it does is an
act, so that a replay does it again at the same place.
"""

import logging
from datetime import date
from functools import partial

from sqlalchemy import Connection

from core.civil_time import civil_date
from events.acts import record_act
from events.ledger_days import advance_ledger_day, read_ledger_day
from events.retries import run_in_transaction
from events.sweeping import SweepResult, move_up_waiting_lists, sweep_step
from yihui.bootstrap import Wiring

_LOG = logging.getLogger(__name__)


def run_upkeep(wiring: Wiring, up_to: date | None = None) -> SweepResult:
    """Do what is due by today, or another day, in small transactions; then delete what is no longer needed.

    After an interruption, the next call continues.
    """
    from yihui.services.hotline_upkeep import run_hotline_upkeep
    from yihui.services.join_reviews import run_join_upkeep
    from yihui.services.webhooks import purge_delivered_events

    done = end_due_grants(wiring, up_to) + move_up_freed_places(wiring)
    purge_delivered_events(wiring)
    forget_old_searches(wiring)
    forget_old_uses(wiring)
    forget_old_readings(wiring)
    run_join_upkeep(wiring)
    run_hotline_upkeep(wiring)
    return done


def run_upkeep_and_seal(wiring: Wiring) -> None:
    """Do what is due now, seal all committed batches, and delete notices that every receiver has got.

    What is due by today is done once a day: afterwards only events of today can make anything due.
    """
    from yihui.services.heads import send_new_heads
    from yihui.services.hotline_upkeep import run_hotline_upkeep
    from yihui.services.join_reviews import run_join_upkeep
    from yihui.services.sealing import seal_pending
    from yihui.services.webhooks import purge_delivered_events

    today = civil_date(wiring.now())
    with wiring.database.read() as connection:
        is_done = read_ledger_day(connection, "upkeep") >= today
    done = move_up_freed_places(wiring) if is_done else run_upkeep(wiring)
    if is_done:
        run_join_upkeep(wiring)  # nobody's data waits longer than was said
        run_hotline_upkeep(wiring)
    else:
        run_in_transaction(
            wiring.database, lambda connection: advance_ledger_day(connection, "upkeep", today)
        )
    if done:
        _LOG.info(
            "lapsed %d, moved up %d, passed over %d",
            done.count("lapsed"),
            done.count("moved_up"),
            done.count("passed"),
        )
        _LOG.info("reminded of %d that expire, ended %d", done.reminded, done.count("expired"))
    seal_pending(wiring)
    send_new_heads(wiring)
    purge_delivered_events(wiring)


def end_due_grants(wiring: Wiring, up_to: date | None = None) -> SweepResult:
    """Do what is due by today, or another day; each step is one transaction."""
    now = wiring.now()
    day = up_to or civil_date(now)

    def step(connection: Connection) -> SweepResult | None:
        done = sweep_step(connection, day, wiring.rulebook.for_batch(connection), now, by_clock=True)
        if done is not None:
            record_act(connection, "sweep", now, up_to=day)
        return done

    total = SweepResult()
    while (done := run_in_transaction(wiring.database, step)) is not None:
        total += done
    return total


def move_up_freed_places(wiring: Wiring) -> SweepResult:
    """Give places that an officer or a new version has freed to waiting members."""
    from benefits import has_free_place, list_open_waiting_lists

    now = wiring.now()
    today = civil_date(now)
    with wiring.database.read() as connection:  # the usual case: skip the write transaction
        found = list_open_waiting_lists(connection)
        library = wiring.rulebook.in_force(connection) if found else None
        if library is None or not any(has_free_place(connection, one, library, today) for one in found):
            return SweepResult()

    def work(connection: Connection) -> SweepResult:
        library = wiring.rulebook.for_batch(connection)
        moved = move_up_waiting_lists(connection, today, library, now, now)
        if moved:
            record_act(connection, "move_up", now)
        return moved

    return run_in_transaction(wiring.database, work)


def forget_old_searches(wiring: Wiring) -> None:
    """Delete counts of searches older than two years, by whole months."""
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
    from geo.registry import delete_old_uses, has_old_uses

    today = civil_date(wiring.now())
    with wiring.database.read() as connection:
        if not has_old_uses(connection, today):
            return
    _LOG.info(
        "dropped %d old counts", run_in_transaction(wiring.database, partial(delete_old_uses, today=today))
    )


def forget_old_readings(wiring: Wiring) -> None:
    """Delete devices' readings older than two days, and their counts older than two years."""
    from geo.registry import delete_old_readings, has_old_readings

    now = wiring.now()
    with wiring.database.read() as connection:
        if not has_old_readings(connection, now):
            return
    _LOG.info(
        "dropped %d old readings", run_in_transaction(wiring.database, partial(delete_old_readings, now=now))
    )
