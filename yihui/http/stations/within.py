"""/api/v1/stations/within: the stations in a map view, one by one or counted by cells."""

import re
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Protocol

import numpy as np
from fastapi import APIRouter, Query, Request, Response
from pydantic import Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError, to_json
from typing_extensions import TypedDict

from core.civil_time import format_civil_instant
from geo.crs import from_wgs84
from geo.datum import Datum, is_same_datum
from geo.nearest.listing import Box, count_by_grid_cell, grid_cell_deg
from yihui.http.representations import CACHE_PUBLIC, JSON, conditional_response, negotiate_media_type
from yihui.http.site import Site
from yihui.http.stations.request import FilterParameters
from yihui.services.stations.snapshot import Snapshot

if TYPE_CHECKING:
    from geo.geodesy import Floats
    from geo.nearest.point_tree import Indices

MAX_MAP_STATIONS = 2_000
USUAL_MAP_STATIONS = 300
_FURTHEST_DEG = 0.1  # more than any datum shifts a point
_FOUR_NUMBERS = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,15})?(,-?[0-9]{1,3}(\.[0-9]{1,15})?){3}")
_STATES = ("closed", "open", "unknown")  # in the order of the numbers in `StationIndex.states`


def _box(text: object) -> Box:
    """Parse “117.0,36.6,117.1,36.7” into a box."""
    if not isinstance(text, str) or not _FOUR_NUMBERS.fullmatch(text):
        raise PydanticCustomError("bbox", "not four numbers")
    west, south, east, north = (float(part) for part in text.split(","))
    if not (abs(west) <= 180 and abs(east) <= 180 and -90 <= south <= north <= 90):
        raise PydanticCustomError("bbox_reach", "not a box on the Earth")
    return Box(west, south, east, north)


BoxParameter = Annotated[
    Box,
    PlainValidator(_box),
    WithJsonSchema({"type": "string", "pattern": f"^{_FOUR_NUMBERS.pattern}$", "maxLength": 120}),
]


LimitParameter = Annotated[int, Field(ge=0, le=MAX_MAP_STATIONS)]


class WithinParameters(FilterParameters):
    """A part of the map. ``bbox`` is west,south,east,north in ``datum``."""

    bbox: BoxParameter = Field(examples=["117.00,36.65,117.05,36.68"])
    datum: Datum = Datum.WGS84
    limit: LimitParameter = USUAL_MAP_STATIONS


class Mark(TypedDict):
    """A station, with the fields that a map needs."""

    id: str
    name: str
    kind: str
    lon: float
    lat: float
    state: str


class MarkedCell(TypedDict):
    """The stations of a cell: their mean position, their number, and how many of them are open."""

    lon: float
    lat: float
    count: int
    open: int


class WithinAnswer(TypedDict):
    """``stations``, or ``cells`` if there are more than ``limit`` stations; ``cell_deg`` is a cell's side."""

    version: str
    datum: str
    at: str
    count: int
    stations: list[Mark]
    cells: list[MarkedCell]
    cell_deg: float | None


def router(site: Site) -> APIRouter:
    made = APIRouter(prefix="/api/v1/stations", tags=["stations"])

    @made.get("/within", response_model=WithinAnswer)
    def within(request: Request, asked: Annotated[WithinParameters, Query()]) -> Response:
        """List the stations of a part of the map that pass the filters, or count them by cell if they are many.

        Counts come where more stations pass than ``limit``.
        """
        media_type = negotiate_media_type(request, asked.datum, (JSON,))
        # So that all answers of a minute are the same
        at = (asked.at or site.wiring.now()).replace(second=0, microsecond=0)
        snapshot = site.snapshots.current()
        index = snapshot.index
        mask = index.in_register_mask() & index.passing_mask(asked.filters(), at)
        answer = mark_stations(snapshot, np.flatnonzero(mask), asked, at)
        return conditional_response(request, to_json(answer), media_type, CACHE_PUBLIC)

    return made


class MapWindow(Protocol):
    """The box of a map that is asked for, and how many stations are told one by one at most."""

    @property
    def bbox(self) -> Box: ...
    @property
    def datum(self) -> Datum: ...
    @property
    def limit(self) -> int: ...


def mark_stations(snapshot: Snapshot, chosen: "Indices", asked: MapWindow, at: datetime) -> WithinAnswer:
    """Mark the chosen stations of an index that lie in a part of the map, or count them by cell if they are many."""
    index = snapshot.index
    found, points = _inside(chosen, index.points, asked)
    states = index.states(at)[found]
    answer: WithinAnswer = {
        "version": str(snapshot.version),
        "datum": asked.datum.value,
        "at": format_civil_instant(at),
        "count": len(found),
        "stations": [],
        "cells": [],
        "cell_deg": None,
    }
    if len(found) <= asked.limit:
        answer["stations"] = _marks(snapshot, found, points, states.tolist())
    else:
        answer["cell_deg"] = grid_cell_deg(asked.bbox)
        cells = count_by_grid_cell(points, states, asked.bbox)
        answer["cells"] = [
            {"lon": one.lon, "lat": one.lat, "count": one.count, "open": one.open} for one in cells
        ]
    return answer


def _inside(chosen: "Indices", points: "Floats", asked: MapWindow) -> "tuple[Indices, Floats]":
    """Return the stations that lie in the box, and their points in the requested datum."""
    if is_same_datum(asked.datum, Datum.WGS84):
        there = points[chosen]
    else:
        chosen = chosen[asked.bbox.with_margin(_FURTHEST_DEG).contains(points[chosen])]
        there = from_wgs84(points[chosen], asked.datum).round(7)
    inside = asked.bbox.contains(there)
    return chosen[inside], there[inside]


def _marks(snapshot: Snapshot, found: "Indices", points: "Floats", states: list[int]) -> list[Mark]:
    stations = (snapshot.index.stations[index] for index in found.tolist())
    return [
        {
            "id": station.id,
            "name": station.name,
            "kind": station.kind.value,
            "lon": lon,
            "lat": lat,
            "state": _STATES[state],
        }
        for station, (lon, lat), state in zip(stations, points.tolist(), states, strict=True)
    ]
