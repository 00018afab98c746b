import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.siting.proposal import SiteProposal
from geo.siting.spacing import SpacingRule, nearest_other_m, pairs_too_near, weight_within
from tests.geo.siting.towns import at, geodesics
from tests.profile import searched

metres = st.integers(-2_000, 2_000)
places = st.lists(st.tuples(metres, metres), min_size=1, max_size=25)


@searched(80)
@given(places, st.lists(st.sampled_from([0.0, 300.0, 500.0, 1_000.0]), min_size=25, max_size=25))
def test_pairs_too_near_are_those_of_all_geodesics(where: list[tuple[int, int]], least: list[float]) -> None:
    points, least_m = at(*where), np.array(least[: len(where)])
    all_m = geodesics(points, points)
    expected = [
        [i, j]
        for i in range(len(points))
        for j in range(i + 1, len(points))
        if all_m[i, j] < min(least_m[i], least_m[j])
    ]
    assert pairs_too_near(points, least_m).tolist() == expected


def test_two_just_as_far_apart_as_they_must_be_are_no_pair() -> None:
    points = at((0, 0), (500, 0))
    apart_m = geodesics(points[:1], points[1:])[0, 0]
    assert not len(pairs_too_near(points, np.full(2, apart_m)))
    assert len(pairs_too_near(points, np.full(2, apart_m + 1e-6))) == 1


def test_a_neighbour_is_another_one_by_its_geodesic() -> None:
    points = at((0, 0), (0, 0), (700, 0))
    assert nearest_other_m(points, points, np.arange(3)) == pytest.approx([0, 0, 700], abs=1e-6)
    assert np.isinf(nearest_other_m(points, at())).all()


@given(places, st.sampled_from([150.0, 1_000.0]))
@settings(deadline=None, derandomize=True, max_examples=40)
def test_weight_within_a_radius_is_that_of_all_geodesics(
    where: list[tuple[int, int]], radius_m: float
) -> None:
    points = at(*where)
    weight = np.arange(1.0, len(points) + 1)
    expected = (geodesics(points, points) <= radius_m) @ weight
    assert weight_within(points, points, weight, radius_m) == pytest.approx(expected)


def test_towns_have_a_kilometre_dense_places_half_of_it_and_the_country_no_rule() -> None:
    rule = SpacingRule()
    assert rule.limit_m(np.array([0, 1_499, 1_500, 3_999, 4_000, 20_000])).tolist() == [
        np.inf, np.inf, 1_000, 1_000, 500, 500,
    ]  # fmt: skip


def test_density_is_demand_around_over_the_area_of_the_circle() -> None:
    points = at((0, 0), (999, 0), (1_001, 0))
    found = SpacingRule().density_per_km2(points[:1], points, np.array([100.0, 200.0, 400.0]))
    assert found == pytest.approx(300 / np.pi)


@pytest.mark.parametrize(
    "figures",
    [
        {"most_m": 0},
        {"most_m": 200_000},
        {"most_dense_m": 1_001},
        {"dense_per_km2": 1_000},
        {"town_per_km2": -1},
    ],
)
def test_a_rule_that_contradicts_itself_is_refused(figures: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"give|swap"):
        SpacingRule(**figures)


@pytest.mark.parametrize(
    ("neighbour_m", "spacing_m", "keeps"),
    [(999.9, 1_000.0, True), (1_000.0, 1_000.0, False), (1_500.0, 1_000.0, False), (9e9, np.inf, True), (1.0, None, None)],
)  # fmt: skip
def test_a_proposal_keeps_the_rule_if_its_neighbour_is_less_than_so_far_away(
    neighbour_m: float, spacing_m: float | None, keeps: bool | None
) -> None:
    one = SiteProposal(1, "", 117.0, 36.6, None, "", 1.0, 1.0, neighbour_m=neighbour_m, spacing_m=spacing_m)
    assert one.obeys_spacing is keeps
