"""Access as PySAL computes it, and sites as all choices compared one by one."""

import warnings
from itertools import combinations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

import geo.frames
from geo.frames import access, coverage, gaps, nearest, sites
from geo.frames.demand import read_demand, read_points
from geo.frames.stations import index_stations, stations_frame
from geo.station import Status
from tests.geo.frames.town import AREAS, DAY, NIGHT, PLANE, STATIONS, draw_points

HOMES = draw_points(60)
PLACES = draw_points(12, seed=9).rename(columns={"people": "seats"}).assign(name="驿站", kind="library")
RADIUS_M = 3_000.0


def pairs() -> pd.DataFrame:
    """All pairs of a home and a place, as a table of costs for PySAL."""
    near = nearest(HOMES, PLACES, k=len(PLACES), within_m=RADIUS_M).dropna(subset=["index_right"])
    return pd.DataFrame({"origin": near.index, "dest": near["index_right"], "cost": near["distance_m"]})


@pytest.mark.parametrize("method", ["two_stage_fca", "three_stage_fca"])
@pytest.mark.parametrize(
    ("decay", "args"),
    [
        ("step_fn", {1_000: 1, 2_000: 0.68, 3_000: 0.22}),
        ("gaussian", 900.0),
        ("step_fn", {1_000: 1, 2_500: 0.5, 9_000: 0.1}),  # a zone beyond the radius
        ("step_fn", {500: 1, 1_000: 0.5}),  # no zone up to the radius
        ("gravity", (500.0, -1.5, 100.0)),
    ],
)
def test_access_is_that_of_pysal_by_its_own_names(method: str, decay: str, args: object) -> None:
    from access import fca, weights

    weigh = getattr(weights, decay)(*args) if decay == "gravity" else getattr(weights, decay)(args)
    demand = HOMES[["people"]].rename(columns={"people": "demand"}).rename_axis("geoid")
    supply = PLACES[["seats"]].rename(columns={"seats": "supply"}).rename_axis("geoid")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = getattr(fca, method)(
            demand, supply, pairs(), RADIUS_M, demand_index=True, supply_index=True, weight_fn=weigh
        )
    ours = access(
        HOMES,
        PLACES,
        RADIUS_M,
        weight="people",
        capacity="seats",
        method=method,
        **{decay: args},  # type: ignore[arg-type]
    )
    np.testing.assert_allclose(ours["access"], theirs.reindex(HOMES.index), rtol=1e-9)
    assert ours.crs == PLANE


def test_closed_places_offer_nothing_and_the_access_of_an_area_is_the_mean_of_its_ground() -> None:
    frame = stations_frame(STATIONS)
    day, night = (access(AREAS, frame, 2_000, weight="people", at=at)["access"] for at in (DAY, NIGHT))
    assert day["west"] > night["west"] or np.isnan(night["west"])
    assert (day * AREAS["people"]).sum() == pytest.approx(
        2.0, rel=1e-4
    )  # all seats are shared, of two open stations; persons are whole
    empty = AREAS.assign(people=[3, 0])  # fewer people than points, and none at all
    told = access(empty, frame, 20_000, weight="people")["access"]
    assert told.tolist() == pytest.approx(
        [1.0, 1.0]
    )  # three stations for three people, all within reach of all ground
    assert access(HOMES, index_stations(PLACES), weight="people", capacity="seats").equals(
        access(HOMES, PLACES, weight="people", capacity="seats")
    )
    with pytest.raises(ValueError, match="give one"):
        access(HOMES, PLACES, gaussian=500.0, step_fn={500: 1})


def test_stations_that_are_closed_for_good_neither_offer_seats_nor_stand() -> None:
    gone = stations_frame(STATIONS).assign(status=Status.CLOSED_FOR_GOOD.value)
    assert access(HOMES, gone, RADIUS_M)["access"].isna().all()
    bare, beside = (sites(HOMES, LOTS, p=1, stations=there, radius_m=RADIUS_M) for there in (None, gone))
    assert beside.attrs["value"] == bare.attrs["value"]


LOTS = draw_points(8, seed=10)[["geometry"]]
METRES = (
    nearest(HOMES, LOTS.assign(name="地", kind="library"), k=len(LOTS))
    .pivot(columns="index_right", values="distance_m")
    .loc[HOMES.index, LOTS.index]
    .to_numpy()
)


def value_of(model: str, chosen: list[int]) -> float:
    near_m = METRES[:, chosen].min(axis=1)
    if model == "p_centre":
        return float(near_m.max())
    return float((HOMES["people"] * (near_m if model == "p_median" else near_m <= RADIUS_M)).sum())


