"""The report's figures tie to the fen with the postings, recomputed one by one; the pace of budgets says how sure it is."""

import shutil
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import get_args

import pytest
from sqlalchemy import select

from benefits import (
    BenefitFigures,
    Move,
    MoveRefused,
    ReportPeriod,
    compute_figures,
    compute_run_rates,
    post_move,
    read_grant_positions,
    set_budget,
    verify_ledger,
)
from benefits.model.accounts import STAGES
from benefits.reporting.figures import Figure, list_moves_within, select_moves
from benefits.reporting.report_sums import collect_sums, write_sums
from benefits.tables.decisions import grants, postings
from benefits.tables.transactions import transactions
from events import process_batch
from members import facts_on, read_member_changes
from store import Database, open_database
from tests.benefits.polls import imported, library, poll
from tests.members.organisations.acting import event_of
from tools.servers.deciding import TREASURER

NOW = datetime(2026, 12, 31, tzinfo=UTC)
FIRST, LAST = date(2026, 3, 1), date(2026, 4, 30)
RULES = library(
    a_voucher="benefit: {kind: voucher, amount_fen: 333}\nbudget: shared",
    b_cash="benefit: [{kind: cash, amount_fen: 1001}, {kind: item, quantity: 2, unit: 份, amount_fen: 50}]\nbudget: shared",
    c_item="benefit: {kind: points, quantity: 10, unit: 分值}",
)
_STEPS = (
    ("issue", "promised", "issued"), ("redeem", "issued", "redeemed"), ("refund", "redeemed", "issued"),
    ("pay", "issued", "redeemed"), ("settle", "redeemed", "settled"), ("bounce", "settled", "issued"),
    ("bounce", "redeemed", "issued"), ("expire", "issued", "expired"), ("void", "promised", "reversed"),
    ("claw_back", "settled", "reversed"), ("reverse", "issued", "reversed"),
)  # fmt: skip


def live(database: Database) -> None:
    """Some hundred random moves over five months."""
    random = Random(6)
    with database.write() as connection:
        set_budget(connection, "shared", 200_000, TREASURER)
        items = [imported(f"m-{n}") for n in range(6)]
        for n in range(40):
            day = date(2026, 1, 1) + timedelta(days=random.randrange(150))
            items.append(poll(f"m-{n % 6}", f"p-{n}", day=day))
        process_batch(items, connection, RULES, NOW)
        rows = connection.execute(select(grants.c.id, grants.c.granted_on).order_by(grants.c.id)).all()
        done = 0
        for number in range(300):
            row = random.choice(rows)
            kind, from_, to = random.choice(_STEPS)
            left = read_grant_positions(connection, [row.id])[row.id].get("fen")
            amount = random.randint(1, left.at(from_)) if left and left.at(from_) else 1  # type: ignore[arg-type]
            on = row.granted_on + timedelta(days=random.randrange(60))
            try:
                post_move(connection, Move(kind, row.id, amount, from_, to, f"t/{number}", on), NOW)  # type: ignore[arg-type]
                done += 1
            except MoveRefused:
                pass  # most random moves aren't allowed
        assert done > 40


