"""The census table and how it is shared out."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.formats.facts import (
    CensusArea,
    apportion,
    county_population,
    list_added_zones,
    parse_census_areas,
    read_packaged_table,
    shandong_population,
)

HEADER = "code,name,level,population,hosts\n"


@pytest.fixture(scope="module")
def areas() -> tuple[CensusArea, ...]:
    return parse_census_areas(read_packaged_table("shandong_census_2020.csv"))


def test_each_city_is_the_sum_of_its_counties_and_zones(areas: tuple[CensusArea, ...]) -> None:
    for city in (area for area in areas if area.level == "city"):
        parts = [a for a in areas if a.code[:4] == city.code[:4] and a.level in ("county", "zone")]
        assert sum(part.population for part in parts) == city.population, city.name


def test_the_population_of_136_counties_is_the_whole_province() -> None:
    population = shandong_population()
    assert len(population) == 136
    assert sum(population.values()) == 101_527_453


def test_a_zone_adds_its_people_to_its_host() -> None:
    own = 1_067_783
    assert shandong_population()["370214"] == own + 41_823  # 青岛高新区 lies in 城阳区
    assert shandong_population()["370203"] == 1_096_879  # 市北区 hosts none


def test_the_zones_that_are_added_to_counties_are_named_with_their_hosts() -> None:
    found = list_added_zones(["370214", "370203"])
    assert [(zone.population, hosts) for zone, hosts in found] == [(41_823, ["城阳区"])]


def test_a_zone_on_two_counties_is_shared_in_proportion_to_their_people() -> None:
    text = HEADER + "1,甲,county,300,\n2,乙,county,100,\n9,高新区,zone,41,1 2\n"
    assert county_population(text) == {"1": 331, "2": 110}


@pytest.mark.parametrize("hosts", ["", "7", "1 7"])
def test_a_zone_without_a_known_host_is_refused(hosts: str) -> None:
    with pytest.raises(ValueError, match="高新区"):
        county_population(HEADER + f"1,甲,county,300,\n9,高新区,zone,41,{hosts}\n")


@pytest.mark.parametrize("line", ["1,甲,county,many,", "1,甲,county", "1,甲,county,,"])
def test_a_line_that_is_no_area_is_named(line: str) -> None:
    with pytest.raises(ValueError, match="line 2"):
        parse_census_areas(HEADER + line + "\n")


@given(st.integers(0, 20_000), st.lists(st.integers(0, 2_000_000), min_size=1).filter(any))
@settings(deadline=None, derandomize=True)
def test_shares_sum_to_the_whole_and_stay_within_one_of_the_exact_quota(
    whole: int, weights: list[int]
) -> None:
    shares = apportion(whole, weights)
    assert sum(shares) == whole
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share - Fraction(whole * weight, sum(weights))) < 1


@pytest.mark.parametrize("weights", [[], [0, 0], [3, -1]])
def test_weights_that_share_nothing_are_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        apportion(10, weights)
