"""Who is served by a place that is open then and that they may use: by district, by cell, by hour.

Names are fetched when first used: most modules load scipy or geopandas, and whoever asks for one cell wants neither.
`neighbours` and `openness` share their modules' names and are fetched from those.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geo.coverage.areas import DIGITS
    from geo.coverage.by_district import coverage
    from geo.coverage.demand import Demand
    from geo.coverage.grid import EQUAL_AREA
    from geo.coverage.ground import area_m2, length_m
    from geo.coverage.hours import DAY, NIGHT, HourTable, by_hour, served_bits
    from geo.coverage.neighbours import Neighbours
    from geo.coverage.openness import week_of
    from geo.coverage.outlines import checked_outlines
    from geo.coverage.population import area_demand, population_demand
    from geo.coverage.reach import LONGEST_RADIUS_M, OPEN_TO_ALL, Reach
    from geo.coverage.served import Served, coverage_at
    from geo.coverage.tables import Figures, by_area, by_cell, overall

__all__ = [
    "DAY",
    "DIGITS",
    "EQUAL_AREA",
    "LONGEST_RADIUS_M",
    "NIGHT",
    "OPEN_TO_ALL",
    "Demand",
    "Figures",
    "HourTable",
    "Neighbours",
    "Reach",
    "Served",
    "area_demand",
    "area_m2",
    "by_area",
    "by_cell",
    "by_hour",
    "checked_outlines",
    "coverage",
    "coverage_at",
    "length_m",
    "overall",
    "population_demand",
    "served_bits",
    "week_of",
]

_HOMES = {
    "geo.coverage.areas": {"DIGITS"},
    "geo.coverage.by_district": {"coverage"},
    "geo.coverage.demand": {"Demand"},
    "geo.coverage.grid": {"EQUAL_AREA"},
    "geo.coverage.ground": {"area_m2", "length_m"},
    "geo.coverage.hours": {"DAY", "NIGHT", "HourTable", "by_hour", "served_bits"},
    "geo.coverage.neighbours": {"Neighbours"},
    "geo.coverage.openness": {"week_of"},
    "geo.coverage.outlines": {"checked_outlines"},
    "geo.coverage.population": {"area_demand", "population_demand"},
    "geo.coverage.reach": {"LONGEST_RADIUS_M", "OPEN_TO_ALL", "Reach"},
    "geo.coverage.served": {"Served", "coverage_at"},
    "geo.coverage.tables": {"Figures", "by_area", "by_cell", "overall"},
}


def __getattr__(name: str) -> object:
    home = next((module for module, names in _HOMES.items() if name in names), None)
    if home is None:
        raise AttributeError(f"module 'geo.coverage' has no attribute {name!r}")
    return getattr(import_module(home), name)
