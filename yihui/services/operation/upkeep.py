"""Do by the clock what becomes due without an event: claims lapse, grants expire, waiting lists move up.

Events bring their own days (``events.settling``). The clock is for days without events; what it does is an
act, so that a replay does it again at the same place.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import date, timedelta

from sqlalchemy import Connection, Table

from core.civil_time import civil_date
from events.acts import record_act
from events.ledger_days import advance_ledger_day, read_ledger_day
from events.retries import run_in_transaction
from events.sweeping import SweepResult, move_up_waiting_lists, sweep_step
from yihui.bootstrap import Wiring
from yihui.runtime.background_job import run_each_job
from yihui.services.ledger.sealing import seal_pending

_LOG = logging.getLogger(__name__)
ACCOUNTS_STORED_FOR = timedelta(days=30)  # after the release, where the bank does not answer
Jobs = Mapping[str, Callable[[], object]]


def run_upkeep(wiring: Wiring) -> SweepResult:
    """Do what is due by today, in small transactions; then delete what is no longer needed.

    Each job runs on its own: a job that fails stops none of the others. After an interruption or a failure, the
    next call continues.

    *Raises*: JobsFailed, after the last job, with the names of the jobs that failed.
    """
    swept: list[SweepResult] = []
    jobs = {**_daily_jobs(wiring, swept), **_figure_jobs(wiring)}
    run_each_job(jobs, lambda name: wiring.metrics.count_job_failure(name))
    return sum(swept, SweepResult())


def move_up_and_seal(wiring: Wiring) -> SweepResult:
    """Let lapse what was not claimed in time, give free places to whoever waits longest, and seal."""
    done = run_upkeep(wiring)
    seal_pending(wiring)
    return done


def _daily_jobs(wiring: Wiring, swept: list[SweepResult]) -> Jobs:
    from geo.registry.usage_counts import search_counts, use_counts
    from yihui.services.events.webhooks import purge_delivered_events
    from yihui.services.messages.reminders import queue_due_reminders

    return {
        "due_grants": lambda: swept.append(end_due_grants(wiring)),
        "waiting_lists": lambda: swept.append(move_up_freed_places(wiring)),
        "delivered_events": lambda: purge_delivered_events(wiring),
        "due_reminders": lambda: queue_due_reminders(wiring),
        "old_searches": lambda: forget_old_counts(wiring, search_counts),
        "old_uses": lambda: forget_old_counts(wiring, use_counts),
        **_clock_jobs(wiring),
    }


def _figure_jobs(wiring: Wiring) -> Jobs:
    from yihui.services.operation.kept_figures import record_benefit_sums, record_member_statistics

    return {
        "benefit_sums": lambda: record_benefit_sums(wiring),
        "member_statistics": lambda: record_member_statistics(wiring),
    }


def _clock_jobs(wiring: Wiring) -> Jobs:
    """Return the jobs whose deadlines pass within a day. They change nothing in the ledger."""
    from store.monthly_tables import open_current_month
    from yihui.cases.hotline.escalation import run_hotline_escalation, run_hotline_retention
    from yihui.cases.joining.escalation import run_join_upkeep
    from yihui.services.attachments.attachments import sweep_unused_files
    from yihui.services.messages.reminders import send_due_reminders

    return {
        "join_requests": lambda: run_join_upkeep(wiring),  # nobody's data waits longer than was said
        "hotline_clocks": lambda: run_hotline_escalation(wiring),
        "hotline_callers": lambda: run_hotline_retention(wiring),
        "reminders": lambda: send_due_reminders(wiring),
        "left_files": lambda: delete_left_files(wiring),
        "unfinished_forms": lambda: _report_forms(wiring),
        "unused_attachments": lambda: sweep_unused_files(wiring),
        "bank_accounts": lambda: forget_payout_accounts(wiring),
        "month": lambda: open_current_month(wiring.database),
    }


def run_clock_jobs(wiring: Wiring) -> None:
    """Do only what has deadlines within a day and leaves the ledger alone, such as the hotline's escalations.

    *Raises*: JobsFailed, after the last job.
    """
    run_each_job(_clock_jobs(wiring), lambda name: wiring.metrics.count_job_failure(name))


def run_upkeep_and_seal(wiring: Wiring, is_ending: Callable[[], bool] = lambda: False) -> None:
    """Do what is due now, seal all committed batches, and delete notices that every receiver has got.

    What is due by today is done once a day: afterwards only events of today can make anything due. Each job runs
    on its own, so that a job that fails stops none of the others. Once the process is ending, no further job begins,
    and the day is not done.

    *Raises*: JobsFailed, after the last job, with the names of the jobs that failed.
    """
    from yihui.services.events.webhooks import purge_delivered_events
    from yihui.services.ledger.heads import send_new_heads
    from yihui.services.ledger.sealing import seal_pending

    today = civil_date(wiring.now())
    with wiring.database.read() as connection:
        is_done = read_ledger_day(connection, "upkeep") >= today
    swept: list[SweepResult] = []
    if is_done:
        due: Jobs = {
            "waiting_lists": lambda: swept.append(move_up_freed_places(wiring)),
            **_clock_jobs(wiring),
            "delivered_events": lambda: purge_delivered_events(wiring),
        }
    else:
        due = _daily_jobs(wiring, swept)
    failed: list[str] = []

    def count_failure(name: str) -> None:
        failed.append(name)
        wiring.metrics.count_job_failure(name)

    def end_day() -> None:
        if not is_done and not failed:  # a job that failed is done again, at the next run
            run_in_transaction(
                wiring.database, lambda connection: advance_ledger_day(connection, "upkeep", today)
            )
        _log_sweep(sum(swept, SweepResult()))

    last: Jobs = {
        "ledger_day": end_day,
        "seal": lambda: seal_pending(wiring),
        "heads": lambda: send_new_heads(wiring),
        **({} if is_done else _figure_jobs(wiring)),  # they can take minutes: nothing waits for them
    }
    run_each_job({**due, **last}, count_failure, is_ending)


def _log_sweep(done: SweepResult) -> None:
    if done:
        _LOG.info(
            "lapsed %d, moved up %d, passed over %d",
            done.count("lapsed"),
            done.count("moved_up"),
            done.count("passed"),
        )
        _LOG.info("reminded of %d that expire, ended %d", done.reminded, done.count("expired"))


def _report_forms(wiring: Wiring) -> None:
    from yihui.services.desk.form_submissions import report_unfinished_forms

    if number := report_unfinished_forms(wiring):
        _LOG.warning("the outcome of %d forms was never recorded: see the audit log", number)


def forget_payout_accounts(wiring: Wiring) -> None:
    """Forget the accounts of batches that the bank has not answered within the time that was said."""
    from benefits.payout.accounts import forget_old_accounts, has_old_accounts

    before = civil_date(wiring.now()) - ACCOUNTS_STORED_FOR
    with wiring.database.read() as connection:
        if not has_old_accounts(connection, before):
            return
    run_in_transaction(wiring.database, lambda connection: forget_old_accounts(connection, before))


def delete_left_files(wiring: Wiring) -> None:
    """Delete uploads that nobody used, files that members did not hand in, and those of acts that were killed."""
    from yihui.operations.uploads import delete_left_folders, delete_old_uploads
    from yihui.services.attachments.attachments import delete_old_waiting_files
    from yihui.services.attachments.resumable_uploads import delete_old_resumable_uploads
    from yihui.services.operation.backup import delete_left_private_folders

    delete_old_uploads(wiring, wiring.now())
    delete_old_resumable_uploads(wiring, wiring.now())
    delete_old_waiting_files(wiring, wiring.now())
    delete_left_private_folders(wiring.data_folder)
    left = delete_left_folders(wiring)
    if left:
        _LOG.warning("deleted the files of %d acts that were cut off", left)


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


def forget_old_counts(wiring: Wiring, table: Table) -> None:
    """Delete counts older than two years, by whole months."""
    from geo.registry.usage_counts import delete_old_counts, has_old_counts

    today = civil_date(wiring.now())
    with wiring.database.read() as connection:
        if not has_old_counts(connection, table, today):  # the usual case: skip the write transaction
            return
    dropped = run_in_transaction(
        wiring.database, lambda connection: delete_old_counts(connection, table, today)
    )
    _LOG.info("dropped %d old counts", dropped)
