"""The codes of union organisations: their form, level and, by default, what is above them."""

import re
from enum import IntEnum
from functools import lru_cache

from core.text_marks import N_

ORGANISATION_CODE_FORM = N_("an organisation code has 6 or 9 digits, or these, a hyphen and 5 digits")
_CODE_FORM = re.compile(r"[0-9]{6}([0-9]{3})?(-[0-9]{5})?")


class OrganisationLevel(IntEnum):
    PROVINCE = 1
    CITY = 2
    COUNTY = 3
    TOWNSHIP = 4
    ENTERPRISE = 5


def is_organisation_code(text: str) -> bool:
    return _CODE_FORM.fullmatch(text) is not None


def organisation_level(code: str) -> OrganisationLevel:
    """Return the level of a code, from its form (GB/T 2260 to the county, GB/T 10114 to the township)."""
    if "-" in code:
        return OrganisationLevel.ENTERPRISE
    if len(code) == 9:
        return OrganisationLevel.TOWNSHIP
    if code.endswith("0000"):
        return OrganisationLevel.PROVINCE
    return OrganisationLevel.CITY if code.endswith("00") else OrganisationLevel.COUNTY


def parent_code(code: str) -> str | None:
    """Return the code one level up; None for a province.

    A county directly under the province's city (code ending in 00) belongs to the city.
    """
    match organisation_level(code):
        case OrganisationLevel.ENTERPRISE:
            return code.partition("-")[0]
        case OrganisationLevel.TOWNSHIP:
            return code[:6]
        case OrganisationLevel.COUNTY:
            return code[:4] + "00"
        case OrganisationLevel.CITY:
            return code[:2] + "0000"
        case OrganisationLevel.PROVINCE:
            return None


@lru_cache(maxsize=8_192)
def organisation_lineage(code: str) -> tuple[str, ...]:
    """Return the code and all codes above it, nearest first."""
    chain = [code]
    while (above := parent_code(chain[-1])) is not None:
        chain.append(above)
    return tuple(chain)
