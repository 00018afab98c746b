"""Which version of a rule decides an application: that of its first submission, whenever an officer confirms it."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events import explain_skipped_rule, parse_event
from events.decision_origins import check_decision_origins
from events.replay import InMemoryReplay, ReplayLine
from events.retroactive import compute_retroactive_effect
from rules import RuleLibrary, load_library
from store import Database
from tests.profile import SLOW
from tests.tiers import budget
from tests.transactions import read_in
from tools.servers.sending import NOW, Sender, handle_in, ledger

FIRST = date(2026, 1, 1)
RULE = """
id: aid
title: 示例补助
basis: [{kind: example}]
owner: "370000"
in_force: {from: %s, until: %s}
on: application.confirmed
process: {programme: 示例补助}
benefit: {kind: cash, amount_fen: %d}
limit: {times: 9, per: [member, event.application], every: calendar_year}
"""
SPANS = ((0, 30), (41, 68), (69, 110))
"""The first and last days of the versions, counted from the first of January; between two of them is a gap."""


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def version(number: int, more: str = "") -> str:
    since, until = (day(one) for one in SPANS[number])
    return RULE % (since, until, 100 * (number + 1)) + more


LIBRARY = load_library([(f"v{number}.yaml", version(number)) for number in range(len(SPANS))])
Step = tuple[str, int, int]
"""What happened, on which day, and with a return after how many days it must come again; 0: nothing is said."""


class Applicant:
    """Writes the steps of one application."""

    def __init__(self, **more: object) -> None:
        self.send, self.more = Sender(), {"programme": "示例补助", "year": 2026, **more}
        self.imported = self.send.imported()

    def __call__(self, kind: str, on: int, days: int = 0, **envelope: object) -> str:
        data = dict(self.more)
        if kind == "returned":
            kind = "reviewed"
            data |= {"accepted": False} | ({"resubmit_until": f"{day(on + days)}"} if days else {})
        at = f"{day(on)}T10:00:00+08:00"
        return self.send(f"application.{kind}", "m-1", at, envelope=envelope, **data)

    def lines(self, steps: Sequence[Step]) -> list[str]:
        return [self.imported, *(self(*step) for step in steps)]


@pytest.fixture
def till(fresh: Callable[[], Database]) -> Database:
    """One kind of database: which version decides has no SQL of its own kind."""
    return fresh()


def decided(database: Database, steps: Sequence[Step], library: RuleLibrary = LIBRARY) -> list[int | None]:
    """What each rule decision came to in fen; None for a refusal."""
    found = handle_in(database, library, Applicant().lines(steps), 2).rulings
    return [one.decision.amount_fen if one.outcome == "granted" else None for one in found]


@pytest.mark.parametrize(
    ("steps", "given"),
    [
        ([("submitted", 30, 0), ("confirmed", 35, 0)], [100]),  # nothing is in force when it is confirmed
        ([("submitted", 30, 0), ("confirmed", 50, 0)], [100]),  # another version is
        ([("submitted", 31, 0), ("confirmed", 50, 0)], []),  # handed in too late, in the gap
        ([("submitted", 30, 0), ("returned", 33, 0), ("submitted", 63, 0), ("confirmed", 65, 0)], [100]),
        ([("submitted", 30, 0), ("returned", 33, 0), ("submitted", 64, 0), ("confirmed", 65, 0)], [200]),
        ([("submitted", 30, 0), ("returned", 33, 5), ("submitted", 38, 0), ("confirmed", 65, 0)], [100]),
        ([("submitted", 30, 0), ("returned", 33, 5), ("submitted", 39, 0), ("confirmed", 65, 0)], []),
        ([("submitted", 30, 0), ("submitted", 45, 0), ("confirmed", 65, 0)], [100]),  # nobody sent it back
        ([("submitted", 30, 0), ("withdrawn", 33, 0), ("submitted", 45, 0), ("confirmed", 65, 0)], [200]),
        (
            [("submitted", 30, 0), ("confirmed", 35, 0), ("submitted", 45, 0), ("confirmed", 70, 0)],
            [100, 200],
        ),
        ([("confirmed", 20, 0)], [None]),  # without a submission the confirmation's own version refuses
        ([("confirmed", 35, 0)], []),
    ],
)
def test_the_first_submission_that_counts_chooses_the_version(
    till: Database, steps: list[Step], given: list[int | None]
) -> None:
    assert decided(till, steps) == given


def test_periods_of_limits_and_places_and_days_of_entry_are_those_of_the_submission(till: Database) -> None:
    year = f"{{from: {day(0)}, until: {day(30)}}}"
    text = version(0).replace("calendar_year", year) + (
        f"allocate: {{mode: lottery, quota: 3, every: {year}, entries: {{from: {day(0)}, until: {day(30)}}}}}\n"
    )
    library = load_library([("one.yaml", text)])
    steps = [("submitted", 30, 0), ("confirmed", 35, 0)]
    (found,) = handle_in(till, library, Applicant().lines(steps), 2).rulings
    assert (found.outcome, found.decision.occurred_on) == ("entered", day(35))
    assert found.decision.limit.period == f"{day(0)}..{day(30)}"


def test_a_submission_told_late_is_no_way_around_the_grace(till: Database) -> None:
    library = load_library([("one.yaml", version(0, "grace: P10D\n"))])
    for number, recorded in enumerate((day(40), day(41))):
        applicant = Applicant(application=f"a-{number}")
        told = applicant("submitted", 30, recordedtime=f"{recorded}T10:00:00+08:00", id=f"s-{number}")
        lines = [applicant.imported, told, applicant("confirmed", 45, id=f"c-{number}")]
        (found,) = handle_in(till, library, lines[number:], 3).rulings
        assert found.outcome == ("granted", "refused")[number]
        assert [one.condition.that for one in found.decision.missing] == ["known_in_time(event)"] * number


def test_a_resubmission_told_late_is_no_way_around_the_grace_either(till: Database) -> None:
    library = load_library([("one.yaml", version(0, "grace: P10D\n"))])
    for number, recorded in enumerate((day(48), day(49))):
        applicant = Applicant(application=f"a-{number}")
        ids = (f"{one}-{number}" for one in "srtc")
        lines = [
            applicant.imported,
            applicant("submitted", 30, recordedtime=f"{day(30)}T12:00:00+08:00", id=next(ids)),
            applicant("returned", 33, 5, id=next(ids)),
            applicant("submitted", 38, recordedtime=f"{recorded}T10:00:00+08:00", id=next(ids)),
            applicant("confirmed", 65, id=next(ids)),
        ]
        (found,) = handle_in(till, library, lines[number:], 3).rulings
        assert found.outcome == ("granted", "refused")[number]
        assert [one.condition.that for one in found.decision.missing] == ["known_in_time(event)"] * number


def test_why_names_the_last_day_on_which_she_could_apply(till: Database) -> None:
    decided(till, [("submitted", 31, 0), ("confirmed", 35, 0)])
    with till.read() as connection:
        (found,) = explain_skipped_rule(connection, "m-1", "aid", LIBRARY, None, NOW)
    assert found.reason.code == "applied-too-late" and found.on == day(35)
    assert found.reason.params == {"last": f"{day(30)}", "day": f"{day(31)}"}


def test_a_version_that_begins_in_the_past_is_compared_on_the_applications_handed_in_on_its_days(
    till: Database,
) -> None:
    decided(till, [("submitted", 30, 0), ("confirmed", 50, 0), ("withdrawn", 51, 0)])
    for number, turned in ((0, 1), (1, 0)):
        text = version(number).replace("amount_fen: ", "amount_fen: 9")
        library = load_library([("new.yaml", text)])
        with till.read() as connection:
            found = compute_retroactive_effect(connection, library.rules[0], library, NOW.date())
        assert (found.examined, sum(found.turns.values()), found.undetermined) == (turned, turned, 0)


# ---- random ways ------------------------------------------------------------------------------
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["submitted", "submitted", "returned", "withdrawn", "confirmed", "confirmed"]),
        st.integers(0, 130),
        st.sampled_from([0, 0, 3, 15, 40]),
    ),
    min_size=2,
    max_size=12,
)
ORDER = ("submitted", "withdrawn"), ("returned",), ("confirmed",)


def oracle(arrived: Sequence[Step], on: int) -> int:
    """Live through each day up to a confirmation, and return the day whose version decides."""
    first: int | None = None
    until: int | None = None
    last: int | None = None
    is_over = False
    for now in range(on + 1):
        for kinds in ORDER:
            for kind, at, days in arrived:
                if at != now or kind not in kinds:
                    continue
                if kind == "withdrawn":
                    first = until = last = None
                elif kind == "returned":
                    until = now + (days or 30)
                elif kind == "confirmed":
                    is_over = True
                else:
                    ends = until if until is not None or last is None else last + 30
                    first = now if first is None or is_over or (ends is not None and now > ends) else first
                    last, until, is_over = now, None, False
    return on if first is None else first


def amount_of(number: int) -> int | None:
    return next((100 * (n + 1) for n, (a, z) in enumerate(SPANS) if a <= number <= z), None)


def check(database: Database, steps: Sequence[Step], size: int) -> list[str]:
    """Handle a random way in batches, and compare every confirmation with the oracle."""
    lines = Applicant().lines(steps)
    rulings = handle_in(database, LIBRARY, lines, size).rulings
    days = [oracle(steps[: n + 1], on) for n, (kind, on, _) in enumerate(steps) if kind == "confirmed"]
    expected = [amount for one in days if (amount := amount_of(one)) is not None]
    hashes = {rule.hash: 100 * (n + 1) for n, rule in enumerate(LIBRARY.rules)}
    assert [hashes[one.decision.rule_hash] for one in rulings] == expected
    parsed = [ReplayLine("f", n, parse_event(text, NOW)) for n, text in enumerate(lines)]
    replayed = [event for event, _ in InMemoryReplay().rule_cases(parsed) if event.type.endswith("confirmed")]
    assert [event.version_on for event in replayed] == [day(one) for one in days]
    found = read_in(database, check_decision_origins, LIBRARY, NOW, recompute_all=True)
    assert (found.faults, found.recomputed) == ([], len(expected))
    return ledger(database)


@pytest.mark.deeper
@settings(
    deadline=None,
    derandomize=True,
    max_examples=budget(60),
    suppress_health_check=[*SLOW, HealthCheck.function_scoped_fixture],
)
@given(steps=STEPS)
def test_a_random_way_is_decided_by_the_version_of_the_oracle_however_it_is_batched(
    steps: list[Step], fresh: Callable[[], Database]
) -> None:
    ledgers = [check(fresh(), steps, size) for size in (1, 3, 7)]
    assert ledgers[0] == ledgers[1] == ledgers[2]
