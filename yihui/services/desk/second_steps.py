"""What other officers began and waits for the officer as the second person."""

from sqlalchemy import Connection

from core.civil_time import civil_date
from members.hardship.repository import list_files_to_release
from members.hardship.visit import VisitState
from yihui.access.actor import Actor
from yihui.access.decide import subtrees
from yihui.access.roles import Right
from yihui.bootstrap import Wiring
from yihui.services.access.approvals import count_confirmable_acts
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.desk.search import list_file_codes

_CONFIRMING = (Right.RAISE_BUDGETS, Right.LIFT_STOPS, Right.REVERSE_MASS)


def count_second_steps(wiring: Wiring, connection: Connection, actor: Actor) -> list[tuple[str, int]]:
    """Count what waits for the officer as the second person, by kind; only kinds that the officer's rights include."""
    today = civil_date(wiring.now())
    counts = []
    if any(subtrees(actor, right, today) != frozenset() for right in _CONFIRMING):
        counts.append(("proposals", count_confirmable_acts(wiring, connection, actor)))
    scope = OfficerScope(subtrees(actor, Right.KEEP_HARDSHIP, today), today)
    if scope.is_everywhere or scope.organisations:
        counts.append(("visits", _count_visits(wiring, connection, actor, scope)))
    return counts


def _is_another(who: str, actor: Actor) -> bool:
    return who.casefold() != actor.id.casefold()


def _count_visits(wiring: Wiring, connection: Connection, actor: Actor, scope: OfficerScope) -> int:
    files = list_files_to_release(connection, list_file_codes(connection, scope))
    planned = [one for file in files for one in file.visits if one.state is VisitState.PLANNED]
    return sum(_is_another(one.planned_by, actor) for one in planned)
