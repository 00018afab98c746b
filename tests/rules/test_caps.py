"""Caps and lengths of parameters; whatever a rule reckons, no grant passes a cap, and no place is given twice."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import (
    Decision,
    EventFacts,
    FactValue,
    RuleLibrary,
    UsageInMemory,
    evaluate_rules,
    lint_rule_files,
    load_library,
    settle_decisions,
)
from tests.profile import searched
from tests.rules.conftest import ROOM, cap_file, event_of, rule_text
from tests.rules.terms import CASH, HEAD, decide, library, render_texts, rule
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


CITY, OTHER_CITY = "370200", "370300"
ORGANISATIONS = ("370202001", "370203001", "370302001", "371000001")
days = st.dates(date(2025, 11, 1), date(2026, 2, 28))
members = st.sampled_from(["m1", "m2", "m3"])


@dataclass(frozen=True)
class Completed:
    """A course that a member completed; what the rules read of it."""

    member: str
    on: date
    score: int
    organisation: str

    def event(self, number: int) -> EventFacts:
        payload: dict[str, FactValue] = {"course": "安全", "score": self.score}
        return event_of("course.completed", self.on, payload, f"e-{number}", self.member)

    @property
    def facts(self) -> dict[str, FactValue]:
        return {"member.status": "active", "member.organisation": self.organisation}


completions = st.lists(
    st.builds(Completed, members, days, st.integers(0, 100), st.sampled_from(ORGANISATIONS)),
    max_size=25,
)


def settled(library: RuleLibrary, seen: Sequence[Completed]) -> list[tuple[Completed, Decision, bool]]:
    """Every decision in the order of the events, and whether it was granted."""
    usage, found = UsageInMemory(), []
    for number, one in enumerate(seen):
        decisions = evaluate_rules(one.event(number), one.facts, library)
        admissions = settle_decisions(decisions, usage)
        found += [
            (one, decision, admission is not None and admission.outcome == "granted")
            for decision, admission in zip(decisions, admissions, strict=True)
        ]
    return found


@dataclass(frozen=True)
class Paying:
    """A rule that reckons its amount, and what a city adds to it."""

    times: int
    divided_by: int
    less: int
    rounding: str
    top_up: int

    def files(self, id: str) -> list[tuple[str, str]]:
        rule = HEAD.format(id=id) + (
            f'benefit: {{kind: cash, amount: {{expression: "event.score * {self.times} / {self.divided_by} - {self.less}",'
            f" round: {self.rounding}}}}}\ncaps: [single, yearly]\n"
            "lower_levels: {may_top_up: {most_fen: 500}}\n"
        )
        adapted = (
            f'adapts: {id}\nowner: "{CITY}"\ntitle: 加发\nbasis: [{{kind: example}}]\nin_force: {{from: 2026-01-01}}\n'
            f"top_up: {{amount_fen: {self.top_up}, budget: city}}\n"
        )
        return [(f"{id}.yaml", rule), (f"{id}-{CITY}.yaml", adapted)]

    def amount_fen(self, one: Completed) -> int:
        """By hand: exact, rounded, not below nothing, and what the city adds from 2026 on."""
        exact = Fraction(one.score * self.times, self.divided_by) - self.less
        whole = exact.numerator // exact.denominator
        if self.rounding == "up" and whole != exact:
            whole += 1
        if whole <= 0:
            return 0
        adds = one.organisation.startswith("3702") and one.on.year == 2026
        return whole + (self.top_up if adds else 0)


paying = st.builds(
    Paying, st.integers(0, 30), st.integers(1, 9), st.integers(0, 200), st.sampled_from(["down", "up"]),
    st.integers(1, 500),
)  # fmt: skip


@searched(200)
@given(
    st.lists(paying, min_size=1, max_size=2), st.integers(500, 2_000), st.integers(500, 4_000), completions
)
def test_amounts_are_never_negative_and_never_beyond_a_cap(
    rules: list[Paying], single_fen: int, yearly_fen: int, seen: list[Completed]
) -> None:
    """Of a grant, and of all that a member is granted in a year; refused only where it would be."""
    files = [cap_file("single", single_fen), cap_file("yearly", yearly_fen, "member_and_year")]
    ids = {f"rule-{number}": one for number, one in enumerate(rules)}
    library = load_library(files + [file for id, one in ids.items() for file in one.files(id)])
    years: dict[tuple[str, int], int] = defaultdict(int)
    for one, decision, granted in settled(library, seen):
        amount_fen = ids[decision.rule_id].amount_fen(one)
        assert all(due.amount_fen >= 0 for due in decision.benefits)
        assert decision.amount_fen == amount_fen
        year = one.member, one.on.year
        fits = 0 < amount_fen <= single_fen and years[year] + amount_fen <= yearly_fen
        assert granted == fits
        years[year] += amount_fen if granted else 0
    assert all(total <= yearly_fen for total in years.values())


@dataclass(frozen=True)
class Places:
    """How many there are of a rule's places, and for whom one counts."""

    written: str
    size: int

    def group(self, one: Completed) -> str | None:
        """Return the members who share places with a member; None if nobody does."""
        if "quota_per: [member.organisation]" in self.written:
            return one.organisation
        if "quota_per: [member.organisation, event.score]" in self.written:
            return f"{one.organisation} {one.score}"
        if "quotas" in self.written:
            city = f"{one.organisation[:4]}00"
            return city if city in (CITY, OTHER_CITY) else None
        return ""

    def period(self, one: Completed) -> object:
        if "calendar_year" in self.written:
            return one.on.year
        return (one.on.year, one.on.month) if "every: month" in self.written else None

    def of(self, group: str) -> int:
        return self.size + 1 if group == OTHER_CITY else self.size


places = st.builds(
    lambda size, kind, every: Places(
        {
            "whole": f"quota: {size}",
            "organisation": f"quota: {size}, quota_per: [member.organisation]",
            "both": f"quota: {size}, quota_per: [member.organisation, event.score]",
            "cities": f'quotas: {{"{CITY}": {size}, "{OTHER_CITY}": {size + 1}}}',
        }[kind] + f", every: {every}",
        size,
    ),
    st.integers(1, 4), st.sampled_from(["whole", "organisation", "both", "cities"]),
    st.sampled_from(["month", "calendar_year", "programme_period"]),
)  # fmt: skip


@searched(200)
@given(places, completions)
def test_places_are_given_to_who_comes_first_in_each_group_and_period(
    there: Places, seen: list[Completed]
) -> None:
    body = f"benefit: {{kind: item, unit: 份}}\nallocate: {{mode: first_come, {there.written}}}\n"
    library = load_library([("a.yaml", HEAD.format(id="a-test") + body)])
    taken: dict[tuple[str, object], int] = defaultdict(int)
    for one, _, granted in settled(library, seen):
        group = there.group(one)
        place = group or "", there.period(one)
        assert granted == (group is not None and taken[place] < there.of(group))
        taken[place] += granted
