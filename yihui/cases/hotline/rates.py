"""What the hotline accounts for: its three rates by unit and month, and the proofs that callers' data were deleted."""

import re
from typing import TYPE_CHECKING, Annotated

from pydantic import BeforeValidator

from core.prompts import Prompt
from core.text_marks import N_
from members.hotline.faults import HOTLINE_FAULTS
from yihui.access.roles import Right
from yihui.frame.cells import Officer, Organisation, Share
from yihui.frame.content import TableColumn
from yihui.frame.fields import FieldFaultError
from yihui.frame.listing import Listing, Looking, NoFilter, RowSlice
from yihui.frame.noun import Noun
from yihui.frame.types import Form

if TYPE_CHECKING:
    from members.hotline.callers import CallerDeletion
    from members.hotline.figures import UnitRates

_MONTH = re.compile(r"[12][0-9]{3}-(0[1-9]|1[0-2])")
TABS = (
    ("/desk/hotline/cases", N_("Cases")),
    ("/desk/hotline/articles", N_("Knowledge base")),
    ("/desk/hotline/rates", N_("Three rates")),
    ("/desk/hotline/deletions", N_("Deleted callers' data")),
)


def _read_month(value: object) -> object:
    if isinstance(value, str) and not _MONTH.fullmatch(value.strip()):
        raise FieldFaultError([HOTLINE_FAULTS.build("month", value=value[:20])])
    return value.strip() if isinstance(value, str) else value


class RateFilter(Form):
    """Rates of one month, or of all."""

    month: Annotated[str | None, BeforeValidator(_read_month), Prompt(N_("Month, such as 2026-11"))] = None


def find_rates(look: Looking[RateFilter]) -> "RowSlice[UnitRates]":
    """Find the rates of the units that the officer may see."""
    from members.hotline.repository import sum_outcomes
    from yihui.cases.hotline.queries import list_visible_units

    found = sum_outcomes(look.connection, look.now, list_visible_units(look), look.filter.month)
    return look.cut(found)


def find_deletions(look: Looking[NoFilter]) -> "RowSlice[CallerDeletion]":
    """Find the proofs of deletion, the newest first."""
    from members.hotline.callers import list_deletions

    return look.cut(list_deletions(look.connection))


RATES = Noun(
    "hotline/rates",
    N_("Three rates"),
    None,
    Listing(
        N_("Timely acceptance, on-time closing and satisfaction by unit and month"),
        RateFilter,
        find_rates,
        (
            TableColumn["UnitRates"]("unit", N_("Unit"), lambda one: Organisation(one.unit)),
            TableColumn["UnitRates"]("month", N_("Month"), lambda one: one.month),
            TableColumn["UnitRates"]("accepted", N_("Accepted in time"), lambda one: Share(one.accepted.good, one.accepted.total)),
            TableColumn["UnitRates"]("closed", N_("Closed in time"), lambda one: Share(one.closed.good, one.closed.total)),
            TableColumn["UnitRates"]("satisfied", N_("Satisfied"), lambda one: Share(one.satisfied.good, one.satisfied.total)),
        ),
        N_("No case has come to a unit yet."),
    ),
    None,
    Right.READ_CASES,
    tabs=TABS,
)  # fmt: skip
DELETIONS = Noun(
    "hotline/deletions",
    N_("Deleted callers' data"),
    None,
    Listing(
        N_("Proofs that callers' data were deleted, the newest first"),
        NoFilter,
        find_deletions,
        (
            TableColumn["CallerDeletion"]("at", N_("Deleted on"), lambda one: one.at),
            TableColumn["CallerDeletion"]("by", N_("By"), lambda one: Officer(one.by)),
            TableColumn["CallerDeletion"]("closed_before", N_("Cases that were closed before"), lambda one: one.closed_before),
            TableColumn["CallerDeletion"]("cases", N_("Cases"), lambda one: one.cases),
            TableColumn["CallerDeletion"]("digest", N_("SHA-256 of what was deleted"), lambda one: one.digest),
        ),
        N_("No callers' data were deleted yet."),
    ),
    None,
    Right.READ_CASES,
    tabs=TABS,
)  # fmt: skip
