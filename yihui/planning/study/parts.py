"""What a study takes from others: demand, proposals, and where all figures come from."""

from pathlib import Path
from typing import TYPE_CHECKING

from core.civil_time import civil_date
from core.faults import Fault, InputFaults
from yihui.bootstrap import Wiring
from yihui.planning.study.study import Source, StudyOrder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geo.siting.proposal import Proposals
    from geo.station import Station
    from yihui.planning.demand.run import Chosen

N_ = str  # marks a text for the message catalogue


def demand_of_study(wiring: Wiring, order: StudyOrder, spacing_m: float) -> "Chosen":
    """What is wanted where, and what it is called. *Raises*: InputFaults, where there is none as well."""
    from yihui.planning.demand.request import DemandRequest
    from yihui.planning.demand.run import DemandWanted, demand_of

    file = DemandRequest(Path(order.demand), column=order.demand_column, datum=order.demand_datum)
    chosen = demand_of(wiring, DemandWanted(order.demand, order.area, spacing_m, file))
    if not chosen.demand.total > 0:
        remedy = N_("choose another area, or another demand with --demand")
        fault = Fault(N_("there is no demand in {value}"), remedy, field="--area", value=order.area)
        raise InputFaults([fault])
    return chosen


def proposals_of(wiring: Wiring, order: StudyOrder, spacing_m: float) -> "Proposals | None":
    """Where to build next, if so many sites are asked for: the most demand served (MCLP), from a grid."""
    if order.sites is None:
        return None
    from yihui.planning.siting.request import SitingOrder
    from yihui.planning.siting.run import propose

    asked = SitingOrder(
        area=order.area,
        at=order.at,
        p=order.sites,
        radius_m=order.radius_m,
        demand=order.demand,
        demand_column=order.demand_column,
        demand_datum=order.demand_datum,
        demand_grid_m=spacing_m,
        register=order.register,
        extended_hours=True,
        curve=True,
    )
    return propose(wiring, asked)


def sources_of(
    wiring: Wiring, order: StudyOrder, demand_title: str, stations: "Sequence[Station]"
) -> tuple[Source, ...]:
    """Registers with the day on which they were imported, demand, outlines."""
    return (
        *_registers(wiring, order, stations),
        Source(wiring.say(N_("Demand: {source}"), source=demand_title)),
        Source(wiring.say(N_("Outlines: {source}"), source=wiring.say(_outlines_source()))),
    )


def _registers(wiring: Wiring, order: StudyOrder, stations: "Sequence[Station]") -> tuple[Source, ...]:
    """Those that gave stations to the area."""
    from geo.registry import load_registers

    named = {station.source for station in stations}
    with wiring.database.read() as connection:
        summaries = load_registers(connection)
    return tuple(
        Source(
            wiring.say(N_("Register: {source}"), source=one.source or one.name), civil_date(one.imported_at)
        )
        for one in summaries
        if order.register in (None, one.name) and (one.source in named or not one.source)
    )


def _outlines_source() -> str:
    from geo.formats.outlines import SOURCE

    return SOURCE
