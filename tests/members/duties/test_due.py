"""What an organisation owes on a day: cases, and a day-by-day oracle."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from members import UNKNOWN_FOUNDING, OrganisationSpan
from members.duties.due import DutyState, OrganisationLife, compute_duties, find_life, find_notices
from members.duties.messages import (
    DuesPassedUp,
    DuesReceived,
    DutyRecord,
    ElectionHeld,
    MembersCounted,
    ReportFiled,
)
from members.duties.terms import DutyTerms

pytestmark = pytest.mark.endure

TERMS = DutyTerms()
A_DAY = timedelta(days=1)
LIFE = OrganisationLife(date(2026, 1, 1), "union", "370102")


def states(
    records: Sequence[DutyRecord], day: date, life: OrganisationLife = LIFE, terms: DutyTerms = TERMS
) -> dict[tuple[str, str], DutyState]:
    return {(one.duty, one.period): one for one in compute_duties(life, records, terms, day)}


def span(since: date, until: date | None, **more: object) -> OrganisationSpan:
    values: dict[str, object] = {
        "name": "工会",
        "kind": "union",
        "parent": "370102",
        "path": "370102/370102001/",
    }
    return OrganisationSpan("370102001", since, until, **(values | more))  # type: ignore[arg-type]


def test_a_missing_record_is_overdue_or_unknown_and_zero_is_a_record() -> None:
    day = date(2027, 2, 1)
    none = states([], day)
    assert none["member_count", "2026"].status == "overdue"
    assert none["member_count", "2026"].done_on is None
    assert none["member_count", "2027"].status == "open"
    zero = MembersCounted(on=date(2026, 12, 31), number=0)
    assert states([zero], day)["member_count", "2026"].status == "done"
    paid = DuesReceived(on=date(2026, 4, 1), period="2026-Q1", amount_fen=0)
    assert states([paid], day)["dues_received", "2026-Q1"].done_on == date(2026, 4, 1)
    assert states([paid], day)["dues_passed_up", "2026-Q1"].status == "overdue"


@pytest.mark.parametrize(
    ("duty", "period", "last"),
    [
        ("dues_received", "2026-Q1", date(2026, 4, 30)),
        ("dues_passed_up", "2026-Q4", date(2027, 1, 30)),
        ("member_count", "2026", date(2027, 1, 31)),
        ("report", "2026", date(2027, 3, 1)),
    ],
)
def test_the_last_day_is_in_time_and_the_next_is_late(duty: str, period: str, last: date) -> None:
    assert states([], last)[duty, period].status == "open"
    assert states([], last + A_DAY)[duty, period].status == "overdue"


def test_a_term_is_due_by_the_act_by_the_founding_or_unknown() -> None:
    held = ElectionHeld(on=date(2024, 2, 29), term_years=3)
    old = OrganisationLife(date(2001, 1, 1), "union", "370102")
    election = states([held], date(2026, 12, 1), old)["election", ""]
    assert (election.due_on, election.status, election.is_assumed) == (date(2027, 2, 28), "soon", False)
    assert states([held], date(2026, 11, 29), old)["election", ""].status == "open"
    assert states([held], date(2027, 2, 28), old)["election", ""].status == "soon"
    assert states([held], date(2027, 3, 1), old)["election", ""].status == "overdue"
    assert states([held], date(2024, 2, 28), old)["election", ""].status == "unknown"
    founded = states([], date(2026, 6, 1))["election", ""]
    assert (founded.due_on, founded.status, founded.is_assumed) == (date(2031, 1, 1), "open", True)
    never = OrganisationLife(UNKNOWN_FOUNDING, "union", "370102")
    assert states([], date(2026, 6, 1), never)["election", ""].due_on is None


def test_a_members_home_elects_nobody_and_the_top_passes_nothing_up() -> None:
    home = OrganisationLife(date(2026, 1, 1), "member_home", None)
    assert {duty for duty, _ in states([], date(2026, 6, 1), home)} == {
        "member_count",
        "dues_received",
        "report",
    }


def test_a_year_covers_its_quarters_and_all_quarters_cover_a_year() -> None:
    whole = DuesReceived(on=date(2026, 12, 1), period="2026", amount_fen=5)
    day = date(2027, 6, 1)
    assert states([whole], day)["dues_received", "2026-Q3"].status == "done"
    yearly = DutyTerms(dues_every="year")
    late = OrganisationLife(date(2026, 5, 1), "union", "370102")
    parts = [DuesReceived(on=date(2026, 10, n), period=f"2026-Q{n}", amount_fen=5) for n in (2, 3, 4)]
    assert states(parts, day, late, yearly)["dues_received", "2026"].done_on == date(2026, 10, 4)
    assert states(parts[:2], day, late, yearly)["dues_received", "2026"].status == "overdue"
    assert states(parts, day, LIFE, yearly)["dues_received", "2026"].status == "overdue"


def test_nothing_is_owed_before_the_founding_or_after_the_end() -> None:
    spans = [
        span(date(2026, 5, 1), date(2027, 1, 1)),
        span(date(2027, 1, 1), date(2027, 6, 1), name="新名", ended="merged", into="370102002"),
    ]
    assert find_life(spans, date(2026, 4, 30)) is None
    assert find_life(spans, date(2027, 6, 1)) is None
    life = find_life(spans, date(2027, 5, 31))
    assert life is not None and life.since == date(2026, 5, 1)
    assert ("dues_received", "2026-Q1") not in states([], date(2027, 5, 31), life)
    assert ("dues_received", "2026-Q2") in states([], date(2027, 5, 31), life)


# The oracle walks through every day of a life: it opens a duty when its period begins, and fulfils it when a
# record comes.


def oracle(life: OrganisationLife, records: Sequence[DutyRecord], terms: DutyTerms, day: date) -> set[object]:
    owed: dict[tuple[str, str], date] = {}
    done: set[tuple[str, str]] = set()
    election, term = (life.since if life.since >= terms.since else None), terms.term_years
    walked = life.since
    while walked <= day:
        if walked >= terms.since:
            quarter = f"{walked.year}-Q{(walked.month + 2) // 3}"
            owed.setdefault(("member_count", str(walked.year)), walked)
            owed.setdefault(("dues_received", quarter), walked)
            owed.setdefault(("dues_passed_up", quarter), walked)
            for kind in terms.reports:
                owed.setdefault((kind, str(walked.year)), walked)
        for record in records:
            if record.on != walked:
                continue
            match record:
                case ElectionHeld():
                    election, term = walked, record.term_years or terms.term_years
                case MembersCounted():
                    done.add(("member_count", str(walked.year)))
                case DuesReceived(period=period) | DuesPassedUp(period=period):
                    names = [period] if "Q" in period else [f"{period}-Q{n}" for n in (1, 2, 3, 4)]
                    done |= {(record.duty, name) for name in names}
                case ReportFiled(report=kind, year=year):
                    done.add((kind, str(year)))
        walked += A_DAY
    days = {
        "member_count": terms.count_days,
        "dues_received": terms.dues_days,
        "dues_passed_up": terms.dues_days,
    }
    found: set[object] = set()
    for duty, period in owed:
        late = last_day(period)
        for _ in range(days.get(duty, terms.report_days)):
            late += A_DAY
        if (duty, period) not in done and day > late:
            found.add((duty, period))
    if election is not None:
        try:
            ends = election.replace(year=election.year + term)
        except ValueError:
            ends = date(election.year + term, 2, 28)
        if day > ends:
            found.add(("election", ""))
    return found


def last_day(period: str) -> date:
    year = int(period[:4])
    months = {"": (12, 31), "Q1": (3, 31), "Q2": (6, 30), "Q3": (9, 30), "Q4": (12, 31)}
    return date(year, *months[period[5:]])


days = st.dates(date(2024, 1, 1), date(2028, 12, 31))
periods = st.sampled_from([f"{y}{q}" for y in (2025, 2026, 2027) for q in ("", "-Q1", "-Q2", "-Q3", "-Q4")])
records = st.one_of(
    st.builds(ElectionHeld, on=days, term_years=st.sampled_from([None, 3, 5])),
    st.builds(MembersCounted, on=days, number=st.integers(0, 9)),
    st.builds(DuesReceived, on=days.filter(lambda d: d.year > 2025), period=periods, amount_fen=st.just(1)),
    st.builds(
        DuesPassedUp,
        on=days.filter(lambda d: d.year > 2025),
        period=periods,
        amount_fen=st.just(1),
        to=st.just("370102"),
    ),
    st.builds(
        ReportFiled,
        on=days.filter(lambda d: d.year > 2025),
        report=st.sampled_from(["statistics", "work"]),
        year=st.integers(2025, 2027),
    ),
)


@settings(max_examples=60)
@given(
    since=days,
    tracked=days,
    day=days,
    filed=st.lists(records, max_size=12),
    numbers=st.tuples(st.integers(1, 90), st.integers(1, 90), st.integers(1, 90)),
)
def test_what_is_overdue_equals_a_walk_through_every_day(
    since: date, tracked: date, day: date, filed: list[DutyRecord], numbers: tuple[int, int, int]
) -> None:
    # A period that began before the tracking did is owed as soon as one of its days is tracked.
    terms = DutyTerms(tracked, 3, 30, numbers[0], "quarter", numbers[1], ("statistics", "work"), numbers[2])
    life = OrganisationLife(since, "union", "370102")
    if day < since:
        return
    found = {
        (one.report or one.duty, one.period)
        for one in compute_duties(life, filed, terms, day)
        if one.status == "overdue"
    }
    own = [one for one in filed if one.on >= since]
    assert found == oracle(life, own, terms, day)


@settings(max_examples=15)
@given(
    since=days,
    filed=st.lists(records, max_size=6),
    terms=st.sampled_from([TERMS, DutyTerms(dues_every="year")]),
)
def test_each_duty_that_fell_overdue_had_one_notice(
    since: date, filed: list[DutyRecord], terms: DutyTerms
) -> None:
    """A record that is dated before its day came can't unmake a notice; so only duties that stay are compared."""
    life = OrganisationLife(since, "union", "370102")
    last = date(2028, 6, 30)
    filed = [one for one in filed if one.on <= last]
    seen: list[tuple[str, str, str]] = []
    walked = max(since, date(2026, 1, 1))
    while walked <= last:
        seen += [
            (one.notice, one.state.report or one.state.duty, one.state.period or str(one.state.due_on))
            for one in find_notices(life, filed, terms, walked)
        ]
        walked += A_DAY
    assert len(set(seen)) == len(seen)
    for state in compute_duties(life, filed, terms, last):
        if state.status == "overdue" and state.due_on and state.due_on >= max(since, date(2026, 1, 1)):
            assert ("overdue", state.report or state.duty, state.period or str(state.due_on)) in seen


@pytest.mark.parametrize(
    ("text", "stands"),
    [("2026", "2026"), (" ２０２６－ｑ３ ", "2026-Q3"), ("2026q1", "2026-Q1")],
)
def test_a_period_is_read_however_it_is_typed(text: str, stands: str) -> None:
    assert DuesReceived(on=date(2026, 4, 1), period=text, amount_fen=1).period == stands


@pytest.mark.parametrize("text", ["2026-03", "2026-Q5", "26", "", "第三季度", "2026-Q", "2062", "2028"])
def test_a_period_that_is_none_or_far_ahead_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"period|neither"):
        DuesReceived(on=date(2026, 4, 1), period=text, amount_fen=1)
