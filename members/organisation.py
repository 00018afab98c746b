"""Organisations in five levels: province, city, county, township, enterprise."""

import re
from dataclasses import dataclass
from enum import IntEnum

_CODE = re.compile(r"[0-9]{6}([0-9]{3}(-[0-9]{5})?)?")


class Level(IntEnum):
    PROVINCE = 1
    CITY = 2
    COUNTY = 3
    TOWNSHIP = 4
    ENTERPRISE = 5


@dataclass(frozen=True, slots=True)
class Organisation:
    """One union organisation. ``code`` carries its place: 370202001-00017 is below 370202001."""

    code: str
    name: str

    @property
    def level(self) -> Level:
        return level_of(self.code)

    @property
    def parent(self) -> str | None:
        return parent_of(self.code)


def is_code(text: str) -> bool:
    return _CODE.fullmatch(text) is not None


def level_of(code: str) -> Level:
    """The level that a code's form gives it (GB/T 2260 to the county, GB/T 10114 to the township)."""
    if "-" in code:
        return Level.ENTERPRISE
    if len(code) == 9:
        return Level.TOWNSHIP
    if code.endswith("0000"):
        return Level.PROVINCE
    return Level.CITY if code.endswith("00") else Level.COUNTY


def parent_of(code: str) -> str | None:
    """The code one level up; None for a province.

    A county directly under the province's city (code ending in 00) belongs to the city.
    """
    match level_of(code):
        case Level.ENTERPRISE:
            return code.partition("-")[0]
        case Level.TOWNSHIP:
            return code[:6]
        case Level.COUNTY:
            return code[:4] + "00"
        case Level.CITY:
            return code[:2] + "0000"
        case Level.PROVINCE:
            return None


def lineage(code: str) -> tuple[str, ...]:
    """The organisation and all above it, nearest first."""
    chain = [code]
    while (above := parent_of(chain[-1])) is not None:
        chain.append(above)
    return tuple(chain)
