"""Caps and lengths of parameters."""

from datetime import date, timedelta

import pytest

from rules import Decision, RuleLibrary, lint_rule_files, load_library
from tests.rules.conftest import ROOM, rule_text
from tests.rules.terms import CASH, decide, library, render_texts, rule
from tests.yihui.refusals import faults_of

CAPS = [(f"caps/{path.name}", path.read_text("utf-8")) for path in sorted((ROOM / "caps").glob("*.yaml"))]

# cap, the day from which it allows the amount, the amount, what it allowed before (None: nothing is known)
REPORTED = [
    ("festival-goods", date(2018, 1, 1), 160_000, None),
    ("festival-goods", date(2024, 1, 1), 200_000, 160_000),
    ("birthday-cake", date(2018, 1, 1), 30_000, None),
    ("training-prize", date(2018, 1, 1), 50_000, None),
    ("activity-award", date(2018, 1, 1), 50_000, None),
    ("souvenir", date(2018, 1, 1), 10_000, None),
]


def codes(cap: str, amount_fen: int, since: date, until: date | None = None) -> set[str]:
    """What is wrong with a draft that gives an amount under a cap within a span."""
    text = rule_text().replace("2024-01-01", f"{since}").replace("2026-12-31", f"{until or since}")
    text = text.replace("amount_fen: 100", f"amount_fen: {amount_fen}") + f"caps: [{cap}]\n"
    return {
        finding.short_code
        for finding in lint_rule_files([*CAPS, ("draft.yaml", text)])
        if finding.severity == "error"
    }


@pytest.mark.parametrize(("cap", "since", "allowed_fen", "before_fen"), REPORTED)
def test_an_amount_reaches_its_cap_and_passes_it_on_no_day(
    cap: str, since: date, allowed_fen: int, before_fen: int | None
) -> None:
    eve = since - timedelta(days=1)
    for day in (since, since + timedelta(days=1)):
        assert codes(cap, allowed_fen, day) == set()
        assert codes(cap, allowed_fen + 1, day) == {"over-cap"}
    if before_fen is None:
        assert codes(cap, 1, eve) == {"cap-not-in-force"}
        return
    for until in (eve, since):  # a rule that spans the change keeps within the lower amount
        assert codes(cap, before_fen, eve, until) == set()
        assert codes(cap, before_fen + 1, eve, until) == {"over-cap"}


def test_every_cap_says_where_its_amount_comes_from_and_cites_nothing_invented(library: RuleLibrary) -> None:
    reported = {cap for cap, *_ in REPORTED}
    for cap in library.caps.values():
        for amount in cap.amounts:
            assert amount.basis.kind in ("reported", "example") and amount.basis.document is None
        if cap.cap in reported:
            assert cap.amounts[0].basis.kind == "reported"


def test_every_rule_says_where_its_figures_come_from(library: RuleLibrary) -> None:
    for one in library.rules:
        kinds = {basis.kind for basis in one.definition.basis}
        assert kinds <= {"reported", "example"} and "reported" in kinds, one.id
        assert all(basis.document is None and basis.clause is None for basis in one.definition.basis)


def test_every_rule_lets_a_city_set_figures_of_its_own(library: RuleLibrary) -> None:
    for one in library.rules:
        definition = one.definition
        assert definition.lower_levels and definition.lower_levels.may_set, one.id
        for name in definition.lower_levels.may_set:
            parameter = definition.parameters[name]
            bounded = parameter.least is not None and parameter.most is not None
            assert bounded or not isinstance(parameter.value, int), f"{one.id}: {name}"


DURATIONS = {"claim_time": "P10D", "lifetime": "P3M", "late": "P5D", "back": "P1Y", "since": "P2M"}
WRITTEN = """
benefit: {kind: voucher, amount_fen: 100}
limit: {times: 1, per: [member], every: calendar_year}
claim: {within: P10D}
expires: P3M
grace: P5D
clawback: [{on: member.left, within: P1Y, text: 离会收回}]
depends: [{after: b, within: P2M, else: 先领另一项}]
"""
OTHER = CASH + "limit: {times: 1, per: [member], every: calendar_year}\n"


def held(changes: dict[str, str] | None = None) -> str:
    """The same rule with every duration held by a parameter."""
    values = {**DURATIONS, **(changes or {})}
    text = WRITTEN
    for name, value in DURATIONS.items():
        text = text.replace(value, f"param.{name}")
    stated = "".join(f"  {name}: {{title: 时限, value: {value}}}\n" for name, value in values.items())
    return f"{text}parameters:\n{stated}"


def own(decisions: list[Decision]) -> Decision:
    return next(decision for decision in decisions if decision.rule_id == "a")


def test_a_duration_of_a_parameter_decides_as_one_written_out() -> None:
    a, b = (own(decide(library(body, OTHER))) for body in (WRITTEN, held()))
    assert (a.benefits, a.demands, a.outcome) == (b.benefits, b.demands, b.outcome)
    assert a.benefits[0].claim_by is not None and a.demands[0].first > date.min
    later = own(decide(library(held({"claim_time": "P20D"}), OTHER)))
    assert later.rule_hash != b.rule_hash and later.benefits[0].claim_by != b.benefits[0].claim_by


@pytest.mark.parametrize("value", ["30", "'30天'", "P30", "p30d", "Ｐ30Ｄ", "calendar_year", "2026-01-01"])
def test_a_parameter_that_holds_no_duration_is_a_fault_where_it_is_used(value: str) -> None:
    (fault,) = faults_of(library, held({"claim_time": value}), OTHER)
    assert fault.short_code == "wrong-parameter"
    assert "param.claim_time" in render_texts(fault)[0] and "P30D" in " ".join(render_texts(fault))


def test_a_parameter_that_is_missing_names_the_nearest() -> None:
    (fault,) = faults_of(
        library, held().replace("within: param.claim_time", "within: param.claim_tim"), OTHER
    )
    assert fault.short_code == "unknown-parameter" and "param.claim_time" in " ".join(render_texts(fault))


@pytest.mark.parametrize("wrong", ["P30", "p30d", "30D", "Ｐ30Ｄ", "三十天", "param.Claim", "param."])
@pytest.mark.parametrize("right", ["within: P10D", "grace: P5D", "expires: P3M"])
def test_a_duration_written_wrongly_says_how_to_write_one(right: str, wrong: str) -> None:
    (fault,) = faults_of(library, WRITTEN.replace(right, f"{right.split()[0]} {wrong}"), OTHER)
    assert "P90D" in " ".join(render_texts(fault))


def test_a_city_may_set_the_days_to_claim() -> None:
    body = held() + "lower_levels: {may_set: [claim_time]}\n"
    city = (
        "adapts: a\nowner: '370200'\ntitle: 青岛\nbasis: [{kind: example}]\n"
        "in_force: {from: 2024-01-01}\nset: {claim_time: P40D}\n"
    )
    files = [rule(body, "a"), rule(OTHER, "b")]
    found = load_library([*files, ("city.yaml", city)])
    merged = next(one for one in found.rules if one.is_merged)
    assert merged.definition.resolve_duration("param.claim_time") == "P40D"
    wrong = faults_of(load_library, [*files, ("city.yaml", city.replace("P40D", "40天"))])
    assert {(fault.file, fault.short_code) for fault in wrong} == {("city.yaml", "wrong-parameter")}


def test_lint_compares_a_parameters_claim_time_with_its_lifetime() -> None:
    files = [rule(held({"claim_time": "P9M"}), "a"), rule(OTHER, "b")]
    assert "expires-before-claim" in {fault.short_code for fault in lint_rule_files(files)}
