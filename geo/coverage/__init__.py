"""Coverage: which demand has a usable, open place within reach, by district, cell and hour.

Each name is imported on first use, because most modules load scipy or geopandas, which the functions for
single cells do not need. `find_neighbours` and `compute_openness` are imported from their own modules.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geo.coverage.areas import AREA_CODE_DIGITS
    from geo.coverage.demand import Demand
    from geo.coverage.grid import EQUAL_AREA, area_m2
    from geo.coverage.hours import DAY_HOURS, NIGHT_HOURS, HourTable, coverage_by_hour, served_bits
    from geo.coverage.neighbours import Neighbours
    from geo.coverage.openness import week_instants
    from geo.coverage.outlines import checked_outlines
    from geo.coverage.population import area_demand, population_demand
    from geo.coverage.reach import MAX_RADIUS_M, OPEN_TO_ALL, Reach
    from geo.coverage.served import ServedDemand, coverage_at
    from geo.coverage.tables import CoverageFigures, coverage_by_area, coverage_by_cell, coverage_overall

__all__ = [
    "AREA_CODE_DIGITS",
    "DAY_HOURS",
    "EQUAL_AREA",
    "MAX_RADIUS_M",
    "NIGHT_HOURS",
    "OPEN_TO_ALL",
    "CoverageFigures",
    "Demand",
    "HourTable",
    "Neighbours",
    "Reach",
    "ServedDemand",
    "area_demand",
    "area_m2",
    "checked_outlines",
    "coverage_at",
    "coverage_by_area",
    "coverage_by_cell",
    "coverage_by_hour",
    "coverage_overall",
    "population_demand",
    "served_bits",
    "week_instants",
]

_HOMES = {
    "geo.coverage.areas": {"AREA_CODE_DIGITS"},
    "geo.coverage.demand": {"Demand"},
    "geo.coverage.grid": {"EQUAL_AREA", "area_m2"},
    "geo.coverage.hours": {"DAY_HOURS", "NIGHT_HOURS", "HourTable", "coverage_by_hour", "served_bits"},
    "geo.coverage.neighbours": {"Neighbours"},
    "geo.coverage.openness": {"week_instants"},
    "geo.coverage.outlines": {"checked_outlines"},
    "geo.coverage.population": {"area_demand", "population_demand"},
    "geo.coverage.reach": {"MAX_RADIUS_M", "OPEN_TO_ALL", "Reach"},
    "geo.coverage.served": {"ServedDemand", "coverage_at"},
    "geo.coverage.tables": {"CoverageFigures", "coverage_by_area", "coverage_by_cell", "coverage_overall"},
}


def __getattr__(name: str) -> object:
    home = next((module for module, names in _HOMES.items() if name in names), None)
    if home is None:
        raise AttributeError(f"module 'geo.coverage' has no attribute {name!r}")
    return getattr(import_module(home), name)
