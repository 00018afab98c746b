"""How certain a place is by what the parts of an address say."""

from dataclasses import replace

import pytest

from geo.street_names.evidence import Certainty, PlaceHint, Precision, weigh_hints

HERE, NEXT_DOOR, ELSEWHERE = (117.0, 36.65), (117.001, 36.651), (117.05, 36.65)


def hint(part: str, at: tuple[float, float], precision: Precision) -> PlaceHint:
    return PlaceHint(part, f"{part} {at}", *at, precision)


HOUSE, HOUSE_ELSEWHERE = (hint("house", at, Precision.POINT) for at in (HERE, ELSEWHERE))
LANDMARK = hint("landmark", NEXT_DOOR, Precision.NEARBY)
LANDMARK_ELSEWHERE = hint("landmark", ELSEWHERE, Precision.NEARBY)
AT_ROAD, FAR_FROM_ROAD = replace(LANDMARK, road_m=280.0), replace(LANDMARK_ELSEWHERE, road_m=1200.0)
BETWEEN = replace(LANDMARK_ELSEWHERE, road_m=700.0)
CROSSING = hint("crossing", HERE, Precision.POINT)
NUMBER_NEARBY = hint("house", HERE, Precision.NEARBY)
ROAD, ROAD_ELSEWHERE = (hint("road", at, Precision.ROAD) for at in (HERE, ELSEWHERE))


@pytest.mark.parametrize(
    ("hints", "certainty", "best"),
    [
        ([], Certainty.UNKNOWN, None),
        ([HOUSE], Certainty.CERTAIN, HOUSE),
        ([HOUSE, HOUSE_ELSEWHERE], Certainty.ROUGH, HOUSE),  # two towns have the road and the number
        ([HOUSE_ELSEWHERE, HOUSE, LANDMARK], Certainty.CERTAIN, HOUSE),  # the landmark says which
        ([ROAD], Certainty.ROUGH, ROAD),
        ([ROAD, LANDMARK_ELSEWHERE], Certainty.LIKELY, LANDMARK_ELSEWHERE),
        ([LANDMARK], Certainty.LIKELY, LANDMARK),
        ([LANDMARK, LANDMARK_ELSEWHERE], Certainty.ROUGH, LANDMARK),
        ([NUMBER_NEARBY], Certainty.LIKELY, NUMBER_NEARBY),
        ([ROAD, AT_ROAD], Certainty.LIKELY, AT_ROAD),  # the landmark says where along the road
        ([ROAD_ELSEWHERE, AT_ROAD], Certainty.LIKELY, AT_ROAD),  # the road's own point is far away
        ([ROAD, LANDMARK], Certainty.LIKELY, ROAD),  # opposite to the landmark
        ([ROAD, AT_ROAD, BETWEEN], Certainty.LIKELY, AT_ROAD),
        ([ROAD, BETWEEN], Certainty.LIKELY, BETWEEN),  # a campus reaches far from its street
        ([ROAD, FAR_FROM_ROAD], Certainty.ROUGH, ROAD),  # another place of that name
        ([FAR_FROM_ROAD, ROAD, AT_ROAD], Certainty.LIKELY, AT_ROAD),
        ([ROAD, replace(AT_ROAD, lon=ELSEWHERE[0]), AT_ROAD], Certainty.ROUGH, None),  # two at one road
        ([ROAD, HOUSE_ELSEWHERE, AT_ROAD], Certainty.CERTAIN, HOUSE_ELSEWHERE),
        ([replace(CROSSING, lon=ELSEWHERE[0]), ROAD, AT_ROAD], Certainty.CERTAIN, None),
        ([NUMBER_NEARBY, LANDMARK], Certainty.CERTAIN, NUMBER_NEARBY),
    ],
)
def test_certainty_follows_what_the_hints_say(
    hints: list[PlaceHint], certainty: Certainty, best: PlaceHint | None
) -> None:
    evidence = weigh_hints(hints)
    assert evidence.certainty is certainty
    assert best is None or evidence.best == best
    assert bool(hints) == (evidence.best is not None)


def test_a_landmark_elsewhere_leaves_a_house_certain_but_agrees_with_nothing() -> None:
    evidence = weigh_hints([HOUSE, LANDMARK_ELSEWHERE])
    assert evidence.certainty is Certainty.CERTAIN
    assert evidence.agreeing == ()


def test_a_crossing_is_better_than_a_landmark_at_the_road() -> None:
    crossing = replace(CROSSING, lon=ELSEWHERE[0])
    assert weigh_hints([AT_ROAD, ROAD, crossing]).best == crossing


def test_a_landmark_names_the_road_at_which_it_lies() -> None:
    assert weigh_hints([ROAD, AT_ROAD]).agreeing == (ROAD.name,)