@pytest.mark.parametrize("model", ["mclp", "p_median", "p_centre"])
def test_sites_are_the_best_of_all_choices(model: str) -> None:
    told = sites(HOMES, LOTS, model, p=3, weight="people", radius_m=RADIUS_M)  # type: ignore[arg-type]
    every = [value_of(model, list(chosen)) for chosen in combinations(range(len(LOTS)), 3)]
    best = max(every) if model == "mclp" else min(every)
    assert told.attrs["value"] == pytest.approx(best, rel=1e-9)
    assert value_of(model, [LOTS.index.get_loc(label) for label in told.index]) == pytest.approx(best)
    assert (told.attrs["model"], told.attrs["gap"]) == (model, 0.0)
    assert told.attrs["bound"] == pytest.approx(best, rel=1e-6)
    assert told.crs == PLANE


def test_the_fewest_sites_reach_all_that_can_be_reached() -> None:
    told = sites(HOMES, LOTS, "lscp", weight="people", radius_m=RADIUS_M)
    chosen = [LOTS.index.get_loc(label) for label in told.index]
    assert value_of("mclp", chosen) == value_of("mclp", [*range(len(LOTS))])
    assert told.attrs["value"] == len(told)
    assert told.attrs["unreachable"] == HOMES["people"].sum() - value_of("mclp", chosen)


def test_what_stands_is_no_reason_to_build_and_unplaced_lots_are_never_chosen() -> None:
    (best,) = sites(HOMES, LOTS, p=1, weight="people", radius_m=RADIUS_M).index
    there = LOTS.loc[[best]].assign(name="站", kind="library", hours="8:00-18:00")
    lots = pd.concat([gpd.GeoDataFrame(geometry=[None], index=["nowhere"], crs=PLANE), LOTS])
    (second,) = sites(HOMES, lots, p=1, stations=there, weight="people", radius_m=RADIUS_M).index
    assert second not in (best, "nowhere")
    (night,) = sites(HOMES, lots, p=1, stations=there, at=NIGHT, weight="people", radius_m=RADIUS_M).index
    assert night == best
    with pytest.raises(ValueError, match="give p"):
        sites(HOMES, LOTS)
    for wrong in (-1, 0, len(LOTS) + 1):
        with pytest.raises(ValueError, match="whole number, from 1 to 8"):
            sites(HOMES, LOTS, p=wrong)


def test_five_names_are_to_be_seen_and_every_answer_can_be_explored() -> None:
    assert dir(geo.frames) == ["access", "coverage", "gaps", "nearest", "sites"]
    frame = stations_frame(STATIONS)
    homes = pd.concat([HOMES, gpd.GeoDataFrame({"people": [1]}, geometry=[None], index=["x"], crs=PLANE)])
    for told, column in (
        (nearest(homes, frame, k=2, at=DAY), "state"),
        (coverage(AREAS, frame, DAY), "share"),
        (access(homes, frame), "access"),
        (gaps(AREAS, frame, NIGHT), "demand"),
        (sites(HOMES, LOTS, p=2), None),
    ):
        assert "L.geoJson" in told.explore(column).get_root().render()
        assert isinstance(told.geometry.iloc[0], shapely.Geometry)


def test_samples_of_polygons_lie_a_quarter_of_the_radius_apart_and_say_how_exact_they_are() -> None:
    frame = stations_frame(STATIONS)
    told = sites(AREAS, LOTS, p=3, stations=frame, weight="people", radius_m=1_200)
    assert told.attrs["spacing_m"] == 300
    read = read_demand(AREAS, "people")
    assert read.spacing_m == sites(read, LOTS, p=1).attrs["spacing_m"] == 1_000
    standing, built = (read_points(one, "stations") for one in (frame.iloc[:3], told))
    ground = read.demand.added_amounts(standing, built, 1_200, in_turn=True)
    assert ground is not None
    assert told.attrs["value"] == pytest.approx(ground.sum(), abs=1.5 * told.attrs["tolerance"])
    assert told.attrs["tolerance"] < told.attrs["value"] / 10
    coarse, fine = (access(AREAS, frame, spacing_m=metres) for metres in (None, 50.0))
    assert coarse["access"].tolist() == pytest.approx(fine["access"].tolist(), rel=0.03)
    assert coarse.attrs["spacing_m"] == 250
    assert access(HOMES, frame).attrs["spacing_m"] is None
