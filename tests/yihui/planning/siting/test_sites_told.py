"""How a plan is told: in words, as data, and where somebody would not wait for its end."""

from dataclasses import replace

import numpy as np
import pytest

from geo.siting.problem import NoPlanFound, SitingTask
from geo.siting.record import SearchRecord, SitingPlan, Solver
from tests.geo.siting.exhaustive import every_set
from tests.geo.siting.towns import at, geodesics
from tests.yihui.planning.siting.asking import OLD_TOWN, ZH, always, exhaustively, names, order_of, place
from tests.yihui.planted_town import BY_DAY, Town
from yihui.bootstrap import Wiring
from yihui.frame.typed import parse_values
from yihui.planning.answer import answer_json, answer_lines
from yihui.planning.siting.answer import build_siting_answer, siting_geojson
from yihui.planning.siting.inputs import load_siting_inputs
from yihui.planning.siting.request import SitingOrder
from yihui.planning.siting.run import RecordCallback, SolverFactories, propose_sites
from yihui.planning.siting.text import longer_hours_sentence, proof_sentence
from yihui.planning.tables import show_table


def test_lines_name_costs_where_there_are_any(town: Town, wiring: Wiring) -> None:
    costs = ["1.5万元", '"50,000"', "20000.50", 1, 1, 1, 1, 1]
    order = order_of(town, candidates=town.candidate_file(costs))
    found = propose_sites(wiring, order, exhaustively)
    assert [one.cost_fen for one in found.proposals] == [5_000_000, 2_000_050, 1_500_000]
    assert found.cost_fen == 8_500_050
    answer = build_siting_answer(order, found, ZH)
    assert "造价：85,000.50 元" in answer_lines(answer, ZH)
    first = show_table(answer.table("sites"), ZH)["rows"][0]
    assert first[:2] == ["1", "集市便利店"] and "50,000" in first


def test_a_total_in_the_limits_of_districts_is_named_and_no_district(town: Town, wiring: Wiring) -> None:
    limits = town.write("limits.csv", "区县,至少,至多", ["历下区,1,2", "合計,1,2"])
    ground = load_siting_inputs(wiring, order_of(town).model_copy(update={"district_limits": limits}))
    assert [(note.code, note.row) for note in ground.notes if note.file == "limits.csv"] == [
        ("table.total", 3)
    ]


def test_json_and_geojson_hold_every_site(town: Town, wiring: Wiring) -> None:
    order = order_of(town, extended_hours=True, curve=True, stability=20)
    found = propose_sites(wiring, order, exhaustively)
    answer = build_siting_answer(order, found, ZH)
    told = answer_json(answer, ZH)
    assert [site["name"] for site in told["tables"]["sites"]] == names(found)
    assert told["sample"] is True
    assert longer_hours_sentence(found, ZH).text(ZH) in answer_lines(answer, ZH)
    drawn = siting_geojson(answer, found, ZH)
    roles = [feature["properties"]["role"] for feature in drawn["features"]]
    assert roles.count("proposed") == 3
    assert roles.count("open_longer") == len(found.longer_hours.doors)
    lon, lat = drawn["features"][0]["geometry"]["coordinates"]
    assert geodesics(np.array([[lon, lat]]), at(place(names(found)[0])))[0, 0] < 0.2


def test_a_proof_on_residents_by_county_says_in_the_same_sentence_that_sites_are_alike(
    town: Town, wiring: Wiring
) -> None:
    order = order_of(town, p=1, demand="population", demand_datum=None, spacing_m=5_000.0)
    found = propose_sites(wiring, order, exhaustively)
    assert found.is_proven
    assert proof_sentence(found) != proof_sentence(replace(found, is_even=False))


def stopped_after(solves: int) -> SolverFactories:
    done = []

    def solver(task: SitingTask) -> SitingPlan:
        done.append(task)
        if len(done) > solves:
            raise KeyboardInterrupt
        return every_set(task)

    return always(solver)


@pytest.mark.parametrize(("solves", "points", "runs"), [(1, 0, 0), (3, 3, 0), (6, 6, 0), (8, 6, 2)])
def test_ctrl_c_leaves_what_was_found_so_far(
    town: Town, wiring: Wiring, solves: int, points: int, runs: int
) -> None:
    order = order_of(town, curve=True, stability=20)
    found = propose_sites(wiring, order, stopped_after(solves))
    assert found.interrupted
    assert names(found) == ["集市便利店", "火车站加油站", "北关邮局"]
    assert len(found.curve) == points
    assert (found.stability.runs if found.stability else 0) == runs
    assert "已中断：没算完的部分不列出" in answer_lines(build_siting_answer(order, found, ZH), ZH)


