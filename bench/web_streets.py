"""Benchmark the riders' answer by streets: the processor time of the page's questions and of a command.

The stations are the demo's, the streets a grid of 40 km around Jinan; routers are processes, whose time counts.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from tempfile import TemporaryDirectory

import numpy as np

from bench.measurement import Measurement
from geo.datum import Datum
from geo.districts import Districts
from geo.formats.facts import shandong_population
from geo.formats.outlines import read_outlines
from geo.nearest.index import StationIndex
from geo.registry.diff import Register
from geo.registry.stations import import_stations
from geo.station import Kind, Station
from yihui.bootstrap import Settings, build_wiring
from yihui.http.rider.request import RiderPageForm
from yihui.samples.register import SEED, generate_register_rows, load_shandong_counties, write_register
from yihui.services.stations.routing import StreetNetwork
from yihui.services.stations.station_import import RegisterRequest, read_register
from yihui.services.stations.street_tiles import build_street_tiles

PAGE_GOAL_S, COMMAND_GOAL_S = 0.5, 3.0
QUESTIONS = 96
WEST, SOUTH, STEP_LON, STEP_LAT, LINES = 116.8, 36.5, 0.0028, 0.00225, 160  # blocks of 250 m
INSTANTS = ("2026-11-24T02:00", "2026-10-01T10:00", "2026-11-27T17:20", "2026-11-27T07:40")
KINDS: Sequence[list[Kind]] = ([], [Kind.MOTHER_ROOM], [Kind.OUTDOOR_STATION], [Kind.CULTURAL_PALACE])


def measure() -> Iterator[Measurement]:
    with TemporaryDirectory() as name:
        folder = Path(name)
        stations = _read_stations(folder)
        _write_grid(folder / "grid.osm.pbf")
        build_street_tiles(folder / "grid.osm.pbf", folder / "streets", _instant(INSTANTS[0]))
        yield _page(folder, stations)
        yield _command(folder, stations)


def _page(folder: Path, stations: list[Station]) -> Measurement:
    index, rng = StationIndex.build(stations), np.random.default_rng(3)
    taken = []
    for number in range(QUESTIONS):
        lon, lat = rng.uniform((WEST, SOUTH), (WEST + 0.45, SOUTH + 0.36)).tolist()
        if number % 2:
            lon, lat = rng.normal((117.02, 36.66), 0.02).tolist()
        asked = RiderPageForm(
            lon=lon,
            lat=lat,
            kind=KINDS[number // 4 % 4],
            travel="walk" if number % 3 == 0 else "ebike",
            within_min=60.0 if number % 5 == 0 else 30.0,
        )
        query = asked.nearest_query(Datum.WGS84, _instant(INSTANTS[number % 4]))
        query = replace(query, widens=not asked.has_conditions)
        assert query.travel is not None, "the page always travels"
        network = StreetNetwork.open(folder / "streets", query.travel)
        index.nearest_at(lon, lat, query)  # each day's hours are read at the first query
        before = _processor_s()
        index.nearest_at(lon, lat, query, network)
        taken.append(_processor_s() - before)
    detail = (
        f"processor of the page's answer and its routers; {QUESTIONS} questions at 02:00, on National Day, as doors "
        f"close and before they open; median {np.median(taken):.2f} s"
    )
    return Measurement.at_most("web.nearest_by_streets", max(taken), "s", PAGE_GOAL_S, detail)


def _command(folder: Path, stations: list[Station]) -> Measurement:
    database, now = str(folder / "yihui.db"), _instant(INSTANTS[1])
    wiring = build_wiring(Settings(database, folder), now=lambda: now)
    with wiring.database.write() as connection:
        import_stations(connection, Register("bench", "", "bench.csv", "1"), stations, now)
    wiring.database.close()
    environ = {**os.environ, "YIHUI_DATABASE_URL": database, "YIHUI_DATA_FOLDER": str(folder)}
    words = "stations nearest 117.02 36.66 --datum wgs84 --travel ebike --open --order open_first --at"
    command = [sys.executable, "-m", "yihui", *words.split(), INSTANTS[1] + "+08:00", "--routing"]
    before = getrusage(RUSAGE_CHILDREN)
    subprocess.run([*command, str(folder / "streets")], env=environ, check=True, capture_output=True)
    after = getrusage(RUSAGE_CHILDREN)
    taken = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Measurement.at_most(
        "web.command_by_streets", taken, "s", COMMAND_GOAL_S, f"yihui {words} {INSTANTS[1]} --routing"
    )


def _processor_s() -> float:
    both = (getrusage(RUSAGE_SELF), getrusage(RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in both)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00")


def _read_stations(folder: Path) -> list[Station]:
    file = folder / "register.csv"
    write_register(generate_register_rows(load_shandong_counties(), shandong_population(), SEED), file)
    return list(
        read_register(RegisterRequest(file, Datum.WGS84), lambda: Districts(read_outlines())).reading.stations
    )


def _write_grid(path: Path) -> None:
    import osmium
    from osmium.osm.mutable import Node, Way

    with osmium.SimpleWriter(str(path)) as writer:
        for number in range(LINES**2):
            i, j = divmod(number, LINES)
            place = (WEST + STEP_LON * i, SOUTH + STEP_LAT * j)
            writer.add_node(Node(id=number + 1, location=place, version=1))
        lines = [list(range(i * LINES + 1, (i + 1) * LINES + 1)) for i in range(LINES)]
        for number, nodes in enumerate([*lines, *map(list, zip(*lines, strict=True))], 1):
            writer.add_way(Way(id=number, nodes=nodes, tags={"highway": "residential"}, version=1))
