"""Applications from submission to confirmation: what is granted, what is refused and why, in any order."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benefits import Ruling
from core.calendars import Calendar, workday_table
from events import BatchOutcome, Event, parse_event
from events.pipeline import forecast_rulings
from events.replay import InMemoryReplay, ReplayLine
from members.applications import LONGEST_NOTICE_DAYS, MAX_STAGES
from rules import RuleLibrary, load_library
from rules.model.process import MAX_NOTICE_DAYS as LONGEST_THAT_A_RULE_ASKS
from rules.model.process import Process
from store import Database
from tests.profile import SLOW
from tests.tiers import budget
from tools.servers.sending import NOW, Sender, handle_in, ledger

RULE = """
id: schooling
title: 助学
basis: [{kind: example}]
owner: "370000"
in_force: {from: 2024-01-01}
on: application.confirmed
process:
  programme: 金秋助学
  attachments: 1
  reviews: [基层工会, 县级工会]
  public_notice: {days: 3, counted: work_days}
benefit: {kind: cash, amount_fen: 100}
limit: {times: 1, per: [member, event.application], every: calendar_year}
"""
LIBRARY = load_library([("schooling.yaml", RULE)])
WORKDAYS = workday_table(Calendar.CN)
FIRST = date(2026, 8, 3)  # a Monday


class Applicant:
    """Writes the steps of one application; days count from a Monday."""

    def __init__(self, send: Sender, **more: object) -> None:
        self.send, self.more = send, {"programme": "金秋助学", "year": 2026, **more}

    def __call__(self, kind: str, day: int, **data: object) -> str:
        at = f"{FIRST + timedelta(days=day)}T10:00:00+08:00"
        said: dict[str, object] = {**self.more, **data}
        return self.send(f"application.{kind}", "m-1", at, **said)

    def submitted(self, day: int = 0, digest: str = "a") -> str:
        return self("submitted", day, attachments=["sha256:" + digest * 64])

    def reviewed(self, stage: str, day: int, reviewer: str = "", *, accepted: bool = True) -> str:
        return self("reviewed", day, stage=stage, reviewer=reviewer or f"r-{day}", accepted=accepted)

    def whole_way(self) -> list[str]:
        """From Monday to the next Monday; three work-days of notice lie between."""
        return [
            self.submitted(0),
            self.reviewed("基层工会", 0, "r-1"),
            self.reviewed("县级工会", 1, "r-2"),
            self("published", 1),
            self("confirmed", 7),
        ]


@pytest.fixture
def applicant(send: Sender) -> Applicant:
    return Applicant(send)


def told(outcomes: BatchOutcome) -> list[list[str]]:
    """What is missing, for each decision; nothing where it was granted."""
    return [[reason.text for reason in ruling.reasons] for ruling in outcomes.rulings]


def handled(database: Database, *lines: str, library: RuleLibrary = LIBRARY) -> list[list[str]]:
    return told(handle_in(database, library, lines, len(lines)))


def test_who_went_the_whole_way_is_granted_it(database: Database, send: Sender, applicant: Applicant) -> None:
    assert handled(database, send.imported(), *applicant.whole_way()) == [[]]


def test_a_forecast_is_what_will_be_decided_and_stores_nothing(
    database: Database, send: Sender, applicant: Applicant
) -> None:
    first, *rest = applicant.whole_way()
    again = applicant("confirmed", 7)

    def forecast(*lines: str) -> list[tuple[str, str, object]]:
        events = [event for line in lines if isinstance(event := parse_event(line, NOW), Event)]
        with database.read() as connection:
            return facts_of(forecast_rulings(events, connection, LIBRARY))

    handled(database, send.imported(), first)
    before = ledger(database)
    (granted,), (refused,) = forecast(*rest), forecast(*rest[1:])
    assert (granted[1], refused[1]) == ("granted", "refused") and ledger(database) == before
    assert facts_of(handle_in(database, LIBRARY, rest, len(rest)).rulings) == [granted]
    (limited,) = forecast(again)
    assert limited[1] == "refused" and facts_of(handle_in(database, LIBRARY, [again], 1).rulings) == [limited]


def facts_of(rulings: Sequence[Ruling]) -> list[tuple[str, str, object]]:
    return [(one.id, one.outcome, one.reasons) for one in rulings]


def test_neither_rules_nor_members_count_less_than_a_rule_may_ask() -> None:
    assert LONGEST_NOTICE_DAYS >= LONGEST_THAT_A_RULE_ASKS
    (most,) = (m.max_length for m in Process.model_fields["reviews"].metadata if hasattr(m, "max_length"))
    assert most <= MAX_STAGES


# ---- random ways ------------------------------------------------------------------------------
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "submitted",
                "基层工会",
                "县级工会",
                "县级工会",
                "sent back",
                "published",
                "objected",
                "withdrawn",
            ]
            + ["confirmed"] * 3
        ),
        st.integers(0, 12),
        st.sampled_from(["r-1", "r-2", "r-2"]),
    ),
    min_size=2,
    max_size=14,
)
Drawn = Sequence[tuple[str, int, str]]


def line(applicant: Applicant, kind: str, day: int, reviewer: str) -> str:
    match kind:
        case "submitted":
            return applicant.submitted(day)
        case "基层工会" | "县级工会":
            return applicant.reviewed(kind, day, reviewer)
        case "sent back":
            return applicant.reviewed("基层工会", day, reviewer, accepted=False)
        case "objected":
            return applicant("published", day, objections=1)
    return applicant(kind, day)


WAY = (
    ("submitted", "withdrawn"),
    ("基层工会", "县级工会", "sent back"),
    ("published", "objected"),
    ("confirmed",),
)
"""All steps of a day have the same instant here: those that come first on the way come first."""


def may_be_confirmed(arrived: Drawn, on: int) -> bool:
    """The oracle: walk backwards and forwards over what had arrived, day by day, and ask as an officer would."""
    past = [
        step
        for day in range(on + 1)
        for kinds in WAY
        for step in arrived
        if step[1] == day and step[0] in kinds
    ]
    kinds = [kind for kind, _, _ in past]
    begun = max((n for n, kind in enumerate(kinds) if kind == "submitted"), default=None)
    if begun is None or "withdrawn" in kinds[begun:]:
        return False
    passed: dict[str, str] = {}
    shown: int | None = None
    objections = 0
    for kind, day, reviewer in past[begun + 1 :]:
        if kind == "sent back":
            passed.pop("基层工会", None)
            shown = None
        elif kind in ("基层工会", "县级工会") and kind not in passed:
            passed[kind] = reviewer
            shown = None
        elif kind in ("published", "objected"):
            shown = day if shown is None else shown
            objections = 1 if kind == "objected" else objections
    full = [FIRST + timedelta(days=day) for day in range((shown if shown is not None else 99) + 1, on)]
    worked = sum(WORKDAYS.kind_of_day(day) == "workday" for day in full)
    return (
        list(passed) == ["基层工会", "县级工会"]
        and len(set(passed.values())) == 2
        and worked >= 3
        and not objections
    )


def check(database: Database, drawn: Drawn, size: int) -> tuple[list[str], int]:
    """Handle a random way in batches; every confirmation comes out as an officer would have it."""
    lines, applicant = [Sender().imported()], Applicant(Sender(), application="a")
    send = applicant.send
    next(send.numbers)
    lines += [line(applicant, *step) for step in drawn]
    rulings = handle_in(database, LIBRARY, lines, size).rulings
    asked = [n for n, (kind, _, _) in enumerate(drawn) if kind == "confirmed"]
    due = [may_be_confirmed(drawn[: n + 1], drawn[n][1]) for n in asked]
    assert [ruling.decision.outcome == "due" for ruling in rulings] == due
    replayed = [
        facts
        for event, facts in InMemoryReplay().rule_cases(
            ReplayLine("f", n, parse_event(text, NOW)) for n, text in enumerate(lines)
        )
        if event.type == "application.confirmed"
    ]
    for facts, ruling in zip(replayed, rulings, strict=True):
        read = {path: c.values[path] for c in ruling.decision.conditions for path in c.condition.reads}
        assert read == {path: facts[path] for path in read}
    return ledger(database), sum(due)


@pytest.mark.deeper
@settings(
    deadline=None,
    derandomize=True,
    max_examples=budget(40),
    suppress_health_check=[*SLOW, HealthCheck.function_scoped_fixture],
)
@given(drawn=STEPS, size=st.integers(2, 15))
def test_a_random_way_is_decided_as_an_officer_would_however_it_is_batched(
    drawn: Drawn, size: int, fresh: Callable[[], Database]
) -> None:
    in_batches, _ = check(fresh(), drawn, size)
    one_by_one, _ = check(fresh(), drawn, 1)
    assert in_batches == one_by_one


WHOLE_WAY: Drawn = [
    ("submitted", 0, ""),
    ("基层工会", 0, "r-1"),
    ("县级工会", 1, "r-2"),
    ("published", 1, ""),
]
WAYS: list[Drawn] = [
    [("submitted", 0, ""), ("基层工会", 0, "r-1"), ("县级工会", 1, "r-2"), ("published", 1, ""), ("confirmed", 7, "")],
    [("confirmed", 9, ""), ("县级工会", 1, "r-2"), ("基层工会", 0, "r-1"), ("submitted", 0, ""), ("confirmed", 9, "")],
    [("县级工会", 2, "r-2"), ("submitted", 0, ""), ("published", 3, ""), ("基层工会", 1, "r-1"), ("confirmed", 12, "")],
    [("submitted", 0, ""), ("县级工会", 1, "r-1"), ("基层工会", 2, "r-2"), ("published", 3, ""), ("confirmed", 12, "")],
    [("submitted", 0, ""), ("基层工会", 1, "r-1"), ("县级工会", 2, "r-1"), ("published", 3, ""), ("confirmed", 12, "")],
    [*WHOLE_WAY, ("withdrawn", 5, ""), ("confirmed", 7, "")],
    [*WHOLE_WAY, ("submitted", 2, ""), ("confirmed", 7, "")],
    [*WHOLE_WAY, ("objected", 4, ""), ("confirmed", 7, "")],
]  # fmt: skip
"""Granted: the first and the third. The last three went the whole way before they lost it."""


def test_both_databases_decide_alike_and_the_oracle_sees_both_outcomes(
    database: Database, fresh: Callable[[], Database]
) -> None:
    granted = [check(fresh(), way, 2)[1] for way in WAYS]
    assert granted == [1, 0, 1, 0, 0, 0, 0, 0]
    for number, way in enumerate(WAYS):
        lines = [Sender().imported()]
        applicant = Applicant(Sender(), application=f"a-{number}")
        applicant.send.numbers = iter(range(100 * (number + 1), 100 * (number + 2)))  # type: ignore[assignment]
        lines = [] if number else lines
        lines += [line(applicant, *step) for step in way]
        outcomes = handle_in(database, LIBRARY, lines, 3)
        assert sum(ruling.outcome == "granted" for ruling in outcomes.rulings) == granted[number]
