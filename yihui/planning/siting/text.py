"""Render a siting proposal for the terminal: the plan, its proof, its sites and the extras."""

from collections.abc import Iterator, Sequence
from math import isfinite
from typing import TYPE_CHECKING

from core.civil_time import CIVIL_TIME
from core.money import format_yuan
from core.text_marks import N_
from geo.coverage.demand import GROUND_UNIT
from geo.siting.problem import SitingGoal
from yihui.planning.street_text import reach_text, share_lines
from yihui.planning.text import (
    DEMAND_UNIT_LABELS,
    demand_size,
    distance_text,
    format_share,
    sample_mark,
    weekday_name,
)
from yihui.runtime.errors import fault_line
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from core.faults import Fault
    from geo.siting.proposal import AffectedStation, SiteProposal, SitingProposals, Stability


_GOALS = {
    SitingGoal.MCLP: N_("most demand served (MCLP)"),
    SitingGoal.LSCP: N_("fewest sites for all that can be served (LSCP)"),
    SitingGoal.P_MEDIAN: N_("least mean distance (p-median)"),
    SitingGoal.P_CENTRE: N_("least greatest distance (p-centre)"),
}
_ENDED = {
    "limit": N_("stopped at the limit of {limit} s with the best found"),
    "interrupted": N_("interrupted after {seconds} s; this is the best found so far"),
    "exhausted": N_("the search had nothing more to try after {seconds} s"),
}
_UNREACHABLE = {
    True: N_("No candidate lies within {radius} of {demand}: add some, or narrow --grid, to serve them too"),
    False: N_("No candidate and no open place within 100 km can be reached from {demand}"),
}
_EVEN = N_(
    "This demand is spread evenly over each county, so neighbouring sites are nearly alike: orders or searches (--demand) tell them apart"
)
_PROVEN_BUT_EVEN = N_(
    "Proven: no plan within these limits is better, but as this demand is spread evenly over each county, sites within one are nearly alike"
)
CURVE_TITLE = N_("What each further site buys (the best plan for each number of sites):")
_DOORS_SHOWN = 12
_NOTES_SHOWN = 3


def full_demand_text(value: float, unit: str, language: Language) -> str:
    """Format a demand in full with its unit: 12,345 人."""
    if unit == GROUND_UNIT:
        return language.render(N_("{count} km² of ground"), count=f"{demand_size(value, unit):,.1f}")
    figure = f"{value:,.0f}"
    if unit == "people":
        return language.render(N_("{count} people"), count=figure)
    return language.render(
        N_("{count} of {unit}"), count=figure, unit=language.translate(DEMAND_UNIT_LABELS.get(unit, unit))
    )


def weekday_hour_text(proposals: "SitingProposals", language: Language) -> str:
    """Format the weekday and time of the proposals: 周六 23:10."""
    civil = proposals.at.astimezone(CIVIL_TIME)
    return language.render(
        N_("{day} {clock}"), day=weekday_name(civil.weekday(), language), clock=f"{civil:%H:%M}"
    )


def site_label(proposal: "SiteProposal", language: Language) -> str:
    """Return a site's name, else its position relative to the nearest named station."""
    if proposal.name:
        return proposal.name
    if proposal.near is None:
        return f"{proposal.lon:.5f}, {proposal.lat:.5f}"
    near = proposal.near
    if near.distance_m < 1:
        return language.render(N_("at {name}"), name=near.name)
    return language.render(
        N_("{distance} {bearing} of {name}"),
        name=near.name,
        distance=distance_text(near.distance_m, language),
        bearing=language.translate(near.bearing),
    )


def proof_text(proposals: "SitingProposals", language: Language) -> str:
    """State how good the plan provably is."""
    if proposals.is_proven and proposals.is_even:
        return language.render(_PROVEN_BUT_EVEN)
    if proposals.is_proven:
        return language.render(N_("Proven: no plan within these limits is better"))
    if not isfinite(proposals.gap):
        return language.render(N_("Nothing is proven about how much better another plan could be"))
    share = max(0.01, 100 * proposals.gap)
    figure = f"{share:.2f}" if share < 1 else f"{share:.1f}"
    return language.render(N_("Proven: at most {share} % short of the best possible"), share=figure)


def solve_end_text(proposals: "SitingProposals", language: Language) -> str:
    """State how long the solver took and why it ended."""
    template = _ENDED.get(proposals.ended, N_("solved in {seconds} s"))
    return language.render(template, seconds=f"{proposals.seconds:.1f}", limit=f"{proposals.time_limit_s:g}")


def longer_hours_text(proposals: "SitingProposals", language: Language) -> str:
    """Compare opening stations longer with building new sites in one sentence; empty if not requested."""
    hours = proposals.longer_hours
    if hours is None:
        return ""
    if not hours.doors:
        text = N_("No door that is shut at {hour} would newly serve anybody if it were open")
        return language.render(text, hour=weekday_hour_text(proposals, language))
    return language.render(
        _SENTENCES[hours.is_all],
        hour=weekday_hour_text(proposals, language),
        doors=len(hours.doors),
        gained=full_demand_text(hours.gained, proposals.unit, language),
        sites=hours.new_sites,
        new=full_demand_text(hours.new_gained, proposals.unit, language),
    )


