"""What a planner is told of a town whose best sites are plain to see; every figure is recomputed here."""

from collections.abc import Sequence
from datetime import datetime
from itertools import combinations

import numpy as np
import pytest

from geo.siting.problem import SitingGoal
from tests.geo.siting.towns import at, geodesics
from tests.yihui.planning.siting.asking import OLD_TOWN, ZH, exhaustively, names, order_of, people_near, place
from tests.yihui.planted_town import BY_DAY, SITES, Town, station
from yihui.bootstrap import Wiring
from yihui.planning.answer import answer_lines
from yihui.planning.siting.answer import build_siting_answer
from yihui.planning.siting.request import SitingOrder
from yihui.planning.siting.run import propose_sites

BY_LIGHT = datetime.fromisoformat("2026-10-09T10:00+08:00")


def test_the_three_obvious_sites_are_proposed_in_order_of_what_they_gain(town: Town, wiring: Wiring) -> None:
    found = propose_sites(wiring, order_of(town), exhaustively)
    assert names(found) == ["集市便利店", "火车站加油站", "北关邮局"]
    assert [one.gained for one in found.proposals] == [1_400, 900, 560]
    assert [one.cumulative for one in found.proposals] == [1_400, 2_300, 2_860]
    assert [one.rank for one in found.proposals] == [1, 2, 3]
    assert (found.total, found.before, found.after) == (5_130, 2_000, 4_860)
    assert found.after - found.before == found.objective
    assert found.is_proven


def test_before_and_after_are_what_all_geodesics_say(town: Town, wiring: Wiring) -> None:
    found = propose_sites(wiring, order_of(town), exhaustively)
    assert found.total == sum(p[2] for p in town.people)
    assert found.before == people_near(town, OLD_TOWN)
    opened = [OLD_TOWN, *(place(name) for name in names(found))]
    assert found.after == people_near(town, *opened)


def test_by_day_what_stands_open_serves_already(town: Town, wiring: Wiring) -> None:
    found = propose_sites(wiring, order_of(town, at=BY_LIGHT), exhaustively)
    assert found.stations == 4
    assert names(found) == ["北关邮局", "东村商店", "南村商店"]


@pytest.mark.endure
def test_as_if_nothing_stood_the_old_town_comes_first(town: Town, wiring: Wiring) -> None:
    found = propose_sites(wiring, order_of(town, fixed="none"), exhaustively)
    assert (found.before, names(found)[0]) == (0, "老城邮局")


