"""Where a planner's sites may stand: on a grid, apart from each other, and what longer hours, one more or a small error would change."""

from dataclasses import dataclass, field
from datetime import datetime
from types import SimpleNamespace

import numpy as np
import pytest

from geo.coverage.neighbours import Neighbours
from geo.coverage.pairs import RouteTally
from geo.coverage.reach import PairRoutes
from geo.geodesy import geodesic_m
from geo.nearest.travel import Travel
from tests.geo.siting.towns import geodesics
from tests.yihui.planning.siting.asking import ZH, exhaustively, names, order_of, people_near, place
from tests.yihui.planted_town import BY_DAY, Town
from yihui.bootstrap import Wiring
from yihui.planning.answer import answer_json, answer_lines
from yihui.planning.scenario.request import has_proposals
from yihui.planning.siting.answer import build_site_table, build_siting_answer
from yihui.planning.siting.run import propose_sites
from yihui.planning.siting.text import longer_hours_sentence
from yihui.planning.street_reach import StreetReach
from yihui.planning.tables import show_table


def test_a_grid_stands_where_people_are_that_nobody_serves(town: Town, wiring: Wiring) -> None:
    found = propose_sites(wiring, order_of(town, candidates=None, grid_m=2_000.0, p=2), exhaustively)
    assert [one.gained for one in found.proposals] == [1_400, 900]
    assert all(one.name == "" and one.near is not None for one in found.proposals)
    assert found.proposals[0].near is not None
    assert found.proposals[0].near.name == "集市驿站"
    assert show_table(build_site_table(found, ZH), ZH)["rows"][0][1] == "集市驿站西 155 米"


def test_with_a_least_distance_every_pair_keeps_it(town: Town, wiring: Wiring) -> None:
    found = propose_sites(wiring, order_of(town, p=8, apart_m=5_500.0, fixed="none"), exhaustively)
    points = np.array([(one.lon, one.lat) for one in found.proposals])
    all_m = geodesics(points, points)
    assert len(points) > 2
    assert all_m[~np.eye(len(points), dtype=bool)].min() >= 5_500.0


def test_candidates_too_near_to_a_station_are_left_out_and_counted(town: Town, wiring: Wiring) -> None:
    found = propose_sites(wiring, order_of(town, apart_m=250.0), exhaustively)
    assert not {"集市便利店", "火车站加油站", "西村商店", "老城邮局"} & set(names(found))
    (note,) = (note for note in found.notes if "nearer than" in note.message)
    assert note.params["count"] == "4"


def test_longer_hours_are_weighed_against_new_sites_with_both_sides_demand(
    town: Town, wiring: Wiring
) -> None:
    found = propose_sites(wiring, order_of(town, p=2, extended_hours=True), exhaustively)
    hours = found.longer_hours
    assert hours is not None
    assert [door.name for door in hours.doors] == ["集市驿站", "火车站驿站"]
    assert hours.gained == people_near(town, *(place(door.name) for door in hours.doors))
    assert hours.new_gained == people_near(town, *(place(name) for name in names(found)))
    assert (hours.new_sites, hours.closed, hours.is_all, hours.is_proven) == (2, 3, False, True)
    assert longer_hours_sentence(found, ZH).text(ZH) == (
        "让这 2 处站点在 周五 23:10 也开门，能多服务 2,300 人；新建 2 处能多服务 2,300 人"
    )


def test_longer_hours_that_are_worth_less_than_the_plan_are_compared_in_sites(
    town: Town, wiring: Wiring
) -> None:
    hours = propose_sites(wiring, order_of(town, p=6, extended_hours=True), exhaustively).longer_hours
    assert hours is not None
    assert hours.is_all
    assert hours.gained == people_near(town, *(p[1:] for p in BY_DAY))
    assert hours.new_sites == 3
    assert hours.new_gained == people_near(
        town, *(place(n) for n in ("集市便利店", "火车站加油站", "北关邮局"))
    )


