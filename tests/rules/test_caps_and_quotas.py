"""Whatever a rule reckons and whoever tops it up: no grant passes a cap, and no place is given twice."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from rules import (
    Decision,
    EventFacts,
    FactValue,
    RuleLibrary,
    UsageInMemory,
    evaluate_rules,
    load_library,
    settle_decisions,
)
from tests.profile import searched
from tests.rules.conftest import cap_file, event_of
from tests.rules.terms import HEAD

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
        """Those who share places with somebody; None where there are none for him."""
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