def test_a_plan_that_was_interrupted_is_the_best_so_far_and_nothing_more_is_solved(
    town: Town, wiring: Wiring
) -> None:
    def solver(task: SitingTask) -> SitingPlan:
        return replace(every_set(task), bound=4_000.0, ended="interrupted")

    order = order_of(town, curve=True)
    found = propose_sites(wiring, order, always(solver))
    assert found.interrupted
    assert not found.curve
    assert any("被中断" in line for line in answer_lines(build_siting_answer(order, found, ZH), ZH))


def test_what_is_not_found_in_the_time_is_named(town: Town, wiring: Wiring) -> None:
    def solver(task: SitingTask) -> SitingPlan:
        raise NoPlanFound

    order = order_of(town, extended_hours=True, curve=True)
    found = propose_sites(wiring, order, replace(exhaustively, variant=lambda _: solver))
    lines = answer_lines(build_siting_answer(order, found, ZH), ZH)
    assert (found.longer_hours, found.interrupted, len(found.proposals)) == (None, False, 3)
    assert sum("以延长开放代替新建的比较" in line for line in lines) == 1


def test_sites_that_gain_alike_are_one_group(town: Town, wiring: Wiring) -> None:
    grid = {"area": "370102", "p": 2, "candidates": None, "grid_m": 3_000.0, "datum": None}
    order = order_of(town, **grid, demand="population", demand_datum=None, spacing_m=1_000.0)
    alike = propose_sites(wiring, order, exhaustively)
    assert [one.rank for one in alike.proposals] == [1, 1] and alike.is_alike
    answer = build_siting_answer(order, alike, ZH, load_siting_inputs(wiring, order))
    told = answer_json(answer, ZH)
    assert "alike" in told["figures"] and answer.view is not None
    assert [(one["number"], one["rank"]) for one in told["tables"]["sites"]] == [(1, 1), (2, 1)]
    (one, rank, *_), (two, *_) = show_table(answer.table("sites"), ZH, is_page=True)["rows"]
    drawn = answer.view().map
    assert drawn is not None and [one, two] == [str(pin.rank) for pin in drawn.proposals] and rank not in "12"
    by_hours = propose_sites(wiring, order_of(town, extended_hours=True), exhaustively).longer_hours
    assert by_hours is not None and by_hours.doors
    both = replace(alike, longer_hours=by_hours)
    view = build_siting_answer(order, both, ZH, load_siting_inputs(wiring, order)).view
    assert view is not None
    assert view().headline in answer.sentences and len(view().figures) == 3
    assert not propose_sites(wiring, order_of(town), exhaustively).is_alike


def test_a_site_beside_what_stands_is_told_of(town: Town, wiring: Wiring) -> None:
    order = order_of(town)
    found = propose_sites(wiring, order, exhaustively)
    near = {one.name for one in found.proposals if one.is_beside}
    stand = [place(name) for name, _, _ in BY_DAY] + [OLD_TOWN]
    metres = {name: geodesics(at(place(name)), at(*stand)).min() for name in names(found)}
    assert near == {name for name, away in metres.items() if away < 300} != set()
    told = answer_json(build_siting_answer(order, found, ZH), ZH)
    assert told["figures"]["beside"]["count"] == len(near)


def test_a_log_says_how_good_the_plan_is_before_it_is_proven(
    town: Town, wiring: Wiring, capsys: pytest.CaptureFixture[str]
) -> None:
    def plan(_: float, hears: RecordCallback) -> Solver:
        def solve(task: SitingTask) -> SitingPlan:
            record = SearchRecord(task)
            record.report_plan(np.array([0]), 1_000.0, "test")
            record.report_bound(1_012.5, "test")
            while not (said := capsys.readouterr().err):
                hears(record)
            assert "1.25 %" in said
            return exhaustively.plan(0.0, hears)(task)

        return solve

    order = order_of(town).model_copy(update={"time_limit_s": 5.0})
    assert propose_sites(wiring, order, replace(exhaustively, plan=plan)).proposals


def test_0_runs_are_none() -> None:
    asked = parse_values(SitingOrder, {"area": "370102", "p": "1", "stability": "0"})
    assert asked.stability is None
