"""Find what a rider types in the register and in the names of the streets, as one list."""

from collections.abc import Sequence

from geo.place_names.kinds import StreetKind
from yihui.files.street_names.search import FoundName, search_names
from yihui.http.site import Site
from yihui.http.stations.place_search import FoundPlace

_SHARE = 3  # of the places of each source that are shown at least, where there are so many


def find_all_places(
    site: Site,
    text: str,
    limit: int = 8,
    near: tuple[float, float] | None = None,
    district: str | None = None,
) -> list[FoundPlace]:
    """Return the places that match a text, the likeliest first: in the register, and in the streets where built.

    *CRS*: ``near`` is the user's point in WGS84. ``district``: the code of an area outside which nothing is found.
    *Raises*: StoreError if the database can't be read.
    """
    registered = site.place_index_cache.search(text, limit, near, district)
    if site.wiring.street_names is None:
        return registered
    nothing: list[FoundName] = []
    streets = site.wiring.street_names.use(
        lambda names: search_names(names, text, limit, near, district), otherwise=nothing
    )
    return _merged(registered, [FoundPlace(one, (one.lon, one.lat)) for one in streets], limit)


def _merged(registered: Sequence[FoundPlace], streets: Sequence[FoundPlace], limit: int) -> list[FoundPlace]:
    """Merge two lists by how much of the name was typed; neither pushes the other out.

    What is called just so comes first: districts, then streets and landmarks, then stations.
    """
    ranked = sorted([*registered, *streets], key=_order)  # stable: each source keeps its own order
    kept = [one for one in ranked if not one.is_street][: max(_SHARE, limit - len(streets))]
    kept += [one for one in ranked if one.is_street][: max(_SHARE, limit - len(kept))]
    return [place for place in ranked if place in kept][:limit]


def _order(found: FoundPlace) -> tuple[int, bool]:
    return min(found.name.rank, 2), found.name.kind is StreetKind.STATION
