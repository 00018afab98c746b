"""What lint proves is so: a member that it prints is one, and what it calls impossible never happens."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from itertools import product

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from rules import FactValue, Span, facts_for_event
from rules.expressions.evaluator import UNDECIDED, PartialFacts
from rules.expressions.expression import Expression, read_expression
from rules.expressions.functions import FUNCTIONS
from rules.facts import MAX_INTEGER, Fact
from rules.linting.domains import RuleSetting
from rules.linting.prover import ProofOutcome, Prover
from rules.linting.search import RequiredTruth
from tests.profile import SLOW
from tests.rules.zen_oracle import zen_answer
from tests.tiers import budget

EVENT = "application.reviewed"
_KNOWN = facts_for_event(EVENT)
ANY_YEAR = replace(_KNOWN["event.year"], bounds=(-MAX_INTEGER, MAX_INTEGER))  # for numbers of any kind
FACTS: Mapping[str, Fact] = {**_KNOWN, "event.year": ANY_YEAR}
SPAN = Span.model_validate({"from": date(2024, 1, 1), "until": date(2026, 12, 31)})
SETTING = RuleSetting(SPAN, "370200")

DAYS = st.sampled_from(
    [
        *(date(1964, 2, 29), date(1964, 3, 1), date(1990, 5, 5), date(2000, 12, 31), date(2023, 2, 28)),
        *(date(2024, 2, 29), date(2024, 1, 1), date(2025, 6, 30), date(2025, 7, 1), date(2026, 12, 31)),
    ]
)
NUMBERS = st.integers(-2, 5) | st.sampled_from([15, 16, 17, 59, 60, 61, 2024, 2025, 2026])
TRADES = ["快递员", "外卖员", "别的"]
CODES = ["370000", "370200", "370202", "370202001", "110000"]
VALUES: Mapping[str, st.SearchStrategy[FactValue]] = {
    "member.status": st.sampled_from(["active", "suspended", "left", "none"]),
    "member.trade": st.sampled_from(TRADES),
    "member.honours": st.lists(st.sampled_from(["劳模", "工匠", "快递员"]), unique=True).map(tuple),
    "member.organisation": st.sampled_from(CODES),
    "member.district": st.sampled_from(CODES),
    "member.birthday": DAYS,
    "member.joined_on": DAYS,
    "event.school_stage": st.sampled_from(["高中", "中职", "专科", "本科", "研究生"]),
    "event.year": NUMBERS,
    "event.accepted": st.booleans(),
}
FACT_NAMES = [path for path in VALUES if path in FACTS]
SIGNS = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
EQUAL = st.sampled_from(["==", "!="])


def said(*parts: st.SearchStrategy[str] | str) -> st.SearchStrategy[str]:
    return st.tuples(*(st.just(part) if isinstance(part, str) else part for part in parts)).map("".join)


day_text = DAYS.map(lambda day: f"date('{day}')")
number_text = NUMBERS.map(lambda number: str(number) if number >= 0 else f"({number})")
day_fact = st.sampled_from(["member.birthday", "member.joined_on", "event.occurred_on"])
day_any = day_fact | day_text
code_fact = st.sampled_from(["member.organisation", "member.district"])
code_text = st.sampled_from(CODES).map(lambda code: f"'{code}'")
trade_text = st.sampled_from(TRADES).map(lambda trade: f"'{trade}'")
number_any = (
    st.just("event.year")
    | said("(event.year * ", number_text, " + ", number_text, ")")
    | said("(event.accepted == true ? event.year : ", number_text, ")")
)
ATOMS = st.one_of(
    said("member.status ", EQUAL, " '", st.sampled_from(["active", "suspended", "left"]), "'"),
    said("member.trade in [", trade_text, ", ", trade_text, "]"),
    said("member.trade ", EQUAL, " ", trade_text),
    st.sampled_from(["member.trade in member.honours", "'劳模' in member.honours", "'工匠' not in member.honours"]),
    st.sampled_from(["known(member.trade)", "known(event.year)", "known(member.birthday)", "event.accepted == true"]),
    said("within(", code_fact, ", ", code_text, ")"),
    said("within(", code_fact, ", ", code_fact, ")"),
    said(code_fact, " ", EQUAL, " ", code_text | code_fact),
    said(day_any, " ", SIGNS, " ", day_any),
    said(number_any, " ", SIGNS, " ", number_text),
    said("year(", day_fact, ") ", SIGNS, " ", st.sampled_from(["2024", "2025", "2026", "event.year"])),
    said("month(", day_fact, ") ", SIGNS, " ", st.integers(0, 13).map(str)),
    said("day(", day_fact, ") ", SIGNS, " ", st.integers(27, 32).map(str)),
    said("age(", day_any, ", ", day_any, ") ", SIGNS, " ", st.sampled_from(["16", "60", "61", "1"])),
    said("months_between(", day_any, ", ", day_any, ") ", SIGNS, " ", st.sampled_from(["0", "1", "12", "24"])),
    said("days_between(", day_any, ", ", day_any, ") ", SIGNS, " ", st.sampled_from(["0", "1", "365"])),
)  # fmt: skip
CONDITIONS = st.recursive(
    ATOMS,
    lambda inner: (
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: "(" + " and ".join(parts) + ")")
        | st.lists(inner, min_size=2, max_size=3).map(lambda parts: "(" + " or ".join(parts) + ")")
        | inner.map(lambda part: f"not ({part})")
    ),
    max_leaves=4,
)
MEMBERS = st.fixed_dictionaries(
    {path: VALUES[path] | st.none() for path in FACT_NAMES}
    | {"event.occurred_on": DAYS.filter(SPAN.holds)}
)  # fmt: skip


def parsed(texts: list[str]) -> list[Expression]:
    """The expressions; none if one is refused."""
    found = [read_expression(text, FACTS)[0] for text in texts]
    return [] if None in found else [expression for expression in found if expression]


def really(conditions: list[Expression], member: Mapping[str, FactValue]) -> list[bool]:
    """What ZEN says."""
    values = {**member, "event.occurred_on": member.get("event.occurred_on") or date(2025, 1, 1)}
    return [zen_answer(condition.tree, values) is True for condition in conditions]


def wanted(texts: list[str]) -> list[RequiredTruth]:
    found = [read_expression(text, FACTS)[0] for text in texts]
    assert all(found), texts
    return [RequiredTruth(expression.tree) for expression in found if expression]


RUNS = settings(
    deadline=None,
    derandomize=True,
    max_examples=budget(250),
    suppress_health_check=[*SLOW, HealthCheck.filter_too_much],
)


@pytest.mark.deeper
@RUNS
@given(st.lists(CONDITIONS, min_size=1, max_size=3), st.lists(MEMBERS, min_size=8, max_size=8))
def test_a_member_found_is_one_and_the_impossible_never_happens(
    texts: list[str], members: list[dict[str, FactValue]]
) -> None:
    conditions = parsed(texts)
    assume(conditions)
    found = Prover(FACTS, SETTING).find_member(*wanted(texts))
    if isinstance(found, dict):
        assert all(really(conditions, found)), found
        assert SPAN.holds(found.get("event.occurred_on", SPAN.since))  # type: ignore[arg-type]
    elif found is ProofOutcome.NEVER:
        for member in members:
            assert not all(really(conditions, member)), member


@pytest.mark.deeper
@RUNS
@given(MEMBERS, st.lists(ATOMS, min_size=4, max_size=9), st.data())
def test_what_holds_for_somebody_is_never_called_impossible(
    member: dict[str, FactValue], texts: list[str], data: st.DataObject
) -> None:
    """A sound rule: what is required is what holds for a member that lint doesn't know."""
    required = []
    for text in texts:
        conditions, denied = parsed([text]), parsed([f"not ({text})"])
        if conditions and really(conditions, member)[0]:
            required.append(text)
        elif denied and really(denied, member)[0]:
            required.append(f"not ({text})")
    assume(len(required) >= 2)
    assert Prover(FACTS, SETTING).find_member(*wanted(required)) is not ProofOutcome.NEVER


