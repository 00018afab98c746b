"""What other officers began and waits for the officer as the second person."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from sqlalchemy import Connection

from core.civil_time import civil_date
from members.hardship.repository import list_files_to_release
from members.hardship.visit import VisitState
from members.mutual_aid.policy import Policy, PolicyState, ProposedCorrection
from members.mutual_aid.repository import count_claims_to_review, list_organisations, list_undecided_policies
from yihui.access.actor import Actor
from yihui.access.decide import subtrees
from yihui.access.pending_acts import LIFETIME
from yihui.access.roles import Right
from yihui.bootstrap import Wiring
from yihui.cases.mutual_aid.calls import find_proposals
from yihui.services.access.approvals import count_confirmable_acts
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.desk.search import list_file_codes

_CONFIRMING = (Right.RAISE_BUDGETS, Right.LIFT_STOPS, Right.REVERSE_MASS)


@dataclass(frozen=True, slots=True)
class WaitingCorrection:
    """A correction of a member's enrolment that takes claims back, proposed to a second officer."""

    policy: Policy
    member: str
    proposed: ProposedCorrection


def count_second_steps(wiring: Wiring, connection: Connection, actor: Actor) -> list[tuple[str, int]]:
    """Count what waits for the officer as the second person, by kind; only kinds that the officer's rights include."""
    today = civil_date(wiring.now())
    counts = []
    if any(subtrees(actor, right, today) != frozenset() for right in _CONFIRMING):
        counts.append(("proposals", count_confirmable_acts(wiring, connection, actor)))
    scope = OfficerScope(subtrees(actor, Right.KEEP_HARDSHIP, today), today)
    if scope.is_everywhere or scope.organisations:
        counts += [
            (kind, count(wiring, connection, actor, scope)) for kind, count in _OF_CASE_WORKERS.items()
        ]
    return counts


def list_waiting_corrections(wiring: Wiring, actor: Actor) -> list[WaitingCorrection]:
    """List the corrections of enrolments that wait for a second officer in the officer's subtrees, own ones too."""
    today = civil_date(wiring.now())
    scope = OfficerScope(subtrees(actor, Right.KEEP_HARDSHIP, today), today)
    with wiring.database.read() as connection:
        return _list_corrections(wiring, connection, scope)


def _list_corrections(wiring: Wiring, connection: Connection, scope: OfficerScope) -> list[WaitingCorrection]:
    return [
        WaitingCorrection(policy, member, proposed)
        for policy in _list_policies(wiring, connection, scope)
        for member, proposed in find_proposals(policy, wiring.now()).items()
    ]


def _list_policies(wiring: Wiring, connection: Connection, scope: OfficerScope) -> Sequence[Policy]:
    codes = _list_codes(connection, scope)
    return list_undecided_policies(connection, codes, wiring.now() - LIFETIME)


def _list_codes(connection: Connection, scope: OfficerScope) -> list[str] | None:
    """Return the organisations of policies and claims that lie in the subtrees; None stands for all."""
    if scope.is_everywhere:
        return None
    return sorted(scope.find_covered(connection, list_organisations(connection)))


def _is_another(who: str, actor: Actor) -> bool:
    return who.casefold() != actor.id.casefold()


def _count_policies(wiring: Wiring, connection: Connection, actor: Actor, scope: OfficerScope) -> int:
    drafts = [one for one in _list_policies(wiring, connection, scope) if one.state is PolicyState.DRAFT]
    return sum(_is_another(one.written_by, actor) for one in drafts)


def _count_corrections(wiring: Wiring, connection: Connection, actor: Actor, scope: OfficerScope) -> int:
    waiting = _list_corrections(wiring, connection, scope)
    return sum(_is_another(one.proposed.by, actor) for one in waiting)


def _count_claims(wiring: Wiring, connection: Connection, actor: Actor, scope: OfficerScope) -> int:
    return count_claims_to_review(connection, _list_codes(connection, scope), actor.id)


def _count_visits(wiring: Wiring, connection: Connection, actor: Actor, scope: OfficerScope) -> int:
    files = list_files_to_release(connection, list_file_codes(connection, scope))
    planned = [one for file in files for one in file.visits if one.state is VisitState.PLANNED]
    return sum(_is_another(one.planned_by, actor) for one in planned)


_Count = Callable[[Wiring, Connection, Actor, OfficerScope], int]
_OF_CASE_WORKERS: MappingProxyType[str, _Count] = MappingProxyType(
    {
        "visits": _count_visits,
        "policies": _count_policies,
        "claims": _count_claims,
        "corrections": _count_corrections,
    }
)
