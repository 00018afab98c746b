"""A comparison says that residents are spread evenly where they are, and where earlier figures don't say."""

from yihui.planning.demand.even_spread import is_spread_evenly
from yihui.planning.demand.land_notes import build_land_note, count_areas_by_source

BY_LAND = build_land_note("by_land", buildings=2, residential=1, roads=0, even=3)
FEW = build_land_note("too_little_land", value="平阴县", count=3)


def test_the_census_is_even_unless_a_note_says_otherwise() -> None:
    for word in ("population", "census", "ＣＥＮＳＵＳ：ｅｖｅｎ"):
        assert is_spread_evenly(word, ())
        assert is_spread_evenly(word, (FEW,))
    assert not is_spread_evenly("census", (FEW, BY_LAND))
    assert not is_spread_evenly("area", ())
    assert not is_spread_evenly("people.tif", ())


def test_the_areas_of_each_source_are_read_from_the_note() -> None:
    assert count_areas_by_source((FEW, BY_LAND)) == {"buildings": 2, "residential": 1, "roads": 0, "even": 3}
    assert count_areas_by_source((FEW,)) is None
