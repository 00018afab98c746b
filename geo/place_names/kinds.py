"""What kind of named place an OpenStreetMap object is, by its tags.

*Source*: OpenStreetMap wiki, “Map features”: https://wiki.openstreetmap.org/wiki/Map_features
"""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum


class StreetKind(StrEnum):
    """A kind of named place, in the order in which equally good matches are listed."""

    DISTRICT = "district"  # a county, city or province of the register
    TRANSIT_STATION = "transit_station"  # railway, underground, coach station, airport
    TOWNSHIP = "township"
    SIGHT = "sight"
    PARK = "park"
    HOSPITAL = "hospital"
    ROAD = "road"
    MALL = "mall"
    SCHOOL = "school"
    COMPOUND = "compound"
    VILLAGE = "village"
    NATURE = "nature"  # hills, rivers, lakes, springs
    FACILITY = "facility"
    TRANSIT_STOP = "transit_stop"
    CROSSING = "crossing"
    HOUSE = "house"
    STATION = "station"  # of the register


KIND_ORDER: Mapping[StreetKind, int] = {kind: at for at, kind in enumerate(StreetKind)}

_ROAD_VALUES = (
    "motorway trunk primary secondary tertiary unclassified residential road living_street pedestrian service track"
    " footway path cycleway steps busway motorway_link trunk_link primary_link secondary_link tertiary_link"
    " construction"
)
_ROADS = frozenset(_ROAD_VALUES.split())
# Key, values (any where empty) and kind; the first row that fits decides.
_BY_TAG: Sequence[tuple[str, str, StreetKind]] = (
    ("railway", "station halt", StreetKind.TRANSIT_STATION),
    ("public_transport", "station", StreetKind.TRANSIT_STATION),
    ("amenity", "bus_station ferry_terminal", StreetKind.TRANSIT_STATION),
    ("aeroway", "aerodrome terminal", StreetKind.TRANSIT_STATION),
    ("highway", "bus_stop", StreetKind.TRANSIT_STOP),
    ("public_transport", "platform stop_position", StreetKind.TRANSIT_STOP),
    ("railway", "tram_stop subway_entrance", StreetKind.TRANSIT_STOP),
    ("place", "town township", StreetKind.TOWNSHIP),
    ("place", "village hamlet isolated_dwelling", StreetKind.VILLAGE),
    ("place", "suburb quarter neighbourhood city_block", StreetKind.COMPOUND),
    ("amenity", "hospital clinic doctors", StreetKind.HOSPITAL),
    ("amenity", "school university college kindergarten", StreetKind.SCHOOL),
    ("shop", "mall supermarket department_store wholesale", StreetKind.MALL),
    ("amenity", "marketplace", StreetKind.MALL),
    ("tourism", "attraction museum zoo theme_park viewpoint gallery", StreetKind.SIGHT),
    ("historic", "", StreetKind.SIGHT),
    ("leisure", "park garden nature_reserve stadium sports_centre", StreetKind.PARK),
    ("place", "square islet island", StreetKind.PARK),
    ("natural", "peak spring water bay cape hill ridge beach", StreetKind.NATURE),
    ("waterway", "river canal stream dam drain ditch", StreetKind.NATURE),
    ("landuse", "residential", StreetKind.COMPOUND),
    ("building", "apartments residential dormitory", StreetKind.COMPOUND),
    ("junction", "yes", StreetKind.CROSSING),
    ("man_made", "bridge", StreetKind.CROSSING),
    ("highway", "motorway_junction", StreetKind.CROSSING),
    ("highway", "services rest_area", StreetKind.FACILITY),
    *((key, "", StreetKind.FACILITY) for key in ("amenity", "office", "shop", "tourism", "leisure")),
    ("landuse", "industrial commercial retail", StreetKind.FACILITY),
    ("building", "", StreetKind.FACILITY),
    ("man_made", "", StreetKind.FACILITY),
    ("barrier", "gate entrance toll_booth", StreetKind.FACILITY),
    ("entrance", "", StreetKind.FACILITY),
    ("place", "locality", StreetKind.VILLAGE),
)
_TOWNSHIP_LEVELS = ("8", "9")
_NOT = ("", "no")
_ROUNDABOUTS = ("roundabout", "circular")


