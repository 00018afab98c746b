"""What several doors tell of a siting plan: its sites' names, its proof, and longer hours in place of new sites."""

from collections.abc import Sequence
from math import isfinite

from core.civil_time import CIVIL_TIME
from core.text_marks import N_
from geo.siting.proposal import BESIDE_M, SiteProposal, SitingProposals
from yihui.planning.answer import Sentence, amount, metres, sentence
from yihui.planning.text import distance_text, weekday_text
from yihui.runtime.language import Language

_PROVEN_BUT_EVEN = N_(
    "Proven at the points of demand: no plan within these limits is better, but as this demand is spread evenly over each county, sites within one are nearly alike"
)
_BESIDE_SITES = {
    False: N_("Opening these {doors} doors at {hour} as well newly serves {gained}, {sites} new sites {new}"),
    True: N_(
        "Opening every useful door, {doors} in all, at {hour} newly serves {gained}, {sites} new sites {new}"
    ),
}


def proposed_hours(proposals: SitingProposals) -> str:
    """Return the hours with which sites are proposed: those of the day if they were asked about, else all."""
    is_by_day = 8 <= proposals.at.astimezone(CIVIL_TIME).hour < 22
    return "每天8:00-22:00" if is_by_day else "24小时"


def weekday_hour_text(proposals: SitingProposals, language: Language) -> str:
    """Format the weekday and time of the proposals: 周六 23:10."""
    civil = proposals.at.astimezone(CIVIL_TIME)
    return language.render(N_("{day} {clock}"), day=weekday_text(civil, language), clock=f"{civil:%H:%M}")


def site_label(proposal: SiteProposal, language: Language) -> str:
    """Return a site's name, else its position relative to the nearest named station."""
    near = proposal.near
    if proposal.name or near is None:
        return proposal.name or f"{proposal.lon:.5f}, {proposal.lat:.5f}"
    if near.distance_m < 1:
        return language.render(N_("at {name}"), name=near.name)
    distance, bearing = distance_text(near.distance_m, language), language.translate(near.bearing)
    return language.render(
        N_("{distance} {bearing} of {name}"), name=near.name, distance=distance, bearing=bearing
    )


def proof_sentence(proposals: SitingProposals) -> Sentence:
    """State how good the plan provably is."""
    if proposals.is_proven:
        better = N_("Proven at the points of demand: no plan within these limits is better")
        return sentence("", _PROVEN_BUT_EVEN if proposals.is_even else better)
    if not isfinite(proposals.gap):
        return sentence("", N_("Nothing is proven about how much better another plan could be"))
    share = max(0.01, 100 * proposals.gap)
    figure = f"{share:.2f}" if share < 1 else f"{share:.1f}"
    told = N_("Proven at the points of demand: at most {share} % short of the best possible")
    return sentence("", told, share=figure)


def beside_sentence(names: Sequence[str]) -> Sentence:
    """Warn the planner of sites within 300 m of stations that stand; ``names`` are those stations'."""
    told = N_(
        "{count} sites lie within {distance} of what stands ({names}): look first whether it can open longer"
    )
    return sentence("beside", told, count=len(names), distance=metres(BESIDE_M), names=names)


def not_in_time_sentence(proposals: SitingProposals, language: Language) -> Sentence:
    """List the comparisons that a planner asked for and that the solver did not finish in its time."""
    names = language.format_list(language.translate(one) for one in proposals.not_in_time)
    return sentence("", N_("Not found in the time: {names}"), names=names)


def longer_hours_sentence(proposals: SitingProposals, language: Language) -> Sentence:
    """Compare opening stations longer with building new sites; for programs alone where it was not asked for."""
    hours = proposals.longer_hours
    if hours is None:
        return sentence("", "")
    hour, unit = weekday_hour_text(proposals, language), proposals.unit
    text = N_("No door that is shut at {hour} would newly serve anybody if it were open")
    gained, new = (amount(one, unit, proposals.tolerance) for one in (hours.gained, hours.new_gained))
    counts = {"doors": len(hours.doors), "sites": hours.new_sites, "closed": hours.closed}
    how = {"is_all": hours.is_all, "proven": hours.is_proven}
    told = _BESIDE_SITES[hours.is_all] if hours.doors else text
    return sentence("longer_hours", told, hour=hour, gained=gained, new=new, **counts, **how)
