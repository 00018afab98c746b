"""The answer of ``yihui plan sites``: the plan, its proof, its sites and what else was computed of it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from operator import attrgetter

from core.civil_time import CIVIL_TIME, civil_date
from core.text_marks import N_
from geo.coverage.reach import Reach
from geo.siting.problem import SitingGoal
from geo.siting.proposal import AffectedStation, SiteProposal, SitingProposals
from yihui.frame.cells import Choice
from yihui.planning.answer import (
    Answer,
    AnswerView,
    Chart,
    Column,
    Figure,
    KeyFigure,
    Sentence,
    Table,
    Unit,
    amount,
    metres,
    order_terms,
    sentence,
    share,
    share_of,
    short_amount,
)
from yihui.planning.caveats import public_sentence, reach_text, sample_sentences, street_sentences
from yihui.planning.siting.inputs import SitingInputs
from yihui.planning.siting.request import GOAL_LABELS, SitingOrder
from yihui.planning.siting.text import (
    beside_sentence,
    longer_hours_sentence,
    not_in_time_sentence,
    proof_sentence,
    proposed_hours,
    site_label,
    weekday_hour_text,
)
from yihui.planning.street_reach import WAYS_SOURCE
from yihui.planning.tables import tables_geojson
from yihui.planning.text import day_text
from yihui.runtime.language import Language

_ENDED = {
    "limit": N_("stopped at the limit of {limit} s with the best found"),
    "interrupted": N_("interrupted after {seconds} s; this is the best found so far"),
    "exhausted": N_("the search had nothing more to try after {seconds} s"),
}
_UNREACHABLE = {
    True: N_(
        "No candidate lies within {radius} of {demand}: add some, or narrow the grid, to serve them too"
    ),
    False: N_("No candidate and no open place within 100 km can be reached from {demand}"),
}
_EVEN = N_(
    "This demand is spread evenly over each county, so neighbouring sites are nearly alike: orders or searches tell them apart"
)
_STABILITY = N_(
    "{runs} runs with points up to {metres} m off and demand up to {share} % off chose {kept} of these sites again, or in brackets one within {near}; unsure (below 80 %): {unsure}"
)
_TOO_FAR = sentence("", N_("too far: farther from the nearest station than the rule for towns wants"))
_GAIN = N_("A gain is what a site adds in its turn to those before it: in another order it would be another")
_DOORS_SHOWN = 12


def build_siting_answer(
    order: SitingOrder, found: SitingProposals, language: Language, inputs: SitingInputs | None = None
) -> Answer:
    """Build the answer; a page draws it over its ``inputs``."""
    doors = () if found.longer_hours is None else found.longer_hours.doors
    closed = _doors("closed", N_("Closed places"), found.closed, found.unit)
    longer = _doors("open_longer", N_("Opened longer"), doors, found.unit)
    tables = [build_site_table(found, language), _ways(found), longer, build_curve_table(found)]
    return Answer(
        {**order_terms(order, found.area_name), "unit": found.unit, "demand_title": found.demand_title},
        [*_head(found, language), *_further(found, language)],
        [one for one in tables if one.rows],
        further=[closed, *([] if doors else [longer])],
        notes=found.notes,
        is_sample=found.is_sample,
        is_interrupted=found.interrupted,
        view=None if inputs is None else lambda: _view(inputs, found, language),
    )


def _view(inputs: SitingInputs, found: SitingProposals, language: Language) -> AnswerView:
    from yihui.planning.map.answer import draw_answer, measure_hours, proposal_pins
    from yihui.planning.map.areas import build_map_scope

    order = inputs.order
    reach = Reach(order.radius_m) if order.streets is None else order.streets.build_reach()
    scope = build_map_scope(order, found.at, inputs.index, inputs.demand, reach, language)
    curve = [(one.sites, one.cumulative) for one in found.curve]
    curve = curve or [(number, one.cumulative) for number, one in enumerate(found.proposals, 1)]
    buys = N_("What each further site buys")
    pins = list(proposal_pins(found.proposals, language))
    return AnswerView(
        found.at,
        [*_key_figures(found, language)],
        Chart("curve", buys, [(0, 0.0), *curve], found.unit) if curve else None,
        draw_answer(scope, measure_hours(scope), language, pins=pins),
        limits=[
            *([sentence("", _EVEN)] if found.is_even else []),
            *([_TOO_FAR] if any(one.obeys_spacing is False for one in found.proposals) else []),
        ],
        headline=next(_alike(found), ""),
    )


def _key_figures(found: SitingProposals, language: Language) -> Iterator[KeyFigure]:
    """Yield what is served now and with the sites, and with longer hours or by the best site."""
    unit, count, hours = found.unit, len(found.proposals), found.longer_hours

    def with_(title: str, number: int, gained: float, more: Sentence | None = None) -> KeyFigure:
        more = more or sentence("", N_("{more} more"), more=short_amount(gained, unit))
        served = share_of(found.before + gained, found.total, found.tolerance)
        return KeyFigure(sentence("", title, count=number).text(language), served, more)

    now = share_of(found.before, found.total, found.tolerance)
    yield KeyFigure(N_("served now"), now, short_amount(found.before, unit))
    yield with_(N_("with {count} new sites"), count, found.after - found.before)
    if hours is not None:
        why = None if hours.doors else longer_hours_sentence(found, language)
        yield with_(N_("with {count} doors open longer instead"), len(hours.doors), hours.gained, why)
    elif count and not found.is_alike:
        best = found.proposals[0]
        yield KeyFigure(
            N_("by the best of them"), short_amount(best.gained, unit), site_label(best, language)
        )
    else:
        left = found.total - found.after
        yield KeyFigure(N_("still without one"), short_amount(left, unit), share_of(left, found.total))


def siting_geojson(answer: Answer, found: SitingProposals, language: Language) -> dict[str, object]:
    """Return proposed sites, stations to open longer and closings as points, by role."""
    roles = {"closed": answer.table("closed"), "open_longer": answer.table("open_longer")}
    about = {
        "area": found.area,
        "at": found.at.astimezone(CIVIL_TIME).isoformat(),
        "sample": found.is_sample,
        "demand": found.demand_title,
        "sources": [] if found.straight is None else [WAYS_SOURCE],
        "proof": proof_sentence(found).text(language),
    }
    return tables_geojson({"proposed": build_site_table(found, language), **roles}, language, about)


def build_site_table(found: SitingProposals, language: Language) -> Table:
    """Build a row for each proposed site; where some tie, each has a number of its own, as on the map, beside their rank."""
    hours, served = proposed_hours(found), N_("demand newly served")
    numbers = {id(one): number for number, one in enumerate(found.proposals, 1)}
    sharing = Counter(one.rank for one in found.proposals)
    has_ties = len(sharing) < len(numbers)

    def tell_rank(one: SiteProposal) -> object:
        return sentence("", N_("tied at {rank}"), rank=one.rank) if sharing[one.rank] > 1 else one.rank

    columns = (
        Column("number", N_("no.") if has_ties else "", Unit.COUNT, lambda one: numbers[id(one)]),
        Column("rank", N_("rank"), Unit.COUNT, tell_rank),
        Column("place", N_("proposed place"), Unit.LONG, lambda one: site_label(one, language)),
        Column("district_name", N_("district")),
        Column("newly_served", served, Unit.AMOUNT, attrgetter("gained")),
        Column("tolerance", "±", Unit.AMOUNT),
        Column("cumulative", N_("newly served so far"), Unit.AMOUNT),
        Column("cost_fen", N_("cost (yuan)"), Unit.FEN),
        Column("nearest_station_m", N_("nearest station"), value=_neighbour),
        Column("chosen_again", N_("chosen again (or nearby)"), value=_stability),
        Column("lon", N_("longitude"), Unit.DEGREES, lambda one: round(one.lon, 6)),
        Column("lat", N_("latitude"), Unit.DEGREES, lambda one: round(one.lat, 6)),
        Column("name", value=lambda one: one.name or None),
        *map(Column, ("district", "stability", "spacing_m")),
        Column("stability_nearby", value=attrgetter("nearby")),
        Column("unstable", value=attrgetter("is_unstable")),
        Column("keeps_spacing", value=attrgetter("obeys_spacing")),
        Column("row", value=lambda one: one.row or None),
        Column("beside", value=attrgetter("is_beside")),
        Column("hours", value=lambda _: hours),
    )
    aside = ("tolerance", "cumulative", "lon", "lat")  # for files and the terminal
    on_page = [one.name for one in columns if one.title and one.name not in aside]
    keys = [f"pin {row}" for row in range(len(found.proposals))]
    title = N_("Proposed sites, by what each gains")
    return Table("sites", title, columns, found.proposals, found.unit, on_page=on_page, keys=keys)


def build_curve_table(found: SitingProposals) -> Table:
    """Build a row for each number of sites."""
    at_most = N_("no plan serves more than, by the points of demand")
    columns = (
        Column("sites", N_("new sites"), Unit.COUNT),
        Column("newly_served", N_("newly served at best"), Unit.AMOUNT, attrgetter("cumulative")),
        Column("by_the_last", N_("gained by the last one"), Unit.AMOUNT, attrgetter("gained")),
        Column("at_most", at_most, Unit.AMOUNT, attrgetter("bound")),
        Column("proven", value=attrgetter("is_proven")),
    )
    return Table("curve", N_("What each further site buys"), columns, found.curve, found.unit)


def _doors(name: str, title: str, doors: Sequence[AffectedStation], unit: str) -> Table:
    served = Column("newly_served", N_("demand newly served"), Unit.AMOUNT, attrgetter("gained"))
    columns = (Column("name", N_("name"), Unit.LONG), served, *map(Column, ("id", "lon", "lat", "district")))
    return Table(name, title, columns, doors, unit)


def _ways(p: SitingProposals) -> Table:
    """Build a row for each way to serve more: to build the plan's sites, and to open doors longer."""
    served = Column("newly_served", N_("demand newly served"), Unit.AMOUNT)
    columns = (Column("way", N_("what is done")), Column("places", N_("places"), Unit.COUNT), served)
    rows = []
    if (hours := p.longer_hours) is not None:
        rows = [
            (sentence("", N_("build new sites")), len(p.proposals), p.after - p.before),
            (sentence("", N_("open doors longer")), len(hours.doors), hours.gained),
        ]
    return Table("ways", N_("Build, or open longer"), columns, rows, p.unit)


