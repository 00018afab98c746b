"""Who is served by a place that is open then and that they may use: by district, by cell, by hour."""

from geo.coverage.areas import DIGITS
from geo.coverage.by_district import coverage
from geo.coverage.demand import Demand
from geo.coverage.grid import EQUAL_AREA
from geo.coverage.ground import area_m2, length_m
from geo.coverage.hours import DAY, NIGHT, HourTable, by_hour, served_bits
from geo.coverage.neighbours import Neighbours, neighbours
from geo.coverage.openness import openness, week_of
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
    "neighbours",
    "openness",
    "overall",
    "population_demand",
    "served_bits",
    "week_of",
]
