"""How much dwelling floor a mapped building has: footprint × levels × share of dwelling by its kind.

The shares and the levels by kind are assumptions of ours, not figures of any standard: maps say what a building
is far more often than how much of it is lived in. They matter only relative to each other within one county,
because a county's residents are those of the census whatever its buildings add up to.
"""

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

MAX_LEVELS = 150.0  # no residential building has more; a larger number is a slip
MAX_FOOTPRINT_M2 = 500_000.0  # a larger outline is no single building
_LEVELS = re.compile(r"(\d{1,9}(?:\.\d{1,4})?)(?:层|f|floors?|levels?)?")

# Assumptions of ours: the share of the floor that people live in, by the value of building=*.
_DWELLING = dict.fromkeys(
    (
        *("apartments", "bungalow", "cabin", "detached", "dormitory", "farm", "ger", "house", "houseboat"),
        *("hut", "residential", "semidetached_house", "static_caravan", "terrace", "tree_house", "villa"),
    ),
    1.0,
)
_PARTLY = {"mixed": 0.5, "mixed_use": 0.5, "commercial": 0.1, "retail": 0.1, "shop": 0.1}
_NO_DWELLING = dict.fromkeys(
    (
        *("no", "barn", "barracks", "boathouse", "bridge", "bunker", "cathedral", "carport", "chapel"),
        *("church", "civic", "clinic", "college", "conservatory", "construction", "container", "cowshed"),
        *("data_center", "digester", "factory", "farm_auxiliary", "fire_station", "gatehouse", "garage"),
        *("garages", "gasometer", "government", "grandstand", "greenhouse", "guardhouse", "hall", "hangar"),
        *("hospital", "hotel", "industrial", "kindergarten", "kiosk", "library", "manufacture", "market"),
        *("mall", "military", "monastery", "mosque", "museum", "office", "outbuilding", "pagoda", "parking"),
        *("pavilion", "police", "power", "prison", "proposed", "public", "religious", "riding_hall", "roof"),
        *("ruins", "school", "service", "shed", "shrine", "shelter", "silo", "slurry_tank", "sports_centre"),
        *("sports_hall", "stable", "stadium", "storage_tank", "sty", "substation", "supermarket", "temple"),
        *("tent", "toilets", "tower", "train_station", "transformer_tower", "transportation", "university"),
        *("warehouse", "water_tower"),
    ),
    0.0,
)
DWELLING_SHARES: Mapping[str, float] = MappingProxyType({**_DWELLING, **_PARTLY, **_NO_DWELLING})
UNKNOWN_KIND_SHARE = 0.5  # building=yes, and kinds that the table doesn't name

# Assumptions of ours: the levels of a building that doesn't state them, by its kind.
ASSUMED_LEVELS: Mapping[str, float] = MappingProxyType(
    {"apartments": 6.0, "dormitory": 5.0, "residential": 4.0, "mixed": 3.0, "mixed_use": 3.0, "yes": 2.0}
)
_OTHER_LEVELS = 1.0


def dwelling_share(kind: str) -> float:
    """Return the assumed share of a building's floor that people live in, 0..1, by its building=* value.

    >>> dwelling_share("apartments"), dwelling_share("warehouse"), dwelling_share("yes")
    (1.0, 0.0, 0.5)
    """
    return DWELLING_SHARES.get(_plain(kind), UNKNOWN_KIND_SHARE)


def parse_levels(text: str) -> float | None:
    """Return the levels above ground that building:levels=* states; None for what can't be meant.

    Full-width digits are read. Negative numbers, zero, lists, markup, and more than `MAX_LEVELS` are not.

    >>> parse_levels("５"), parse_levels("3.5"), parse_levels("-2"), parse_levels("40000")
    (5.0, 3.5, None, None)
    """
    found = _LEVELS.fullmatch(_plain(text))
    levels = float(found[1]) if found else 0.0
    return levels if 0.0 < levels <= MAX_LEVELS else None


def dwelling_levels(kind: str, levels: str | None = None) -> float:
    """Return the levels of dwelling in a building: stated or assumed levels × share of dwelling.

    Times its footprint this is its dwelling floor.

    >>> dwelling_levels("apartments", "18"), dwelling_levels("house"), dwelling_levels("school", "4")
    (18.0, 1.0, 0.0)
    """
    stated = None if levels is None else parse_levels(levels)
    assumed = ASSUMED_LEVELS.get(_plain(kind), _OTHER_LEVELS)
    return dwelling_share(kind) * (assumed if stated is None else stated)


def _plain(text: str) -> str:
    """Return a tag's value as it was meant: half-width, lower case, without blanks around."""
    return unicodedata.normalize("NFKC", text[:80]).strip().lower()
