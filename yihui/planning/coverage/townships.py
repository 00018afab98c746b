"""Coverage by township: which outlines divide the counties, and the table of their parts."""

from typing import TYPE_CHECKING

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.planning.coverage.request import TOWNSHIP_LEVEL, CoverageOrder, check_township_options
from yihui.planning.townships import TownshipOutlines, find_township_outlines

if TYPE_CHECKING:
    import pandas as pd

    from geo.coverage.demand import Demand
    from geo.coverage.served import ServedDemand
    from yihui.planning.run import StudyArea
    from yihui.runtime.language import Language


COVERAGE_TOWNSHIP_FAULTS = FaultTable(
    "coverage",
    {
        "no_townships": (
            N_("no outlines of townships are known in the area {value}"),
            N_(
                "give them (--townships FILE, or --outlines FILE with codes of 9 digits), "
                "or build those of an extract: yihui streets build"
            ),
        ),
    },
)


def find_coverage_townships(
    wiring: Wiring, order: CoverageOrder, ground: "StudyArea"
) -> TownshipOutlines | None:
    """Find the townships of an order; None where its table is by another level, or of the user's own outlines.

    *Raises*: FaultError for options that exclude each other, faulty outlines, or a table by township without any.
    """
    check_township_options(order)
    if order.by != TOWNSHIP_LEVEL or order.outlines is not None:
        return None
    found = find_township_outlines(wiring, ground, order.townships, order.datum)
    if found is None:
        raise FaultError(COVERAGE_TOWNSHIP_FAULTS.build("no_townships", field="--by", value=order.area))
    return found


def build_township_table(
    language: "Language", townships: TownshipOutlines, demand: "Demand", served: "ServedDemand"
) -> "pd.DataFrame":
    """Build the table of the townships, and of what remains of their counties; each name has its county in front."""
    from geo.coverage.tables import coverage_by_area
    from geo.coverage.townships import TOWNSHIP_DIGITS

    table = coverage_by_area(demand, served, TOWNSHIP_DIGITS)
    names = townships.full_names(language)
    table.insert(0, "name", [names.get(code, code) for code in table.index])
    return table
