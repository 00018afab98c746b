"""A changed index against one that is built anew, and against what it was before."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.hours import SpecialHours
from geo.nearest.filters import Filters
from geo.nearest.index import StationIndex
from geo.nearest.query import NearestQuery
from geo.nearest.travel import Travel
from geo.station import Kind, Station
from geo.status.live import LiveSummary
from tests.geo.nearest.brute_force import ANYTHING, NOW, SINGLE, Case, here, register, station
from tests.tiers import ENDURES

HOUR = timedelta(hours=1)
ASKED = np.array([(117.0, 36.65), (116.95, 36.6), (120.0, 36.0), (116.9, 36.5), (117.01, 36.66)])
CASES = (
    Case(),
    SINGLE["usable on arrival for members"],
    SINGLE["open for half an hour"],
    SINGLE["several facilities"],
    SINGLE["takes two, which is rare"],
    SINGLE["open on arrival within 5 km with water, walk in"],
)
LIVE_KINDS = ("nothing", "closed", "closed later", "hours", "broken")


def told(index: StationIndex, when: datetime = NOW) -> list[object]:
    """All that an index says."""
    answers: list[object] = [index.stations, index.points.tolist(), index.states(when).tolist()]
    answers.append(index.in_register_mask().tolist())
    for case in CASES:
        answers.append(index.nearest(ASKED, NearestQuery(when, 4, **vars(case))))
        answers += [index.nearest(point, NearestQuery(when, 3, **vars(case))) for point in ASKED]
        answers.append(
            index.nearest_arrays(np.repeat(ASKED, 60, axis=0), NearestQuery(when, 4, **vars(case)))[
                0
            ].tolist()
        )
    return answers


@dataclass
class World:
    """The stations as they should be, and the index that is said to hold them."""

    stations: dict[str, Station] = field(default_factory=dict)
    live: Mapping[str, LiveSummary] = field(default_factory=dict)
    index: StationIndex = field(default_factory=lambda: StationIndex.build([]))

    @classmethod
    def of(cls, stations: list[Station]) -> "World":
        return cls({s.id: s for s in stations}, {}, StationIndex.build(stations))

    def change(self, rng: np.random.Generator) -> None:
        """A few stations are new, move, change, close, lose their place or go."""
        changed: dict[str, Station] = {}
        for _ in range(rng.integers(0, 6)):
            one = station(rng, int(rng.integers(0, 900)), *self.a_place(rng))
            if one.id in self.stations and rng.random() < 0.5:
                one = one.model_copy(update={"lon": None, "lat": None} if rng.random() < 0.3 else {})
            changed[one.id] = one.model_copy(update={"hours_text": rng.choice(("", "24小时", "7:00-16:55"))})
        some = rng.choice(sorted(self.stations) or ["nobody"], 3)
        removed = {*some.tolist(), "never seen"} - changed.keys()
        self.index = self.index.with_changes(list(changed.values()), removed)
        self.stations = {id: s for id, s in (self.stations | changed).items() if id not in removed}

    def a_place(self, rng: np.random.Generator) -> tuple[float, float]:
        """Somewhere new, or just where another one is."""
        placed = [s for s in self.stations.values() if s.is_placed]
        if placed and rng.random() < 0.4:
            other = placed[rng.integers(len(placed))]
            return other.lon or 0.0, other.lat or 0.0
        return float(rng.normal(117.0, 0.05)), float(rng.normal(36.65, 0.05))

    def hear(self, rng: np.random.Generator) -> None:
        """Other things hold at some stations now."""
        some = rng.choice(sorted(self.stations) or ["nobody"], 8).tolist()
        self.live = {id: live(LIVE_KINDS[rng.integers(len(LIVE_KINDS))]) for id in [*some, "never seen"]}
        self.index = self.index.with_live(self.live)


def live(kind: str) -> LiveSummary:
    closed = SpecialHours(NOW - HOUR, NOW + HOUR, None, "reported closed", promised=False)
    return {
        "nothing": LiveSummary(),
        "closed": LiveSummary(spells=(closed,)),
        "closed later": LiveSummary(
            spells=(SpecialHours(NOW + HOUR / 4, NOW + 3 * HOUR, None, "closed today"),)
        ),
        "hours": LiveSummary(
            spells=(SpecialHours(NOW - 20 * HOUR, NOW + 20 * HOUR, "8:00-20:00", "other hours"),)
        ),
        "broken": LiveSummary(statuses=(broken("water"),)),
    }[kind]


def broken(facility: str) -> object:
    from geo.status.live_status import LiveState, LiveStatus

    return LiveStatus(LiveState.BROKEN, NOW - HOUR, NOW + HOUR, "{facility}: broken", (), facility=facility)


@pytest.mark.deeper
@settings(deadline=None, derandomize=True, max_examples=40 if ENDURES else 3)
@given(st.integers(0, 2**20), st.integers(0, 300), st.lists(st.sampled_from("ch"), min_size=1, max_size=7))
def test_after_any_changes_the_index_answers_as_if_built_anew(seed: int, n: int, steps: list[str]) -> None:
    rng = np.random.default_rng(seed)
    world = World.of(register(seed, 300)[:n])
    for step in steps:
        before, words = world.index, told(world.index) if step == "c" else []
        {"c": world.change, "h": world.hear}[step](rng)
        if words:
            assert told(before) == words, "who still reads the old one is not disturbed"
    anew = StationIndex.build(list(world.stations.values()), world.live)
    assert told(world.index) == told(anew)


def nearest_ids(index: StationIndex, filters: Filters = ANYTHING, **more: object) -> list[str]:
    return [
        hit.station.id
        for hit in index.nearest((117.0, 36.65), NearestQuery(NOW, 3, filters=filters, **more))[0].results
    ]


def test_changes_that_contradict_each_other_are_refused() -> None:
    index = StationIndex.build([here("a", 100)])
    for added, removed in (([here("b", 1), here("b", 2)], []), ([here("a", 1)], ["a"])):
        with pytest.raises(ValueError, match="named twice"):
            index.with_changes(added, removed)


def test_what_is_reported_closed_is_passed_over_with_the_reason_until_it_lapses() -> None:
    index = StationIndex.build([here("a", 100), here("b", 2_000)], {"a": live("closed")})
    (now,) = index.nearest((117.0, 36.65), NearestQuery(NOW, 1, filters=Filters.usable_only()))
    assert [hit.station.id for hit in now.results] == ["b"]
    assert [(skip.station.id, skip.reason) for skip in now.skipped] == [("a", "reported closed")]
    assert nearest_ids(index) == ["a", "b"]
    (later,) = index.nearest((117.0, 36.65), NearestQuery(NOW + HOUR, 1, filters=Filters.usable_only()))
    assert [hit.station.id for hit in later.results] == ["a"]
    assert nearest_ids(index.with_live({}), Filters.usable_only()) == ["a", "b"]


def test_a_closing_that_begins_within_the_stay_counts() -> None:
    index = StationIndex.build([here("a", 100), here("b", 200)], {"a": live("closed later")})
    assert nearest_ids(index, Filters(open_only=True)) == ["a", "b"]
    assert nearest_ids(index, Filters(stay_min=15)) == ["a", "b"]
    (found,) = index.nearest((117.0, 36.65), NearestQuery(NOW, 2, filters=Filters(stay_min=16)))
    assert [hit.station.id for hit in found.results] == ["b"]
    assert [(s.reason, s.params) for s in found.skipped] == [
        ("closes already at {until}", {"until": "17:05"})
    ]


def test_a_broken_facility_is_none_and_the_hit_says_what_was_told() -> None:
    stations = [here("a", 100, facilities={"water", "toilet"}), here("b", 200, facilities={"water"})]
    index = StationIndex.build(stations, {"a": live("broken")})
    assert nearest_ids(index, Filters(facilities=frozenset({"water"}))) == ["b"]
    assert nearest_ids(index, Filters(facilities=frozenset({"toilet"}))) == ["a"]
    (hit, _) = index.nearest((117.0, 36.65), NearestQuery(NOW, 2))[0].results
    assert [status.reason for status in hit.live] == ["{facility}: broken"]
    assert nearest_ids(index.with_live({}), Filters(facilities=frozenset({"water"}))) == ["a", "b"]


@pytest.mark.deeper
def test_each_change_among_very_many_shows_in_the_next_answer() -> None:
    rng, count = np.random.default_rng(1), 190_000 if ENDURES else 10_000
    places = rng.uniform((114.8, 34.4), (122.7, 38.4), (count, 2)).tolist()
    template = here("x", 0, hours_text="8:30-17:30")
    index = StationIndex.build(
        [
            Station.model_construct(**{**vars(template), "id": f"{i:06}", "lon": lon, "lat": lat})
            for i, (lon, lat) in enumerate(places)
        ]
    )
    asked = {"at": NOW, "filters": Filters.usable_only(kinds=frozenset(Kind)), "travel": Travel.walk()}
    index.nearest((117.0, 36.65), NearestQuery(**asked))
    for number in range(7):
        changed = f"{number * (count // 10):06}"
        index = index.with_changes([here(changed, 5.0 - number / 10)])
        found = index.nearest((117.0, 36.65), NearestQuery(k=1, **asked))[0]
        assert found.results[0].station.id == changed
