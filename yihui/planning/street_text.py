"""The texts of figures by street: the limit, the straight line beside it, and what has no way."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from core.text_marks import N_
from yihui.planning.answer import Sentence, metres, sentence, share
from yihui.planning.street_reach import WAYS_ATTRIBUTION, WAYS_SOURCE
from yihui.planning.text import distance_text
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from geo.coverage.pairs import StreetTerms

SHARES = N_("Within reach: {street} by street, {straight} by straight line ({distance})")
SHARES_IN_WORST_HOUR = N_(
    "Within reach in the worst hour: {street} by street, {straight} by straight line ({distance})"
)
_TRAVEL = {"walk": N_("on foot"), "ebike": N_("by e-bike")}


def street_limit_text(streets: "StreetTerms", language: Language) -> str:
    """Format the limit: “1 km by street on foot”, or “10 min by street on foot”."""
    travel = language.translate(_TRAVEL[streets.mode])
    if streets.within_s is not None:
        return language.render(
            N_("{minutes} min by street {travel}"), minutes=f"{streets.within_s / 60:g}", travel=travel
        )
    return language.render(
        N_("{distance} by street {travel}"),
        distance=distance_text(streets.straight_m, language),
        travel=travel,
    )


def reach_text(streets: "StreetTerms | None", radius_m: float, language: Language) -> str:
    """Format how far counts as within reach: by street, or in a straight line."""
    return distance_text(radius_m, language) if streets is None else street_limit_text(streets, language)


def street_sentences(
    streets: "StreetTerms",
    by_street: float,
    straight: float,
    template: str = SHARES,
    **beside: object,
) -> Iterator[Sentence]:
    """Yield the shares within reach by street and by the straight line, then what no way leads to.

    ``beside`` are further figures by the straight line, for programs.
    """
    yield sentence(
        "by_street",
        template,
        street=share(by_street),
        straight=share(straight),
        distance=metres(streets.straight_m),
        travel=streets.mode,
        within_s=streets.within_s,
        street_m=streets.street_m,
        **beside,
    )
    yield from wayless_sentences(streets)


def wayless_sentences(streets: "StreetTerms") -> Iterator[Sentence]:
    """Yield how many pairs have no way and how many points are on no street, if any, and the source."""
    tally = streets.tally
    if tally.without_way:
        yield sentence(
            "without_way",
            N_(
                "Of {pairs} ways that a straight line would allow, none is known for {count}; these places count as out of reach"
            ),
            pairs=tally.pairs,
            count=tally.without_way,
        )
    if tally.off_street:
        told = N_("{count} points are on no street; no place counts as within their reach")
        if tally.off_street == tally.points:
            told = N_("None of the points is on a street: the built streets are those of another place")
        yield sentence("off_street", told, count=tally.off_street, points=tally.points)
    yield sentence("ways_source", WAYS_ATTRIBUTION, source=WAYS_SOURCE)