@pytest.fixture(scope="module")
def lived_file(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = Path(shutil.copy(migrated_file, tmp_path_factory.mktemp("figures") / "lived.db"))
    opened = open_database(str(path))
    live(opened)
    opened.close()
    return path


@pytest.fixture
def lived(target: str, lived_file: Path) -> Iterator[Database]:
    """A ledger that was lived in: on SQLite a copy, on PostgreSQL lived anew."""
    is_server = target.startswith("postgresql")
    if not is_server:
        shutil.copy(lived_file, target)
    opened = open_database(target)
    if is_server:
        live(opened)
    yield opened
    opened.close()


def brute_force(database: Database, by: str, period: ReportPeriod) -> dict[str, BenefitFigures]:
    """Posting by posting, in plain Python."""
    found: defaultdict[str, BenefitFigures] = defaultdict(BenefitFigures)
    with database.read() as connection:
        of = {row.id: row for row in connection.execute(select(transactions))}
        granted = {row.id: row for row in connection.execute(select(grants))}
        histories = read_member_changes(connection, {row.member_id for row in granted.values()})
        for line in connection.execute(select(postings).where(postings.c.unit == "fen")):
            stage, _, rule = line.account.partition("/")
            transaction = of[line.transaction_id]
            grant = granted[transaction.grant_id]
            if stage not in STAGES or transaction.occurred_on > period.last:
                continue
            facts = facts_on(histories[grant.member_id], grant.granted_on)
            key = rule if by == "programme" else str(facts["member.organisation"])[:6]
            figures, kind, fen = found[key], transaction.kind, line.amount
            setattr(figures, f"at_{stage}_fen", getattr(figures, f"at_{stage}_fen") + fen)
            if period.first and transaction.occurred_on < period.first:
                continue
            back = kind == "bounce"
            if kind == "promise":
                figures.granted_fen += fen
                figures.granted_heads += 1
            elif kind == "issue" and stage == "issued":
                figures.issued_fen += fen
                figures.issued_heads += 1
            elif kind in ("redeem", "refund", "pay") and stage == "redeemed":
                figures.redeemed_fen += fen
                figures.redeemed_heads += kind != "refund"
            elif back and stage == "issued":
                figures.redeemed_fen -= fen
                figures.redeemed_heads -= 1
            elif kind in ("settle", "bounce") and stage == "settled":
                figures.settled_fen += fen
                figures.settled_heads += -1 if back else 1
            if stage == "expired":
                figures.expired_fen += fen
                figures.expired_heads += 1
            if stage == "reversed":
                figures.reversed_fen += fen
                figures.reversed_heads += 1
    return found


@pytest.mark.parametrize("by", ["programme", "organisation"])
@pytest.mark.parametrize(
    "period", [ReportPeriod(None, date(2026, 12, 31)), ReportPeriod(FIRST, LAST), ReportPeriod(LAST, LAST)]
)
def test_every_figure_ties_with_the_postings(lived: Database, by: str, period: ReportPeriod) -> None:
    with lived.read() as connection:
        assert verify_ledger(connection).disagreements == ()
        found = {group.key: group.figures for group in compute_figures(connection, by, period)}  # type: ignore[arg-type]
    assert found == brute_force(lived, by, period)


@pytest.mark.parametrize("within", [None, frozenset({"370202"})])
def test_the_moves_behind_each_figure_sum_to_it(lived: Database, within: frozenset[str] | None) -> None:
    period = ReportPeriod(FIRST, LAST)
    with lived.read() as connection:
        groups = compute_figures(connection, "programme", period, within)
        for group in groups:
            for figure in get_args(Figure):
                query = select_moves(figure, period, group.key)
                rows = connection.execute(query).all()
                if within is not None:
                    rows = list_moves_within(connection, query, within)
                assert sum(row.fen for row in rows) == getattr(group.figures, f"{figure}_fen"), figure
                counted = sum((row.kind != "refund") - 2 * (row.kind == "bounce") for row in rows)
                assert counted == getattr(group.figures, f"{figure}_heads"), figure
    assert sum(group.figures.granted_heads for group in groups)


def test_months_sum_to_the_whole_and_end_where_it_stands(lived: Database) -> None:
    whole = ReportPeriod(None, date(2026, 12, 31))
    with lived.read() as connection:
        months = compute_figures(connection, "month", whole)
        rules = compute_figures(connection, "programme", whole)
    for name in ("granted_fen", "issued_fen", "redeemed_fen", "settled_fen", "expired_fen", "reversed_fen"):
        assert sum(getattr(m.figures, name) for m in months) == sum(getattr(r.figures, name) for r in rules)
    for stage in STAGES:
        name = f"at_{stage}_fen"
        assert getattr(months[-1].figures, name) == sum(getattr(r.figures, name) for r in rules)


def test_what_is_left_of_a_budget_is_what_its_account_says(lived: Database) -> None:
    with lived.read() as connection:
        (rate,) = compute_run_rates(connection, date(2026, 12, 31))
        lines = select(postings.c.amount).where(postings.c.account == "budget/shared")
        taken = -sum(connection.execute(lines).scalars())
    assert (rate.in_use_fen, rate.left_fen) == (taken, 200_000 - taken)
    assert rate.curve[-1][1] == taken


def test_an_even_pace_is_told_without_doubt(database: Database) -> None:
    """100 fen on each of 70 days, 3,000 left: 30 days, and no week differs from another."""
    with database.write() as connection:
        set_budget(connection, "shared", 10_000, TREASURER)
        even = library(a_voucher="benefit: {kind: voucher, amount_fen: 100}\nbudget: shared")
        days = [date(2026, 3, 1) + timedelta(days=n) for n in range(70)]
        process_batch([imported("m-1"), *(poll("m-1", f"p-{d}", day=d) for d in days)], connection, even, NOW)
        (rate,) = compute_run_rates(connection, days[-1])
        (early,) = compute_run_rates(connection, days[5])
        (month,) = compute_run_rates(connection, days[20])
    assert (rate.weeks, rate.week_fen, rate.error_fen, rate.left_fen) == (10, 700, 0, 3_000)
    assert rate.empty_on == rate.earliest == rate.latest == days[-1] + timedelta(days=30)
    assert (early.weeks, early.empty_on) == (0, None)
    assert (month.weeks, month.error_fen, month.earliest) == (3, None, None)


def test_an_uneven_pace_has_an_early_and_a_late_day(database: Database) -> None:
    with database.write() as connection:
        set_budget(connection, "shared", 100_000, TREASURER)
        even = library(a_voucher="benefit: {kind: voucher, amount_fen: 100}\nbudget: shared")
        days = [date(2026, 3, 1) + timedelta(days=n) for n in range(70) for _ in range(1 + (n // 7) % 3)]
        items = [poll("m-1", f"p-{n}", day=day) for n, day in enumerate(days)]
        process_batch([imported("m-1"), *items], connection, even, NOW)
        (rate,) = compute_run_rates(connection, date(2026, 5, 9))
    assert rate.earliest and rate.empty_on and rate.latest
    assert rate.earliest < rate.empty_on < rate.latest


def test_a_wave_of_expiries_is_no_negative_pace(database: Database) -> None:
    """Thirteen weeks of 700 fen; then a hundred vouchers of long ago expire on one day, and nothing else changes."""
    long_ago, days = date(2025, 6, 1), [date(2026, 2, 8) + timedelta(days=n) for n in range(91)]
    rules = library(a_voucher="benefit: {kind: voucher, amount_fen: 100}\nbudget: shared")
    with database.write() as connection:
        set_budget(connection, "shared", 22_100, TREASURER)
        old = [poll("m-1", f"old-{n}", day=long_ago) for n in range(100)]
        process_batch(
            [imported("m-1"), *old, *(poll("m-1", f"p-{d}", day=d) for d in days)],
            connection,
            rules,
            NOW,
        )
        (before,) = compute_run_rates(connection, days[-1])
        wave = select(grants.c.id).where(grants.c.granted_on == long_ago)
        for id_ in connection.execute(wave).scalars().all():
            post_move(connection, Move("expire", id_, 100, "promised", "expired", f"t/{id_}", days[-1]), NOW)
        (after,) = compute_run_rates(connection, days[-1])
        newest = select(grants.c.id).where(grants.c.granted_on > days[-8])
        for id_ in connection.execute(newest).scalars().all():
            post_move(connection, Move("expire", id_, 100, "promised", "expired", f"t/{id_}", days[-1]), NOW)
        (fewer,) = compute_run_rates(connection, days[-1])
    assert (before.week_fen, before.left_fen) == (700, 3_000)
    assert (after.week_fen, after.error_fen, after.left_fen) == (700, 0, 13_000)
    assert after.empty_on == days[-1] + timedelta(days=130)
    assert (fewer.week_fen, fewer.left_fen) == (646, 13_700)
    assert fewer.earliest and fewer.empty_on and fewer.earliest < fewer.empty_on
    assert fewer.curve[-1] == (days[-1], 22_100 - 13_700)


@pytest.mark.parametrize("period", [ReportPeriod(None, date(2026, 12, 31)), ReportPeriod(FIRST, LAST)])
def test_the_figures_within_all_counties_are_all_figures(lived: Database, period: ReportPeriod) -> None:
    with lived.read() as connection:
        counties = compute_figures(connection, "organisation", period)
        codes = frozenset(group.key for group in counties if group.key)
        for by in ("programme", "organisation", "month"):
            whole = compute_figures(connection, by, period)  # type: ignore[arg-type]
            parts = compute_figures(connection, by, period, codes)  # type: ignore[arg-type]
            assert [one for one in whole if one.key] == parts or len(codes) < len(counties)
            assert compute_figures(connection, by, period, frozenset()) == []  # type: ignore[arg-type]
        for code in codes:
            own = compute_figures(connection, "organisation", period, frozenset({code}))
            assert own == [group for group in counties if group.key == code]


@pytest.mark.parametrize("first", [None, FIRST, date(2026, 3, 11)])
@pytest.mark.parametrize("last", [date(2026, 12, 31), LAST, date(2026, 4, 3)])
def test_the_kept_sums_give_the_figures_of_the_postings(
    lived: Database, first: date | None, last: date
) -> None:
    period = ReportPeriod(first, last)
    with lived.write() as connection:
        write_sums(connection, collect_sums(connection))
        counties = {one.key for one in compute_figures(connection, "organisation", period)}
        scopes = (None, frozenset(one for one in counties if one), frozenset({"370000"}), frozenset[str]())
        for by in ("programme", "organisation", "month"):
            for within in scopes:
                slow = compute_figures(connection, by, period, within)  # type: ignore[arg-type]
                kept = compute_figures(connection, by, period, within, from_sums=True)  # type: ignore[arg-type]
                assert kept == slow, (by, within)
        assert compute_run_rates(connection, last, from_sums=True) == compute_run_rates(connection, last)
        for by in ("programme", "organisation"):
            kept = compute_figures(connection, by, period, from_sums=True)  # type: ignore[arg-type]
            assert {one.key: one.figures for one in kept} == brute_force(lived, by, period)


def test_sums_that_are_made_again_know_what_was_taken_back_and_who_was_moved(lived: Database) -> None:
    """A reversal and a correction of the past change the figures; the sums of before are replaced, not added to."""
    whole = ReportPeriod(None, date(2026, 12, 31))
    with lived.write() as connection:
        write_sums(connection, collect_sums(connection))
        positions = read_grant_positions(connection, connection.execute(select(grants.c.id)).scalars().all())
        held = {id_: found["fen"].at("issued") for id_, found in positions.items() if "fen" in found}
        grant = next(id_ for id_, fen in held.items() if fen)
        post_move(connection, Move("reverse", grant, held[grant], "issued", "reversed", "t/late", LAST), NOW)
        moved = event_of("member.transferred", "m-1", "2025-12-31", organisation="370102001-00001")
        process_batch([moved], connection, RULES, NOW)
        assert {one.key for one in compute_figures(connection, "organisation", whole)} >= {"370102"}
        for by in ("programme", "organisation", "month"):
            slow = compute_figures(connection, by, whole)  # type: ignore[arg-type]
            assert compute_figures(connection, by, whole, from_sums=True) != slow  # type: ignore[arg-type]
        write_sums(connection, collect_sums(connection))
        for by in ("programme", "organisation", "month"):
            slow = compute_figures(connection, by, whole)  # type: ignore[arg-type]
            assert compute_figures(connection, by, whole, from_sums=True) == slow  # type: ignore[arg-type]
