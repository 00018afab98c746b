"""Which cases an officer may see, and which of them a list, a count or a search asks for."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.text_marks import N_
from members.hotline.case import CaseState, HotlineCase
from members.hotline.faults import HOTLINE_FAULTS
from yihui.access.roles import Right
from yihui.cases.hotline.cases import HISTORY
from yihui.cases.kernel.scope import find_codes_within
from yihui.frame.listing import Looking, RowSlice
from yihui.frame.todo import ToDo, Waiting
from yihui.runtime.language import Language

_MOST_OF_A_MEMBER = 20
_STATES: Mapping[str, CaseState] = {
    "suspended": CaseState.SUSPENDED,
    "to_call_back": CaseState.CLOSED,
    "over": CaseState.CALLED_BACK,
}


def find_queue(look: Looking[Any]) -> RowSlice[HotlineCase]:
    """Find the cases of a queue, and how many there are. *Raises*: FaultError for an unknown organisation."""
    from members.hotline.repository import CaseQuery, select_cases

    asked = look.filter
    is_open = asked.state in ("open", "overdue", "suspended")
    query = CaseQuery(
        list_visible_units(look, asked.organisation),
        only_open=asked.state == "open",
        overdue_at=look.now if asked.state == "overdue" else None,
        state=_STATES.get(asked.state),
        category=asked.category,
        member_id=asked.member,
        by_due=is_open,
    )
    return HISTORY.find(look, select_cases(query))


def list_visible_units(
    look: Looking[Any], within: str | None = None, right: Right = Right.READ_CASES
) -> list[str] | None:
    """Return the units of cases that the officer may see, or those of them in one subtree; None stands for all.

    *Raises*: FaultError if there is no such organisation.
    """
    from members.hotline.repository import list_units

    return find_codes_within(look, list_units, right, within, HOTLINE_FAULTS)


def find_open_cases(look: Looking[Any], language: Language) -> RowSlice[Waiting]:
    """Find the open cases of the officer's subtrees by their next deadline."""
    from members.hotline.clocks import compute_next_due
    from members.hotline.repository import CaseQuery, calendar, select_cases

    units, table = list_visible_units(look, right=Right.HANDLE_CASES), calendar()
    return HISTORY.find(look, select_cases(CaseQuery(units, only_open=True, by_due=True))).map(
        lambda one: Waiting(
            one.summary,
            f"/desk/hotline/cases/{one.number}",
            compute_next_due(one, table),
            one.member_id,
            (*one.units, one.organisation)[0],
        )
    )


OPEN_CASES = ToDo(N_("open cases of the hotline"), "/desk/hotline/cases", Right.HANDLE_CASES, find_open_cases)


def list_member_cases(look: Looking[Any], member: str) -> Sequence[HotlineCase]:
    """List the newest cases about a member that lie in the officer's subtrees."""
    from members.hotline.repository import CaseQuery, list_cases

    query = CaseQuery(list_visible_units(look), member_id=member, limit=_MOST_OF_A_MEMBER)
    return list_cases(look.connection, query)
