"""A coverage report in sentences built from its numbers: findings, method and limitations."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import fsum, isfinite
from typing import TYPE_CHECKING

from core.text_marks import N_
from geo.coverage.demand import GROUND_UNIT, PEOPLE_UNIT, WEIGHTED_UNIT
from geo.gaps.neighbourhoods import REACHES_ACROSS, choose_neighbourhood_size
from yihui.planning.demand.even_spread import is_spread_evenly
from yihui.planning.demand.request import CENSUS_DEMAND, GROUND_DEMAND, DemandQuery
from yihui.planning.gaps.text import area_text, gap_name, week_hours_text
from yihui.planning.report.data import (
    county_full_name,
    finest_area_table,
    lasting_gaps,
    rank_by_share,
    temporary_gaps,
    worst_counties,
)
from yihui.planning.siting.text import longer_hours_text, proof_text
from yihui.planning.street_text import reach_text, wayless_lines
from yihui.planning.study.figures import EVENING_HOUR
from yihui.planning.text import (
    NOT_SHARED_WITH_NEIGHBOURS,
    SHARED_WITH_NEIGHBOURS,
    access_denominator_text,
    date_time_text,
    demand_amount_text,
    demand_unit_label,
    distance_text,
    format_gini,
    format_share,
    hour_of_week_text,
    zone_lines,
)
from yihui.planning.townships import NO_TOWNSHIPS
from yihui.runtime.language import Language
from yihui.services.streets.current import STREETS_ATTRIBUTION

if TYPE_CHECKING:
    from geo.gaps import Gap
    from geo.siting.proposal import SitingProposals
    from yihui.planning.study.streets import StudyStreets
    from yihui.planning.study.study import Study


_NAMED = 5  # areas named in one sentence
_SUMMARY_GAPS = 10
_LASTING = N_(
    "The weightiest gap at every hour of the week is {name}: {demand} without an open place within {radius}."
)
_TOGETHER = N_("The first {count} of these gaps together hold {together}.")
_AT_TIMES = N_("The weightiest of those at some hours is {name}: {demand}, none open {hours}.")


@dataclass(frozen=True, slots=True)
class ReportFinding:
    """A title with one or two sentences. ``section`` is the section of the report with the details."""

    title: str
    text: str
    section: str


def build_report_findings(study: "Study", language: Language) -> tuple[ReportFinding, ...]:
    """Return the findings in the order of the report."""
    return tuple(_Findings(study, language).all())


def report_lines(study: "Study", language: Language) -> Iterator[str]:
    """Yield the findings as terminal lines."""
    for one in build_report_findings(study, language):
        yield language.render(N_("{title}: {text}"), title=one.title, text=one.text)
    if study.has_crossings and study.gaps:
        yield language.translate(STREETS_ATTRIBUTION)


def distance_title(title: str, study: "Study", language: Language) -> str:
    """Return the title of distances, which says that they are straight lines where other figures are by street."""
    text = language.translate(title)
    return text if study.streets is None else language.render(N_("{title} (straight line)"), title=text)


def study_reach_text(study: "Study", language: Language) -> str:
    """Format how far counts as within reach: “1 km”, or “1 km by street on foot”."""
    return reach_text(study.terms, study.reach.radius_m, language)


class _Findings:
    """Builds the sentences of one study in one language."""

    def __init__(self, study: "Study", language: Language) -> None:
        self._study = study
        self._language = language
        self._params: dict[str, object] = {
            "area": study.area_name,
            "at": date_time_text(study.now.at, language),
            "night_at": date_time_text(study.night.at, language),
            "radius": study_reach_text(study, language),
            "who": demand_unit_label(study.demand.unit, language),
        }

    def all(self) -> Iterator[ReportFinding]:
        """Yield every finding that the study has data for."""
        yield self._finding(N_("Places"), self._places(), "coverage")
        yield self._finding(N_("Coverage"), self._coverage(), "coverage")
        if self._study.streets is not None:
            yield self._finding(N_("By street"), self._by_street(self._study.streets), "coverage")
        yield self._finding(N_("Night"), self._night(), "week")
        yield self._finding(N_("Areas"), self._areas(), "coverage")
        yield self._finding(N_("Distance"), self._distance(), "distances")
        yield self._finding(N_("Equity"), self._equity(), "access")
        if self._study.gaps:
            yield self._finding(N_("Gaps"), self._gaps(), "gaps")
        if self._study.proposals is not None:
            yield self._finding(N_("Proposal"), self._proposal(self._study.proposals), "proposals")

    def _places(self) -> str:
        counts = self._study.counts
        text = self._say(
            N_(
                "{area} has {total} places in its register. At {at}, {open} were open, {closed} closed and of {unknown} the hours are not known; {usable} of the open ones are in service and for everybody."
            ),
            total=f"{counts.total:,}",
            open=f"{counts.open:,}",
            closed=f"{counts.closed:,}",
            unknown=f"{counts.unknown:,}",
            usable=f"{counts.usable:,}",
        )
        if counts.unplaced:
            more = N_("{unplaced} have no coordinates yet and count for nothing here.")
            text += self._space() + self._say(more, unplaced=f"{counts.unplaced:,}")
        return text

    def _coverage(self) -> str:
        found, unit = self._study.now.figures, self._study.demand.unit
        return self._say(
            N_(
                "At {at}, {share} of the {who} ({served}) had an open place within {radius}; {unserved} had none."
            ),
            share=format_share(found.share),
            served=demand_amount_text(found.served, unit, self._language),
            unserved=demand_amount_text(found.demand - found.served, unit, self._language),
        )

    def _by_street(self, streets: "StudyStreets") -> str:
        now, night, straight = self._study.now.figures, self._study.night.figures, streets.straight
        text = self._say(
            N_(
                "All but the distances of this report goes by street ({radius}). By the straight line, {straight} of the {who} instead of {street} would have an open place at {at}, and {night_straight} instead of {night_street} at {night_at}; the Gini coefficient of access would be {gini}, and in the worst hour {unmet} would have no place."
            ),
            street=format_share(now.share),
            straight=format_share(straight.share),
            night_street=format_share(night.share),
            night_straight=format_share(straight.night_share),
            gini=format_gini(straight.equity.gini),
            unmet=format_share(straight.gaps.worst.unmet_share),
        )
        more = (self._sentence(line) for line in wayless_lines(streets.terms, self._language))
        return self._space().join((text, *more))

    def _night(self) -> str:
        profile = self._study.profile
        late = float(profile.by_hour[EVENING_HOUR])
        template = (
            N_(
                "After 22:00 the share of {who} with an open place within {radius} falls from {day} (mean of 08:00–18:00) to {night} (mean of 22:00–06:00); at 22:00 it is {late}. The week's best hour is {best} with {best_share}, its worst {worst} with {worst_share}."
            )
            if profile.night < profile.day
            else N_(
                "By night (22:00–06:00) {night} of the {who} have an open place within {radius}, by day (08:00–18:00) {day}; at 22:00 it is {late}. The week's best hour is {best} with {best_share}, its worst {worst} with {worst_share}."
            )
        )
        share = self._study.hours.share
        return self._say(
            template,
            day=format_share(profile.day),
            night=format_share(profile.night),
            late=format_share(late),
            best=hour_of_week_text(profile.best, self._language),
            best_share=format_share(float(share[profile.best])),
            worst=hour_of_week_text(profile.worst, self._language),
            worst_share=format_share(float(share[profile.worst])),
        )

    def _areas(self) -> str:
        ranked = rank_by_share(finest_area_table(self._study))
        if len(ranked) < 2:
            return self._say(N_("{area} is one area only; there is nothing to compare it with."))
        best, worst = ranked.iloc[0], ranked.iloc[-1]
        without = ranked[ranked["served"] <= 0]
        text = self._say(
            N_(
                "Of {count} counties, {best} is served best ({best_share}) and {worst} least ({worst_share})."
            ),
            count=len(ranked),
            best=county_full_name(self._study, str(best.name)),
            best_share=format_share(best["share"]),
            worst=county_full_name(self._study, str(worst.name)),
            worst_share=format_share(worst["share"]),
        )
        if len(without):
            text += self._space() + self._say(
                N_("In {count} of them nobody had an open place within {radius}."), count=len(without)
            )
        return text

    def _distance(self) -> str:
        found, night = self._study.now.distances, self._study.night.distances
        alone = N_(
            "At {at}, half of the {who} had an open place within {median} and nine tenths within {p90}."
        )
        both = N_(
            "At {at}, half of the {who} had an open place within {median} and nine tenths within {p90}; at {night_at} it was {night_median} and {night_p90}."
        )
        text = self._say(
            alone if self._study.is_night_time else both,
            median=distance_text(found.median_m, self._language),
            p90=distance_text(found.p90_m, self._language),
            night_median=distance_text(night.median_m, self._language),
            night_p90=distance_text(night.p90_m, self._language),
        )
        if self._study.streets is None:
            return text
        return text + self._space() + self._say(N_("These distances are straight lines."))

    def _equity(self) -> str:
        found = self._study.equity
        if not isfinite(found.gini):
            return self._say(
                N_("At {at} no place was open within reach of anybody; there was nothing to share.")
            )
        text = self._say(
            N_(
                "The Gini coefficient of access is {gini}: 0 would mean that all have the same, 1 that one has everything. {without} of the {who} have no open place in reach at all; the tenth that is served worst has {worst} of all access."
            ),
            gini=f"{found.gini:.2f}",
            without=format_share(found.without_share),
            worst=format_share(found.worst_tenth_share),
        )
        if len(finest_area_table(self._study)) < 2:
            return text
        names = self._named(worst_counties(self._study))
        return text + self._space() + self._say(N_("Least access per head: {names}."), names=names)

    def _gaps(self) -> str:
        lasting, at_times = lasting_gaps(self._study), temporary_gaps(self._study)
        parts = []
        if lasting:
            parts.append(self._gap(_LASTING, lasting))
        if len(lasting) > 1:
            parts.append(self._gap(_TOGETHER, lasting))
        if at_times:
            parts.append(self._gap(_AT_TIMES, at_times))
        return self._space().join(parts)

    def _gap(self, template: str, gaps: "Sequence[Gap]") -> str:
        first = gaps[0]
        return self._say(
            template,
            name=gap_name(self._language, self._study.gap_places[first.id]),
            demand=self._amount(first.demand),
            hours=week_hours_text(self._language, first.unmet),
            count=min(_SUMMARY_GAPS, len(gaps)),
            together=self._amount(fsum(gap.demand for gap in gaps[:_SUMMARY_GAPS])),
        )

    def _proposal(self, found: "SitingProposals") -> str:
        text = self._say(
            N_(
                "{count} more places bring coverage from {before} to {after}: {gained} more. The first of them brings {first}, the last {last}."
            ),
            count=len(found.proposals),
            before=format_share(found.before / found.total if found.total else float("nan")),
            after=format_share(found.after / found.total if found.total else float("nan")),
            gained=self._amount(found.after - found.before),
            first=self._amount(found.proposals[0].gained if found.proposals else 0),
            last=self._amount(found.proposals[-1].gained if found.proposals else 0),
        )
        text += self._space() + self._sentence(proof_text(found, self._language))
        other = longer_hours_text(found, self._language)
        return text + self._space() + self._sentence(other) if other else text

    def _sentence(self, text: str) -> str:
        return self._say(N_("{text}."), text=text)

    def _amount(self, value: float) -> str:
        return demand_amount_text(value, self._study.demand.unit, self._language)

    def _named(self, codes: list[str]) -> str:
        names = [county_full_name(self._study, code) for code in codes[:_NAMED]]
        listed = self._language.format_list(names)
        if len(codes) > _NAMED:
            return self._say(N_("{names} and {count} more"), names=listed, count=len(codes) - _NAMED)
        return listed

    def _finding(self, title: str, text: str, section: str) -> ReportFinding:
        return ReportFinding(self._language.translate(title), text, section)

    def _space(self) -> str:
        return "" if self._language.code == "zh" else " "

    def _say(self, template: str, **params: object) -> str:
        return self._language.render(template, **{**self._params, **params})


_SERVED = N_("Served: such a place lies within {radius} by the straight line (geodesic, WGS84), not by road.")
_SERVED_BY_STREET = N_(
    "Served: such a place lies within {radius}: the length of the fastest way that Valhalla finds in OpenStreetMap's streets, with straight lines from the door to the street. Where no way is known, no place counts as within reach. Coverage, gaps, access and proposals go by these ways; the distances to the nearest place are straight lines."
)
_OPENNESS = (
    N_(
        "Open and usable: the timetable (holidays, make-up work-days and keepers' notices counted in) says open at that minute, the place is in service, and it is for everybody or not said to be for others only."
    ),
    N_(
        "Places whose hours can't be read count as not open, so that coverage is told too low rather than too high; how many there are stands with the places."
    ),
)
_METHOD = (
    N_(
        "The moment looked at is {at}; the night's is {night_at}. The week is that of {monday}: 168 full hours, its holidays as they are."
    ),
    N_(
        "Areas are measured geodesically, or on Albers' equal-area projection for China where ground is sampled; maps are in Lambert's azimuthal equal-area projection about the middle of the area, where lengths are true within 0.04%."
    ),
    N_(
        "Access (2SFCA, Luo and Wang 2003): each open place counts as one, shared by the {who} within {radius}. The figure is open places per {head}, as in “yihui plan access”."
    ),
    N_("Gini: from the access of all {who}, each counted once; those without any place in reach have 0."),
    N_(
        "Gaps: touching cells of one county whose {who} lack an open place within {radius} at the same hours of the week; ranked by {who} × hours."
    ),
)
_SIZE = N_(
    "Wide gaps are cut into neighbourhoods of at most {ground}: a circle of {thrice} around a place, beyond which it serves nobody; one cell may hold more."
)
_SIZE_OF_PEOPLE = N_(
    "Wide gaps are cut into neighbourhoods of at most {ground} (a circle of {thrice} around a place, beyond which it serves nobody) and {people} residents (the smallest 15-minute living circle of GB 50180-2018, for which neighbourhood facilities are planned); one cell may hold more."
)
_PEOPLE = N_(
    "Residents are those of the 2020 census by county, spread evenly over the county's ground ({points} points, {spacing} apart): there is no finer grid in it, so that towns weigh too little and open country too much."
)
_OTHERS = N_("Demand: {title}; {points} points.")
_GROUND = N_("Demand is the ground itself: {points} points, {spacing} apart.")
_LIMITS = (N_("Boundaries are generalised (median error 99 m): a point near one may be counted next door."),)
_TOWNSHIPS_OF_A_PROVINCE = N_(
    "The page and the printed maps of a province stop at counties; gaps lie in one township each. The workbook and the interactive map (--map) have all townships whose outlines are known."
)
_SAMPLE = N_(
    "The register is generated (示例): its places, hours and names are made up, and so is every finding here."
)


def method_texts(study: "Study", language: Language) -> tuple[str, ...]:
    """Return the definitions and the methods of measurement."""
    params = _params(study, language)
    demand = {PEOPLE_UNIT: _PEOPLE, GROUND_UNIT: _GROUND}.get(study.demand.unit, _OTHERS)
    if study.demand.unit == PEOPLE_UNIT and not is_spread_evenly(study.order.demand):
        demand = _OTHERS
    size = _SIZE_OF_PEOPLE if study.demand.unit in (PEOPLE_UNIT, WEIGHTED_UNIT) else _SIZE
    served = _SERVED if study.streets is None else _SERVED_BY_STREET
    return (
        language.render(demand, **params),
        *(zone_lines(set(study.outlines["code"]), language) if demand is _PEOPLE else ()),
        *(language.render(text, **params) for text in (*_OPENNESS, served, *_METHOD, size)),
    )


def limitation_texts(study: "Study", language: Language) -> tuple[str, ...]:
    """Return the limitations of the report."""
    is_built_in = DemandQuery(study.order.demand, None).built_in in (CENSUS_DEMAND, GROUND_DEMAND)
    shared = SHARED_WITH_NEIGHBOURS if is_built_in else NOT_SHARED_WITH_NEIGHBOURS
    texts = [*_LIMITS, shared, *_smallest_areas(study), *([_SAMPLE] if study.is_sample else [])]
    return tuple(language.render(text, **_params(study, language)) for text in texts)


def _smallest_areas(study: "Study") -> tuple[str, ...]:
    """Return why the report stops at counties, or parts of it; nothing if all goes down to townships."""
    if study.townships is None:
        return (NO_TOWNSHIPS,)
    return (_TOWNSHIPS_OF_A_PROVINCE,) if study.is_of_province else ()


def _params(study: "Study", language: Language) -> dict[str, object]:
    size = choose_neighbourhood_size(study.reach.radius_m, study.demand.unit)
    return {
        "radius": study_reach_text(study, language),
        "at": date_time_text(study.now.at, language),
        "night_at": date_time_text(study.night.at, language),
        "monday": study.monday.isoformat(),
        "who": demand_unit_label(study.demand.unit, language),
        "head": access_denominator_text(study.demand.unit, language),
        "ground": area_text(language, size.area_m2),
        "thrice": distance_text(REACHES_ACROSS * study.reach.radius_m, language),
        "people": f"{size.demand:,.0f}",
        "title": study.demand_title,
        "points": f"{len(study.demand):,}",
        "spacing": distance_text(study.reach.spacing_m, language),
    }
