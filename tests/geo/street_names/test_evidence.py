"""How certain a place is by what the parts of an address say."""

import pytest

from geo.street_names.evidence import Certainty, PlaceHint, Precision, weigh_hints

HERE, NEXT_DOOR, ELSEWHERE = (117.0, 36.65), (117.001, 36.651), (117.05, 36.65)


def hint(part: str, at: tuple[float, float], precision: Precision) -> PlaceHint:
    return PlaceHint(part, f"{part} {at}", *at, precision)


HOUSE, HOUSE_ELSEWHERE = (hint("house", at, Precision.POINT) for at in (HERE, ELSEWHERE))
NUMBER_NEARBY = hint("house", HERE, Precision.NEARBY)
ROAD, ROAD_ELSEWHERE = (hint("road", at, Precision.ROAD) for at in (HERE, ELSEWHERE))
LANDMARK = hint("landmark", NEXT_DOOR, Precision.NEARBY)
LANDMARK_ELSEWHERE = hint("landmark", ELSEWHERE, Precision.NEARBY)


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
        ([NUMBER_NEARBY, LANDMARK], Certainty.CERTAIN, NUMBER_NEARBY),
    ],
)
def test_certainty_follows_what_the_hints_say(
    hints: list[PlaceHint], certainty: Certainty, best: PlaceHint | None
) -> None:
    evidence = weigh_hints(hints)
    assert (evidence.certainty, evidence.best) == (certainty, best)


def test_a_landmark_elsewhere_leaves_a_house_certain_but_agrees_with_nothing() -> None:
    evidence = weigh_hints([HOUSE, LANDMARK_ELSEWHERE])
    assert evidence.certainty is Certainty.CERTAIN
    assert evidence.agreeing == ()
