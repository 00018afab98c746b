"""Read the packaged data tables in ``geo/facts/``, each when it is first needed."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from geo.census import county_population


def read_packaged_table(name: str) -> str:
    """Return the text of a packaged table, such as ``shandong_census_2020.csv``.

    *Raises*: FileNotFoundError if there is no such table.
    """
    return files("geo").joinpath("facts", name).read_text(encoding="utf-8")


@cache
def shandong_population() -> Mapping[str, int]:
    """Return the residents of the 136 counties of Shandong at the 2020 census, functional zones included.

    *Source*: see ``geo/facts/README.md``.
    """
    return county_population(read_packaged_table("shandong_census_2020.csv"))