def test_every_site_says_where_it_is_and_how_far_its_neighbour(town: Town, wiring: Wiring) -> None:
    found = propose_sites(wiring, order_of(town), exhaustively)
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
        {"p": 4, "apart_m": 1_500.0},
        {"p": None, "budget_fen": 500_00},
        {"p": 5, "least": 1, "district_limits": "limits"},
        *(
            pytest.param(asked, marks=pytest.mark.endure)
            for asked in (
                {"p": 2},
                {"p": 8, "budget_fen": 700_00, "cost_fen": None},
                {"p": 3, "most": 1},
                {"p": 3, "radius_m": 5_700.0},
            )
        ),
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
    order = order_of(town, **asked).model_copy(update={"candidates": town.candidate_file(costs)})
    found = propose_sites(wiring, order, exhaustively)
    best = 0.0
    district = {
        one.name: one.district_name
        for one in propose_sites(wiring, order_of(town, p=8, fixed="none"), exhaustively).proposals
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


def closing_by_day(town: Town, **asked: object) -> SitingOrder:
    """Return a problem by day: some places are closed then, and some have no demand near them."""
    town.people = [*town.people[:6], (0, 4_000, 500), (4_000, 4_000, 100), (0, -4_000, 80)]
    return order_of(town, at=BY_LIGHT, closable=True, demand=str(town.demand_file()), **asked)


def test_with_closing_allowed_only_useless_places_make_room(town: Town, wiring: Wiring) -> None:
    asked = closing_by_day(town, at_most_close=4)
    for p, new, closed in (
        (1, ["北关邮局", "东村商店", "南村商店"], {"老城驿站", "西村驿站"}),
        (3, ["北关邮局", "东村商店", "南村商店"], set()),
    ):
        found = propose_sites(wiring, asked.model_copy(update={"p": p}), exhaustively)
        assert names(found) == new
        assert {door.name for door in found.closed} == closed
        kept = [s[1:] for s in (*BY_DAY, ("老城驿站", *OLD_TOWN)) if s[0] not in closed]
        assert found.after == people_near(town, *kept, *(place(name) for name in new)) == found.objective


@pytest.mark.parametrize(
    "goal",
    [
        SitingGoal.MCLP,
        *(
            pytest.param(goal, marks=pytest.mark.endure)
            for goal in (SitingGoal.P_MEDIAN, SitingGoal.P_CENTRE)
        ),
    ],
)
def test_no_more_places_are_closed_than_may_be(town: Town, wiring: Wiring, goal: SitingGoal) -> None:
    """By day; two could go, as nobody needs them."""
    asked = closing_by_day(town, p=1, goal=goal)
    objectives = []
    for most in (0, 1, 2):
        found = propose_sites(wiring, asked.model_copy(update={"at_most_close": most}), exhaustively)
        assert len(found.closed) <= most
        assert len(found.proposals) <= most + 1
        assert found.most_closed == most
        objectives.append(found.objective)
    better = sorted(set(objectives), reverse=goal is not SitingGoal.MCLP)
    assert objectives == better and len(better) > 1
    told = propose_sites(wiring, asked, exhaustively)
    assert told.most_closed == 1, "as many as are built beside"
    assert len(told.closed) <= 1


def test_the_bound_on_closing_is_told_where_it_is_reached(town: Town, wiring: Wiring) -> None:
    asked = closing_by_day(town, p=1)
    one, three = (
        propose_sites(wiring, asked.model_copy(update={"at_most_close": most}), exhaustively)
        for most in (1, 3)
    )
    first, second = (answer_lines(build_siting_answer(asked, found, ZH), ZH) for found in (one, three))
    assert "已到最多关闭 1 处的上限" in first
    assert not any("的上限" in line for line in second)


def test_what_stands_beyond_the_border_serves_and_is_never_closed(town: Town) -> None:
    far = ((-4_000.0 - 200 * i, -60_000.0) for i in range(6))  # in 泰安
    beyond = [station(10 + i, (f"泰安驿站{i}", *where), "24小时") for i, where in enumerate(far)]
    town.stations = [*town.stations, *(one.model_copy(update={"district": "370902"}) for one in beyond)]
    town.register()
    opened = town.wiring()
    for goal in (SitingGoal.MCLP, SitingGoal.P_MEDIAN):
        found = propose_sites(opened, order_of(town, p=1, goal=goal, closable=True), exhaustively)
        assert len(found.proposals) <= 2
        assert not any("泰安" in door.name for door in found.closed)
    opened.close()


def test_lscp_takes_the_fewest_that_serve_all_that_can_be_served(town: Town, wiring: Wiring) -> None:
    found = propose_sites(wiring, order_of(town, goal=SitingGoal.LSCP, p=None), exhaustively)
    assert sorted(names(found)) == sorted(
        ["集市便利店", "火车站加油站", "北关邮局", "东村商店", "西村商店", "南村商店"]
    )
    assert found.after == found.total
    assert found.unreachable == 0


def test_what_no_candidate_reaches_is_told(town: Town, wiring: Wiring) -> None:
    town.people = [*town.people, (12_000, 0, 70)]
    order = order_of(town, goal=SitingGoal.LSCP, p=None)
    found = propose_sites(wiring, order, exhaustively)
    assert found.unreachable == 70
    lines = answer_lines(build_siting_answer(order, found, ZH), ZH)
    assert any(line.startswith("有 70 人在 1 公里内没有任何候选点") for line in lines)
