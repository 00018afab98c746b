"""The packaged tables of facts (``geo/facts/``), read where they are asked for and not before."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from geo.census import county_population


def fact_table(name: str) -> str:
    """The text of one packaged table, such as ``shandong_census_2020.csv``.

    *Raises*: FileNotFoundError where no such table is packaged.
    """
    return files("geo").joinpath("facts", name).read_text(encoding="utf-8")


@cache
def shandong_population() -> Mapping[str, int]:
    """Residents of the 136 counties of Shandong at the 2020 census, functional zones included.

    *Source*: see ``geo/facts/README.md``.
    """
    return county_population(fact_table("shandong_census_2020.csv"))