_SENTENCES = {
    False: N_(
        "Opening these {doors} doors at {hour} as well newly serves {gained}: worth the {sites} new sites, which serve {new}"
    ),
    True: N_(
        "Opening every useful door, {doors} in all, at {hour} newly serves {gained}: no more than {sites} new sites, which serve {new}"
    ),
}


def note_lines(notes: "Sequence[Fault]", language: Language) -> Iterator[str]:
    """Yield the notes on assumptions and omissions: a few of each kind, and the number of further ones."""
    by_kind: dict[str, list[Fault]] = {}
    for note in notes:
        by_kind.setdefault(note.message, []).append(note)
    for alike in by_kind.values():
        yield from (fault_line(note, language).text() for note in alike[:_NOTES_SHOWN])
        if len(alike) > _NOTES_SHOWN:
            yield language.render(N_("… and {count} like that"), count=len(alike) - _NOTES_SHOWN)


def _head(p: "SitingProposals", language: Language) -> Iterator[str]:
    def say(template: str, **values: object) -> str:
        return language.render(template, **values)

    sample = sample_mark(p.is_sample, language)
    yield (
        say(
            N_("{area}: where to build next – {goal}"),
            area=p.area_name,
            goal=language.translate(_GOALS[p.goal]),
        )
        + sample
    )
    civil = p.at.astimezone(CIVIL_TIME)
    when = f"{civil:%Y-%m-%d} {weekday_hour_text(p, language)}"
    yield say(N_("At {when}, served within {radius}"), when=when, radius=_reach(p, language))
    yield say(
        N_("Demand: {demand}, {title}"),
        demand=full_demand_text(p.total, p.unit, language),
        title=p.demand_title,
    )
    yield say(
        N_("Now: {stations} places are open to all, {served} served ({share})"),
        stations=f"{p.stations:,}",
        served=full_demand_text(p.before, p.unit, language),
        share=format_share(p.before / p.total),
    )
    if p.proposals:
        yield _with_them(p, language)
    else:
        yield say(N_("Nothing is proposed: no candidate that the limits allow serves anybody more"))
    yield from _straight_lines(p, language)
    yield from _distance_lines(p, language)
    if p.cost_fen is not None:
        yield say(N_("Cost: {yuan} yuan"), yuan=format_yuan(p.cost_fen))
    if p.unreachable > 0:
        demand = full_demand_text(p.unreachable, p.unit, language)
        yield say(_UNREACHABLE[p.goal.is_cover], radius=_reach(p, language), demand=demand)
    yield f"{proof_text(p, language)}{say(N_('; '))}{solve_end_text(p, language)}"


def _reach(p: "SitingProposals", language: Language) -> str:
    return reach_text(None if p.straight is None else p.straight.terms, p.radius_m, language)


def _straight_lines(p: "SitingProposals", language: Language) -> Iterator[str]:
    """Yield the shares by the straight line beside those by street."""
    straight = p.straight
    if straight is None:
        return
    yield from share_lines(straight.terms, p.after / p.total, straight.after / p.total, language)
    yield language.render(
        N_("By straight line: {before} served now, {after} with the plan"),
        before=full_demand_text(straight.before, p.unit, language),
        after=full_demand_text(straight.after, p.unit, language),
    )


def _with_them(p: "SitingProposals", language: Language) -> str:
    return language.render(
        N_("With {sites} new sites of {candidates} candidates: {served} served ({share}), {more} more"),
        sites=len(p.proposals),
        candidates=f"{p.candidates:,}",
        served=full_demand_text(p.after, p.unit, language),
        share=format_share(p.after / p.total),
        more=full_demand_text(p.after - p.before, p.unit, language),
    )


def _distance_lines(p: "SitingProposals", language: Language) -> Iterator[str]:
    if p.goal.is_cover:
        return
    text = N_(
        "Way to the nearest open place: {before} → {after} on the average, {far} → {nearer} at the most"
    )
    yield language.render(text, **_distances(p.mean_m, p.farthest_m, language))
    if p.straight is not None:
        text = N_("By straight line: {before} → {after} on the average, {far} → {nearer} at the most")
        yield language.render(text, **_distances(p.straight.mean_m, p.straight.farthest_m, language))
    if p.straight is not None and p.straight.without_way is not None and any(p.straight.without_way):
        before, after = (full_demand_text(value, p.unit, language) for value in p.straight.without_way)
        text = N_(
            "Without a way to any open place: {before} → {after}; who has none with the plan is not in these distances"
        )
        yield language.render(text, before=before, after=after)
        if p.goal is SitingGoal.P_MEDIAN:
            yield language.translate(N_("To choose sites, having no way counts as 100 km"))


def _distances(
    mean_m: tuple[float, float], farthest_m: tuple[float, float], language: Language
) -> dict[str, str]:
    names, metres = ("before", "after", "far", "nearer"), (*mean_m, *farthest_m)
    return {name: distance_text(value, language) for name, value in zip(names, metres, strict=True)}