def _neighbour(one: SiteProposal) -> Sentence:
    if one.near is not None and one.is_beside:
        told = N_("{distance}: {name} stands there, look first whether it can open longer")
        return sentence("", told, distance=metres(one.near.distance_m), name=one.near.name)
    told = N_("{distance}, too far") if one.obeys_spacing is False else "{distance}"
    return sentence("", told, distance=metres(one.neighbour_m))


def _stability(one: SiteProposal) -> Sentence | None:
    if one.stability is None:
        return None
    shares = f"{100 * one.stability:.0f}% ({100 * (one.nearby or 0.0):.0f}%)"
    told = "{shares} {mark}" if one.is_unstable else "{shares}"
    return sentence("", told, shares=shares, mark=sentence("", N_("unsure")))


def _alike(p: SitingProposals) -> Iterator[Sentence]:
    """Yield that the sites differ little, if they do."""
    if p.is_alike:
        told = N_("{count} sites of about {gain} each: they differ little, look at where people live")
        gain = amount(p.proposals[0].gained, p.unit, p.tolerance)
        yield sentence("alike", told, count=len(p.proposals), gain=gain)


def _head(p: SitingProposals, language: Language) -> Iterator[Sentence]:
    yield from _alike(p)
    code = p.goal.value.replace("_", "-")
    goal = Choice(code, GOAL_LABELS[code])
    yield sentence("goal", N_("{area}: where to build next – {goal}"), area=p.area_name, goal=goal)
    reach = reach_text(None if p.straight is None else p.straight.terms, p.radius_m, language)
    when = f"{day_text(civil_date(p.at), language)} {weekday_hour_text(p, language)}"
    yield sentence("", N_("At {when}, served within {radius}"), when=when, radius=reach)
    demand = amount(p.total, p.unit)
    yield sentence("demand", N_("Demand: {demand}, {title}"), demand=demand, title=p.demand_title)
    places = public_sentence(p.stations, p.access_unknown)
    told = N_("Now: {places}; {served} served ({share})")
    yield sentence("now", told, places=places, stations=p.stations, **_served(p, p.before))
    told = N_("With {sites} new sites of {candidates} candidates: {served} served ({share}), {more} more")
    if not p.proposals:
        told = N_("Nothing is proposed: no candidate that the limits allow serves anybody more")
    more, sites = amount(p.after - p.before, p.unit, p.tolerance), len(p.proposals)
    yield sentence("plan", told, sites=sites, candidates=p.candidates, more=more, **_served(p, p.after))
    yield from sample_sentences(p.tolerance)
    if (straight := p.straight) is not None:
        yield from street_sentences(
            straight.terms, p.after / p.total, straight.after / p.total, tolerance=p.tolerance / p.total
        )
        before, after = amount(straight.before, p.unit), amount(straight.after, p.unit)
        told = N_("By straight line: {before} served now, {after} with the plan")
        yield sentence("straight", told, before=before, after=after)
    yield from _distances(p)
    if p.cost_fen is not None:
        yield sentence("cost", N_("Cost: {yuan} yuan"), yuan=Figure(p.cost_fen, Unit.FEN))
    if p.unreachable > 0:
        far = amount(p.unreachable, p.unit)
        yield sentence("unreachable", _UNREACHABLE[p.goal.is_cover], radius=reach, demand=far)
    template = _ENDED.get(p.ended, N_("solved in {seconds} s"))
    end = sentence("", template, seconds=f"{p.seconds:.1f}", limit=f"{p.time_limit_s:g}").text(language)
    solved = {name: getattr(p, name) for name in ("ended", "objective", "bound", "gap")}
    solved |= {"seconds": round(p.seconds, 3), "proven": p.is_proven}
    told = f"{{proof}}{language.translate(N_('; '))}{{end}}"
    yield sentence("proof", told, proof=proof_sentence(p), end=end, **solved)


