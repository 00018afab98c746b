"""What answers say of a station: every declared field, as the command line builds it, and what an import concludes."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
import pytest

from core.civil_time import format_civil_instant
from core.sheets.table import Table
from geo.datum import Datum
from geo.datum_check import DATUM_HYPOTHESES, DatumCheck, DatumFit
from geo.formats.export import EXPORT_FIELDS
from geo.nearest.filters import Filters
from geo.nearest.index import StationIndex
from geo.nearest.query import Match, NearestQuery
from geo.nearest.travel import RouteCosts, Travel
from geo.station import Kind, Station
from yihui.runtime.language import load_language
from yihui.services.stations.station_import import DatumComparison
from yihui.views.station_import import datum_comparison_lines
from yihui.views.station_json import StationJsonCache, nearest_json, query_json
from yihui.views.stations import StationAnswer, build_nearest_answers, build_query_answer

DAY = datetime(2026, 11, 20, 2, tzinfo=UTC)
NIGHT = DAY.replace(hour=15)
STATIONS = [
    Station(id=id, name=f'“{id}”"\\', kind=Kind.LIBRARY, lon=lon, lat=36.65, hours_text=hours)
    for id, lon, hours in (
        ("a", 117.001, "8:00-18:00"),
        ("b", 117.003, "8:00-18:00"),
        ("c", 117.2, "9:00-17:00"),
    )
]
INDEX = StationIndex.build(STATIONS)


class Streets:
    """Streets a third longer than the straight line, which lead to all stations but the second."""

    top_speed_m_per_s = 1.3

    def ways(self, start: tuple[float, float], ends: np.ndarray) -> RouteCosts | None:
        metres = np.hypot(*((ends - start) * (89_000, 111_000)).T) * 4 / 3
        none = np.isclose(ends[:, 0], STATIONS[1].lon)
        return RouteCosts(np.where(none, np.inf, metres / 1.3), np.where(none, np.inf, metres))


def of_numpy(hit: Match) -> Match:
    minutes, way_m = (None if one is None else np.float64(one) for one in (hit.minutes, hit.way_m))
    return hit._replace(distance_m=np.float64(hit.distance_m), minutes=minutes, way_m=way_m)


@pytest.mark.parametrize("datum", [Datum.WGS84, Datum.GCJ02])
@pytest.mark.parametrize("of_floats", [lambda hit: hit, of_numpy])
def test_it_is_the_built_answer(datum: Datum, of_floats: Callable[[Match], Match]) -> None:
    here, language, cache = (117.0, 36.65), load_language("zh"), StationJsonCache()
    walk, open_only = Travel.walk(), Filters(open_only=True)
    asked = [
        (NearestQuery(DAY, 3, datum=datum), None, [None, None, None]),
        (NearestQuery(DAY, 3, travel=walk, datum=datum), None, ["estimate", "estimate", "estimate"]),
        (NearestQuery(DAY, 3, travel=walk, datum=datum), Streets(), ["streets", "no_street", "streets"]),
        (NearestQuery(NIGHT, 3, open_only, walk, datum=datum), Streets(), []),
    ]
    for query, network, ways in asked:
        found = INDEX.nearest_at(*here, query, network)
        first = None if found.first_to_open is None else of_floats(found.first_to_open)
        found = found._replace(results=tuple(map(of_floats, found.results)), first_to_open=first)
        point = tuple(map(np.float64, here)) if of_floats is of_numpy else here
        told = json.loads(nearest_json(point, query, query_json(query), found, language, cache))
        at = {"lon": here[0], "lat": here[1], "at": format_civil_instant(query.instant)}
        (built,) = build_nearest_answers([{**build_query_answer(query), **at}], [found], datum, language)
        assert told == json.loads(json.dumps(built))
        assert [hit["minutes_by"] for hit in told["results"]] == ways
        assert (told["first_to_open"] is None) == bool(ways)


def test_answers_and_files_have_every_field_of_a_station() -> None:
    every = {*Station.model_fields}
    assert {*StationAnswer.__annotations__} == every - {"calendar"}
    in_files = {
        {"district_code": "district", "district": "district_name"}.get(name, name) for name in EXPORT_FIELDS
    }
    assert in_files == every | {"datum"}


ZH = load_language("zh")


def comparison(gain: float, cells: int, rows: int) -> DatumComparison:
    """WGS84 is better than the others by ``gain`` (natural logarithm) in each of some cells."""
    logs = np.zeros((3, 40))
    logs[1:, :cells] = -gain
    fits = tuple(DatumFit(datum, 0.99, 200.0) for datum in DATUM_HYPOTHESES)
    return DatumComparison(Table("x.csv", (), (), ""), (), DatumCheck(rows, 40, fits, logs))


@pytest.mark.parametrize(
    ("asked", "verdict", "asks_for_rows"),
    [
        (comparison(np.log(2735) / 2, 2, 1_284), "按胜算 wgs84 最吻合", False),
        (comparison(0.01, 2, 1_284), "1284 行也分不出", False),
        (comparison(0.01, 2, 40), "一般要 1,000 行", True),
        (comparison(1.0, 40, 40), "明显最吻合", False),
    ],
)
def test_more_rows_are_asked_for_only_where_they_would_help(
    asked: DatumComparison, verdict: str, asks_for_rows: bool
) -> None:
    last = list(datum_comparison_lines(asked, ZH))[-1]
    assert verdict in last
    assert ("1,000" in last) == asks_for_rows
