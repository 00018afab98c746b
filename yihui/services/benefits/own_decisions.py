"""The decisions about a member for herself, and why a rule decided nothing about her."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Connection

from benefits import DecisionRecord
from core.civil_time import civil_date
from core.faults import FaultError
from events import SkipExplanation, explain_skipped_rule
from events.unevaluated_rules import REFUSED_APPLICATION
from members import organisation_names
from members.applications import find_act_reason
from members.organisations.storage import load_lineages
from rules import RuleDefinition
from rules.territory import PlacedCode
from yihui.bootstrap import PROVINCE_CODE, Wiring
from yihui.services.benefits.benefits import read_decision_records
from yihui.services.benefits.own_benefit import OWN_FAULTS
from yihui.services.members.organisations import find_member_organisations

_CODE = re.compile(r"\d{6}(?:\d{3}-\d{5})?")


@dataclass(frozen=True, slots=True)
class OwnDecisions:
    """All decisions about a member, the newest first, and the rules in force that decided nothing."""

    records: Sequence[DecisionRecord]
    undecided: Sequence[RuleDefinition]


@dataclass(frozen=True, slots=True)
class SkippedRule:
    """Why a rule decided nothing about the member."""

    rule: RuleDefinition
    explanations: Sequence[SkipExplanation]


def list_own_decisions(wiring: Wiring, member: str) -> OwnDecisions:
    """List the decisions about a member. *Raises*: StoreError."""
    today = civil_date(wiring.now())
    with wiring.database.read() as connection:
        records = read_decision_records(wiring, connection, member)
        rules = _list_rules(wiring, connection, member, today)
    decided = {one.why.rule_id for one in records}
    undecided = [one for id_, one in rules.items() if id_ not in decided]
    return OwnDecisions(records, sorted(undecided, key=lambda one: (one.title, one.id)))


def _list_rules(
    wiring: Wiring, connection: Connection, member: str, today: date
) -> dict[str, RuleDefinition]:
    """Return the rules that are in force for the member's organisation, by id."""
    code = find_member_organisations(connection, [member], today).get(member, PROVINCE_CODE)
    placed = PlacedCode(code, load_lineages(connection, {code}).lineage(code, today))
    library = wiring.rulebook.in_force(connection)
    events = sorted({rule.definition.on for rule in library.rules})
    found = (rule.definition for event in events for rule in library.candidates(event, placed, today))
    return {one.id: one for one in found}


def load_own_decision(wiring: Wiring, member: str, decision: str) -> DecisionRecord:
    """Load one decision about a member. *Raises*: FaultError if it is about another member, or isn't there."""
    with wiring.database.read() as connection:
        found = read_decision_records(wiring, connection, member)
    for record in found:
        if record.why.id == decision:
            return record
    raise FaultError(OWN_FAULTS.build("unknown_decision", field="decision"))


def load_organisation_names(wiring: Wiring, record: DecisionRecord | SkippedRule) -> Mapping[str, str]:
    """Return the names of the organisations whose codes the conditions, values and reasons of a decision hold."""
    texts = (
        [
            *(f"{one.that} {one.values}" for one in record.why.conditions),
            *(one.params.get("group", "") for one in record.why.reasons),
        ]
        if isinstance(record, DecisionRecord)
        else [f"{one.reason.params} {one.values}" for one in record.explanations]
    )
    codes = {code for text in texts for code in _CODE.findall(text)}
    with wiring.database.read() as connection:
        return organisation_names(connection, codes)


def explain_undecided_rule(wiring: Wiring, member: str, rule: str) -> SkippedRule:
    """Explain why a rule in force decided nothing about a member; of a refused application with the officer's words.

    *Raises*: FaultError for an unknown rule.
    """
    with wiring.database.read() as connection:
        library = wiring.rulebook.in_force(connection)
        skipped = explain_skipped_rule(connection, member, rule, library, None, wiring.now())
        found = [_add_words(connection, member, one) for one in skipped]
    if not found:
        raise FaultError(OWN_FAULTS.build("unknown_decision", field="rule"))
    return SkippedRule(library.versions(rule)[-1].definition, found)


def _add_words(connection: Connection, member: str, one: SkipExplanation) -> SkipExplanation:
    if one.reason.code != REFUSED_APPLICATION:
        return one
    words = find_act_reason(connection, member, one.event_id)
    return replace(one, reason=replace(one.reason, params={**one.reason.params, "words": words}))