def classify_tags(tags: Mapping[str, str]) -> StreetKind | None:
    """Return the kind of a named object other than a road; None for objects for which nobody searches."""
    if tags.get("boundary") == "administrative" and tags.get("admin_level") in _TOWNSHIP_LEVELS:
        return StreetKind.TOWNSHIP
    for key, values, kind in _BY_TAG:
        value = tags.get(key, "")
        if value not in _NOT and (not values or value in values.split()):
            return kind
    return None


def is_road(tags: Mapping[str, str]) -> bool:
    """Return whether the tags of a way are those of a road or path."""
    return tags.get("highway", "") in _ROADS


def is_roundabout(tags: Mapping[str, str]) -> bool:
    """Return whether the tags of a way are those of a roundabout."""
    return tags.get("junction") in _ROUNDABOUTS and is_road(tags)


# The build reads an object only if it has one of these tags, or a house number.
NAME_KEYS = ("name", "name:zh", "name:zh-Hans", "name:zh-Hant")
ALIAS_KEYS = ("alt_name", "short_name", "old_name", "official_name", "loc_name", "name:en", *NAME_KEYS[1:])
_RAILWAY_STATIONS = ("station", "halt")
_STATION_SUFFIX = "站"
_METRO_STATIONS = ("subway", "light_rail", "monorail")
# What tells the kind of a station.
_SPOKEN_STATION = re.compile(r"^地[铁鐵]|(?:地[铁鐵]|火[车車]|高[铁鐵]|汽[车車]|公交|[车車])?站$")


def list_names(tags: Mapping[str, str]) -> list[str]:
    """Return the names of an object without repeats, the one to show first; empty if it has none.

    A value may hold several names between semicolons. A railway station is shown with 站 at its end (济南站),
    and found without it too; other stations and stops are found as people call them.
    """
    shown = next((tags[key] for key in NAME_KEYS if tags.get(key, "").strip()), "")
    values = [shown, *(tags.get(key, "") for key in ALIAS_KEYS)]
    names = [name.strip() for value in values if value for name in value.split(";") if name.strip()]
    if names and tags.get("railway") in _RAILWAY_STATIONS and not names[0].endswith(_STATION_SUFFIX):
        names.insert(0, names[0] + _STATION_SUFFIX)
    if names:
        names += _list_spoken_names(names[0], tags)
    return list(dict.fromkeys(names))


def _list_spoken_names(shown: str, tags: Mapping[str, str]) -> list[str]:
    """Return what people call a station beside its name: 六道口站 is also 六道口地铁站 and 地铁六道口站."""
    place = _SPOKEN_STATION.sub("", shown)
    if place.isascii():  # a Latin name, or none is left
        return []
    metro = tags.get("station") in _METRO_STATIONS or tags.get("subway") == "yes"
    is_railway = tags.get("railway") in _RAILWAY_STATIONS
    is_station = is_railway or tags.get("public_transport") == "station"
    train = tags.get("train") == "yes" or (is_railway and not metro)
    coach = tags.get("amenity") == "bus_station" or (is_station and tags.get("bus") == "yes")
    is_stop = tags.get("public_transport") in ("platform", "stop_position")
    stop = tags.get("highway") == "bus_stop" or (is_stop and tags.get("bus") == "yes")
    return [
        *([f"{place}地铁站", f"地铁{place}站", f"地铁{place}"] if is_station and metro else []),
        *([f"{place}火车站", f"{place}高铁站", f"{place}车站"] if is_station and train else []),
        *([f"{place}汽车站"] if coach else []),
        *([f"{place}公交站"] if coach or stop else []),
    ]
