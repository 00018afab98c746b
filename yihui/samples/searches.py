"""Make up riders' searches: around the towns of the sample register, met where a place of it is open within a kilometre."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import numpy as np

from core.calendars import Calendar
from core.civil_time import HOURS_A_WEEK, start_of_day
from geo.coverage.cells import cell_names, cells_at_points
from geo.coverage.neighbours import find_neighbours
from geo.formats.facts import shandong_population
from geo.hours import OPEN, Schedules
from geo.usage_counts import SEARCH_H3_RESOLUTION, SEARCH_REACH_M, SearchCount
from yihui.samples.places import Floats, place_towns, scatter_points
from yihui.samples.register import SEED, Row, load_shandong_counties
from yihui.samples.words import EMPLOYER_ONLY

_CITY, _TOWNS_OF_CITY = "3701", 4  # a county of this city has several towns, another one its main town
_OTHER_COUNTIES = 30  # the most populous ones
_PEOPLE_PER_SEARCH = 300  # of a county, in a month, around its main town
_BY_HOUR = (3, 2, 2, 1, 1, 1, 2, 3, 4, 5, 6, 8, 9, 10, 9, 8, 6, 5, 6, 7, 7, 8, 7, 5)  # of a day, from 0:00


def generate_searches(rows: Sequence[Row], month: date, seed: int) -> Iterator[SearchCount]:
    """Yield the searches of a month, all on the days of its first whole week.

    ``rows`` are those of the register, ``month`` is its first day. The same arguments give the same searches, and all
    months have the same places.
    """
    rng = np.random.Generator(np.random.PCG64([seed, 2]))
    spots, searches = _draw_spots(rng)
    cells = cell_names(cells_at_points(spots, SEARCH_H3_RESOLUTION))
    of_hour = np.tile(np.array(_BY_HOUR) / (7 * sum(_BY_HOUR)), 7)
    monday = month + timedelta(days=-month.weekday() % 7)
    found = _find_open(rows, spots, monday)
    counts = np.random.Generator(np.random.PCG64([seed, month.toordinal()])).poisson(
        searches[:, None] * of_hour
    )
    for spot, hour in np.argwhere(counts > 0).tolist():
        day = monday + timedelta(days=hour // 24)
        yield SearchCount(cells[spot], day, hour, bool(found[spot, hour]), int(counts[spot, hour]))


def _draw_spots(rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Draw a spot near each town, and return how many riders search there in a month. *CRS*: WGS84, lon, lat."""
    counties, population = load_shandong_counties(), shandong_population()
    people = np.array([population[county.code] for county in counties])
    towns = place_towns(counties, people.tolist(), np.random.Generator(np.random.PCG64(SEED)))
    largest = set(np.argsort(-people)[:_OTHER_COUNTIES].tolist())
    drawn = [
        (place, rank)
        for place, county in enumerate(counties)
        for rank in range(_TOWNS_OF_CITY if county.code.startswith(_CITY) else int(place in largest))
        if rank < towns.town_count[place]
    ]
    county, rank = np.array(drawn).T
    town = towns.main_town_index[county] + rank
    outlines = np.array([one.geometry for one in counties], dtype=object)[county]
    spots = scatter_points(outlines, towns.centre_4326[town], towns.sigma_km[town] / 3, rng)
    return spots, people[county] / _PEOPLE_PER_SEARCH / (1 + rank)


def _find_open(
    rows: Sequence[Row], spots: Floats, monday: date
) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """Return whether a place is open within reach of each spot in each hour of a week. *Shape*: (spots, 168)."""
    placed = [row for row in rows if row["经度"] and row["开放对象"] != EMPLOYER_ONLY]
    points = np.array([(float(row["经度"]), float(row["纬度"])) for row in placed])
    near = find_neighbours(spots, points, SEARCH_REACH_M)
    schedules = Schedules.compile([(row["开放时间"], Calendar.CN) for row in placed])
    begin = np.datetime64(start_of_day(monday).replace(tzinfo=None), "s")
    hours = begin + np.arange(HOURS_A_WEEK) * np.timedelta64(1, "h")
    is_open = schedules.states(np.arange(len(schedules))[:, None], hours[None, :]) == OPEN
    found = np.zeros((len(spots), HOURS_A_WEEK), dtype=bool)
    np.logical_or.at(found, near.row, is_open[schedules.ids[near.station]])
    return found
