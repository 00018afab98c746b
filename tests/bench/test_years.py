"""A ledger of years: copies keep what the ledger's statements rely on, and its growth is fitted."""

from pathlib import Path

import pytest
from sqlalchemy import inspect

from bench.years_copies import read_copies, read_sizes
from bench.years_figures import fit_growth
from bench.years_growth import FIRST_YEAR, GrowingLedger, count_decisions, count_members, grow, make_base
from bench.years_rounds import MeasuredLedger, measure_why, wire
from tests.events.sending import NOW
from yihui.services.rules.rules import read_library

EVENTS, UNTIL, MONTHS = 400, 2_000, 3
_MISSING = (
    "SELECT count(*) FROM grants AS g LEFT JOIN decisions AS d ON d.id = g.decision_id WHERE d.member_id IS DISTINCT FROM g.member_id",
    "SELECT count(*) FROM transactions AS t LEFT JOIN grants AS g ON g.id = t.grant_id WHERE g.id IS NULL",
    "SELECT count(*) FROM decisions AS d LEFT JOIN journal AS j USING (source, event_id) WHERE j.member_id IS DISTINCT FROM d.member_id",
    "SELECT count(*) FROM journal AS j LEFT JOIN inbox AS i ON i.source = j.source AND i.id = j.event_id WHERE i.id IS NULL",
    "SELECT count(*) FROM (SELECT FROM postings GROUP BY transaction_id, unit HAVING sum(amount) <> 0) AS unbalanced",
    "SELECT count(*) FROM postings AS p LEFT JOIN transactions AS t ON t.id = p.transaction_id WHERE t.id IS NULL",
)


@pytest.mark.endure
@pytest.mark.needs("postgres")
def test_copied_months_hang_together_and_the_pipeline_goes_on_in_them(
    postgres_database: str, tmp_path: Path
) -> None:
    ledger, library = (
        GrowingLedger(lambda: postgres_database, tmp_path, UNTIL, MONTHS, EVENTS),
        read_library(),
    )
    make_base(ledger, library)
    grow(ledger, UNTIL)
    with ledger.connect() as session:
        assert count_decisions(session) >= UNTIL
        assert session.execute("SELECT count(*) FROM decisions").fetchone() == (count_decisions(session),)
        assert count_members(session) * 10 >= UNTIL
        assert read_copies(session).populations == 1
        assert [session.execute(statement.encode()).fetchone() for statement in _MISSING] == [(0,)] * len(
            _MISSING
        )
        assert read_sizes(session)["postings"] > 0
        member = str(session.execute("SELECT member_id FROM grants ORDER BY id DESC LIMIT 1").fetchone()[0])  # type: ignore[index]
    wiring = wire(postgres_database, tmp_path, NOW.date())
    with wiring.database.read() as connection:
        names = inspect(connection).get_table_names()
        assert len([name for name in names if name.startswith(f"inbox_{FIRST_YEAR}")]) == MONTHS
    assert measure_why(wiring, [member]).decisions >= 1
    measured = MeasuredLedger(wiring, library, NOW.date(), iter(()), "years")
    assert measured.measure_new().granted_share == 0.5
    wiring.database.close()


def test_growth_is_fitted_by_a_line_over_the_size_and_one_over_its_logarithm() -> None:
    assert fit_growth([1, 2, 4], [3.0, 5.0, 9.0], 10).linear == 21.0
    assert fit_growth([1, 10, 100], [1.0, 2.0, 3.0], 1_000).logarithmic == 4.0
