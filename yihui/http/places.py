"""Find what a rider types in the register and in the names of the streets, as one list."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from geo.place_names.pinyin import pinyin_spellings
from geo.place_names.query_words import LATIN, normalize_text
from yihui.http.site import Site
from yihui.http.stations.place_search import find_places

if TYPE_CHECKING:
    from geo.place_names.register import NamedPlace
    from yihui.files.street_names.search import FoundName

_SHARE = 3  # of the places of each source that are shown at least, where there are so many


@dataclass(frozen=True, slots=True)
class RegisteredPlace:
    """A district or station of the register."""

    place: "NamedPlace"

    @property
    def point(self) -> tuple[float, float] | None:
        """Where it is, lon and lat in WGS84; None for a station without coordinates."""
        lon, lat = self.place.lon, self.place.lat
        return None if lon is None or lat is None else (lon, lat)

    @property
    def district(self) -> str | None:
        """The code of the district in which it lies, or that it is."""
        return self.place.district


@dataclass(frozen=True, slots=True)
class StreetPlace:
    """A named place of the streets."""

    place: "FoundName"

    @property
    def point(self) -> tuple[float, float]:
        """Where it is, lon and lat in WGS84."""
        return self.place.lon, self.place.lat

    @property
    def district(self) -> str | None:
        """The code of the district in which it lies; None outside of all."""
        return self.place.area.code if self.place.area else None


FoundPlace = RegisteredPlace | StreetPlace


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
    registered = find_places(site, text, limit, district, near)
    if site.wiring.street_names is None:
        return [RegisteredPlace(one) for one in registered]
    from yihui.files.street_names.search import search_names

    nothing: list[FoundName] = []
    streets = site.wiring.street_names.use(
        lambda names: search_names(names, text, limit, near, district), otherwise=nothing
    )
    return _merged(registered, streets, text, limit)


def _merged(
    registered: Sequence["NamedPlace"], streets: Sequence["FoundName"], text: str, limit: int
) -> list[FoundPlace]:
    """Merge two lists by how much of the name was typed; neither pushes the other out.

    What is called just so comes first: districts, then streets and landmarks, then stations.
    """
    sought = normalize_text(text)
    ranked: list[tuple[int, bool, FoundPlace]] = [
        *((_rank(one.name, sought), one.kind == "station", RegisteredPlace(one)) for one in registered),
        *((min(one.rank, 2), False, StreetPlace(one)) for one in streets),
    ]
    ranked.sort(key=lambda one: one[:2])  # stable: each source keeps its own order
    found = [place for _, _, place in ranked]
    kept: list[FoundPlace] = [one for one in found if isinstance(one, RegisteredPlace)]
    del kept[max(_SHARE, limit - len(streets)) :]
    kept += [one for one in found if isinstance(one, StreetPlace)][: max(_SHARE, limit - len(kept))]
    return [place for place in found if place in kept][:limit]


def _rank(name: str, sought: str) -> int:
    """Return 0 for the whole name, 1 for its beginning, and 2 for any other match."""
    plain = normalize_text(name)
    written = [plain]
    if LATIN.fullmatch(sought):
        written += ["".join(syllables) for syllables in pinyin_spellings(plain)]
    return 0 if sought in written else 1 if any(one.startswith(sought) for one in written) else 2
