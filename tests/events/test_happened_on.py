"""By which day a grant counts: of what happened, where the event says so; and which version then decides."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from benefits.tables.decisions import limit_slots
from events import explain_skipped_rule
from events.decision_origins import check_decision_origins
from events.retroactive import compute_retroactive_effect
from rules import RuleLibrary, load_library
from store import Database
from tests.profile import SLOW
from tests.tiers import budget
from tests.transactions import read_in
from tools.servers.sending import NOW, Sender, handle_in, ledger

FIRST = date(2025, 10, 1)
RULE = """
id: %s
title: 住院慰问
basis: [{kind: example}]
owner: "370000"
in_force: {from: %s, until: %s}
on: application.confirmed
process: {programme: 住院慰问%s}
benefit: {kind: cash, amount_fen: %d}
limit: {times: %d, per: [member], every: %s}
"""
TURN = date(2026, 1, 1)


def rules(term: str = ", within: P90D", times: int = 1, every: str = "calendar_year") -> RuleLibrary:
    """Load two versions of the rule; the second one begins with the new year."""
    spans = ((date(2025, 1, 1), TURN - timedelta(days=1)), (TURN, date(2026, 12, 31)))
    texts = (
        RULE % ("visit", *span, term, 100 * number, times, every) for number, span in enumerate(spans, 1)
    )
    return load_library([(f"v{number}.yaml", text) for number, text in enumerate(texts)])


@dataclass(frozen=True)
class Stay:
    """A stay in hospital: when it ended (if said), when it was applied for and confirmed, as days since the first."""

    ended: int | None
    applied: int
    confirmed: int


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def number_of(text: str) -> int:
    return (date.fromisoformat(text) - FIRST).days


def lines(stays: Sequence[Stay]) -> list[str]:
    send = Sender()
    found = [send.imported()]
    for number, stay in enumerate(stays):
        data: dict[str, object] = {"programme": "住院慰问", "year": 2026, "application": f"a-{number}"}
        if stay.ended is not None:
            data["happened_on"] = f"{day(stay.ended)}"
        for kind, on in (("submitted", stay.applied), ("confirmed", stay.confirmed)):
            found.append(send(f"application.{kind}", "m-1", f"{day(on)}T10:00:00+08:00", **data))
    return found


def given_fen(
    database: Database, library: RuleLibrary, *stays: tuple[str | None, str, str]
) -> list[int | None]:
    """What each stay came to in fen; None for a refusal."""
    read = [Stay(ended and number_of(ended), number_of(a), number_of(c)) for ended, a, c in stays]
    found = handle_in(database, library, lines(read), 3).rulings
    return [one.decision.amount_fen if one.outcome == "granted" else None for one in found]


@pytest.fixture
def till(fresh: Callable[[], Database]) -> Database:
    """One kind of database: nothing here has SQL of its own kind."""
    return fresh()


def test_a_stay_of_december_applied_for_in_january_counts_for_december_by_its_version(till: Database) -> None:
    stays = (
        ("2025-12-20", "2026-01-08", "2026-01-12"),  # the old version, and the old year
        ("2025-12-28", "2026-01-09", "2026-01-13"),  # the old year is used
        ("2026-01-05", "2026-01-20", "2026-01-25"),
        ("2026-02-05", "2026-02-20", "2026-02-25"),
    )
    assert given_fen(till, rules(), *stays) == [100, None, 200, None]
    slots = select(limit_slots.c.limit_key, limit_slots.c.day).order_by(limit_slots.c.day)
    assert [(key.split("|")[2], on) for key, on in read_in(till, lambda c: c.execute(slots).all())] == [
        ("2025", date(2025, 12, 20)),
        ("2026", date(2026, 1, 5)),
    ]


def test_without_a_term_the_version_is_that_of_the_submission_and_the_year_that_of_the_stay(
    till: Database,
) -> None:
    stays = ("2025-12-20", "2026-01-08", "2026-01-12"), ("2026-01-05", "2026-01-20", "2026-01-25")
    assert given_fen(till, rules(term=""), *stays) == [200, 200]


def test_days_between_two_stays_are_counted_from_one_to_the_other_whenever_each_is_told(
    till: Database,
) -> None:
    library = rules(every="rolling 60 days")
    stays = (
        ("2026-03-01", "2026-03-10", "2026-03-12"),
        ("2026-04-29", "2026-05-10", "2026-06-12"),  # 59 days later
        ("2026-04-30", "2026-05-10", "2026-06-13"),
        ("2026-02-25", "2026-05-20", "2026-06-14"),  # before the first, told last
        ("2025-12-31", "2026-03-20", "2026-06-15"),  # 60 days before it
    )
    assert given_fen(till, library, *stays) == [200, None, 200, None, 100]


@pytest.mark.parametrize("ended", [None, "2026-01-09"])
def test_no_day_and_a_day_to_come_change_neither_version_nor_year(till: Database, ended: str | None) -> None:
    """The rule refuses both: it asks for the day. Which version says so is that of the submission."""
    library = rules()
    (found,) = handle_in(
        till,
        library,
        lines([Stay(ended and number_of(ended), number_of("2026-01-08"), number_of("2026-02-08"))]),
        3,
    ).rulings
    assert (found.outcome, found.decision.rule_hash) == ("refused", library.rules[1].hash)
    assert found.decision.limit.period == "2026" and found.decision.happened_on is None


def test_rolling_days_of_an_application_that_states_no_day_go_by_its_confirmation(till: Database) -> None:
    stays = (
        (None, "2026-01-08", "2026-02-10"),
        (None, "2026-01-09", "2026-04-10"),
        (None, "2026-04-01", "2026-04-11"),
    )
    assert given_fen(till, rules(term="", every="rolling 59 days"), *stays) == [200, 200, None]


def test_a_certificate_counts_in_the_year_in_which_it_was_given(till: Database) -> None:
    text = RULE.replace("process: {programme: 住院慰问%s}\n", "%s").replace(
        "application.confirmed", "member.skill_certified"
    )
    library = load_library(
        [("r.yaml", text % ("award", date(2025, 1, 1), date(2026, 12, 31), "", 100, 1, "calendar_year"))]
    )
    send = Sender()
    told = [("2025-12-30", "2026-01-05"), ("2026-01-02", "2026-01-06"), ("2025-11-01", "2026-01-07")]
    events = [
        send("member.skill_certified", "m-1", f"{at}T10:00:00+08:00", trade="电工", level="高级工",
             certificate_digest="sha256:" + "a" * 64, certified_on=on)
        for on, at in told
    ]  # fmt: skip
    found = handle_in(till, library, [send.imported(), *events], 2).rulings
    assert [(one.outcome, one.decision.limit.period) for one in found] == [
        ("granted", "2025"),
        ("granted", "2026"),
        ("refused", "2025"),
    ]


def test_a_version_that_begins_in_the_past_looks_at_what_happened_on_its_days(till: Database) -> None:
    given_fen(
        till, rules(), ("2025-12-20", "2026-01-08", "2026-01-12"), ("2026-01-05", "2026-01-20", "2026-01-25")
    )
    texts = [RULE % ("visit", *span, ", within: P90D", 999, 1, "calendar_year") for span in (("2025-01-01", "2025-12-31"), ("2026-01-01", "2026-12-31"))]  # fmt: skip
    for text in texts:
        library = load_library([("new.yaml", text)])
        with till.read() as connection:
            found = compute_retroactive_effect(connection, library.rules[0], library, NOW.date())
        assert (found.examined, found.turns["changed"]) == (1, 1)


def test_why_says_that_the_rule_was_not_in_force_when_it_happened(till: Database) -> None:
    library = load_library(
        [("r.yaml", RULE % ("visit", TURN, date(2026, 12, 31), ", within: P90D", 100, 1, "once"))]
    )
    assert given_fen(till, library, ("2025-12-20", "2026-01-08", "2026-01-12")) == []
    with till.read() as connection:
        (found,) = explain_skipped_rule(connection, "m-1", "visit", library, None, NOW)
    assert (found.reason.code, found.reason.params["day"]) == ("not-in-force", "2025-12-20")


def test_what_was_known_of_the_member_when_it_happened_counts_where_the_rule_says_so(till: Database) -> None:
    """A member who has left, or moved to another city, when an officer confirms was one when it happened."""
    whom = "require: [{that: member.status == 'active', else: 会籍不在册, remedy: 请问工会}]\n"
    spans = date(2025, 1, 1), date(2026, 12, 31)
    city, there = (
        (RULE % (name, *spans, "", 100, 9, "month")).replace("370000", owner) + whom
        for name, owner in (("jinan", "370100"), ("qingdao", "370200"))
    )
    texts = [city, city.replace("id: jinan", "id: then") + "member_as_of: happened_on\n"]
    texts += [there, there.replace("id: qingdao", "id: there-then") + "member_as_of: happened_on\n"]
    library = load_library([(f"{number}.yaml", text) for number, text in enumerate(texts)])
    send = Sender()
    stay = {"programme": "住院慰问", "year": 2026, "application": "a-1", "happened_on": "2026-01-05"}
    events = [
        send.imported(organisation="370102001", district="370102"),
        send("member.transferred", "m-1", "2026-01-10T10:00:00+08:00", organisation="370202001-00017"),
        send("application.submitted", "m-1", "2026-01-11T10:00:00+08:00", **stay),
        send("application.confirmed", "m-1", "2026-01-12T10:00:00+08:00", **stay),
        send("application.submitted", "m-1", "2026-01-13T10:00:00+08:00", **{**stay, "application": "a-2"}),
        send("member.left", "m-1", "2026-01-20T10:00:00+08:00", reason="辞职"),
        send("application.confirmed", "m-1", "2026-01-22T10:00:00+08:00", **{**stay, "application": "a-2"}),
    ]
    found = [(one.decision.rule_id, one.outcome) for one in handle_in(till, library, events, 4).rulings]
    assert sorted(found) == [("qingdao", "granted"), ("qingdao", "refused"), *[("then", "granted")] * 2]
    checked = read_in(till, check_decision_origins, library, NOW, recompute_all=True)
    assert (checked.faults, checked.recomputed) == ([], 4)


# ---- random stays -----------------------------------------------------------------------------
STAYS = st.lists(
    st.builds(
        lambda applied, before, after: Stay(
            None if before is None else applied - before, applied, applied + after
        ),
        st.integers(20, 200),
        st.sampled_from([None, -1, 0, 1, 10, 60, 89, 90, 91, 120]),
        st.integers(0, 60),
    ),
    min_size=1,
    max_size=8,
)


def oracle(stays: Sequence[Stay]) -> list[tuple[int, str] | None]:
    """Live through the confirmations: what each came to, and the year in which it counts."""
    used = Counter[str]()
    found: list[tuple[int, str] | None] = []
    for stay in stays:
        ended = stay.ended
        if ended is None or not 0 <= stay.applied - ended <= 90:
            found.append(None)
            continue
        year = f"{day(ended):%Y}"
        used[year] += 1
        found.append(None if used[year] > 2 else (100 if year == "2025" else 200, year))
    return found


def check(database: Database, stays: Sequence[Stay], size: int) -> list[str]:
    library = rules(times=2)
    rulings = handle_in(database, library, lines(stays), size).rulings
    said = [
        (one.decision.amount_fen, one.decision.limit.period) if one.outcome == "granted" else None
        for one in rulings
    ]
    assert said == oracle(stays)
    found = read_in(database, check_decision_origins, library, NOW, recompute_all=True)
    assert (found.faults, found.recomputed) == ([], len(stays))
    return ledger(database)


@pytest.mark.deeper
@settings(
    deadline=None,
    derandomize=True,
    max_examples=budget(40),
    suppress_health_check=[*SLOW, HealthCheck.function_scoped_fixture],
)
@given(stays=STAYS)
def test_random_stays_are_decided_as_the_oracle_says_however_they_are_batched(
    stays: list[Stay], fresh: Callable[[], Database]
) -> None:
    ledgers = [check(fresh(), stays, size) for size in (1, 3, 7)]
    assert ledgers[0] == ledgers[1] == ledgers[2]