@pytest.mark.deeper
@RUNS
@given(CONDITIONS, MEMBERS, st.sets(st.sampled_from(FACT_NAMES)))
def test_our_own_evaluation_says_what_zen_says_and_an_answer_given_early_stays(
    text: str, member: dict[str, FactValue], open_: set[str]
) -> None:
    conditions = parsed([text])
    assume(conditions)
    ask = conditions[0].evaluate
    answer = ask(member)
    assert (answer is True) == really(conditions, member)[0]
    early = ask(PartialFacts({path: value for path, value in member.items() if path not in open_}))
    assert early is UNDECIDED or early is answer


DECIDED = [
    # (conditions, whether they can hold together)
    (["event.year * 3 > 100", "event.year < 34"], False),
    (["event.year * 3 > 100", "event.year < 35"], True),
    (["age(member.birthday, event.occurred_on) >= 60", "age(member.birthday, event.occurred_on) < 60"], False),
    (["age(member.birthday, event.occurred_on) >= 60", "age(member.birthday, event.occurred_on) <= 60"], True),
    (["member.birthday < member.joined_on", "member.joined_on < member.birthday"], False),
    (["days_between(member.birthday, member.joined_on) > 3", "member.joined_on < member.birthday"], False),
    (["month(member.birthday) == 2", "day(member.birthday) == 29"], True),
    (["month(member.birthday) == 2", "day(member.birthday) == 30"], False),
    (["event.occurred_on > date('2026-12-31')"], False),
    (["member.birthday > date('2026-12-31')"], True),
    (["member.birthday < date('2024-01-01')"], True),
    (["member.joined_on > date('2025-06-30')", "member.joined_on < date('2025-07-02')"], True),
    (["member.joined_on > date('2025-06-30')", "member.joined_on < date('2025-07-01')"], False),
    (["event.year > 5", "event.year < 7"], True),
    (["event.year > 5", "event.year < 6"], False),
    (["-3 * event.year >= 7", "event.year > -4"], True),
    (["-3 * event.year >= 7", "event.year > -3"], False),
    (["event.occurred_on >= date('2026-12-31')"], True),
    (["event.school_stage not in ['高中', '中职', '专科', '本科', '研究生']"], False),
    (["member.trade not in ['快递员']", "known(member.trade)"], True),
    (["not known(member.trade)", "member.trade == '快递员'"], False),
    (["event.year == year(event.occurred_on)", "event.year == 2025"], True),
    (["member.organisation == member.district", "member.district != member.organisation"], False),
    (["(event.accepted == true ? event.year : 5) == 7", "event.accepted == false"], False),
    (["within(member.organisation, '370202')", "not within(member.organisation, '370200')"], False),
    (["within(member.organisation, '370200')", "not within(member.organisation, '370202')"], True),
    (["feast(event.occurred_on) == '中秋'"], True),
    (["feast(event.occurred_on) == '中秋'", "lunar_month(event.occurred_on) == 8"], True),
    (["lunar_month(member.birthday) == 13"], False),
    (["lunar_day(member.birthday) > 30"], False),
    (["years(member.joined_on, event.occurred_on) >= 30", "years(member.joined_on, event.occurred_on) < 30"], False),
    (["years(member.joined_on, event.occurred_on) >= 30", "month(member.joined_on) == 2"], True),
    (["false"], False),
    (["true"], True),
]  # fmt: skip


