"""What a rider types, found in the register and in the names of the streets, for the rider to choose from."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from core.text_marks import N_
from geo.place_names.kinds import StreetKind
from geo.place_names.query_words import AREA_SUFFIX, normalize_text
from store import StoreError
from yihui.files.street_names.search import ALIKE, FoundName, search_names
from yihui.http.site import Site
from yihui.http.stations.place_search import FoundPlace
from yihui.runtime.language import Language
from yihui.views.labels import format_distance
from yihui.views.streets import format_kind, list_area_names

_SHARE = 3  # of the places of each source that are shown at least, where there are so many


def find_all_places(
    site: Site,
    text: str,
    limit: int = 8,
    near: tuple[float, float] | None = None,
    district: str | None = None,
) -> list[FoundPlace]:
    """Return the places that match a text, the likeliest first: in the register, and in the streets where built.

    *CRS*: ``near`` is the user's point in WGS84. ``district``: the code of an area outside which nothing is found,
    as nothing is outside the site's.
    *Raises*: StoreError if the database can't be read.
    """
    registered, area = site.place_index_cache.search(text, limit, near, district), site.wiring.served_area
    within = district if area is None else area.narrow(district)
    if site.wiring.street_names is None or (area is not None and within is None):
        return registered
    nothing: list[FoundName] = []
    streets = site.wiring.street_names.use(
        lambda names: search_names(names, text, limit, near, within), otherwise=nothing
    )
    return _merged(registered, [FoundPlace(one, (one.lon, one.lat)) for one in streets], limit)


def list_called(site: Site, text: str) -> list[str]:
    """Return a district's code, or an empty text, for each place whose whole name is the text, two at most.

    A district is also called without 市, 区 … None is found while the database can't be read.
    """
    try:
        found = find_all_places(site, text, 2)
    except StoreError:
        return []
    sought, called = normalize_text(text), list[str]()
    for one in found:
        name, code = (
            normalize_text(one.name.name),
            one.name.ref if one.name.kind is StreetKind.DISTRICT else "",
        )
        if sought in (name, code and AREA_SUFFIX.sub("", name)):
            called.append(code)
    return called


def finds_place(site: Site, text: str) -> bool:
    """Return whether a place matches a text; none does while the database can't be read."""
    try:
        return bool(find_all_places(site, text, 1))
    except StoreError:
        return False


def _merged(registered: Sequence[FoundPlace], streets: Sequence[FoundPlace], limit: int) -> list[FoundPlace]:
    """Merge two lists by how much of the name was typed, and then the nearer first; neither pushes the other out.

    What is called just so comes first: districts, then streets and landmarks, then stations.
    """
    ranked = sorted([*registered, *streets], key=_order)  # stable: each source keeps its own order
    kept = [one for one in ranked if not one.is_street][: max(_SHARE, limit - len(streets))]
    kept += [one for one in ranked if one.is_street][: max(_SHARE, limit - len(kept))]
    return [place for place in ranked if place in kept][:limit]


def _order(found: FoundPlace) -> tuple[int, bool, float]:
    name, is_station = found.name, found.name.kind is StreetKind.STATION
    if name.rank == 0 or name.distance_m is None:
        return name.rank, is_station, 0.0
    return name.rank, False, name.distance_m


Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class PlaceChoice:
    """One place to choose; ``where`` holds the form fields that select it and replace the address in words.

    No two choices of a list have both the same name and the same detail.
    """

    name: str
    detail: str
    where: Mapping[str, object]
    is_street: bool = False  # from the names of the streets, whose source is named
    station: str = ""  # the id of the station that it is
    state: str = ""  # of a station, in words, where its hours are looked at
    is_called: bool = True  # whether it has the name or the address that was typed, and not only one like it