def _served(p: SitingProposals, value: float) -> dict[str, Figure]:
    return {"served": amount(value, p.unit, p.tolerance), "share": share_of(value, p.total, p.tolerance)}


def _distances(p: SitingProposals) -> Iterator[Sentence]:
    def ways(mean_m: tuple[float, float], farthest_m: tuple[float, float]) -> dict[str, Figure]:
        names = ("before", "after", "far", "nearer")
        return {name: metres(one) for name, one in zip(names, (*mean_m, *farthest_m), strict=True)}

    if p.goal.is_cover:
        yield sentence("ways", "", **ways(p.mean_m, p.farthest_m))
        return
    text = N_(
        "Way to the nearest open place: {before} → {after} on the average, {far} → {nearer} at the most"
    )
    yield sentence("ways", text, **ways(p.mean_m, p.farthest_m))
    if (straight := p.straight) is None:
        return
    text = N_("By straight line: {before} → {after} on the average, {far} → {nearer} at the most")
    yield sentence("straight_ways", text, **ways(straight.mean_m, straight.farthest_m))
    if straight.without_way is not None and any(straight.without_way):
        before, after = (amount(value, p.unit) for value in straight.without_way)
        text = N_(
            "Without a way to any open place: {before} → {after}; who has none with the plan is not in these distances"
        )
        yield sentence("without_any_way", text, before=before, after=after)
        if p.goal is SitingGoal.P_MEDIAN:
            yield sentence("", N_("To choose sites, having no way counts as 100 km"))