@pytest.mark.parametrize(("texts", "possible"), DECIDED, ids=[" / ".join(d[0])[:60] for d in DECIDED])
def test_what_can_be_decided_is_decided(texts: list[str], possible: bool) -> None:
    found = Prover(FACTS, SETTING).find_member(*wanted(texts))
    assert isinstance(found, dict) if possible else found is ProofOutcome.NEVER, found


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_no_function_fails_on_any_value(name: str) -> None:
    function = FUNCTIONS[name]
    days = [date.min, date(1899, 12, 31), date(1900, 2, 28), date(2000, 2, 29), date(2101, 1, 1), date.max]
    given: dict[str, list[FactValue]] = {"date": [*days], "text": ["", "370000", "x" * 500]}
    for arguments in product(*(given[kind] for kind in function.takes)):
        assert function.compute(*arguments) is None or function.compute(*arguments) == function.compute(
            *arguments
        )


def test_what_is_beyond_reckoning_is_called_open_and_nothing_else() -> None:
    chain = [
        "member.birthday > member.joined_on",
        "member.joined_on > date('2025-03-01')",
        "member.birthday < date('2025-03-03')",
    ]
    assert Prover(FACTS, SETTING).find_member(*wanted(chain)) is ProofOutcome.OPEN


def test_a_prover_that_is_tired_says_so_at_once() -> None:
    prover = Prover(FACTS, SETTING)
    prover.work.remaining = 0
    assert prover.find_member(*wanted(["event.year == 1"])) is ProofOutcome.OPEN
