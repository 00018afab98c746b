"""Random registers and query points for the benchmarks."""

import numpy as np

from geo.geodesy import Floats
from geo.nearest.filters import Filters
from geo.station import Access, Kind, Station

BOX_LOWER_LEFT, BOX_UPPER_RIGHT = (114.8, 34.4), (122.7, 38.4)  # Shandong's bounding box, lon and lat
HALF_PASS_FILTERS = Filters(
    facilities=frozenset({"water"}), accesses=frozenset({Access.PUBLIC}), open_only=True
)


def random_points(rng: np.random.Generator, n: int) -> Floats:
    """Return ``n`` points: two in three in 136 towns, the rest anywhere in Shandong's bounding box.

    *Shape*: (n, 2), lon and lat.
    """
    towns = rng.uniform(BOX_LOWER_LEFT, BOX_UPPER_RIGHT, (136, 2))[rng.integers(0, 136, 2 * n // 3)]
    near_towns = np.clip(towns + rng.normal(0, 0.04, towns.shape), BOX_LOWER_LEFT, BOX_UPPER_RIGHT)
    return np.concatenate((near_towns, rng.uniform(BOX_LOWER_LEFT, BOX_UPPER_RIGHT, (n - len(towns), 2))))


def random_register(rng: np.random.Generator, n: int) -> list[Station]:
    """Return ``n`` stations, about half of which pass `HALF_PASS_FILTERS`.

    These are open on a Friday morning, offer water and are open to the public.
    """
    hours = rng.choice(["24小时", "周一至周五8:30-17:30", "18:00-次日6:00", ""], n, p=[0.4, 0.4, 0.1, 0.1])
    water, public = rng.random(n) < 0.8, rng.random(n) < 0.8
    return [
        Station(
            id=f"{number:06d}",
            name="示例",
            kind=Kind.OUTDOOR_STATION,
            lon=lon,
            lat=lat,
            hours_text=str(hours[number]),
            facilities=frozenset({"water"} if water[number] else ()),
            access=Access.PUBLIC if public[number] else Access.EMPLOYER,
        )
        for number, (lon, lat) in enumerate(random_points(rng, n).tolist())
    ]
