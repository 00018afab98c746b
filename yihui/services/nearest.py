"""A question for the nearest stations, as the command line, the API and the page put it."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from numpy.typing import ArrayLike

from geo.crs import Datum, to_wgs84
from geo.nearest.filters import Filters
from geo.nearest.travel_time import Travel
from yihui.views.stations import civil

if TYPE_CHECKING:
    from geo.nearest.index import StationIndex
    from geo.nearest.network import Network
    from geo.nearest.result import Nearest

TRAVELS = {"walk": Travel.walk, "ebike": Travel.e_bike}


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of every point. *CRS*: points come in ``datum``, and so does the answer go out."""

    datum: Datum
    k: int
    at: datetime
    filters: Filters
    travel: str | None
    within_m: float | None
    register: str | None
    speed_km_per_h: float | None = None

    def asked_at(self, at: datetime) -> "Question":
        """The same at another instant; `dataclasses.replace` takes twice as long."""
        return Question(
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
    def way(self) -> Travel | None:
        """How one goes there, at one's own speed where that is given."""
        if self.travel is None:
            return None
        usual = TRAVELS[self.travel]()
        return (
            usual if self.speed_km_per_h is None else replace(usual, speed_m_per_s=self.speed_km_per_h / 3.6)
        )

    def as_data(self) -> dict[str, object]:
        asked = self.filters
        return {
            "datum": self.datum.value,
            "k": self.k,
            "at": civil(self.at),
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
            "speed_km_per_h": None if self.way is None else round(self.way.speed_m_per_s * 3.6, 3),
            "detour_factor": None if self.way is None else self.way.detour_factor,
            "within_m": self.within_m,
            "register": self.register,
        }

    def put_to(
        self, index: "StationIndex", points: ArrayLike, network: "Network | None" = None
    ) -> "list[Nearest]":
        """The answers of an index, by a network where there is one. *Shape*: (n, 2) lon, lat. *CRS*: that of ``datum``."""
        return index.nearest(
            to_wgs84(points, self.datum),
            self.k,
            when=self.at,
            filters=self.filters,
            travel=self.way,
            within_m=self.within_m,
            network=network,
        )

    def put_near(self, index: "StationIndex", lon: float, lat: float, widest: int | None = None) -> "Nearest":
        """As `put_to`, of one point that was brought to WGS84 already, by the straight line. *Raises*: geo.nearest.criteria.WideSearch."""
        from geo.nearest.query import Inquiry

        return index.near(lon, lat, Inquiry(self.k, self.at, self.filters, self.way, self.within_m, widest))
