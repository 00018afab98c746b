"""Each job of the upkeep runs on its own: one that fails stops no other, and is named."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from core.civil_time import civil_date
from events.ledger_days import read_ledger_day
from tests.yihui.http.serving import until
from tests.yihui.services.hotline_desk import AGENT, Hotline
from yihui.bootstrap import Wiring
from yihui.http.app import create_app
from yihui.runtime.background_job import JobsFailed
from yihui.services.hotline.lists import load_case
from yihui.services.operation.upkeep import run_upkeep, run_upkeep_and_seal


@pytest.fixture
def line(target: str, tmp_path: Path) -> Hotline:
    return Hotline(target, tmp_path).found()


@contextmanager
def missing_table(wiring: Wiring, name: str) -> Iterator[None]:
    """Take a table away, so that every job that needs it fails."""
    for step in (f"ALTER TABLE {name} RENAME TO {name}_away", f"ALTER TABLE {name}_away RENAME TO {name}"):
        with wiring.database.write() as connection:
            connection.execute(text(step))
        if step.endswith("_away"):
            yield


def failures(wiring: Wiring, job: str) -> float | None:
    return wiring.metrics.registry.get_sample_value("yihui_job_failures_total", {"name": job})


def escalations(line: Hotline, number: int) -> int:
    return len(load_case(line.wiring, AGENT, number).status.case.escalations)


def test_a_job_that_fails_is_named_and_counted_and_the_hotline_still_escalates(
    line: Hotline, caplog: pytest.LogCaptureFixture
) -> None:
    number = line.open().case.number
    line.later(minutes=50)
    with (
        missing_table(line.wiring, "search_counts"),
        caplog.at_level(logging.ERROR),
        pytest.raises(JobsFailed, match="jobs that failed: old_searches; the others ran"),
    ):
        run_upkeep_and_seal(line.wiring)
    assert escalations(line, number) == 1
    assert "the job old_searches failed" in caplog.text
    assert failures(line.wiring, "old_searches") == 1 and failures(line.wiring, "hotline_clocks") is None
    today = civil_date(line.now)
    with line.wiring.database.read() as connection:
        assert read_ledger_day(connection, "upkeep") < today, (
            "the day is done again, as not all of it was done"
        )
    run_upkeep_and_seal(line.later(minutes=20).wiring)
    with line.wiring.database.read() as connection:
        assert read_ledger_day(connection, "upkeep") == today
    assert escalations(line, number) == 2


def test_two_jobs_that_fail_are_both_named_after_the_others_ran(line: Hotline) -> None:
    number = line.open().case.number
    line.later(minutes=50)
    with (
        missing_table(line.wiring, "search_counts"),
        missing_table(line.wiring, "use_counts"),
        pytest.raises(JobsFailed, match="old_searches, old_uses"),
    ):
        run_upkeep(line.wiring)
    assert escalations(line, number) == 1


def test_a_site_that_cant_process_events_escalates_and_says_so(line: Hotline) -> None:
    number = line.open().case.number
    line.later(minutes=50)
    with missing_table(line.wiring, "ingress"), TestClient(create_app(line.wiring)) as client:
        until(lambda: escalations(line, number) == 1)
        until(lambda: client.get("/healthz").json()["status"] == "degraded")
        assert client.get("/healthz").json()["runner"] != "ok"


def test_a_suspension_ends_with_its_last_day_and_the_clock_goes_on(line: Hotline) -> None:
    number = line.open().case.number
    line.dispatch(number)
    line.accept(number)
    until_friday = civil_date(line.now) + timedelta(days=2)
    (clock,) = line.suspend(number, last_day=until_friday).clocks
    run_upkeep(line.later(days=2, hours=14).wiring)
    assert load_case(line.wiring, AGENT, number).status.case.state == "suspended", "to the end of the day"
    run_upkeep(line.later(hours=2).wiring)
    history = load_case(line.wiring, AGENT, number)
    assert history.status.case.state == "accepted" and history.events[-1].by == "job:hotline"
    assert [one.due_at for one in history.status.clocks] == [clock.due_at]
    run_upkeep(line.wiring)
    assert load_case(line.wiring, AGENT, number).status.case.version == history.status.case.version