def siting_lines(proposals: "SitingProposals", language: Language) -> Iterator[str]:
    """Yield the result without the tables of sites and of the curve."""
    yield from _head(proposals, language)
    yield from _marks(proposals, language)
    yield from _closed(proposals, language)
    yield from _hours(proposals, language)


def site_table(p: "SitingProposals", language: Language) -> tuple[list[str], list[list[str]]]:
    """Return headings and rows; columns that are empty in every row are left out."""
    columns = {
        N_("where"): [f"{one.rank}. {site_label(one, language)}" for one in p.proposals],
        N_("district"): [one.district_name or "–" for one in p.proposals],
        N_("lon, lat"): [f"{one.lon:.5f}, {one.lat:.5f}" for one in p.proposals],
        N_("gains"): [f"{demand_size(one.gained, p.unit):,.0f}" for one in p.proposals],
        N_("in all"): [f"{demand_size(one.cumulative, p.unit):,.0f}" for one in p.proposals],
        N_("cost (yuan)"): ["" if one.cost_fen is None else format_yuan(one.cost_fen) for one in p.proposals],
        N_("nearest station"): [_neighbour(one, language) for one in p.proposals],
        N_("chosen again (or nearby)"): [_stability(one, language) for one in p.proposals],
    }
    shown = {name: cells for name, cells in columns.items() if any(cells)}
    rows = [list(row) for row in zip(*shown.values(), strict=True)]
    return [language.translate(name) for name in shown], rows


def _neighbour(one: "SiteProposal", language: Language) -> str:
    mark = "!" if one.obeys_spacing is False else ""
    return distance_text(one.neighbour_m, language) + mark if isfinite(one.neighbour_m) else "–"


def _stability(one: "SiteProposal", language: Language) -> str:
    if one.stability is None:
        return ""
    share = f"{100 * one.stability:.0f}% ({100 * (one.nearby or 0.0):.0f}%)"
    return f"{share} {language.render(N_('unsure'))}" if one.is_unstable else share


def _marks(p: "SitingProposals", language: Language) -> Iterator[str]:
    if any(one.obeys_spacing is False for one in p.proposals):
        text = N_("! farther from the nearest station than the rule for towns wants, see --spacing")
        yield language.render(text)
    if p.stability is not None:
        unsure = sum(one.is_unstable for one in p.proposals)
        yield _stability_text(p.stability, unsure, language)
        if p.is_even and 2 * unsure > len(p.proposals):
            yield language.render(_EVEN)
    if p.interrupted:
        yield language.render(N_("Interrupted: what was not finished is left out"))


def _stability_text(how: "Stability", unsure: int, language: Language) -> str:
    text = N_(
        "{runs} runs with points up to {metres} m off and demand up to {share} % off chose {kept} of these sites again, or in brackets one within {near}; unsure (below 80 %): {unsure}"
    )
    return language.render(
        text,
        runs=how.runs,
        metres=f"{how.error_m:g}",
        share=f"{100 * how.demand_share:g}",
        kept=format_share(how.kept),
        near=distance_text(how.near_m, language),
        unsure=unsure,
    )


def _closed(p: "SitingProposals", language: Language) -> Iterator[str]:
    if p.closed:
        yield ""
        yield language.render(
            N_("Closed, so that others can be built ({count}): {names}"),
            count=len(p.closed),
            names=_names(p.closed, language),
        )
        if len(p.closed) == p.most_closed:
            text = N_("No more than {count} might be closed: change that with --at-most-close")
            yield "  " + language.render(text, count=p.most_closed)


def _hours(p: "SitingProposals", language: Language) -> Iterator[str]:
    hours = p.longer_hours
    if hours is None:
        return
    yield ""
    yield longer_hours_text(p, language)
    if hours.doors:
        yield "  " + _names(hours.doors, language)
    if hours.doors and not hours.is_proven:
        yield "  " + language.render(N_("That fewer would not do as well is not proven"))


def _names(doors: "Sequence[AffectedStation]", language: Language) -> str:
    named = language.format_list(door.name for door in doors[:_DOORS_SHOWN])
    if len(doors) <= _DOORS_SHOWN:
        return named
    return named + language.render(
        N_(" and {count} more (--json names them all)"), count=len(doors) - _DOORS_SHOWN
    )


def curve_table(p: "SitingProposals", language: Language) -> tuple[list[str], list[list[str]]]:
    """Return headings and a row for each number of sites."""
    head = [N_("sites"), N_("gains"), N_("by the last one"), N_("at most possible")]
    rows = [
        [
            f"{one.sites}",
            f"{demand_size(one.cumulative, p.unit):,.0f}",
            f"{demand_size(one.gained, p.unit):,.0f}",
            language.render(N_("proven best")) if one.is_proven else f"{demand_size(one.bound, p.unit):,.0f}",
        ]
        for one in p.curve
    ]
    return [language.translate(name) for name in head], rows
