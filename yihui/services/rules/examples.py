"""Work out examples of a rule, members whom its conditions distinguish; load what its document is written from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from members import organisation_names
from rules import Rule, RuleCase, RuleLibrary, run_case
from rules.cases.cases import CASE_MEMBER, CaseHistory, ExpectedResult
from rules.cases.run import CaseRuling
from rules.event_facts import EventFacts
from rules.facts import FactValue, facts_for_event
from rules.linting.domains import OCCURRED_ON
from rules.linting.examples import find_example_members
from yihui.bootstrap import Wiring
from yihui.services.rules.cases import complete_case
from yihui.services.rules.desk import load_version_file
from yihui.services.rules.versions import IndexedVersion

_NOON = time(4, tzinfo=UTC)  # 12:00 in Asia/Shanghai
_EVENT = "event."
_OWN = frozenset({OCCURRED_ON, "event.known_on"})  # not of the payload
_SET = ("event.year", "member.organisation", "member.district")
_SAMPLE_TEXT = "sample"  # of an id that only a limit counts by; it is not shown
_SAMPLES: Mapping[str, FactValue] = {"fen": 500_000, "integer": 1, "text": _SAMPLE_TEXT}
RULE_MEASURES_FAULTS = FaultTable(
    "rule_measures",
    {
        "adaptation": (
            N_("the version {value} can't be read without the rule that it adapts"),
            N_("open the document of the rule that it adapts"),
        )
    },
)


@dataclass(frozen=True, slots=True)
class WorkedExample:
    """A member's facts and what the rule decides."""

    facts: Mapping[str, FactValue]
    outcome: str  # granted, entered, waiting, refused
    amounts_fen: Sequence[int] = ()
    reasons: Sequence[str] = ()

    @property
    def is_granted(self) -> bool:
        return self.outcome != "refused"


def work_out_examples(library: RuleLibrary, rule: Rule, text: str) -> list[WorkedExample]:
    """Return what the rule decides on the members whom the prover finds."""
    members = enumerate(find_example_members(rule, text))
    cases = [_build_case(rule, number, {**_samples(rule), **member}) for number, member in members]
    rulings = [(case.facts, run_case(complete_case(case), library)) for case in cases]
    shown = [example for facts, ruling in rulings if (example := _example(facts, ruling))]
    return list({tuple(one.facts.items()): one for one in shown}.values())


def _samples(rule: Rule) -> dict[str, FactValue]:
    """Return values of the facts that only the amounts and the keys of limits read."""
    known = facts_for_event(rule.definition.on)
    counted = [path for limit in rule.limits for path in limit.per] + list(rule.definition.allocate.quota_per)
    read = [path for number in rule.expressions.numbers.values() for path in number.reads]
    paths = [path for path in dict.fromkeys([*counted, *read]) if path in known]
    samples = {path: _SAMPLES[known[path].kind] for path in paths if known[path].kind in _SAMPLES}
    return {path: value for path, value in samples.items() if path not in (*_OWN, *_SET)}


def _build_case(rule: Rule, number: int, facts: Mapping[str, FactValue]) -> RuleCase:
    definition, day = rule.definition, facts.get(OCCURRED_ON)
    entries = definition.allocate.entries
    first = (entries or definition.in_force).since
    on = day if isinstance(day, date) and (entries is None or entries.holds(day)) else first
    own: dict[str, FactValue] = {"member.organisation": definition.owner}
    own |= {path: value for path, value in facts.items() if not path.startswith(_EVENT)}
    payload = {
        path.removeprefix(_EVENT): value
        for path, value in facts.items()
        if path.startswith(_EVENT) and path not in _OWN
    }
    if "event.year" in facts_for_event(definition.on):
        payload.setdefault("year", on.year)
    at = datetime.combine(on, _NOON)
    event = EventFacts("examples", f"{number}", definition.on, at, on, CASE_MEMBER, payload)
    expect = ExpectedResult(outcome="due")
    return RuleCase("examples", number, 1, "", rule.id, event, own, CaseHistory(), expect)


def _example(stated: Mapping[str, FactValue], ruling: CaseRuling) -> WorkedExample | None:
    """Return what is shown of a case with the facts that it states; None if the rule doesn't consider the member, or only its places are gone."""
    decision, admission, case = ruling.decision, ruling.admission, ruling.case
    if decision is None:
        return None
    payload = {f"{_EVENT}{name}": value for name, value in case.event.payload.items()}
    read = {**payload, **stated, OCCURRED_ON: case.event.occurred_on}
    facts = {path: value for path, value in read.items() if value is not None and value != _SAMPLE_TEXT}
    if decision.missing:
        reasons = tuple(one.else_text for one in decision.missing)
        return WorkedExample(facts, "refused", reasons=reasons)
    if admission is None or admission.outcome == "refused":
        return None
    amounts = tuple(one.amount_fen for one in admission.of(decision).benefits or decision.benefits)
    return WorkedExample(facts, admission.outcome, amounts)


@dataclass(frozen=True, slots=True)
class MeasuresSource:
    """One version with its rule, examples that were worked out, and the name of the organisation that owns it."""

    entry: IndexedVersion
    rule: Rule
    examples: Sequence[WorkedExample]
    owner_name: str


def load_measures_source(wiring: Wiring, hash_: str) -> MeasuresSource:
    """Load a version for its document. *Raises*: FaultError if there is none, or if it only adapts another."""
    found = load_version_file(wiring, hash_)
    if found.rule is None or found.library is None:
        raise FaultError(RULE_MEASURES_FAULTS.build("adaptation", field="version", value=hash_[:12]))
    with wiring.database.read() as connection:
        names = organisation_names(connection, {found.owner})
    examples = work_out_examples(found.library, found.rule, found.entry.text)
    return MeasuresSource(found.entry, found.rule, examples, names.get(found.owner) or found.owner)
