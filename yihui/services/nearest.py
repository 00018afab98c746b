"""The nearest query, as the command line, the API and the page send it."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from numpy.typing import ArrayLike

from core.civil_time import format_civil_instant
from geo.crs import Datum, to_wgs84
from geo.nearest.filters import Filters
from geo.nearest.travel_time import Travel

if TYPE_CHECKING:
    from geo.nearest.index import StationIndex
    from geo.nearest.network import Network
    from geo.nearest.result import NearestResult

TRAVEL_MODES = {"walk": Travel.walk, "ebike": Travel.e_bike}


@dataclass(frozen=True, slots=True)
class NearestQuery:
    """The criteria that apply to every point of a nearest query. *CRS*: points and results are in ``datum``."""

    datum: Datum
    k: int
    at: datetime
    filters: Filters
    travel: str | None
    within_m: float | None
    register: str | None
    speed_km_per_h: float | None = None

    def with_instant(self, at: datetime) -> "NearestQuery":
        """Return the same query for another instant. `dataclasses.replace` takes twice as long."""
        return NearestQuery(
            self.datum,
            self.k,
            at,
            self.filters,
            self.travel,
            self.within_m,
            self.register,
            self.speed_km_per_h,
        )

    @property
    def travel_profile(self) -> Travel | None:
        """Return the mode of travel, with the rider's own speed if given, or None for the straight line."""
        if self.travel is None:
            return None
        usual = TRAVEL_MODES[self.travel]()
        return (
            usual if self.speed_km_per_h is None else replace(usual, speed_m_per_s=self.speed_km_per_h / 3.6)
        )

    def as_data(self) -> dict[str, object]:
        """Return the query as JSON data."""
        asked = self.filters
        return {
            "datum": self.datum.value,
            "k": self.k,
            "at": format_civil_instant(self.at),
            "kinds": sorted(asked.kinds),
            "facilities": sorted(asked.facilities),
            "entries": sorted(asked.entries),
            "accesses": sorted(asked.accesses),
            "open": asked.open_only,
            "not_closed": asked.not_closed,
            "stay_min": asked.stay_min,
            "verified_within_days": asked.verified_within_days,
            "employer": asked.employer,
            "benefits": sorted(asked.benefits),
            "travel": self.travel,
            "speed_km_per_h": None
            if self.travel_profile is None
            else round(self.travel_profile.speed_m_per_s * 3.6, 3),
            "detour_factor": None if self.travel_profile is None else self.travel_profile.detour_factor,
            "within_m": self.within_m,
            "register": self.register,
        }

    def find_nearest(
        self, index: "StationIndex", points: ArrayLike, network: "Network | None" = None
    ) -> "list[NearestResult]":
        """Return the nearest stations of an index for each point, by the street network if one is given.

        *Shape*: (n, 2) lon, lat. *CRS*: that of ``datum``.
        """
        return index.nearest(
            to_wgs84(points, self.datum),
            self.k,
            when=self.at,
            filters=self.filters,
            travel=self.travel_profile,
            within_m=self.within_m,
            network=network,
        )

    def find_nearest_at(
        self, index: "StationIndex", lon: float, lat: float, widest: int | None = None
    ) -> "NearestResult":
        """Return the nearest stations to one WGS84 point by the straight line. *Raises*:
        geo.nearest.criteria.WideSearch.
        """
        from geo.nearest.query import StationQuery

        return index.nearest_at(
            lon, lat, StationQuery(self.k, self.at, self.filters, self.travel_profile, self.within_m, widest)
        )