def _further(p: SitingProposals, language: Language) -> Iterator[Sentence]:
    if len(p.proposals) > 1:
        yield sentence("", _GAIN)
    if beside := [one.near.name for one in p.proposals if one.near is not None and one.is_beside]:
        yield beside_sentence(beside)
    if any(one.obeys_spacing is False for one in p.proposals):
        yield _TOO_FAR
    if (how := p.stability) is not None:
        unsure = sum(one.is_unstable for one in p.proposals)
        figures = {"kept": share(how.kept), "near": metres(how.near_m), "share": 100 * how.demand_share}
        runs = {"runs": how.runs, "metres": how.error_m, "unsure": unsure, "seed": how.seed}
        yield sentence("stability", _STABILITY, **runs, **figures)
        if p.is_even and 2 * unsure > len(p.proposals):
            yield sentence("", _EVEN)
    if p.interrupted:
        yield sentence("", N_("Interrupted: what was not finished is left out"))
    if p.not_in_time:
        yield not_in_time_sentence(p, language)
    if p.closed:
        told, names = N_("Closed, so that others can be built ({count}): {names}"), list[object]()
        names += [door.name for door in p.closed[:_DOORS_SHOWN]]
        if (more := len(p.closed) - _DOORS_SHOWN) > 0:
            names.append(sentence("", N_("{count} more doors"), count=more))
        yield sentence("closed", told, count=len(p.closed), names=names, most=p.most_closed)
        if len(p.closed) == p.most_closed:
            yield sentence("", N_("No more than {count} might be closed"), count=p.most_closed)
    if (hours := p.longer_hours) is not None:
        yield longer_hours_sentence(p, language)
        if hours.doors and not hours.is_proven:
            yield sentence("", N_("That fewer would not do as well is not proven"))
