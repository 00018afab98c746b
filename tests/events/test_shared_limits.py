"""Rules that share a limit count together; whom ``where`` leaves out is bound by the other limits alone."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benefits import verify_ledger
from events.decision_origins import check_decision_origins
from rules import RuleLibrary, load_library
from store import Database
from tests.profile import SLOW
from tests.tiers import budget
from tests.transactions import read_in
from tools.servers.sending import NOW, Sender, handle_in, ledger

FIRST = date(2025, 11, 1)
RULE = """
id: %s
title: 示例慰问
purpose: 核实困难程度
basis: [{kind: example}]
owner: "%s"
in_force: {from: 2025-01-01}
on: application.confirmed
among: event.programme == '%s'
benefit: {kind: cash, amount_fen: 50000}
limit:
  - {times: 2, per: [member], every: calendar_year, shared: 慰问, where: event.case_level != '深度困难'}
  - {times: 1, per: [member, event.occurred_on], every: rule_lifetime%s}
"""
VISIT, STUDY, CITY = "visit", "study", "city"
LIBRARY = load_library(
    [
        ("visit.yaml", RULE % (VISIT, "370000", VISIT, "")),
        ("study.yaml", RULE % (STUDY, "370000", STUDY, "")),
        ("city.yaml", RULE % (CITY, "370200", CITY, "")),  # of another owner: it joins nobody's limit
    ]
)
Stay = tuple[str, int, str | None]
"""The rule that is asked for, when it happened, and how hard the case is."""


def lines(stays: Sequence[Stay]) -> list[str]:
    send = Sender()
    found = [send.imported()]
    for number, (programme, on, level) in enumerate(stays):
        day = FIRST + timedelta(days=on)
        data: dict[str, object] = {"programme": programme, "year": 2026, "application": f"a-{number}"}
        data |= {"happened_on": f"{day}"} | ({"case_level": level} if level else {})
        found.append(send("application.confirmed", "m-1", f"{day}T10:00:00+08:00", **data))
    return found


def outcomes(
    database: Database, stays: Sequence[Stay], library: RuleLibrary = LIBRARY, size: int = 2
) -> list[str]:
    """What became of each stay: granted, or why not."""
    return [
        " ".join(reason.code for reason in one.reasons) or one.outcome
        for one in handle_in(database, library, lines(stays), size).rulings
    ]


@pytest.fixture
def till(fresh: Callable[[], Database]) -> Database:
    return fresh()


def test_a_choice_of_gifts_is_two_rules_under_one_limit(till: Database) -> None:
    stays = [
        (VISIT, 0, "none"),
        (STUDY, 1, "none"),
        (VISIT, 2, "none"),
        (CITY, 2, "none"),
        (STUDY, 70, "none"),
    ]
    assert outcomes(till, stays) == [
        "granted",
        "granted",
        "limit-reached",
        "granted",
        "granted",
    ]  # then a new year


def test_the_refusal_names_what_is_shared_and_the_first_day_of_the_next_period(till: Database) -> None:
    stays = [(VISIT, 0, "none"), (STUDY, 1, "none"), (VISIT, 2, "none")]
    *_, last = handle_in(till, LIBRARY, lines(stays), 9).rulings
    (reason,) = last.reasons
    assert dict(reason.params) == {"times": "2", "shared": "慰问", "period": "2025", "day": "2026-01-01"}


def test_whom_it_does_not_bind_takes_no_place_of_it_and_is_bound_by_the_others(till: Database) -> None:
    hard = "深度困难"
    stays = [
        (VISIT, 0, hard),
        (STUDY, 1, hard),
        (VISIT, 2, hard),
        (VISIT, 2, hard),
        (STUDY, 3, "none"),
        (VISIT, 4, "none"),
    ]
    assert outcomes(till, stays) == ["granted", "granted", "granted", "limit-reached", "granted", "granted"]


def test_who_it_binds_is_not_guessed(till: Database) -> None:
    assert outcomes(till, [(VISIT, 0, None)]) == ["unknown"]


def test_an_adapted_rule_shares_the_limit_of_the_rule_that_it_adapts(till: Database) -> None:
    adapted = """
adapts: visit
title: 青岛慰问
basis: [{kind: example}]
owner: "370200"
in_force: {from: 2025-01-01}
top_up: {title: 加发, amount_fen: 10000, budget: city}
"""
    visit = RULE % (VISIT, "370000", VISIT, "") + "lower_levels: {may_top_up: {most_fen: 20000}}\n"
    study = RULE % (STUDY, "370000", STUDY, "")
    library = load_library([("visit.yaml", visit), ("study.yaml", study), ("q.yaml", adapted)])
    stays = [(VISIT, 0, "none"), (STUDY, 1, "none"), (VISIT, 2, "none")]
    assert outcomes(till, stays, library) == ["granted", "granted", "limit-reached"]


# ---- random ways ------------------------------------------------------------------------------
STAYS = st.lists(
    st.tuples(
        st.sampled_from([VISIT, STUDY, CITY]),
        st.integers(0, 120),
        st.sampled_from(["none", "none", "深度困难", None]),
    ),
    min_size=1,
    max_size=10,
)


def oracle(stays: Sequence[Stay]) -> list[str]:
    used, days, found = Counter[tuple[bool, int]](), set[tuple[str, int]](), []
    for programme, on, level in stays:
        year = programme == CITY, (FIRST + timedelta(days=on)).year
        codes = []
        if level is None:
            codes.append("unknown")
        else:
            codes += ["limit-reached"] if level == "none" and used[year] == 2 else []
            codes += ["limit-reached"] if (programme, on) in days else []
        if not codes:
            used[year] += level == "none"
            days.add((programme, on))
        found.append(" ".join(codes) or "granted")
    return found


@pytest.mark.deeper
@settings(
    deadline=None,
    derandomize=True,
    max_examples=budget(40),
    suppress_health_check=[*SLOW, HealthCheck.function_scoped_fixture],
)
@given(stays=STAYS)
def test_random_stays_are_limited_as_the_oracle_says_however_they_are_batched(
    stays: list[Stay], fresh: Callable[[], Database]
) -> None:
    ledgers = []
    for size in (1, 3, 50):
        database = fresh()
        assert outcomes(database, stays, size=size) == oracle(stays)
        found = read_in(database, check_decision_origins, LIBRARY, NOW, recompute_all=True)
        assert (found.faults, found.recomputed) == ([], len(stays))
        assert read_in(database, verify_ledger).disagreements == ()
        ledgers.append(ledger(database))
    assert ledgers[0] == ledgers[1] == ledgers[2]
