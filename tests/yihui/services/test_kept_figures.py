"""Figures that the upkeep keeps for large installations are those of a count, and say as of when they are."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select

from benefits import ReportPeriod
from benefits.tables.report_sums import benefit_sums
from tests.events.sending import Sender
from tests.members.organisations.acting import event_of, handle
from tests.yihui.commands import Command
from tests.yihui.services.hotline_desk import JINAN, LIXIA, PROVINCE, Hotline
from yihui.access.job_tables import kept_figures
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.services.benefits.report import BenefitReport, build_benefit_report
from yihui.services.operation import kept_figures as service
from yihui.services.operation.kept_figures import (
    load_organisation_statistics,
    read_as_of,
    record_benefit_sums,
    record_member_statistics,
)
from yihui.services.organisations.statistics import StatisticsQuery, load_member_statistics


@pytest.fixture
def line(target: str, tmp_path: Path) -> Hotline:
    return Hotline(target, tmp_path).found()


def test_a_small_installation_keeps_nothing_and_counts_at_once(line: Hotline) -> None:
    record_member_statistics(line.wiring)
    record_benefit_sums(line.wiring)
    with line.wiring.database.read() as connection:
        assert connection.execute(select(kept_figures)).all() == []
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
    with line.wiring.database.read() as connection:
        assert read_as_of(connection) == line.now
    monkeypatch.undo()
    record_benefit_sums(line.wiring)
    with line.wiring.database.read() as connection:
        assert read_as_of(connection) is None


NOW = datetime(2026, 10, 3, 15, 10, tzinfo=UTC)
BUDGET = ("--as", "gh-001", "--reason", "年度预算", "birthday-cake", "2500")


@contextmanager
def opened(target: object, folder: Path, now: datetime = NOW) -> Iterator[Wiring]:
    wiring = build_wiring(Settings(str(target), folder), now=lambda: now)
    yield wiring
    wiring.close()


def build_reports(wiring: Wiring, *, kept: bool) -> list[BenefitReport]:
    """The reports by rule and county and month, of everybody and of a county, on three periods."""
    last = NOW.date()
    periods = [ReportPeriod(None, last), ReportPeriod(last.replace(month=4), last.replace(month=6))]
    return [
        build_benefit_report(wiring, by, period, within, may_be_kept=kept)
        for by in ("programme", "organisation", "month")
        for period in periods
        for within in (None, frozenset({"370202"}), frozenset({"370000"}))
    ]


def figures_of(wiring: Wiring, *, kept: bool) -> list[object]:
    return [(one.groups, one.months, one.total, one.rates) for one in build_reports(wiring, kept=kept)]


def read_sums(wiring: Wiring) -> list[object]:
    with wiring.database.read() as connection:
        return sorted(map(tuple, connection.execute(select(benefit_sums)).all()))


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
    assert yihui("ledger", "budget", *BUDGET, "--db", file).code == 0
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
