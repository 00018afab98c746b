"""Draw the points of the sample register: in a few towns of each county, inside its outline."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

KM_PER_DEGREE = 111.32
DECIMALS = 6  # 0.1 m
PEOPLE_PER_TOWN = 80_000
MAIN_TOWN_SHARE = 0.4  # share of a county's places in its main town


@dataclass(frozen=True, slots=True)
class County:
    """One county with its outline. *CRS*: WGS84."""

    code: str
    name: str
    city_name: str
    geometry: shapely.Geometry


@dataclass(frozen=True, slots=True)
class Towns:
    """The town centres of all counties, the main town of each county first. *CRS*: WGS84."""

    main_town_index: Ints  # by county: index of its main town
    town_count: Ints  # by county: its number of towns
    centre_4326: Floats  # by town: lon, lat
    sigma_km: Floats  # by town


def place_towns(counties: Sequence[County], people: Sequence[int], rng: np.random.Generator) -> Towns:
    """Draw the towns: one in the middle of each county, the others anywhere inside it."""
    number = np.clip(np.asarray(people) // PEOPLE_PER_TOWN, 2, 14) + 1
    first = np.cumsum(number) - number
    county = np.repeat(np.arange(len(counties)), number)
    outlines = _outlines(counties)
    middle = shapely.get_coordinates(shapely.point_on_surface(outlines))
    centre = _anywhere_inside(outlines[county], middle[county], rng)
    centre[first] = np.round(middle, DECIMALS)
    breadth_km = np.sqrt(_area_km2(outlines))[county]
    sigma = np.minimum(0.05 * breadth_km, 1.5)
    sigma[first] = np.minimum(0.12 * breadth_km, 4.0)[first]
    return Towns(first, number, centre, sigma)


def draw_points(counties: Sequence[County], towns: Towns, county: Ints, rng: np.random.Generator) -> Floats:
    """Draw one point for each entry of ``county`` (an index), near one of its towns, inside its outline.

    *Shape*: (n, 2), lon and lat, rounded to 0.1 m. *CRS*: WGS84.
    """
    outlines = _outlines(counties)
    town = towns.main_town_index[county] + _rank_of_town(towns.town_count[county], rng)
    return scatter_points(outlines[county], towns.centre_4326[town], towns.sigma_km[town], rng)


def scatter_points(
    outlines: npt.NDArray[np.object_], centre: Floats, sigma_km: Floats, rng: np.random.Generator
) -> Floats:
    """Draw a point around each centre, inside the outline of the same index.

    A point that falls outside is drawn again, closer to its centre. The centre lies inside, so this ends.
    """
    points = np.empty_like(centre)
    left = np.arange(len(centre))
    reach = sigma_km.copy()
    while left.size:
        drawn = np.round(centre[left] + _offsets_deg(reach[left], centre[left, 1], rng), DECIMALS)
        inside = shapely.contains_xy(outlines[left], drawn[:, 0], drawn[:, 1])
        points[left[inside]] = drawn[inside]
        left = left[~inside]
        reach[left] *= 0.9
    return points


def _rank_of_town(number: Ints, rng: np.random.Generator) -> Ints:
    """Draw a town's rank for each point: 0 is the main town, and lower ranks are likelier (density falls as
    1/√rank).
    """
    in_main = rng.random(number.size) < MAIN_TOWN_SHARE
    rank = 1 + np.floor((number - 1) * rng.random(number.size) ** 2).astype(np.int64)
    return np.where(in_main, 0, rank)


def _offsets_deg(sigma_km: Floats, lat: Floats, rng: np.random.Generator) -> Floats:
    reach_km = sigma_km * np.sqrt(-2 * np.log1p(-rng.random(sigma_km.size)))
    angle = 2 * np.pi * rng.random(sigma_km.size)
    east = reach_km * np.cos(angle) / (KM_PER_DEGREE * np.cos(np.radians(lat)))
    return np.column_stack([east, reach_km * np.sin(angle) / KM_PER_DEGREE])


def _anywhere_inside(
    outlines: npt.NDArray[np.object_], middle: Floats, rng: np.random.Generator, rounds: int = 100
) -> Floats:
    """Draw a uniform point inside each outline; use its middle if a hundred draws fall outside."""
    points = np.round(middle, DECIMALS)
    west, south, east, north = shapely.bounds(outlines).T
    left = np.arange(len(outlines))
    for _ in range(rounds):
        share = rng.random((left.size, 2))
        lon = west[left] + share[:, 0] * (east - west)[left]
        lat = south[left] + share[:, 1] * (north - south)[left]
        drawn = np.round(np.column_stack([lon, lat]), DECIMALS)
        inside = shapely.contains_xy(outlines[left], drawn[:, 0], drawn[:, 1])
        points[left[inside]] = drawn[inside]
        left = left[~inside]
    return points


def _outlines(counties: Sequence[County]) -> npt.NDArray[np.object_]:
    outlines = np.array([county.geometry for county in counties], dtype=object)
    shapely.prepare(outlines)
    return outlines


def _area_km2(outlines: npt.NDArray[np.object_]) -> Floats:
    lat = shapely.get_coordinates(shapely.centroid(outlines))[:, 1]
    area: Floats = shapely.area(outlines) * KM_PER_DEGREE**2 * np.cos(np.radians(lat))
    return area
