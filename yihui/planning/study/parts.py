"""Load the inputs of a study from other services: demand, site proposals and sources."""

from pathlib import Path
from typing import TYPE_CHECKING

from core.civil_time import civil_date
from core.faults import Fault, FaultError
from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.planning.study.study import StudyOrder, StudySource

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geo.siting.proposal import SitingProposals
    from geo.station import Station
    from yihui.planning.demand.run import ChosenDemand


def load_study_demand(wiring: Wiring, order: StudyOrder, spacing_m: float) -> "ChosenDemand":
    """Load the demand and its title. *Raises*: FaultError, also where the area has no demand."""
    from yihui.planning.demand.request import DemandFileOptions
    from yihui.planning.demand.run import DemandQuery, load_demand

    file = DemandFileOptions(Path(order.demand), column=order.demand_column, datum=order.demand_datum)
    chosen = load_demand(wiring, DemandQuery(order.demand, order.area, spacing_m, file))
    if not chosen.demand.total > 0:
        remedy = N_("choose another area, or another demand with --demand")
        fault = Fault(N_("there is no demand in {value}"), remedy, field="--area", value=order.area)
        raise FaultError([fault])
    return chosen


def propose_study_sites(wiring: Wiring, order: StudyOrder, spacing_m: float) -> "SitingProposals | None":
    """Propose the requested number of sites from a grid so that they serve the most demand (MCLP), or return
    None.
    """
    if order.sites is None:
        return None
    from yihui.planning.siting.request import SitingOrder
    from yihui.planning.siting.run import propose_sites

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
    return propose_sites(wiring, asked)


def list_study_sources(
    wiring: Wiring, order: StudyOrder, demand_title: str, stations: "Sequence[Station]"
) -> tuple[StudySource, ...]:
    """Return the sources of the figures: registers with their import dates, demand, outlines."""
    return (
        *_registers(wiring, order, stations),
        StudySource(wiring.render(N_("Demand: {source}"), source=demand_title)),
        StudySource(wiring.render(N_("Outlines: {source}"), source=wiring.render(_outlines_source()))),
    )


def _registers(wiring: Wiring, order: StudyOrder, stations: "Sequence[Station]") -> tuple[StudySource, ...]:
    """Return the registers that have stations in the area, as sources."""
    from geo.registry import load_registers

    named = {station.source for station in stations}
    with wiring.database.read() as connection:
        summaries = load_registers(connection)
    return tuple(
        StudySource(
            wiring.render(N_("Register: {source}"), source=one.source or one.name),
            civil_date(one.imported_at),
        )
        for one in summaries
        if order.register in (None, one.name) and (one.source in named or not one.source)
    )


def _outlines_source() -> str:
    from geo.formats.outlines import OUTLINES_SOURCE

    return OUTLINES_SOURCE
