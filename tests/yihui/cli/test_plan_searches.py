"""yihui plan searches: where riders searched and found nothing open, in whole groups of ten or more."""

import json
from collections import Counter
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest

from geo.coverage.cells import cell_name_at
from geo.registry.usage_counts import record_search_counts
from geo.usage_counts import MIN_GROUP_SIZE, SearchCount
from tests.yihui.commands import Command
from yihui.bootstrap import build_wiring, load_settings

JINAN, QINGDAO = (117.0204, 36.6683), (120.38, 36.07)
TWO, TUESDAY_2, SATURDAY_22 = 2, 26, 5 * 24 + 22
AUGUST, SEPTEMBER = date(2026, 8, 20), date(2026, 9, 20)


@pytest.fixture
def yihui(on_register: Command, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setenv("YIHUI_NOW", "2026-10-08T10:00+08:00")
    return on_register


def search(point: tuple[float, float], on: date, hour: int, count: int, found: bool = False) -> SearchCount:
    return SearchCount(cell_name_at(*point, 7), on, hour, found, count)


def record(data_folder: Path, tmp_path: Path, searches: list[SearchCount]) -> None:
    wiring = build_wiring(load_settings({"YIHUI_DATA_FOLDER": str(data_folder)}, str(tmp_path / "yihui.db")))
    with wiring.database.write() as connection:
        for one in searches:
            record_search_counts(connection, [one], one.searched_on)
    wiring.close()


def test_the_places_stand_worst_first_with_their_hours_and_since_when(
    yihui: Command, data_folder: Path, tmp_path: Path
) -> None:
    searches = [
        search(QINGDAO, SEPTEMBER, TWO, 6),  # a place of 12, whose hours are withheld
        search(QINGDAO, SEPTEMBER, TUESDAY_2, 6),
        search(JINAN, SEPTEMBER, TWO, 40),
        search(JINAN, AUGUST, TWO, 15),
        search(JINAN, SEPTEMBER, SATURDAY_22, 20),
        search(JINAN, SEPTEMBER, TWO, 500, found=True),
        search((118.0, 36.5), SEPTEMBER, TWO, 9),  # never shown
        search((121.47, 31.23), SEPTEMBER, TWO, 90),  # in Shanghai
    ]
    record(data_folder, tmp_path, searches)
    told = json.loads(yihui("plan", "searches", "--json").out)
    figures, (first, second) = told["figures"], told["tables"]["places"]
    assert (figures["unmet"]["unmet"], figures["unmet"]["searches"]) == (87, 587)
    assert (figures["unmet"]["first"], figures["unmet"]["last"]) == ("2026-08-01", "2026-09-30")
    assert (figures["hour_not_told"]["count"], figures["counted"]["day"]) == (12, "2026-11-08")
    assert (first["unmet"], first["searches"], first["since"]) == (75, 575, "2026-08")
    assert first["hours"] == {str(TWO): 55, str(SATURDAY_22): 20} and first["county"] == "370102"
    assert (second["unmet"], second["since"], second["hour_not_told"]) == (12, "2026-09", 12)
    hours = {row["hour"]: (row["unmet"], row["searches"]) for row in told["tables"]["hours"]}
    assert (hours[TWO], hours[SATURDAY_22], len(hours)) == ((55, 555), (20, 20), 168)
    shown = yihui("plan", "searches", "--area", "历下区", "--geojson", tmp_path / "s.geojson")
    assert shown.code == 0 and "周一 02:00 (55)" in shown.out
    (feature,) = json.loads((tmp_path / "s.geojson").read_text("utf-8"))["features"]
    assert feature["geometry"]["type"] == "Polygon" and feature["properties"]["unmet"] == 75


def test_without_searches_the_command_names_the_day_of_the_next_month(yihui: Command) -> None:
    refused = yihui("plan", "searches")
    assert refused.code == 1 and "2026年11月8日" in refused.err


def test_no_two_answers_differ_by_fewer_than_ten_searches(
    yihui: Command, data_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks for an area and its neighbours, this month and the next, only ever gets whole groups."""
    rng = Random(63)
    points = [(116.9 + 0.04 * column, 36.58 + 0.03 * row) for column in range(9) for row in range(5)]
    searches = [
        search(rng.choice(points), on, rng.randrange(4), rng.randint(1, 6), rng.random() < 0.4)
        for on in (AUGUST, SEPTEMBER)
        for _ in range(400)
    ]
    record(data_folder, tmp_path, searches)
    answers = {}
    for now in ("2026-09-08", "2026-10-08"):
        monkeypatch.setenv("YIHUI_NOW", f"{now}T10:00+08:00")
        for area in ("370102", "370112", "370100", "370000"):
            told = yihui("plan", "searches", "--area", area, "--json")
            answers[now, area] = _count_searches(json.loads(told.out))
    nested = [
        (inner, outer)
        for (now, area), inner in answers.items()
        for (later, wider), outer in answers.items()
        if now <= later and area.startswith(wider.rstrip("0"))
    ]
    assert sum(answers["2026-10-08", "370102"].values()) > 0
    for inner, outer in nested:
        left = {name: outer[name] - inner[name] for name in inner | outer}
        assert all(count == 0 or count >= MIN_GROUP_SIZE for count in left.values()), left


def _count_searches(told: dict[str, Any]) -> Counter[str]:
    """Return every number of an answer that counts searches, and what is left of it without its parts."""
    figures, places, hours = told["figures"], told["tables"].get("places", []), told["tables"]["hours"]
    counts: Counter[str] = Counter({name: figures["unmet"][name] for name in ("unmet", "searches")})
    counts |= {"no hour": figures["hour_not_told"]["count"], "rough": figures["rough"]["count"]}
    counts |= {f"{row['hour']} {name}": row[name] for row in hours for name in ("unmet", "searches")}
    for row in places:
        parts = {**row, **{f"at {hour}": count for hour, count in row["hours"].items()}}
        names = ("unmet", "searches", "hour_not_told", *(name for name in parts if name.startswith("at ")))
        counts |= {f"{row['id']} {name}": parts[name] for name in names}
        counts[f"{row['id']} found"] = row["searches"] - row["unmet"]
    counts["found"] = counts["searches"] - counts["unmet"]
    counts["elsewhere"] = counts["unmet"] - sum(row["unmet"] for row in places)
    counts["at other hours"] = counts["unmet"] - counts["no hour"] - sum(row["unmet"] for row in hours)
    return counts
