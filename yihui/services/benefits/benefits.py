"""A member's benefits, the decisions about them, and the debts that clawbacks left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import Connection

import benefits
from core.civil_time import civil_date
from core.faults import FaultError
from members import read_application_steps
from yihui.bootstrap import Wiring
from yihui.runtime.language import Language
from yihui.services.access.reach import Reach, require_member
from yihui.services.members.unknown_ids import require_known_member, unknown_rule_fault

if TYPE_CHECKING:
    from benefits import DecisionRecord, HeldBenefit, Participation
    from events import SkipExplanation
    from rules import RuleLibrary


@dataclass(frozen=True, slots=True)
class MemberBenefits:
    """A member's grants, each with its state today, and the member's participations."""

    grants: list[HeldBenefit]
    participations: list[Participation]


@dataclass(frozen=True, slots=True)
class MissingDecision:
    """Why a rule, named by its title, decided nothing about a member."""

    title: str
    explanations: list[SkipExplanation]


def read_participations(wiring: Wiring, connection: Connection, member: str) -> list[Participation]:
    """List where a member takes part or waits, as it stands today."""
    today = civil_date(wiring.now())
    return benefits.list_participations(connection, member, today, lambda known: read_rules(wiring, known))


def read_decision_records(
    wiring: Wiring, connection: Connection, member: str, rule: str | None = None, on: date | None = None
) -> list[DecisionRecord]:
    """Return the decisions about a member, of one rule or on one day, with their states of today."""
    today = civil_date(wiring.now())
    return benefits.load_decision_records(
        connection, member, rule_id=rule, on=on, today=today, rules=lambda known: read_rules(wiring, known)
    )


def read_rules(wiring: Wiring, connection: Connection) -> RuleLibrary:
    """Read the rules in force; who waits nowhere needs neither them nor what reads rule files."""
    return wiring.rulebook.in_force(connection)


def load_member_benefits(
    wiring: Wiring, member: str, field: str | None = None, reach: Reach | None = None
) -> MemberBenefits:
    """Load a member's benefits, the newest first.

    *Raises*: FaultError for an unknown member if ``field`` says where the id was given, and for one outside the
    reach.
    """
    with wiring.database.read() as connection:
        require_member(connection, reach, member)
        grants = benefits.list_held_benefits(connection, member, civil_date(wiring.now()))
        participations = read_participations(wiring, connection, member)
        if field and not (grants or participations):
            require_known_member(connection, member, field)
    return MemberBenefits(grants, participations)


def list_member_participations(wiring: Wiring, member: str) -> list[Participation]:
    """List where a member takes part or waits. *Raises*: FaultError for an unknown member."""
    with wiring.database.read() as connection:
        found = read_participations(wiring, connection, member)
        if not found:
            require_known_member(connection, member, "--member")
    return found


def list_member_decisions(
    wiring: Wiring,
    member: str,
    rule: str | None,
    on: date | None,
    field: str = "--member",
    reach: Reach | None = None,
) -> list[DecisionRecord]:
    """List the decisions about a member, all or of one rule. *Raises*: FaultError for an unknown member."""
    with wiring.database.read() as connection:
        require_member(connection, reach, member)
        found = read_decision_records(wiring, connection, member, rule, on)
        if not (found or rule):
            require_known_member(connection, member, field)
    return found


def list_missing_decisions(
    wiring: Wiring, member: str, rule: str | None, on: date | None, language: Language
) -> list[MissingDecision]:
    """Return why a rule decided nothing about a member; without a rule, which applications none decided.

    *Raises*: FaultError for an unknown rule.
    """
    if rule:
        return [explain_missing_decision(wiring, member, rule, on, language)]
    return list_undecided_applications(wiring, member, on)


def explain_missing_decision(
    wiring: Wiring, member: str, rule: str, on: date | None, language: Language
) -> MissingDecision:
    """Explain why a rule did not evaluate the member's events. *Raises*: FaultError for an unknown rule."""
    from events import explain_skipped_rule

    library = wiring.library
    with wiring.database.read() as connection:
        found = explain_skipped_rule(connection, member, rule, library, on, wiring.now())
    if not found:
        raise FaultError([unknown_rule_fault(library, rule, language)])
    return MissingDecision(library.versions(rule)[-1].definition.title, found)


def list_undecided_applications(wiring: Wiring, member: str, on: date | None) -> list[MissingDecision]:
    """List a member's applications that no rule decided: confirmed, but handed in too late; or refused by an officer."""
    with wiring.database.read() as connection:
        steps = read_application_steps(connection, [member])[member]
        ends = ("application.confirmed", "application.refused")
        if not (ended := {one.programme for one in steps if one.type in ends}):
            return []
        from events import explain_skipped_rule
        from events.unevaluated_rules import APPLIED_TOO_LATE, REFUSED_APPLICATION

        library = read_rules(wiring, connection)
        rules = {
            rule.id: rule.definition.title
            for rule in library.rules
            if rule.definition.process and rule.definition.process.programme in ended
        }
        return [
            MissingDecision(rules[id], [one])
            for id in sorted(rules)
            for one in explain_skipped_rule(connection, member, id, library, on, wiring.now())
            if one.reason.code in (APPLIED_TOO_LATE, REFUSED_APPLICATION)
        ]
