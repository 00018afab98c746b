"""Sentences that several planning answers share: reach by street, and what limits the figures."""

from collections.abc import Collection, Iterator

import pandas as pd

from core.text_marks import N_
from geo.coverage.pairs import StreetTerms
from geo.coverage.served import patch_tolerance
from geo.formats.facts import list_added_zones
from yihui.planning.answer import Sentence, metres, sentence, share
from yihui.planning.demand.request import is_spread_evenly
from yihui.planning.street_reach import WAYS_ATTRIBUTION, WAYS_SOURCE
from yihui.planning.text import distance_text
from yihui.planning.townships import TownshipOutlines
from yihui.runtime.language import Language

SHARES = N_("Within reach: {street} by street, {straight} by straight line ({distance})")
SHARES_IN_WORST_HOUR = N_(
    "Within reach in the worst hour: {street} by street, {straight} by straight line ({distance})"
)
_ROWS = N_(
    "rows and ways are measured at sample points {metres} m apart; the share of a row may be {tolerance} off"
)
_TRAVEL = {"walk": N_("on foot"), "ebike": N_("by e-bike")}
SHARED_WITH_NEIGHBOURS = N_(
    "Access counts the places and the demand beyond the area's border too, as far as they share places with it; residents beyond Shandong aren't known"
)
NOT_SHARED_WITH_NEIGHBOURS = N_(
    "Demand beyond the area's border is not counted, places beyond it are: near the border access is told too high"
)
_WITHOUT_WAY = N_(
    "Of {pairs} ways that a straight line would allow, none is known for {count}; these places count as out of reach"
)
_WITHOUT_DEMAND = N_(
    "{count} townships hold no point of this demand and are not listed; a demand with finer points reaches them"
)
_SPREAD_EVENLY = N_(
    "Residents are spread evenly over each county: towns weigh too little, open country too much"
)


def street_limit_text(streets: StreetTerms, language: Language) -> str:
    """Format the limit: “1 km by street on foot”, or “10 min by street on foot”."""
    travel = language.translate(_TRAVEL[streets.mode])
    if streets.within_s is not None:
        minutes = f"{streets.within_s / 60:g}"
        return language.render(N_("{minutes} min by street {travel}"), minutes=minutes, travel=travel)
    distance = distance_text(streets.straight_m, language)
    return language.render(N_("{distance} by street {travel}"), distance=distance, travel=travel)


def reach_text(streets: StreetTerms | None, radius_m: float, language: Language) -> str:
    """Format how far counts as within reach: by street, or in a straight line."""
    return distance_text(radius_m, language) if streets is None else street_limit_text(streets, language)


def street_sentences(
    streets: StreetTerms,
    by_street: float,
    straight: float,
    template: str = SHARES,
    *,
    tolerance: float = 0.0,
    **beside: object,
) -> Iterator[Sentence]:
    """Yield the shares within reach by street and by the straight line, what no way leads to, and the ways' source.

    ``tolerance`` is that of the first; ``beside`` are further figures by the straight line, for programs.
    """
    shares = {"street": share(by_street, tolerance), "straight": share(straight)}
    limit = {"travel": streets.mode, "within_s": streets.within_s, "street_m": streets.street_m}
    yield sentence("by_street", template, **shares, distance=metres(streets.straight_m), **limit, **beside)
    tally = streets.tally
    if tally.without_way:
        yield sentence("without_way", _WITHOUT_WAY, pairs=tally.pairs, count=tally.without_way)
    if tally.off_street:
        told = N_("{count} points are on no street; no place counts as within their reach")
        if tally.off_street == tally.points:
            told = N_("None of the points is on a street: the built streets are those of another place")
        yield sentence("off_street", told, count=tally.off_street, points=tally.points)
    yield sentence("ways_source", WAYS_ATTRIBUTION, source=WAYS_SOURCE)


def caveat_sentences(demand: str, unknown: int) -> Iterator[Sentence]:
    """Yield each caveat: how the census is spread, and that places with unknown hours count as closed."""
    if is_spread_evenly(demand):
        yield sentence("spread_evenly", _SPREAD_EVENLY)
    if unknown:
        text = N_("Hours not known, counted as shut: {count} usable places of the area")
        yield sentence("hours_unknown", text, count=unknown)


def public_sentence(usable: int, access_unknown: int) -> Sentence:
    """Say how many usable places are open to the public, and of how many nobody knows; both count."""
    told = N_("{public} are open to the public, {unknown} unknown (counted)")
    if not access_unknown:
        told = N_("{public} are open to the public")
    return sentence("", told, public=usable - access_unknown, unknown=access_unknown)


def sample_sentences(tolerance: float, of_distances: bool = False) -> Iterator[Sentence]:
    """Yield what ± means, for demand that may be off or for distances; nothing for exact figures."""
    if tolerance > 0 or of_distances:
        told = N_("± is how far a figure that sample points measure may be off, 19 times in 20")
        yield sentence("tolerance", told, tolerance=tolerance)


def row_sentences(step_m: float | None, table: pd.DataFrame) -> Iterator[Sentence]:
    """Say how far a row may be off that sample points measure; nothing for rows of the ground, without a ``step_m``."""
    if step_m is not None and len(table):
        tolerance = share(patch_tolerance(float(table["points"].median())))
        yield sentence("sample_points", _ROWS, metres=int(step_m), tolerance=tolerance)


def zone_sentences(counties: Collection[str]) -> Iterator[Sentence]:
    """Yield a sentence that names the functional zones whose residents the census counts apart, if there are any."""
    zones = [
        sentence("", N_("{name} ({people} in {hosts})"), name=zone.name, people=zone.population, hosts=hosts)
        for zone, hosts in list_added_zones(counties)
    ]
    if zones:
        told = N_("Residents of functional zones are added to the counties in which they lie: {zones}")
        yield sentence("zones", told, zones=zones)


def township_sentences(
    townships: TownshipOutlines | None, listed: Collection[str], language: Language
) -> Iterator[Sentence]:
    """Yield where the outlines of a table's townships come from, and how many townships are not ``listed`` in it."""
    if townships is None:
        return
    yield sentence("townships", "{source}", source=townships.format_source(language))
    if count := townships.count_lacking(listed):
        yield sentence("townships_not_listed", _WITHOUT_DEMAND, count=count)
