"""What a planner is told of a town whose best sites are plain to see; every figure is recomputed here."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from geo.crs import Datum
from geo.siting.plan import Plan, Solver
from geo.siting.problem import Goal, Task
from geo.siting.proposal import Proposals
from geo.siting.spacing import SpacingRule
from tests.geo.siting.exhaustive import every_set
from tests.geo.siting.towns import at, geodesics
from tests.yihui.planted_town import BY_DAY, NIGHT, SITES, Town, station, town_database, town_in  # noqa: F401
from yihui.bootstrap import Wiring
from yihui.language import language
from yihui.planning.siting.data import as_geojson, as_json
from yihui.planning.siting.order import SitingOrder
from yihui.planning.siting.proposing import Solvers, propose
from yihui.planning.siting.words import longer_hours_text, proposal_lines, proven_text

ZH, EN = language("zh"), language("en")


def always(solver: Solver) -> Solvers:
    return Solvers(lambda *_: solver, lambda _: solver, lambda _: solver)


exhaustively = always(every_set)


@pytest.fixture
def town(data_folder: Path, tmp_path: Path, town_database: Path) -> Town:  # noqa: F811
    return town_in(tmp_path, data_folder, town_database)


@pytest.fixture
def wiring(town: Town) -> Iterator[Wiring]:
    opened = town.wiring()
    yield opened
    opened.close()


def order_of(town: Town, **asked: object) -> SitingOrder:
    order = SitingOrder(
        area="370100",
        at=datetime.fromisoformat(NIGHT),
        p=3,
        candidates=town.candidate_file(),
        datum=Datum.WGS84,
        demand=str(town.demand_file()),
        demand_datum=Datum.WGS84,
    )
    return replace(order, **asked)


def names(found: Proposals) -> list[str]:
    return [one.name for one in found.proposals]


def people_near(town: Town, *places: tuple[float, float], radius_m: float = 1_000.0) -> float:
    """Geodesic by geodesic."""
    people = at(*((east, north) for east, north, _ in town.people))
    near = geodesics(people, at(*places)) <= radius_m
    return float(np.array([p[2] for p in town.people])[near.any(axis=1)].sum())


def place(name: str) -> tuple[float, float]:
    return next((east, north) for known, east, north in (*SITES, *BY_DAY) if known == name)


OLD_TOWN = (-4_010.0, -4_020.0)


# --- the best sites


def test_the_three_obvious_sites_are_proposed_in_order_of_what_they_gain(town: Town, wiring: Wiring) -> None:
    found = propose(wiring, order_of(town), exhaustively)
    assert names(found) == ["集市便利店", "火车站加油站", "北关邮局"]
    assert [one.gained for one in found.proposals] == [1_400, 900, 560]
    assert [one.cumulative for one in found.proposals] == [1_400, 2_300, 2_860]
    assert [one.rank for one in found.proposals] == [1, 2, 3]
    assert (found.total, found.before, found.after) == (5_130, 2_000, 4_860)
    assert found.after - found.before == found.objective
    assert found.is_proven


def test_before_and_after_are_what_all_geodesics_say(town: Town, wiring: Wiring) -> None:
    found = propose(wiring, order_of(town), exhaustively)
    assert found.total == sum(p[2] for p in town.people)
    assert found.before == people_near(town, OLD_TOWN)
    opened = [OLD_TOWN, *(place(name) for name in names(found))]
    assert found.after == people_near(town, *opened)


def test_by_day_what_stands_open_serves_already(town: Town, wiring: Wiring) -> None:
    by_day = order_of(town, at=datetime.fromisoformat("2026-10-09T10:00+08:00"))
    found = propose(wiring, by_day, exhaustively)
    assert found.stations == 4
    assert names(found) == ["北关邮局", "东村商店", "南村商店"]


def test_as_if_nothing_stood_the_old_town_comes_first(town: Town, wiring: Wiring) -> None:
    found = propose(wiring, order_of(town, keep=False), exhaustively)
    assert (found.before, names(found)[0]) == (0, "老城邮局")


def test_every_site_says_where_it_is_and_how_far_its_neighbour(town: Town, wiring: Wiring) -> None:
    found = propose(wiring, order_of(town), exhaustively)
    stand = [(east, north) for _, east, north in BY_DAY] + [OLD_TOWN]
    for one in found.proposals:
        others = [place(name) for name in names(found) if name != one.name]
        assert geodesics(np.array([[one.lon, one.lat]]), at(place(one.name)))[0, 0] < 0.1
        assert one.neighbour_m == pytest.approx(
            geodesics(at(place(one.name)), at(*stand, *others)).min(), abs=0.1
        )
        assert one.district_name
        assert str(one.district).startswith("3701")
        assert one.row is not None


@pytest.mark.parametrize(
    "asked",
    [
        {"p": 2},
        {"p": 4, "apart_m": 1_500.0},
        {"p": 8, "budget_fen": 700_00, "cost_fen": None},
        {"p": None, "budget_fen": 500_00},
        {"p": 3, "most": 1},
        {"p": 5, "least": 1, "district_limits": "limits"},
        {"p": 3, "radius_m": 5_700.0},
    ],
)
def test_no_set_of_candidates_that_keeps_the_limits_serves_more(
    town: Town, wiring: Wiring, asked: dict[str, object]
) -> None:
    costs = [300, 250, 200, 100, 150, 100, 50, 10]
    if asked.get("district_limits"):
        asked = asked | {
            "least": 0,
            "district_limits": town.write("limits.csv", "区县,至少,至多", ["历下区,2,2", "槐荫区,,0"]),
        }
    order = replace(order_of(town, **asked), candidates=town.candidate_file(costs))
    found = propose(wiring, order, exhaustively)
    best = 0.0
    district = {
        one.name: one.district_name
        for one in propose(wiring, order_of(town, p=8, keep=False), exhaustively).proposals
    }
    for count in range(len(SITES) + 1):
        for some in combinations(range(len(SITES)), count):
            if allowed(order, some, costs, district):
                opened = [OLD_TOWN, *(SITES[i][1:] for i in some)]
                best = max(best, people_near(town, *opened, radius_m=order.radius_m))
    assert found.after == best
    chosen = tuple(sorted([name for name, _, _ in SITES].index(name) for name in names(found)))
    if not asked.get("district_limits"):
        assert allowed(order, chosen, costs, district)


def allowed(order: SitingOrder, some: Sequence[int], costs: Sequence[int], district: dict[str, str]) -> bool:
    points = at(*(SITES[i][1:] for i in some), OLD_TOWN, *(p[1:] for p in BY_DAY))
    all_m = geodesics(points[: len(some)], points) if some else np.empty((0, 1))
    near = [
        (i, j) for i in range(len(some)) for j in range(len(points)) if i != j and all_m[i, j] < order.apart_m
    ]
    where = [district.get(SITES[i][0], "") for i in some]
    limits = {"历下区": (2, 2), "槐荫区": (0, 0)} if order.district_limits else {}
    return (
        not near
        and (order.p is None or len(some) <= order.p)
        and (order.budget_fen is None or sum(costs[i] for i in some) * 100 <= order.budget_fen)
        and all(order.most is None or where.count(d) <= order.most for d in set(where))
        and all(least <= where.count(d) <= most for d, (least, most) in limits.items())
    )


def test_with_closing_allowed_only_useless_places_make_room(town: Town, wiring: Wiring) -> None:
    town.people = [*town.people[:6], (0, 4_000, 500), (4_000, 4_000, 100), (0, -4_000, 80)]
    day = datetime.fromisoformat("2026-10-09T10:00+08:00")
    asked = order_of(town, at=day, closable=True, at_most_close=4, demand=str(town.demand_file()))
    for p, new, closed in (
        (1, ["北关邮局", "东村商店", "南村商店"], {"老城驿站", "西村驿站"}),
        (3, ["北关邮局", "东村商店", "南村商店"], set()),
    ):
        found = propose(wiring, replace(asked, p=p), exhaustively)
        assert names(found) == new
        assert {door.name for door in found.closed} == closed
        kept = [s[1:] for s in (*BY_DAY, ("老城驿站", *OLD_TOWN)) if s[0] not in closed]
        assert found.after == people_near(town, *kept, *(place(name) for name in new)) == found.objective


@pytest.mark.parametrize("goal", [Goal.MCLP, Goal.P_MEDIAN, Goal.P_CENTRE])
def test_no_more_places_are_closed_than_may_be(town: Town, wiring: Wiring, goal: Goal) -> None:
    """By day; two could go, as nobody needs them."""
    town.people = [*town.people[:6], (0, 4_000, 500), (4_000, 4_000, 100), (0, -4_000, 80)]
    day = datetime.fromisoformat("2026-10-09T10:00+08:00")
    asked = order_of(town, at=day, closable=True, p=1, goal=goal, demand=str(town.demand_file()))
    objectives = []
    for most in (0, 1, 2):
        found = propose(wiring, replace(asked, at_most_close=most), exhaustively)
        assert len(found.closed) <= most
        assert len(found.proposals) <= most + 1
        assert found.most_closed == most
        objectives.append(found.objective)
    better = sorted(set(objectives), reverse=goal is not Goal.MCLP)
    assert objectives == better and len(better) > 1
    told = propose(wiring, asked, exhaustively)
    assert told.most_closed == 1, "as many as are built beside"
    assert len(told.closed) <= 1


def test_the_bound_on_closing_is_told_where_it_is_reached(town: Town, wiring: Wiring) -> None:
    town.people = [*town.people[:6], (0, 4_000, 500), (4_000, 4_000, 100), (0, -4_000, 80)]
    day = datetime.fromisoformat("2026-10-09T10:00+08:00")
    asked = order_of(town, at=day, closable=True, p=1, demand=str(town.demand_file()))
    one, three = (propose(wiring, replace(asked, at_most_close=most), exhaustively) for most in (1, 3))
    assert "  已到最多关闭 1 处的上限，可用 --at-most-close 调整" in list(proposal_lines(one, ZH))
    assert not any("--at-most-close" in line for line in proposal_lines(three, ZH))
    assert as_json(one, ZH)["may_be_closed"] == 1


def test_what_stands_beyond_the_border_serves_and_is_never_closed(town: Town) -> None:
    far = ((-4_000.0 - 200 * i, -60_000.0) for i in range(6))  # in 泰安
    beyond = [station(10 + i, (f"泰安驿站{i}", *where), "24小时") for i, where in enumerate(far)]
    town.stations = [*town.stations, *(one.model_copy(update={"district": "370902"}) for one in beyond)]
    town.register()
    opened = town.wiring()
    for goal in (Goal.MCLP, Goal.P_MEDIAN):
        found = propose(opened, order_of(town, p=1, goal=goal, closable=True), exhaustively)
        assert len(found.proposals) <= 2
        assert not any("泰安" in door.name for door in found.closed)
    opened.close()


def test_lscp_takes_the_fewest_that_serve_all_that_can_be_served(town: Town, wiring: Wiring) -> None:
    found = propose(wiring, order_of(town, goal=Goal.LSCP, p=None), exhaustively)
    assert sorted(names(found)) == sorted(
        ["集市便利店", "火车站加油站", "北关邮局", "东村商店", "西村商店", "南村商店"]
    )
    assert found.after == found.total
    assert found.unreachable == 0


def test_what_no_candidate_reaches_is_told(town: Town, wiring: Wiring) -> None:
    town.people = [*town.people, (12_000, 0, 70)]
    found = propose(wiring, order_of(town, goal=Goal.LSCP, p=None), exhaustively)
    assert found.unreachable == 70
    assert any(line.startswith("有 70 人在 1 公里内没有任何候选点") for line in proposal_lines(found, ZH))


@pytest.mark.parametrize("goal", [Goal.P_MEDIAN, Goal.P_CENTRE])
def test_models_of_distance_bring_the_next_open_door_nearest(town: Town, wiring: Wiring, goal: Goal) -> None:
    found = propose(wiring, order_of(town, goal=goal, p=2), exhaustively)
    people = at(*((east, north) for east, north, _ in town.people))
    weight = np.array([p[2] for p in town.people], dtype=float)
    values = {}
    for some in combinations(SITES, 2):
        nearest = geodesics(people, at(OLD_TOWN, *(s[1:] for s in some))).min(axis=1)
        values[frozenset(s[0] for s in some)] = (np.average(nearest, weights=weight), nearest.max())
    measure = 0 if goal is Goal.P_MEDIAN else 1
    best = min(value[measure] for value in values.values())
    assert values[frozenset(names(found))][measure] == pytest.approx(best, abs=0.1)
    assert (found.mean_m, found.farthest_m)[measure][1] == pytest.approx(best, abs=0.1)


# --- a grid


def test_a_grid_stands_where_people_are_that_nobody_serves(town: Town, wiring: Wiring) -> None:
    found = propose(wiring, order_of(town, candidates=None, grid_m=2_000.0, p=2), exhaustively)
    assert [one.gained for one in found.proposals] == [1_400, 900]
    assert all(one.name == "" and one.near is not None for one in found.proposals)
    assert found.proposals[0].near is not None
    assert found.proposals[0].near.name == "集市驿站"
    line = next(line for line in proposal_lines(found, ZH) if line.startswith("1. "))
    assert "集市驿站西 155 米" in line


# --- spacing


def test_with_a_least_distance_every_pair_keeps_it(town: Town, wiring: Wiring) -> None:
    found = propose(wiring, order_of(town, p=8, apart_m=5_500.0, keep=False), exhaustively)
    points = np.array([(one.lon, one.lat) for one in found.proposals])
    all_m = geodesics(points, points)
    assert len(points) > 2
    assert all_m[~np.eye(len(points), dtype=bool)].min() >= 5_500.0


def test_candidates_too_near_to_a_station_are_left_out_and_counted(town: Town, wiring: Wiring) -> None:
    found = propose(wiring, order_of(town, apart_m=250.0), exhaustively)
    assert not {"集市便利店", "火车站加油站", "西村商店", "老城邮局"} & set(names(found))
    (note,) = (note for note in found.notes if "nearer than" in note.message)
    assert note.params["count"] == "4"


def test_the_rule_of_towns_is_a_greatest_distance(town: Town, wiring: Wiring) -> None:
    rule = SpacingRule(town_per_km2=150.0, dense_per_km2=400.0)
    free = propose(wiring, order_of(town, rule=rule), exhaustively)
    kept = {one.name: one.keeps_spacing for one in free.proposals}
    assert kept == {"集市便利店": True, "火车站加油站": True, "北关邮局": False}
    assert {one.name: one.spacing_m for one in free.proposals} == {
        "集市便利店": 500.0, "火车站加油站": 1_000.0, "北关邮局": 1_000.0,
    }  # fmt: skip
    bound = propose(wiring, order_of(town, rule=rule, spacing=True), exhaustively)
    assert "北关邮局" not in names(bound)
    assert all(one.keeps_spacing for one in bound.proposals)


# --- longer hours


def test_longer_hours_are_weighed_against_new_sites_with_both_sides_demand(
    town: Town, wiring: Wiring
) -> None:
    found = propose(wiring, order_of(town, p=2, extended_hours=True), exhaustively)
    hours = found.longer_hours
    assert hours is not None
    assert [door.name for door in hours.doors] == ["集市驿站", "火车站驿站"]
    assert hours.gained == people_near(town, *(place(door.name) for door in hours.doors))
    assert hours.new_gained == people_near(town, *(place(name) for name in names(found)))
    assert (hours.new_sites, hours.closed, hours.is_all, hours.is_proven) == (2, 3, False, True)
    assert longer_hours_text(found, ZH) == (
        "让这 2 处站点在 周五 23:10 也开门，能多服务 2,300 人，抵得上新建 2 处（多服务 2,300 人）"
    )


def test_where_all_doors_are_worth_less_than_the_plan_it_says_how_few_sites_they_are_worth(
    town: Town, wiring: Wiring
) -> None:
    hours = propose(wiring, order_of(town, p=6, extended_hours=True), exhaustively).longer_hours
    assert hours is not None
    assert hours.is_all
    assert hours.gained == people_near(town, *(p[1:] for p in BY_DAY))
    assert hours.new_sites == 3
    assert hours.new_gained == people_near(
        town, *(place(n) for n in ("集市便利店", "火车站加油站", "北关邮局"))
    )


def test_by_day_there_is_no_door_to_open_longer(town: Town, wiring: Wiring) -> None:
    day = datetime.fromisoformat("2026-10-09T10:00+08:00")
    assert propose(wiring, order_of(town, at=day, extended_hours=True), exhaustively).longer_hours is None


# --- curve and stability


def test_the_curve_goes_a_little_beyond_what_was_asked(town: Town, wiring: Wiring) -> None:
    found = propose(wiring, order_of(town, p=2, curve=True), exhaustively)
    assert [(p.sites, p.cumulative, p.gained) for p in found.curve] == [
        (1, 1_400, 1_400), (2, 2_300, 900), (3, 2_860, 560), (4, 2_960, 100), (5, 3_050, 90),
    ]  # fmt: skip
    assert all(p.is_proven for p in found.curve)


def test_sure_sites_are_chosen_in_every_run_and_a_toss_up_is_marked(town: Town, wiring: Wiring) -> None:
    town.people = [*town.people[:8], (-4_000, 0, 81), (0, -4_000, 80)]
    found = propose(wiring, order_of(town, p=5, keep=False, stability=40), exhaustively)
    share = {one.name: one.stability for one in found.proposals}
    assert share["集市便利店"] == share["火车站加油站"] == share["北关邮局"] == 1.0
    assert found.proposals[-1].name == "西村商店"
    assert found.proposals[-1].is_unstable
    assert any("不稳" in line for line in proposal_lines(found, ZH) if line.startswith("5. "))
    assert found.stability is not None
    assert (found.stability.runs, found.stability.error_m, found.stability.demand_share) == (40, 50.0, 0.1)


def test_the_same_seed_gives_the_same_shares(town: Town, wiring: Wiring) -> None:
    order = order_of(town, p=4, stability=20, seed=5)
    one, other = (propose(wiring, order, exhaustively) for _ in range(2))
    assert [p.stability for p in one.proposals] == [p.stability for p in other.proposals]


# --- what is said


def test_the_gap_is_said_in_plain_words(town: Town, wiring: Wiring) -> None:
    found = propose(wiring, order_of(town), exhaustively)
    assert proven_text(found, ZH) == "已证明：在这些条件下没有更好的方案"
    near = replace(found, is_proven=False, gap=0.00712)
    assert proven_text(near, ZH) == "已证明：离最优最多差 0.71 %"
    assert proven_text(replace(near, gap=0.034), ZH) == "已证明：离最优最多差 3.4 %"
    assert proven_text(replace(near, gap=1e-6), ZH) == "已证明：离最优最多差 0.01 %"
    assert "Nothing is proven" in proven_text(replace(near, gap=float("inf")), EN)


def test_lines_name_costs_where_there_are_any(town: Town, wiring: Wiring) -> None:
    order = replace(
        order_of(town), candidates=town.candidate_file(["1.5万元", '"50,000"', "20000.50", 1, 1, 1, 1, 1])
    )
    found = propose(wiring, order, exhaustively)
    assert [one.cost_fen for one in found.proposals] == [5_000_000, 2_000_050, 1_500_000]
    assert found.cost_fen == 8_500_050
    lines = list(proposal_lines(found, ZH))
    assert "造价：85,000.50 元" in lines
    assert any(line.startswith("1. 集市便利店") and "50,000" in line for line in lines)


def test_json_and_geojson_hold_every_site(town: Town, wiring: Wiring) -> None:
    found = propose(wiring, order_of(town, extended_hours=True, curve=True, stability=20), exhaustively)
    told = as_json(found, ZH)
    assert [site["name"] for site in told["sites"]] == names(found)
    assert told["sample"] is True
    assert told["longer_hours"]["sentence"] == longer_hours_text(found, ZH)
    drawn = as_geojson(found, ZH)
    roles = [feature["properties"]["role"] for feature in drawn["features"]]
    assert roles.count("proposed") == 3
    assert roles.count("open_longer") == len(found.longer_hours.doors)
    lon, lat = drawn["features"][0]["geometry"]["coordinates"]
    assert geodesics(np.array([[lon, lat]]), at(place(names(found)[0])))[0, 0] < 0.2


# --- interrupted


def stopped_after(solves: int) -> Solvers:
    done = []

    def solver(task: Task) -> Plan:
        done.append(task)
        if len(done) > solves:
            raise KeyboardInterrupt
        return every_set(task)

    return always(solver)


@pytest.mark.parametrize(("solves", "points", "runs"), [(1, 0, 0), (3, 3, 0), (6, 6, 0), (8, 6, 2)])
def test_ctrl_c_leaves_what_was_found_so_far(
    town: Town, wiring: Wiring, solves: int, points: int, runs: int
) -> None:
    found = propose(wiring, order_of(town, curve=True, stability=20), stopped_after(solves))
    assert found.interrupted
    assert names(found) == ["集市便利店", "火车站加油站", "北关邮局"]
    assert len(found.curve) == points
    assert (found.stability.runs if found.stability else 0) == runs
    assert "已中断：没算完的部分不列出" in list(proposal_lines(found, ZH))


def test_a_plan_that_was_interrupted_is_the_best_so_far_and_nothing_more_is_solved(
    town: Town, wiring: Wiring
) -> None:
    def solver(task: Task) -> Plan:
        return replace(every_set(task), bound=4_000.0, ended="interrupted")

    found = propose(wiring, order_of(town, curve=True), always(solver))
    assert found.interrupted
    assert not found.curve
    assert any("被中断" in line for line in proposal_lines(found, ZH))