def test_by_day_there_is_no_door_to_open_longer(town: Town, wiring: Wiring) -> None:
    day = datetime.fromisoformat("2026-10-09T10:00+08:00")
    order = order_of(town, at=day, extended_hours=True)
    found = propose_sites(wiring, order, exhaustively)
    assert found.longer_hours is not None and found.longer_hours.doors == ()
    answer = build_siting_answer(order, found, ZH)
    assert longer_hours_sentence(found, ZH).text(ZH) in answer_lines(answer, ZH)
    told = answer_json(answer, ZH)
    assert has_proposals(told, "new") and not has_proposals(told, "longer")


def test_the_curve_goes_a_little_beyond_what_was_asked(town: Town, wiring: Wiring) -> None:
    found = propose_sites(wiring, order_of(town, p=2, curve=True), exhaustively)
    assert [(p.sites, p.cumulative, p.gained) for p in found.curve] == [
        (1, 1_400, 1_400), (2, 2_300, 900), (3, 2_860, 560), (4, 2_960, 100), (5, 3_050, 90),
    ]  # fmt: skip
    assert all(p.is_proven for p in found.curve)


@pytest.mark.endure
def test_sure_sites_are_chosen_in_every_run_and_a_toss_up_is_marked(town: Town, wiring: Wiring) -> None:
    town.people = [*town.people[:8], (-4_000, 0, 81), (0, -4_000, 80)]
    found = propose_sites(wiring, order_of(town, p=5, fixed="none", stability=40), exhaustively)
    share = {one.name: one.stability for one in found.proposals}
    assert share["集市便利店"] == share["火车站加油站"] == share["北关邮局"] == 1.0
    assert found.proposals[-1].name == "西村商店"
    assert found.proposals[-1].is_unstable
    assert any("不稳" in text for text in show_table(build_site_table(found, ZH), ZH)["rows"][4])
    assert found.stability is not None
    assert (found.stability.runs, found.stability.error_m, found.stability.demand_share) == (40, 50.0, 0.1)


@dataclass
class Detours:
    """Ways half as long again as the straight line, without a machine of streets."""

    tally: RouteTally = field(default_factory=RouteTally)
    streets: SimpleNamespace = field(default_factory=lambda: SimpleNamespace(travel=Travel(1.0)))
    top_speed_m_per_s: float = 1.0

    def routes_of_pairs(self, points: np.ndarray, places: np.ndarray, near: Neighbours) -> PairRoutes:
        row = np.repeat(np.arange(len(points)), near.count)
        metres = 1.5 * geodesic_m(points[row], places[near.station])
        return PairRoutes(metres, metres, np.zeros(len(points), dtype=bool))


def test_sites_by_street_on_sample_points_say_how_far_they_may_be_off(town: Town, wiring: Wiring) -> None:
    order = order_of(town, p=1, demand="population", demand_datum=None, spacing_m=1_000.0, radius_m=2_000.0)
    exact = propose_sites(wiring, order, exhaustively)
    assert (exact.tolerance, exact.proposals[0].tolerance) == (0, None)
    streets = StreetReach(Detours(), None, 2_000.0)  # type: ignore[arg-type]
    found = propose_sites(wiring, order.model_copy(update={"streets": streets}), exhaustively)
    assert found.after > found.tolerance > 0
    assert found.proposals[0].gained > (found.proposals[0].tolerance or 0) > 0


def test_where_fewer_places_can_be_chosen_than_asked_for_all_are_proposed_and_a_note_says_so(
    town: Town, wiring: Wiring
) -> None:
    town.people = [(0, 0, 40), (4_000, 0, 30), (0, 4_000, 20)]
    found = propose_sites(wiring, order_of(town, candidates=None, p=5, curve=True), exhaustively)
    assert [one.gained for one in found.proposals] == [40, 30, 20]
    (note,) = (note for note in found.notes if note.code == "siting.fewer_candidates")
    assert (note.severity, note.params["there"], note.value) == ("warning", "3", "5")


def test_residents_mixed_with_riders_demand_are_not_called_alike(town: Town, wiring: Wiring) -> None:
    mixed = f"population+{town.demand_file()}=30%"
    found = propose_sites(wiring, order_of(town, p=1, demand=mixed, spacing_m=5_000.0), exhaustively)
    assert not found.is_even
