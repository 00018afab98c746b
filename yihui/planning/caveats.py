"""The sentences that all planning questions share: how the census is spread, unknown hours, townships."""

from collections.abc import Collection, Iterator

from core.text_marks import N_
from yihui.planning.answer import Sentence, sentence
from yihui.planning.demand.even_spread import is_spread_evenly
from yihui.planning.townships import TownshipOutlines
from yihui.runtime.language import Language

SHARED_WITH_NEIGHBOURS = N_(
    "Access counts the places and the demand beyond the area's border too, as far as they share places with it; residents beyond Shandong aren't known"
)
NOT_SHARED_WITH_NEIGHBOURS = N_(
    "Demand beyond the area's border is not counted, places beyond it are: near the border access is told too high"
)
_WITHOUT_DEMAND = N_(
    "{count} townships hold no point of this demand and are not listed; a demand with finer points reaches them"
)
_SPREAD_EVENLY = N_(
    "Residents are spread evenly over each county: towns weigh too little, open country too much"
)


def caveat_sentences(demand: str, unknown: int) -> Iterator[Sentence]:
    """Yield each caveat: how the census is spread, and that places with unknown hours count as closed."""
    if is_spread_evenly(demand):
        yield sentence("spread_evenly", _SPREAD_EVENLY)
    if unknown:
        text = N_("Hours not known, counted as shut: {count} usable places of the area")
        yield sentence("hours_unknown", text, count=unknown)


def zone_sentences(counties: Collection[str]) -> "Iterator[Sentence]":
    """Yield a sentence that names the functional zones whose residents the census counts apart, if there are any."""
    from geo.formats.facts import list_added_zones

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
