"""Load the hotline's cases as officers see them: those of their own subtrees, and what is personal is masked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from core.civil_time import civil_date
from core.faults import FaultError
from members import organisation_names
from members.hotline.callers import Caller, MaskedCaller, mask_caller, read_callers
from members.hotline.case import CaseEvent, CaseState, HotlineCase
from members.hotline.clocks import CaseClock, is_overdue, running_clocks
from members.hotline.faults import HOTLINE_FAULTS, HotlineRefused
from members.hotline.repository import (
    CaseQuery,
    calendar,
    find_case,
    list_cases,
    list_units,
    read_events,
)
from members.organisations.storage import list_subtree
from yihui.access.actor import Actor
from yihui.access.decide import Decision, subtrees
from yihui.access.roles import Right
from yihui.bootstrap import Wiring
from yihui.services.access.authorisation import authorise
from yihui.services.access.officer_scope import OfficerScope


@dataclass(frozen=True, slots=True)
class CaseStatus:
    """A case with its running clocks, its caller masked, and the names of its organisations."""

    case: HotlineCase
    clocks: tuple[CaseClock, ...]
    caller: MaskedCaller | None
    names: Mapping[str, str]
    is_overdue: bool
    is_new: bool = True

    @property
    def next_due(self) -> datetime | None:
        """The earliest deadline of the running clocks; None without one, or while all stand still."""
        return min((one.due_at for one in self.clocks if one.due_at is not None), default=None)


@dataclass(frozen=True, slots=True)
class CaseHistory:
    """A case, and every change of it in order."""

    status: CaseStatus
    events: Sequence[CaseEvent]


def require_case(connection: Connection, number: int, *, lock: bool = False) -> HotlineCase:
    """Return a case. *Raises*: HotlineRefused if there is none."""
    case = find_case(connection, number, lock=lock) if 0 < number < 2**63 else None
    if case is None:
        raise HotlineRefused(HOTLINE_FAULTS.build("unknown_case", field="case", value=number))
    return case


def authorise_case(
    wiring: Wiring, connection: Connection, actor: Actor | None, right: Right, case: HotlineCase
) -> Decision:
    """Return the decision that allows an act on a case: for the hotline that took it in, or for one of its units.

    *Raises*: FaultError, that of the hotline's organisation, if none allows it.
    """
    refused: FaultError | None = None
    above = (one.to for one in case.escalations if one.to)
    former = [part.unit for part in case.former_parts] if right is Right.READ_CASES else []
    for organisation in dict.fromkeys((case.organisation, *case.units, *above, *former)):
        try:
            return authorise(wiring, connection, actor, right, organisation)
        except FaultError as error:
            refused = refused or error
    assert refused is not None
    raise refused


def load_status(wiring: Wiring, case: HotlineCase) -> CaseStatus:
    with wiring.database.read() as connection:
        return build_statuses(wiring, connection, [case])[0]


def build_statuses(
    wiring: Wiring, connection: Connection, cases: Sequence[HotlineCase], *, with_callers: bool = True
) -> list[CaseStatus]:
    """Return cases as lists show them: what is personal is masked, or left out without ``with_callers``."""
    now, table = wiring.now(), calendar()
    codes = {code for case in cases for code in (case.organisation, *case.units, case.place) if code}
    codes |= {code for case in cases for one in case.escalations for code in (one.to, one.unit) if code}
    codes |= {part.unit for case in cases for part in case.former_parts}
    names = organisation_names(connection, codes)
    callers: Mapping[int, Caller] = {}
    if with_callers and wiring.vault is not None:
        callers = read_callers(connection, wiring.vault.keys, [case.number for case in cases])
    return [
        CaseStatus(
            case,
            tuple(running_clocks(case, table)),
            mask_caller(callers[case.number]) if case.number in callers else None,
            names,
            is_overdue(case, table, now),
        )
        for case in cases
    ]


def visible_organisations(
    wiring: Wiring, connection: Connection, actor: Actor | None, right: Right
) -> list[str] | None:
    """Return the units of cases that lie where somebody may see cases; None stands for all. *Raises*: FaultError."""
    authorise(wiring, connection, actor, right, None)
    assert actor is not None
    today = civil_date(wiring.now())
    return list_units_within(connection, OfficerScope(subtrees(actor, right, today), today))


def list_units_within(connection: Connection, scope: OfficerScope) -> list[str] | None:
    """Return those units of cases that lie in some subtrees; None stands for all.

    The units that have cases are asked, not the subtrees: a province's holds half a million organisations.
    """
    if scope.is_everywhere:
        return None
    return sorted(scope.find_covered(connection, list_units(connection)))


def load_cases(
    wiring: Wiring,
    actor: Actor | None,
    query: CaseQuery,
    *,
    only_overdue: bool = False,
    within: str | None = None,
) -> list[CaseStatus]:
    """Load the cases that somebody may see, the newest first, masked; ``within`` names one subtree.

    *Raises*: FaultError.
    """
    if query.state is not None and query.state not in list(CaseState):
        known = ", ".join(CaseState)
        raise FaultError(
            HOTLINE_FAULTS.build("unknown_code", field="state", value=query.state[:40], known=known)
        )
    with wiring.database.read() as connection:
        codes = visible_organisations(wiring, connection, actor, Right.READ_CASES)
        if within is not None:
            below = list_subtree(connection, within, civil_date(wiring.now()))
            if not below:
                raise FaultError(
                    HOTLINE_FAULTS.build("unknown_organisation", field="organisation", value=within[:15])
                )
            codes = below if codes is None else sorted(set(codes) & set(below))
        overdue_at = wiring.now() if only_overdue else None
        cases = list_cases(connection, replace(query, organisations=codes, overdue_at=overdue_at))
        return build_statuses(wiring, connection, cases)


def load_case(wiring: Wiring, actor: Actor | None, number: int) -> CaseHistory:
    """Load a case with its history, masked. *Raises*: FaultError."""
    with wiring.database.read() as connection:
        authorise(wiring, connection, actor, Right.READ_CASES, None)  # a stranger learns no numbers
        case = require_case(connection, number)
        authorise_case(wiring, connection, actor, Right.READ_CASES, case)
        events = read_events(connection, [number])[number]
        return CaseHistory(build_statuses(wiring, connection, [case])[0], events)


def list_cases_of_member(wiring: Wiring, actor: Actor, member: str, limit: int = 20) -> list[CaseStatus]:
    """List the newest cases about a member that an actor may see. *Raises*: FaultError."""
    with wiring.database.read() as connection:
        seen = visible_organisations(wiring, connection, actor, Right.READ_CASES)
        found = list_cases(connection, CaseQuery(seen, member_id=member, limit=limit))
        return build_statuses(wiring, connection, found)
