"""Figures that the upkeep keeps, and its jobs, each of which runs on its own."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, text

from benefits import ReportPeriod, compute_run_rates
from benefits.tables.report_sums import benefit_sums
from core.civil_time import civil_date
from events.ledger_days import read_ledger_day
from tests.members.organisations.acting import event_of, handle
from tests.transactions import change_in, read_in, rows_in
from tests.yihui.commands import Command
from tests.yihui.http.serving import until
from tests.yihui.services.hardship_office import JINAN, LIXIA, PROVINCE
from tests.yihui.services.hotline_desk import Hotline
from tools.servers.sending import Sender
from yihui.access.actor import Actor, ActorKind
from yihui.access.job_tables import kept_figures
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.frame.listing import MOST_ROWS, Looking, Slice
from yihui.http.app import create_app
from yihui.money.report.figures import BenefitReport, build_report
from yihui.money.report.moves import MoveFilter, find_moves
from yihui.runtime.background_job import JobsFailed
from yihui.services.operation import kept_figures as service
from yihui.services.operation.kept_figures import (
    load_organisation_statistics,
    read_as_of,
    record_benefit_sums,
    record_member_statistics,
)
from yihui.services.operation.upkeep import run_upkeep, run_upkeep_and_seal
from yihui.services.organisations.statistics import StatisticsQuery, load_member_statistics


@pytest.fixture
def line(target: str, tmp_path: Path) -> Hotline:
    return Hotline(target, tmp_path).found()


def test_a_small_installation_keeps_nothing_and_counts_at_once(line: Hotline) -> None:
    record_member_statistics(line.wiring)
    record_benefit_sums(line.wiring)
    assert rows_in(line.wiring.database, select(kept_figures)) == []
    assert load_organisation_statistics(line.wiring, LIXIA)[1] is None


def test_kept_statistics_are_those_of_a_count_once_a_day(
    line: Hotline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST_LIVE_MEMBERS", 0)
    record_member_statistics(line.wiring)
    begun = line.now
    for code in (PROVINCE, JINAN, LIXIA):
        counted = load_member_statistics(line.wiring, StatisticsQuery(root=code))
        kept, as_of = load_organisation_statistics(line.wiring, code)
        assert as_of == begun
        assert (kept.table, kept.period, kept.names) == (counted.table, counted.period, counted.names)
    with line.wiring.database.write() as connection:
        joined = event_of(
            "member.imported", "m-later", "2020-01-01", organisation=LIXIA, joined_on="2020-01-01"
        )
        assert not handle(connection, joined).dead_letters
    before = load_organisation_statistics(line.wiring, LIXIA)[0].table
    record_member_statistics(line.wiring)
    assert load_organisation_statistics(line.wiring, LIXIA)[0].table == before, "it was counted today"
    line.now += timedelta(days=1)
    record_member_statistics(line.wiring)
    after, as_of = load_organisation_statistics(line.wiring, LIXIA)
    assert as_of == line.now
    assert after.table == load_member_statistics(line.wiring, StatisticsQuery(root=LIXIA)).table != before


def test_sums_are_forgotten_once_the_ledger_is_no_longer_large(
    line: Hotline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST_LIVE_POSTINGS", -1)
    record_benefit_sums(line.wiring)
    assert read_in(line.wiring.database, read_as_of) == line.now
    monkeypatch.undo()
    record_benefit_sums(line.wiring)
    assert read_in(line.wiring.database, read_as_of) is None


NOW = datetime(2026, 10, 3, 15, 10, tzinfo=UTC)
BUDGET = ("--as", "gh-001", "--reason", "年度预算", "birthday-cake", "--amount", "2500")


@contextmanager
def opened(target: object, folder: Path, now: datetime = NOW) -> Iterator[Wiring]:
    wiring = build_wiring(Settings(str(target), folder), now=lambda: now)
    yield wiring
    wiring.close()


def build_reports(wiring: Wiring, *, kept: bool) -> list[BenefitReport]:
    """The reports by rule and county and month, of everybody and of a county, on three periods."""
    last = NOW.date()
    periods = [ReportPeriod(None, last), ReportPeriod(last.replace(month=4), last.replace(month=6))]
    with wiring.database.read() as connection:
        return [
            build_report(connection, by, period, within, may_be_kept=kept)
            for by in ("programme", "organisation", "month")
            for period in periods
            for within in (None, frozenset({"370202"}), frozenset({"370000"}))
        ]


def figures_of(wiring: Wiring, *, kept: bool) -> list[object]:
    figures: list[object] = [(one.groups, one.months, one.total) for one in build_reports(wiring, kept=kept)]
    with wiring.database.read() as connection:
        return [
            *figures,
            compute_run_rates(connection, NOW.date(), from_sums=kept and read_as_of(connection) is not None),
        ]


def read_sums(wiring: Wiring) -> list[object]:
    return sorted(map(tuple, rows_in(wiring.database, select(benefit_sums))))


@pytest.fixture
def ledger(yihui: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A ledger of random joins, birthdays, moves between counties and corrections, with its sums kept."""
    monkeypatch.setattr(service, "MOST_LIVE_POSTINGS", 0)
    random, send = Random(9), Sender()
    lines = []
    for n in range(40):
        member = f"m-{n % 25}"
        county = random.choice(("370202", "370102", "370203"))
        place = {"organisation": f"{county}001-00001", "district": county}
        day = NOW.replace(month=random.randrange(2, 9), day=random.randrange(1, 28))
        if n < 25:
            lines.append(send.joined(member, **place))
        else:
            lines.append(
                send("member.transferred", member, day.isoformat(), organisation=place["organisation"])
            )
        lines.append(send.birthday(member, on=f"{day:%Y-%m-%d}"))
    events, file = tmp_path / "events.jsonl", tmp_path / "ledger.db"
    events.write_text("\n".join(lines), encoding="utf-8")
    assert yihui("budgets", "set", *BUDGET, "--db", file).code == 0
    assert yihui("run", events, "--db", file).code in (0, 1)
    with opened(file, tmp_path) as wiring:
        record_benefit_sums(wiring)
        assert figures_of(wiring, kept=True) == figures_of(wiring, kept=False)
        assert len(build_reports(wiring, kept=True)[3].groups) >= 1
        assert read_sums(wiring)
    return file


