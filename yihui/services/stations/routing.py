"""Compute real routes with Valhalla's own programs.

The programs are called instead of the Python binding, which requires Python 3.12; the programs run
with any version. Their memory and time are their own, and a crash doesn't end this process. One query
takes about 40 ms.
"""

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from typing_extensions import TypedDict

from geo.geodesy import Floats, geodesic_m
from geo.nearest.travel import RouteCosts, Travel, concat_route_costs
from yihui.runtime.routing_faults import ROUTING_FAULTS, RoutingUnavailable
from yihui.services.stations.valhalla_files import (
    CONFIG,
    TILES,
    VALHALLA_PROGRAMS,
    find_tiles,
    find_valhalla_programs,
)

MAX_OFF_STREET_M = 1_000.0  # a point farther from every street is on none
_TARGETS = 20_000  # locations in one query
MAX_STARTS = 50
_NO_WAY = ("NoRoute", "NoSegment")
_NO_FERRY = {"use_ferry": 0.0, "exclude_ferries": True}  # a ferry could exceed the assumed top speed
_LIMITS = {
    "max_distance": 500_000.0,
    "max_locations": MAX_STARTS,
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


@dataclass(frozen=True, slots=True)
class StreetNetwork:
    """The streets of a tiles folder for one mode of travel: a `geo.nearest.travel.Network`.

    The stretch from a point to its nearest street, and from the street to the destination, is a straight
    line travelled at the same speed.
    """

    folder: Path
    programs: Path
    travel: Travel
    costing: str

    @classmethod
    def open(cls, folder: Path, travel: Travel) -> "StreetNetwork":
        """Open a tiles folder. *Raises*: RoutingUnavailable."""
        tiles = find_tiles(folder)
        costing = {"walk": "pedestrian", "ebike": "bicycle"}[travel.mode]
        return cls(tiles, find_valhalla_programs(), travel, costing)

    @property
    def top_speed_m_per_s(self) -> float:
        return self.travel.speed_m_per_s

    def ways(self, start: tuple[float, float], ends: Floats) -> RouteCosts | None:
        """As `geo.nearest.travel.Network`. *Raises*: RoutingUnavailable if Valhalla fails."""
        (ways,) = self.ways_between(np.array([start], dtype=np.float64), ends)
        return ways

    def ways_between(self, starts: Floats, ends: Floats) -> list[RouteCosts | None]:
        """Return the result of `ways` for each start; a few starts cost as much as one.

        *Raises*: ValueError for more starts than `MAX_STARTS`, RoutingUnavailable if Valhalla fails.
        """
        if len(starts) > MAX_STARTS:
            raise ValueError(f"{len(starts)} starts of one question; give {MAX_STARTS} at most")
        ways: list[RouteCosts | None] = [RouteCosts(np.empty(0), np.empty(0)) for _ in starts]
        together = _TARGETS // max(1, len(starts)) - len(starts)
        for at in range(0, len(ends) if len(starts) else 0, together):
            more = self._ways(starts, ends[at : at + together])
            ways = [concat_route_costs(a, b) if a and b else None for a, b in zip(ways, more, strict=True)]
        return ways

    def _ways(self, starts: Floats, ends: Floats) -> list[RouteCosts | None]:
        """Ask for the ways of all starts at once.

        Where one of several points is on no street, Valhalla's answers for others are wrong, or it gives none
        (measured with 3.9.1). Then it says which are on a street, and is asked about those again.
        """
        try:
            answer = self._query_matrix(starts, ends)
        except RoutingUnavailable:
            return self._ways_on_street(starts, ends)
        if _has_missing(answer):
            return self._ways_on_street(starts, ends)
        return [*self._read_ways(answer, starts, ends)]

    def _ways_on_street(self, starts: Floats, ends: Floats) -> list[RouteCosts | None]:
        is_start, is_end = np.split(~self.find_off_street(np.concatenate((starts, ends))), [len(starts)])
        if not is_start.any():
            return [None] * len(starts)
        answer = self._query_matrix(starts[is_start], ends[is_end])
        if _has_missing(answer):  # then the others' ways are wrong
            raise self.build_failure("points on a street came back without one")
        found = iter(self._read_ways(answer, starts[is_start], ends[is_end]))
        ways = [next(found) if one else None for one in is_start]
        return [None if way is None else _insert_unreachable(way, is_end) for way in ways]

    def find_off_street(self, points: Floats, config: str | None = None) -> NDArray[np.bool_]:
        """Ask which points are on no street, with a configuration or else one for the riders' questions.

        *Shape*: (n, 2), lon, lat. *Raises*: RoutingUnavailable if Valhalla fails.
        """
        if not len(points):
            return np.zeros(0, dtype=bool)
        question: dict[str, object] = {"locations": location_list(points), "verbose": False}
        answer = self.query_valhalla(config or _build_locate_config(), "locate", question)
        if not isinstance(answer, list) or len(answer) != len(points):
            raise self.build_failure(str(answer))
        try:
            return np.array([not (one["edges"] or one["nodes"]) for one in answer], dtype=bool)
        except (LookupError, TypeError) as error:
            raise self.build_failure(str(answer)) from error

    def _read_ways(self, answer: "_Matrix", starts: Floats, ends: Floats) -> list[RouteCosts]:
        """Return the ways of each start of an answer in which no end is missing.

        A point may have several streets: where the nearest one leads nowhere, as a one-way street at the edge of
        the extract, Valhalla may take another, some hundred metres away. So the straight lines at both ends are
        measured to where this way begins and ends. With the distance to the nearest street instead, ways came out
        shorter than the straight line between the points.
        """
        try:
            return [
                self._way(row[len(starts) :], start, ends)
                for row, start in zip(answer["sources_to_targets"], starts, strict=True)
            ]
        except (LookupError, TypeError, ValueError) as error:
            raise self.build_failure(str(answer)) from error

    def _way(self, pairs: Sequence["_Pair"], start: Floats, ends: Floats) -> RouteCosts:
        """Return the ways of one start, plus the straight lines from it to the street and on to each end."""
        seconds, metres = np.full((2, len(ends)), np.inf)
        known = np.array([pair["time"] is not None for pair in pairs], dtype=bool)
        found = [pair for pair in pairs if pair["time"] is not None]
        if not found:
            return RouteCosts(seconds, metres)
        begins = np.array([(pair["begin_lon"], pair["begin_lat"]) for pair in found])
        stops = np.array([(pair["end_lon"], pair["end_lat"]) for pair in found])
        off_m = geodesic_m(np.broadcast_to(start, begins.shape), begins) + geodesic_m(stops, ends[known])
        travelled = np.array([(pair["time"], pair["distance"] * 1_000.0) for pair in found])
        seconds[known] = travelled[:, 0] + off_m / self.travel.speed_m_per_s
        metres[known] = travelled[:, 1] + off_m
        return RouteCosts(seconds, metres)

    def _query_matrix(self, starts: Floats, ends: Floats) -> "_Matrix":
        """Return seconds and kilometres from each start to all starts and ends, and where each way begins and ends.

        The starts are targets too, so that at least one target is on a street if any start is. Only the algorithm
        ``costmatrix`` tells where a way begins and ends. It also weighs the distance from a point to each of its
        streets; ``timedistancematrix`` takes the street that is found first (measured with 3.9.1).
        """
        places = location_list(np.concatenate((starts, ends)))
        question = {"sources": places[: len(starts)], "targets": places, "format": "json", "verbose": True}
        answer = self.query_valhalla(self._build_matrix_config(), "sources_to_targets", question)
        if not isinstance(answer, dict) or not _Matrix.__required_keys__ <= answer.keys():
            raise self.build_failure(str(answer))
        matrix: _Matrix = {key: answer[key] for key in _Matrix.__required_keys__}  # type: ignore[assignment]
        return matrix

    def _build_matrix_config(self) -> str:
        """Return the configuration of the tiles with the algorithm for riders. *Raises*: RoutingUnavailable."""
        try:
            config: dict[str, Any] = json.loads((self.folder / CONFIG).read_text(encoding="utf-8"))
            return json.dumps({**config, "thor": {"source_to_target_algorithm": "costmatrix"}})
        except (OSError, ValueError, TypeError) as error:
            raise self.build_failure(f"{CONFIG}: {error}") from error

    def route_line(self, start: tuple[float, float], end: tuple[float, float]) -> Floats | None:
        """Return the fastest route as a line from point to point, or None if no street connects them.

        *Shape*: (n, 2), lon, lat. *CRS*: WGS84. *Raises*: RoutingUnavailable if Valhalla fails.
        """
        points = np.array([start, end], dtype=np.float64)
        answer = self._answer("route", locations=location_list(points), shape_format="geojson")
        if answer.get("code") in _NO_WAY:
            return None
        try:
            line = np.array(answer["routes"][0]["geometry"]["coordinates"], dtype=np.float64)
            return np.concatenate((points[:1], line, points[1:]))
        except (LookupError, TypeError, ValueError) as error:
            raise self.build_failure(str(answer)) from error

    def build_failure(self, said: str) -> RoutingUnavailable:
        """Return the error of an answer that is none, with what Valhalla said."""
        fault = ROUTING_FAULTS.build("no_answer", field="--routing", value=said[-300:], folder=self.folder)
        return RoutingUnavailable(fault)

    def _answer(self, action: str, **question: object) -> dict[str, Any]:
        answer = self.query_valhalla(CONFIG, action, question)
        if not isinstance(answer, dict):
            raise self.build_failure(str(answer))
        return answer

    def query_valhalla(self, config: str, action: str, question: Mapping[str, object]) -> object:
        """Return Valhalla's JSON answer to a question in this mode of travel.

        ``config`` is a file of the tiles folder, or the JSON itself. *Raises*: RoutingUnavailable if there
        is no answer.
        """
        speed = {"pedestrian": "walking_speed", "bicycle": "cycling_speed"}[self.costing]
        options = {self.costing: {speed: self.travel.speed_m_per_s * 3.6, **_NO_FERRY}}
        full = {"format": "osrm", **question, "costing": self.costing, "costing_options": options}
        done = subprocess.run(
            [self.programs / VALHALLA_PROGRAMS[1], config, action, "/dev/stdin"],
            input=json.dumps(full).encode(),
            capture_output=True,
            cwd=self.folder,
            check=False,
        )
        try:
            answer: object = json.loads(done.stdout)
        except ValueError as error:
            said = (done.stdout + done.stderr).decode(errors="replace").strip()
            raise self.build_failure(said) from error
        return answer


class _Pair(TypedDict):
    """The way of one pair. *Units*: seconds, kilometres. Without a way, ``time`` is None and places are missing."""

    time: float | None
    distance: float
    begin_lon: float
    begin_lat: float
    end_lon: float
    end_lat: float


class _Matrix(TypedDict):
    """Valhalla's answer. A point with no street nearby has no place."""

    sources: list[object]
    targets: list[object]
    sources_to_targets: list[list[_Pair]]


def location_list(points: Floats) -> list[dict[str, float]]:
    """Return points as Valhalla's locations. *Shape*: (n, 2), lon, lat."""
    return [{"lon": lon, "lat": lat} for lon, lat in points.tolist()]


def _has_missing(answer: _Matrix) -> bool:
    """Return whether a start or an end of an answer is on no street."""
    return None in answer["sources"] or None in answer["targets"]


def _insert_unreachable(ways: RouteCosts, has_street: NDArray[np.bool_]) -> RouteCosts:
    """Return the ways with infinite ones in the places of the ends that are on no street."""
    seconds, metres = np.full((2, len(has_street)), np.inf)
    seconds[has_street], metres[has_street] = ways.seconds, ways.metres
    return RouteCosts(seconds, metres)


def _build_locate_config() -> str:
    config: dict[str, Any] = build_valhalla_config()
    config["loki"]["actions"] = ["locate"]
    for costing in ("pedestrian", "bicycle"):
        config["service_limits"][costing] = {**_LIMITS, "max_locations": _TARGETS}
    return json.dumps(config)


def build_valhalla_config() -> dict[str, object]:
    """Return the minimal configuration of Valhalla."""
    return {
        "mjolnir": {"tile_dir": TILES, "include_driveways": True, "data_processing": {"use_admin_db": False}},
        "loki": {
            "actions": ["sources_to_targets", "route"],
            "use_connectivity": False,  # otherwise one end beyond a river would make Valhalla refuse all others
            "service_defaults": {
                "radius": 0,
                "minimum_reachability": 50,
                "search_cutoff": MAX_OFF_STREET_M,
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
