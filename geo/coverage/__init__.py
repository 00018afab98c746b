"""Who is served by a place that is open then and that they may use: by district, by cell, by hour."""

from geo.coverage.by_district import coverage
from geo.coverage.demand import Demand
from geo.coverage.grid import EQUAL_AREA
from geo.coverage.ground import area_m2, length_m
from geo.coverage.outlines import checked_outlines
from geo.coverage.population import area_demand, population_demand
from geo.coverage.reach import OPEN_TO_ALL, Reach

__all__ = [
    "EQUAL_AREA",
    "OPEN_TO_ALL",
    "Demand",
    "Reach",
    "area_demand",
    "area_m2",
    "checked_outlines",
    "coverage",
    "length_m",
    "population_demand",
]
