"""What the site shows to a member: benefits, decisions with their reasons, appeals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from benefits import (
    APPEAL_FAULTS,
    ActRefused,
    Appeal,
    ClaimStatus,
    DecisionRecord,
    Grant,
    GrantPosition,
    Participation,
    claim_status_by_grant,
    list_appeals,
    list_member_grants,
    list_participations,
    load_decision_records,
    lodge_appeal,
    read_grant_positions,
)
from core.civil_time import civil_date
from core.faults import FaultError
from events import SkipExplanation, explain_skipped_rule
from events.retries import run_in_transaction
from yihui.bootstrap import Wiring
from yihui.runtime.language import Language
from yihui.services.unknown_ids import require_known_member, unknown_rule_fault


@dataclass(frozen=True, slots=True)
class MemberBenefits:
    """A member's grants with their claims and positions by grant id, and the member's participations."""

    grants: Sequence[Grant]
    claims: Mapping[str, ClaimStatus]
    positions: Mapping[str, Mapping[str, GrantPosition]]
    participations: Sequence[Participation]


@dataclass(frozen=True, slots=True)
class MissingDecision:
    """Why a rule, named by its title, decided nothing about a member."""

    title: str
    explanations: list[SkipExplanation]


def read_member_benefits(wiring: Wiring, member: str) -> MemberBenefits:
    """Read a member's benefits, the newest first; none for an unknown member. *Raises*: StoreError."""
    with wiring.database.read() as connection:
        grants = list_member_grants(connection, member)
        claims = claim_status_by_grant(connection, member)
        participations = list_participations(connection, member)
        positions = read_grant_positions(connection, [grant.id for grant in grants])
    return MemberBenefits(grants, claims, positions, participations)


def read_decisions(
    wiring: Wiring, member: str, rule: str | None, on: date | None
) -> Sequence[DecisionRecord]:
    """Read the decisions about a member, all or of one rule. *Raises*: FaultError for an unknown member."""
    with wiring.database.read() as connection:
        found = load_decision_records(connection, member, rule_id=rule, on=on)
        if not (found or rule):
            require_known_member(connection, member, "member")
    return found


def explain_no_decision(
    wiring: Wiring, member: str, rule: str, on: date | None, language: Language
) -> MissingDecision:
    """Explain why a rule decided nothing about a member. *Raises*: FaultError for an unknown rule."""
    library = wiring.library
    with wiring.database.read() as connection:
        found = explain_skipped_rule(connection, member, rule, library, on, wiring.now())
    if not found:
        raise FaultError([unknown_rule_fault(library, rule, language)])
    return MissingDecision(library.versions(rule)[-1].definition.title, found)


def read_member_appeals(wiring: Wiring, member: str) -> Sequence[Appeal]:
    """Read a member's appeals with their answers, the earliest first. *Raises*: StoreError."""
    with wiring.database.read() as connection:
        return list_appeals(connection, member_id=member)


def lodge_own_appeal(wiring: Wiring, member: str, decision: str, text: str) -> Appeal:
    """Record a member's appeal; repeated it changes nothing. *Raises*: FaultError."""
    now = wiring.now()

    def work(connection: Connection) -> Appeal:
        lodged = lodge_appeal(connection, decision, text, civil_date(now), now)
        if lodged.member_id != member:  # the answer must not reveal whose decision it is
            raise ActRefused(APPEAL_FAULTS.build("not_own_decision", field="decision", value=decision[:40]))
        return lodged

    return run_in_transaction(wiring.database, work)
