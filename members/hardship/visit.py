"""A visit to a household on which money is handed over: its states, and what each of them allows. Pure.

One officer plans it; another one releases the money, which then counts as paid out of the budget. The receipt
settles it. Money that nobody took comes back to the budget.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType

from core.text_marks import N_

_REFERENCE = re.compile(r"HV\d{6,}-\d+")


class VisitState(StrEnum):
    PLANNED = "planned"
    RELEASED = "released"  # the officers have the money
    HANDED_OVER = "handed_over"
    RETURNED = "returned"  # the money is back in the budget
    WITHDRAWN = "withdrawn"  # no money was ever released


UNDER_WAY = frozenset({VisitState.PLANNED, VisitState.RELEASED})
VISIT_STATE_TITLES: Mapping[VisitState, str] = MappingProxyType(
    {
        VisitState.PLANNED: N_("planned (visit)"),
        VisitState.RELEASED: N_("money released (visit)"),
        VisitState.HANDED_OVER: N_("handed over (visit)"),
        VisitState.RETURNED: N_("money returned (visit)"),
        VisitState.WITHDRAWN: N_("withdrawn (visit)"),
    }
)
RECEIPTS: Mapping[str, str] = MappingProxyType(
    {"signed": N_("signed receipt"), "photographed": N_("photograph of the receipt")}
)


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit, numbered within its case file. ``grant_id`` is the grant of the ledger, once money is released."""

    number: int
    member_id: str
    on: date
    amount_fen: int
    purpose: str
    planned_by: str
    planned_at: datetime
    state: VisitState = VisitState.PLANNED
    released_by: str | None = None
    grant_id: str | None = None
    receipt: str | None = None
    receipt_kind: str | None = None
    ended_because: str | None = None

    @property
    def is_under_way(self) -> bool:
        return self.state in UNDER_WAY


def is_visit_reference(text: str | None) -> bool:
    """Return whether an act of the ledger is a visit, whose money is handed over in cash."""
    return text is not None and _REFERENCE.fullmatch(text) is not None


def visit_reference(case_number: int, visit_number: int) -> str:
    """Return the name of a visit in the ledger, unique for ever."""
    return f"HV{case_number:06}-{visit_number}"
