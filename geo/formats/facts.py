"""Census tables: how many people live in each county."""

import csv
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class CensusArea:
    """One row of the census: an area, its level and its residents."""

    code: str
    name: str
    level: str  # province | city | county | zone
    population: int
    hosts: tuple[str, ...] = ()  # of a zone: the counties on whose ground it lies


def parse_census_areas(text: str) -> tuple[CensusArea, ...]:
    """Parse a census table into areas, in the table's order.

    *Shape*: CSV text with the columns code, name, level, population, hosts.
    *Raises*: ValueError where a population is no number or a column is missing.
    """
    areas = []
    for line, row in enumerate(csv.DictReader(text.splitlines()), start=2):
        try:
            population = int(row["population"])
            hosts = tuple(row["hosts"].split())
            areas.append(CensusArea(row["code"], row["name"], row["level"], population, hosts))
        except (KeyError, TypeError, ValueError) as fault:
            raise ValueError(f"census table, line {line}: {row!r} is not an area ({fault!r})") from fault
    return tuple(areas)


def county_population(text: str) -> Mapping[str, int]:
    """Return the residents of each county, including the functional zones on its ground.

    The census counts a zone (高新区, 开发区) apart from the counties, yet its people live on the ground of
    one or two of them. They are added to those host counties in proportion to the hosts' own residents,
    as whole persons, so that the counties of a province sum to the province.

    *Shape*: county code → residents, in the table's order.
    *Raises*: ValueError where a zone names no host or one that the table lacks.
    *Source*: see ``geo/facts/README.md``.
    """
    areas = parse_census_areas(text)
    own = {area.code: area.population for area in areas if area.level == "county"}
    people = dict(own)
    for zone in (area for area in areas if area.level == "zone"):
        if not zone.hosts or not set(zone.hosts) <= own.keys():
            raise ValueError(
                f"zone {zone.code} {zone.name}: hosts {zone.hosts!r} are not counties of the table"
            )
        shares = apportion(zone.population, [own[host] for host in zone.hosts])
        for host, share in zip(zone.hosts, shares, strict=True):
            people[host] += share
    return MappingProxyType(people)


def apportion(whole: int, weights: Sequence[int]) -> list[int]:
    """Share out ``whole`` things in proportion to the weights, by largest remainder.

    Ties go to the earlier weight, so that the same input always gives the same shares.

    *Shape*: one share per weight; they sum to ``whole``.
    *Raises*: ValueError where no weight is positive or one is negative.
    *Source*: method of Hamilton (largest remainder), in whole numbers throughout.
    """
    total = sum(weights)
    if total <= 0 or min(weights) < 0:
        raise ValueError(
            f"weights {list(weights)!r} can't be shared by: none may be negative, one must be positive"
        )
    shares = [whole * weight // total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: -(whole * weights[i] % total))
    for i in by_remainder[: whole - sum(shares)]:
        shares[i] += 1
    return shares


def read_packaged_table(name: str) -> str:
    """Return the text of a packaged table, such as ``shandong_census_2020.csv``.

    *Raises*: FileNotFoundError if there is no such table.
    """
    return files("geo").joinpath("facts", name).read_text(encoding="utf-8")


def list_added_zones(counties: Collection[str]) -> list[tuple[CensusArea, list[str]]]:
    """Return the functional zones whose residents are added to the counties, with the names of all their hosts."""
    areas = parse_census_areas(read_packaged_table("shandong_census_2020.csv"))
    names = {area.code: area.name for area in areas}
    return [
        (area, [names[host] for host in area.hosts])
        for area in areas
        if area.level == "zone" and not set(area.hosts).isdisjoint(counties)
    ]


@cache
def shandong_population() -> Mapping[str, int]:
    """Return the residents of the 136 counties of Shandong at the 2020 census, functional zones included.

    *Source*: see ``geo/facts/README.md``.
    """
    return county_population(read_packaged_table("shandong_census_2020.csv"))
