"""A policy of mutual aid: for whom it is, for which days and on what terms; its states and the fold of its history. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from core.text_marks import N_
from members.lifecycle import HistoryEvent, Lifecycle
from members.mutual_aid.faults import AID_FAULTS, AidRefused
from members.mutual_aid.reimbursement import Band, ReimbursementTable


class PolicyState(StrEnum):
    DRAFT = "draft"  # written; nobody else has approved its table yet
    IN_FORCE = "in_force"
    WITHDRAWN = "withdrawn"


class PolicyAct(StrEnum):
    WRITE = "write"
    APPROVE = "approve"
    ENROL = "enrol"
    AMEND = "amend"
    PROPOSE = "propose"  # a correction that takes claims back waits for a second officer
    DROP = "drop"
    WITHDRAW = "withdraw"


POLICY_STATE_TITLES: Mapping[PolicyState, str] = {
    PolicyState.DRAFT: N_("waiting for approval (policy)"),
    PolicyState.IN_FORCE: N_("in force (policy)"),
    PolicyState.WITHDRAWN: N_("withdrawn (policy)"),
}
POLICY_ACT_TITLES: Mapping[PolicyAct, str] = {
    PolicyAct.WRITE: N_("written (act on a policy)"),
    PolicyAct.APPROVE: N_("approve (act on a policy)"),
    PolicyAct.ENROL: N_("enrol members (act on a policy)"),
    PolicyAct.AMEND: N_("correct an enrolment (act on a policy)"),
    PolicyAct.PROPOSE: N_("propose to take claims back (act on a policy)"),
    PolicyAct.DROP: N_("refuse to take claims back (act on a policy)"),
    PolicyAct.WITHDRAW: N_("withdraw (act on a policy)"),
}
POLICY_MOVES: Mapping[PolicyAct, frozenset[PolicyState]] = {
    PolicyAct.WRITE: frozenset(),
    PolicyAct.APPROVE: frozenset({PolicyState.DRAFT}),
    PolicyAct.ENROL: frozenset({PolicyState.IN_FORCE}),
    PolicyAct.AMEND: frozenset({PolicyState.IN_FORCE}),
    PolicyAct.PROPOSE: frozenset({PolicyState.IN_FORCE}),
    PolicyAct.DROP: frozenset({PolicyState.IN_FORCE}),
    PolicyAct.WITHDRAW: frozenset({PolicyState.DRAFT}),
}


@dataclass(frozen=True, slots=True)
class PolicyTerms:
    """The terms of a policy as they were approved. ``begins`` and ``ends`` are civil days, both included.

    ``document`` and ``clause`` name where the table is printed. *Units*: ``contribution_fen`` is per head.
    """

    organisation: str
    year: int
    begins: date
    ends: date
    contribution_fen: int
    waiting_days: int
    table: ReimbursementTable
    document: str
    clause: str

    def covers(self, day: date) -> bool:
        """Return whether a day is one of the policy's."""
        return self.begins <= day <= self.ends


@dataclass(frozen=True, slots=True)
class ProposedCorrection:
    """A correction of an enrolment by which approved claims would be taken back; a second officer decides it."""

    covered_from: date
    covered_until: date | None
    claims: tuple[int, ...]
    by: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy as its history leaves it. ``enrolled`` counts the members who were enrolled.

    ``proposed`` are the corrections that wait for a second officer, by member.
    """

    number: int
    version: int
    state: PolicyState
    terms: PolicyTerms
    written_by: str
    written_at: datetime
    changed_at: datetime
    approved_by: str | None = None
    enrolled: int = 0
    proposed: Mapping[str, ProposedCorrection] = field(default_factory=dict)

    @property
    def contributions_fen(self) -> int:
        """Return what the enrolled members contribute together."""
        return self.enrolled * self.terms.contribution_fen

    def require(self, act: PolicyAct, seen: int | None = None) -> None:
        """*Raises*: AidRefused if the caller saw another version, or the state doesn't allow the act."""
        POLICY_LIFE.require(self, act, seen)


def _written(number: int, event: HistoryEvent[PolicyAct]) -> Policy:
    terms = read_terms(event.data)
    return Policy(number, event.version, PolicyState.DRAFT, terms, event.by, event.at, event.at)


def terms_data(terms: PolicyTerms) -> dict[str, Any]:
    """Return terms as an event holds them; :func:`read_terms` reads them."""
    table = terms.table
    return {
        "organisation": terms.organisation,
        "year": terms.year,
        "begins": terms.begins.isoformat(),
        "ends": terms.ends.isoformat(),
        "contribution_fen": terms.contribution_fen,
        "waiting_days": terms.waiting_days,
        "deductible_fen": table.deductible_fen,
        **({"deductible": "year"} if table.is_yearly else {}),
        "bands": [[one.lower_fen, one.upper_fen, one.rate_bp] for one in table.bands],
        "claim_cap_fen": table.claim_cap_fen,
        "year_cap_fen": table.year_cap_fen,
        "document": terms.document,
        "clause": terms.clause,
    }


def read_terms(data: Mapping[str, Any]) -> PolicyTerms:
    """Return the terms that an event's data hold."""
    bands = tuple(Band(lower, upper, rate) for lower, upper, rate in data["bands"])
    caps, is_yearly = (data["claim_cap_fen"], data["year_cap_fen"]), data.get("deductible") == "year"
    table = ReimbursementTable(data["deductible_fen"], bands, *caps, is_yearly)
    return PolicyTerms(
        data["organisation"],
        data["year"],
        date.fromisoformat(data["begins"]),
        date.fromisoformat(data["ends"]),
        data["contribution_fen"],
        data["waiting_days"],
        table,
        data["document"],
        data["clause"],
    )


def _approved(policy: Policy, event: HistoryEvent[PolicyAct]) -> Policy:
    return replace(policy, state=PolicyState.IN_FORCE, approved_by=event.by)


def _enrolled(policy: Policy, event: HistoryEvent[PolicyAct]) -> Policy:
    return replace(policy, enrolled=policy.enrolled + event.data["count"])


def _amended(policy: Policy, event: HistoryEvent[PolicyAct]) -> Policy:
    return _dropped(_enrolled(policy, event), event)  # -1 for a member who should never have been enrolled


def _proposed(policy: Policy, event: HistoryEvent[PolicyAct]) -> Policy:
    data = event.data
    until = date.fromisoformat(data["covered_until"]) if data["covered_until"] else None
    one = ProposedCorrection(
        date.fromisoformat(data["covered_from"]),
        until,
        tuple(data["claims"]),
        event.by,
        event.at,
        data["reason"],
    )
    return replace(policy, proposed={**policy.proposed, data["member"]: one})


def _dropped(policy: Policy, event: HistoryEvent[PolicyAct]) -> Policy:
    left = {member: one for member, one in policy.proposed.items() if member != event.data["member"]}
    return replace(policy, proposed=left)


def _withdrawn(policy: Policy, event: HistoryEvent[PolicyAct]) -> Policy:
    return replace(policy, state=PolicyState.WITHDRAWN)


POLICY_LIFE = Lifecycle(
    "policy",
    PolicyAct,
    POLICY_MOVES,
    POLICY_ACT_TITLES,
    POLICY_STATE_TITLES,
    _written,
    {
        PolicyAct.APPROVE: _approved,
        PolicyAct.ENROL: _enrolled,
        PolicyAct.AMEND: _amended,
        PolicyAct.PROPOSE: _proposed,
        PolicyAct.DROP: _dropped,
        PolicyAct.WITHDRAW: _withdrawn,
    },
    AID_FAULTS,
    AidRefused,
    N_("the policy"),
)