def find_place_choices(
    site: Site, text: str, near: Point | None, language: Language
) -> tuple[PlaceChoice, ...]:
    """Return the matching places, likeliest first, seen from ``near`` (WGS84), which is too rough to state distances.

    *Raises*: StoreError if the database can't be read.
    """
    found = find_all_places(site, text, near=near)
    made = build_place_choices(found, language, with_distances=False)
    chosen = ((one, _is_called(at, text)) for one, at in zip(made, found, strict=True))
    return tuple(replace(one, is_called=bool(called)) for one, called in chosen if called is not None)


def _is_called(found: FoundPlace, text: str) -> bool | None:
    """Return whether a place is called as was typed: its name or address holds each word, or the word without its areas.

    None if it isn't even like it: a single sign beside an area is no name, 济南站 is none of the many 驿站 of 济南.
    Pinyin is taken as it was matched.
    """
    if found.is_street and found.name.rank < ALIKE:
        return True
    areas = [normalize_text(area) for area in list_area_names(found.name)]
    names = normalize_text(found.name.name), normalize_text(found.address), "".join(areas)
    for word in filter(None, map(normalize_text, text.split())):
        rest = word
        for area in areas:
            rest = rest.removeprefix(area).removeprefix(AREA_SUFFIX.sub("", area))
        sought = (word, rest) if len(rest) > 1 else (word,)
        if rest and not re.search("[a-z]", word) and not any(one in name for one in sought for name in names):
            return None if len(rest) == 1 and rest != word else False
    return True


def build_place_choices(
    places: Sequence[FoundPlace], language: Language, *, with_distances: bool = True
) -> tuple[PlaceChoice, ...]:
    """Return the choices of places, in their order."""
    if not with_distances:
        places = [replace(one, name=replace(one.name, distance_m=None)) for one in places]
    made = [_choice(place, language) for place in places]
    numbers = [language.render(N_("number {n} in this list"), n=at) for at in range(1, len(places) + 1)]
    for texts in (
        [_distance(place, language) for place in places],
        list(map(_format_point, places)),
        numbers,
    ):
        made = _told_apart(made, texts)
    return tuple(made)


def _choice(found: FoundPlace, language: Language) -> PlaceChoice:
    areas = list_area_names(found.name)
    if found.name.kind is StreetKind.DISTRICT:
        count = language.render(N_("places: {count}"), count=f"{found.count:,}")
        return PlaceChoice("".join(areas), count, {"district": found.name.ref})
    parts = ["".join(areas[1:] or areas)]
    if found.is_street:
        parts.insert(0, format_kind(found.name, language))
        if found.name.distance_m is not None:
            parts.append(format_distance(found.name.distance_m, language))
    else:
        street = found.address
        for area in areas:
            street = street.removeprefix(area)
        parts.append(street.strip())
    detail = " · ".join(part for part in parts if part)
    station = found.name.ref if found.name.kind is StreetKind.STATION else ""
    return PlaceChoice(found.name.name, detail, _where(found), found.is_street, station)


def _told_apart(choices: Sequence[PlaceChoice], texts: Sequence[str]) -> list[PlaceChoice]:
    """Return the choices, each text behind the detail of its choice where another one looks the same."""
    seen = Counter((one.name, one.detail) for one in choices)
    return [
        replace(one, detail=" · ".join(filter(None, (one.detail, text))))
        if seen[one.name, one.detail] > 1
        else one
        for one, text in zip(choices, texts, strict=True)
    ]


def _distance(found: FoundPlace, language: Language) -> str:
    """Return how far a station is, where that may be said; the detail of a street says it already."""
    metres = None if found.is_street else found.name.distance_m
    return "" if metres is None else format_distance(metres, language)


def _format_point(found: FoundPlace) -> str:
    return "" if found.point is None else "{:.5f}, {:.5f}".format(*found.point)


def _where(found: FoundPlace) -> Mapping[str, object]:
    """Return the form fields for the place's position; for the station itself if it has no coordinates."""
    if found.point is None:
        return {"station": found.name.ref}
    lon, lat = found.point
    return {"lon": f"{lon:.5f}", "lat": f"{lat:.5f}", "datum": "wgs84"}
