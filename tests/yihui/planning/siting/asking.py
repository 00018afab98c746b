"""A planner's questions about the planted town."""

from datetime import datetime

import numpy as np

from geo.datum import Datum
from geo.siting.proposal import SitingProposals
from geo.siting.record import Solver
from tests.geo.siting.exhaustive import every_set
from tests.geo.siting.towns import at, geodesics
from tests.yihui.planted_town import BY_DAY, NIGHT, SITES, Town
from yihui.planning.siting.request import SitingOrder
from yihui.planning.siting.run import SolverFactories
from yihui.runtime.language import load_language

ZH = load_language("zh")


def always(solver: Solver) -> SolverFactories:
    return SolverFactories(lambda *_: solver, lambda _: solver, lambda _: solver)


exhaustively = always(every_set)


def order_of(town: Town, **asked: object) -> SitingOrder:
    usual = {
        "area": "370100",
        "at": datetime.fromisoformat(NIGHT),
        "p": 3,
        "candidates": None if "candidates" in asked else town.candidate_file(),
        "datum": Datum.WGS84,
        "demand": str(town.demand_file()),
        "demand_datum": Datum.WGS84,
    }
    if "goal" in asked:
        asked["goal_typed"] = str(asked.pop("goal")).replace("_", "-")
    return SitingOrder(**{**usual, **asked})


def names(found: SitingProposals) -> list[str]:
    return [one.name for one in found.proposals]


def people_near(town: Town, *places: tuple[float, float], radius_m: float = 1_000.0) -> float:
    """Geodesic by geodesic."""
    people = at(*((east, north) for east, north, _ in town.people))
    near = geodesics(people, at(*places)) <= radius_m
    return float(np.array([p[2] for p in town.people])[near.any(axis=1)].sum())


def place(name: str) -> tuple[float, float]:
    return next((east, north) for known, east, north in (*SITES, *BY_DAY) if known == name)


OLD_TOWN = (-4_010.0, -4_020.0)