@pytest.mark.endure
def test_a_replay_has_no_sums_until_its_upkeep_and_then_the_same(
    ledger: Path, yihui: Command, target: str, tmp_path: Path
) -> None:
    replayed = yihui("events", "replay", "--journal", "--db", ledger, "--into", target)
    assert "两本台账不同" not in replayed.out, replayed.words
    with opened(ledger, tmp_path) as before, opened(target, tmp_path) as after:
        assert read_sums(after) == [] and {one.as_of for one in build_reports(after, kept=True)} == {None}
        assert figures_of(after, kept=True) == figures_of(before, kept=True)
        record_benefit_sums(after)
        assert read_sums(after) == read_sums(before)
        assert figures_of(after, kept=True) == figures_of(before, kept=True)


@pytest.mark.endure
def test_the_moves_of_a_large_ledger_are_those_that_its_sums_count(ledger: Path, tmp_path: Path) -> None:
    actor = Actor("li.min", "li.min", ActorKind.DEMO)
    with opened(ledger, tmp_path) as wiring, wiring.database.read() as connection:
        report = build_report(connection, "organisation", ReportPeriod(None, NOW.date()))
        assert report.as_of is not None and len(report.groups) == 3
        for group in report.groups:
            asked = MoveFilter(county=group.key)
            found = find_moves(Looking(wiring, connection, actor, NOW, asked, Slice(0, MOST_ROWS)))
            assert len(found.rows) == group.figures.granted_heads > 0
            assert sum(row.fen for row in found.rows) == group.figures.granted_fen


@contextmanager
def missing_table(wiring: Wiring, name: str) -> Iterator[None]:
    """Take a table away, so that every job that needs it fails."""
    for step in (f"ALTER TABLE {name} RENAME TO {name}_away", f"ALTER TABLE {name}_away RENAME TO {name}"):
        change_in(wiring.database, text(step))
        if step.endswith("_away"):
            yield


def failures(wiring: Wiring, job: str) -> float | None:
    return wiring.metrics.registry.get_sample_value("yihui_job_failures_total", {"name": job})


def escalations(line: Hotline, number: int) -> int:
    return len(line.read(number).case.escalations)


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
    assert read_in(line.wiring.database, read_ledger_day, "upkeep") < today, (
        "the day is done again, as not all of it was done"
    )
    run_upkeep_and_seal(line.later(minutes=20).wiring)
    assert read_in(line.wiring.database, read_ledger_day, "upkeep") == today
    assert escalations(line, number) == 2


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
    assert line.read(number).case.state == "suspended", "to the end of the day"
    run_upkeep(line.later(hours=2).wiring)
    history = line.read(number)
    assert history.case.state == "accepted" and history.events[-1].by == "job:hotline"
    assert [one.due_at for one in history.clocks] == [clock.due_at]
    run_upkeep(line.wiring)
    assert line.read(number).case.version == history.case.version
