"""Which demand has its residents spread evenly over each county."""

import pytest

from yihui.planning.demand.even_spread import is_spread_evenly


@pytest.mark.parametrize(
    ("demand", "is_even"),
    [
        ("population", True),
        ("ＣＥＮＳＵＳ", True),
        ("census+searches=30%", True),
        ("area", False),
        ("people.tif", False),
        ("people.tif+searches=30%", False),
    ],
)
def test_the_census_alone_is_spread_evenly_also_beside_riders_demand(demand: str, is_even: bool) -> None:
    assert is_spread_evenly(demand) == is_even
