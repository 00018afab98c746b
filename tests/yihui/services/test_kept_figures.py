"""Figures that the upkeep keeps for large installations are those of a count, and say as of when they are."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.members.organisations.acting import event_of, handle
from tests.yihui.services.hotline_desk import JINAN, LIXIA, PROVINCE, Hotline
from yihui.access.job_tables import kept_figures
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
