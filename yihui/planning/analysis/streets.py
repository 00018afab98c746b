"""The fields of analyses that can go by street, and the streets of the installation for them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.planning.analysis.fields import AnalysisField, AnalysisValues, FieldKind
from yihui.planning.analysis.result import AnalysisRun

if TYPE_CHECKING:
    from geo.nearest.travel import Travel
    from yihui.planning.street_reach import StreetReach
    from yihui.services.stations.routing import StreetNetwork

_MODES: Mapping[str, str] = MappingProxyType({"walk": N_("on foot"), "ebike": N_("by e-bike")})
TRAVEL = AnalysisField("travel", N_("Ways by street instead of straight lines"), FieldKind.CHOICE, "", _MODES)
STREET_MINUTES = AnalysisField(
    "minutes",
    N_("Minutes by street (nothing: the reach in metres along the streets)"),
    FieldKind.NUMBER,
    least=1,
    most=360,
)
ANALYSIS_STREET_FAULTS = FaultTable(
    "analysis",
    {
        "no_streets": (
            N_("times by street can't be computed here: no streets are installed"),
            N_("choose straight lines; whoever runs the site can install streets with “yihui streets build”"),
        ),
    },
)


def check_street_values(values: AnalysisValues) -> None:
    """*Raises*: FaultError for minutes without a way of travelling."""
    from yihui.planning.street_reach import check_street_options

    check_street_options(values.optional("travel"), values.optional_number("minutes"), None)


def open_analysis_network(run: AnalysisRun, travel: "Travel") -> "StreetNetwork":
    """Open the streets of the installation. *Raises*: FaultError where none are built."""
    from yihui.runtime.routing_faults import RoutingUnavailable
    from yihui.services.stations.street_network import open_street_network

    try:
        return open_street_network(run.wiring, travel)
    except RoutingUnavailable as error:
        raise FaultError(ANALYSIS_STREET_FAULTS.build("no_streets", field="--travel")) from error


def open_analysis_reach(run: AnalysisRun, radius_m: float) -> "StreetReach | None":
    """Open the reach by street that was chosen; None for straight lines. *Raises*: FaultError."""
    from geo.nearest.travel import Travel
    from yihui.planning.street_reach import open_street_reach

    travel = Travel.by_mode(run.values.optional("travel"))
    if travel is None:
        return None
    open_analysis_network(run, travel)
    return open_street_reach(run.wiring, travel, run.values.optional_number("minutes"), radius_m)
