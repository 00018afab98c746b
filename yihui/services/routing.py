"""Real ways by Valhalla, whose own programs build the tiles and answer for them.

Its programs are called and not its Python part: that wants Python 3.12, while the programs run beside any. What
they need of memory and time is theirs, and a crash is no crash of ours. One question takes about 40 ms.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from typing_extensions import TypedDict

from geo.geodesy import Floats
from geo.nearest.network import Ways, joined
from geo.nearest.travel_time import Travel
from yihui.runtime.routing_faults import NoRouting, failed, no_programs, no_tiles

PROGRAMS = ("valhalla_build_tiles", "valhalla_service")
CONFIG, TILES, MARK = "valhalla.json", "tiles", "yihui-routing.json"
OFF_STREET_M = 1_000.0  # who is farther from any street is on none
_TARGETS = 20_000  # of one question
MOST_STARTS = 50
_NO_WAY = ("NoRoute", "NoSegment")
_NO_FERRY = {"use_ferry": 0.0, "exclude_ferries": True}  # a ferry is faster than any bound
_LIMITS = {
    "max_distance": 500_000.0,
    "max_locations": MOST_STARTS,
    "max_matrix_distance": 250_000.0,
    "max_matrix_location_pairs": _TARGETS,
}
_UNUSED_LIMITS = {
    "skadi": {"max_shape": 1, "min_resample": 1.0},
    "isochrone": dict.fromkeys(
        ("max_contours", "max_time_contour", "max_distance", "max_locations", "max_distance_contour"), 1
    ),
    "trace": dict.fromkeys(
        (
            *("max_distance", "max_gps_accuracy", "max_search_radius", "max_shape", "max_alternates"),
            "max_alternates_shape",
        ),
        1,
    ),
    **dict.fromkeys(("max_exclude_locations", "max_alternates", "max_exclude_polygons_length"), 1),
}


def programs(environ: Mapping[str, str] = os.environ) -> Path:
    """The folder with Valhalla's programs: named in YIHUI_VALHALLA, installed with us, or on the path.

    *Raises*: NoRouting.
    """
    found = next((folder for folder in _folders(environ) if _are_in(folder)), None)
    if found is None:
        raise NoRouting(no_programs(environ.get("YIHUI_VALHALLA", "")))
    return found


def _folders(environ: Mapping[str, str]) -> list[Path]:
    if named := environ.get("YIHUI_VALHALLA"):
        return [Path(named)]
    spec = find_spec("valhalla")
    packages = [Path(place) for place in (spec.submodule_search_locations or ())] if spec else []
    beside = Path(sys.prefix, "routing", "valhalla")  # where Python is too old for the package
    on_path = shutil.which(PROGRAMS[1])
    return [*(one / "bin" for one in (*packages, beside)), *([Path(on_path).parent] if on_path else [])]


def _are_in(folder: Path) -> bool:
    return all(os.access(folder / program, os.X_OK) for program in PROGRAMS)


def check_tiles(folder: Path) -> None:
    """*Raises*: NoRouting where the folder holds no tiles of ours."""
    if not (folder / MARK).is_file() or not (folder / TILES).is_dir():
        raise NoRouting(no_tiles(str(folder)))


@dataclass(frozen=True, slots=True)
class Streets:
    """The streets of a folder of tiles for one way of travelling: a `geo.nearest.network.Network`.

    The way from a point to its nearest street, and from the street to the door, is gone at the same speed
    in a straight line.
    """

    folder: Path
    programs: Path
    travel: Travel
    costing: str

    @classmethod
    def open(cls, folder: Path, way: str, travel: Travel) -> "Streets":
        """``way`` is walk or ebike. *Raises*: NoRouting."""
        check_tiles(folder)
        return cls(folder, programs(), travel, {"walk": "pedestrian", "ebike": "bicycle"}[way])

    @property
    def top_speed_m_per_s(self) -> float:
        return self.travel.speed_m_per_s

    def ways(self, start: tuple[float, float], ends: Floats) -> Ways | None:
        """As `geo.nearest.network.Network`. *Raises*: NoRouting where Valhalla fails."""
        (ways,) = self.ways_between(np.array([start], dtype=np.float64), ends)
        return ways

    def ways_between(self, starts: Floats, ends: Floats) -> list[Ways | None]:
        """As `geo.coverage.pairs.ManyWays`: a few starts are asked about for the price of one.

        *Raises*: ValueError for more starts than `MOST_STARTS`, NoRouting where Valhalla fails.
        """
        if len(starts) > MOST_STARTS:
            raise ValueError(f"{len(starts)} starts of one question; give {MOST_STARTS} at most")
        ways: list[Ways | None] = [Ways(np.empty(0), np.empty(0)) for _ in starts]
        together = _TARGETS // max(1, len(starts)) - len(starts)
        for at in range(0, len(ends) if len(starts) else 0, together):
            more = self._ways(starts, ends[at : at + together])
            ways = [joined(a, b) if a and b else None for a, b in zip(ways, more, strict=True)]
        return ways

    def _ways(self, starts: Floats, ends: Floats) -> list[Ways | None]:
        answer = self._asked(starts, ends)
        on_street = [source is not None for source in answer["sources"]]
        if any(on_street) and not all(on_street):  # one on no street spoils what is said of the others
            found = iter(self._ways(starts[on_street], ends))
            return [next(found) if one else None for one in on_street]
        doors = answer["destinations"][len(starts) :]
        to_street_m = np.array([np.inf if door is None else door["distance"] for door in doors])
        return [
            None if source is None else self._way(answer, row, source["distance"] + to_street_m)
            for row, source in enumerate(answer["sources"])
        ]

    def _way(self, answer: "_Matrix", row: int, off_m: Floats) -> Ways:
        """The ways of one start; how far it and each end are from their streets comes on top."""
        first = len(answer["sources"])
        seconds = _numbers(answer["durations"][row][first:]) + off_m / self.travel.speed_m_per_s
        metres = _numbers(answer["distances"][row][first:]) + off_m
        return Ways(seconds, np.where(np.isinf(seconds), np.inf, metres))

    def _asked(self, starts: Floats, ends: Floats) -> "_Matrix":
        """Seconds and metres from each start to all starts, so that one place is on a street if any is, and ends."""
        places = _places(np.concatenate((starts, ends)))
        answer = self._answer("sources_to_targets", sources=places[: len(starts)], targets=places)
        try:
            matrix: _Matrix = {key: answer[key] for key in _Matrix.__required_keys__}  # type: ignore[assignment]
        except KeyError as error:
            raise NoRouting(failed(str(self.folder), str(answer)[-300:])) from error
        return matrix

    def line(self, start: tuple[float, float], end: tuple[float, float]) -> Floats | None:
        """The fastest way as a line, from point to point; None where no street leads there.

        *Shape*: (n, 2), lon, lat. *CRS*: WGS84. *Raises*: NoRouting where Valhalla fails.
        """
        points = np.array([start, end], dtype=np.float64)
        answer = self._answer("route", locations=_places(points), shape_format="geojson")
        if answer.get("code") in _NO_WAY:
            return None
        try:
            line = np.array(answer["routes"][0]["geometry"]["coordinates"], dtype=np.float64)
            return np.concatenate((points[:1], line, points[1:]))
        except (LookupError, TypeError, ValueError) as error:
            raise NoRouting(failed(str(self.folder), str(answer)[-300:])) from error

    def _answer(self, action: str, **question: object) -> dict[str, Any]:
        """*Raises*: NoRouting where it is none."""
        speed = {"pedestrian": "walking_speed", "bicycle": "cycling_speed"}[self.costing]
        options = {self.costing: {speed: self.travel.speed_m_per_s * 3.6, **_NO_FERRY}}
        question |= {"costing": self.costing, "costing_options": options, "format": "osrm"}
        done = subprocess.run(
            [self.programs / PROGRAMS[1], CONFIG, action, "/dev/stdin"],
            input=json.dumps(question).encode(),
            capture_output=True,
            cwd=self.folder,
            check=False,
        )
        try:
            return dict(json.loads(done.stdout))
        except (ValueError, TypeError) as error:
            said = (done.stdout + done.stderr).decode(errors="replace").strip()
            raise NoRouting(failed(str(self.folder), said[-300:])) from error


class _Snapped(TypedDict):
    """The nearest street. *Units*: metres to it."""

    distance: float


class _Matrix(TypedDict):
    """What Valhalla answers; an end that no street is near has no place, one without a way no seconds."""

    sources: list[_Snapped | None]
    destinations: list[_Snapped | None]
    durations: list[list[float | None]]
    distances: list[list[float | None]]


def _places(points: Floats) -> list[dict[str, float]]:
    return [{"lon": lon, "lat": lat} for lon, lat in points.tolist()]


def _numbers(values: Sequence[float | None]) -> Floats:
    return np.array([np.inf if value is None else value for value in values], dtype=np.float64)


def config(tiles: str = TILES) -> dict[str, object]:
    """What Valhalla must be told: only what it can't do without."""
    return {
        "mjolnir": {"tile_dir": tiles, "include_driveways": True, "data_processing": {"use_admin_db": False}},
        "loki": {
            "actions": ["sources_to_targets", "route"],
            "use_connectivity": False,  # else one end beyond a river would refuse all others
            "service_defaults": {
                "radius": 0,
                "minimum_reachability": 50,
                "search_cutoff": OFF_STREET_M,
                "node_snap_tolerance": 5,
                "street_side_tolerance": 5,
                "street_side_max_distance": 1000,
                "heading_tolerance": 60,
                "mvt_min_zoom_road_class": [7, 7, 8, 11, 11, 12, 13, 14],
                "mvt_cache_min_zoom": 11,
            },
        },
        "thor": {},
        "odin": {},
        "meili": {"default": {"breakage_distance": 2000}},
        "service_limits": {
            **dict.fromkeys(("pedestrian", "bicycle"), _LIMITS),
            **_UNUSED_LIMITS,
            "max_reachability": 100,
            "max_radius": 200,
            "allow_hard_exclusions": True,
        },
    }
