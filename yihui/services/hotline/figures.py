"""The three rates of the hotline, of the organisations that somebody may see."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.faults import FaultError
from members import organisation_names
from members.hotline.faults import HOTLINE_FAULTS
from members.hotline.figures import UnitRates
from members.hotline.outcomes import sum_outcomes
from yihui.access.actor import Actor
from yihui.access.roles import Right
from yihui.bootstrap import Wiring
from yihui.services.hotline.lists import visible_organisations

_MONTH = re.compile(r"[12][0-9]{3}-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class HotlineRates:
    """The rates of each unit and month, and the names of the units."""

    rates: Sequence[UnitRates]
    names: Mapping[str, str]


def load_rates(wiring: Wiring, actor: Actor | None, month: str | None = None) -> HotlineRates:
    """Load the rates of one month, or of all. *Raises*: FaultError."""
    if month is not None and not _MONTH.fullmatch(month):
        raise FaultError(HOTLINE_FAULTS.build("month", field="month", value=month[:20]))
    with wiring.database.read() as connection:
        codes = visible_organisations(wiring, connection, actor, Right.READ_CASES)
        found = sum_outcomes(connection, wiring.now(), codes, month)
        return HotlineRates(found, organisation_names(connection, {one.unit for one in found}))
