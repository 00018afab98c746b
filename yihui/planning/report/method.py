"""The report's texts on its method and its limitations."""

from typing import TYPE_CHECKING

from core.text_marks import N_
from geo.coverage.demand import GROUND_UNIT, PEOPLE_UNIT
from yihui.planning.report.phrases import (
    access_denominator_text,
    date_time_text,
    demand_unit_label,
    distance_text,
)
from yihui.planning.study.study import CENSUS_DEMAND
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from yihui.planning.study.study import Study


_METHOD = (
    N_(
        "Open and usable: the timetable (holidays, make-up work-days and keepers' notices counted in) says open at that minute, the place is in service, and it is for everybody or not said to be for others only."
    ),
    N_(
        "Places whose hours can't be read count as not open, so that coverage is told too low rather than too high; how many there are stands with the places."
    ),
    N_("Served: such a place lies within {radius} by the straight line (geodesic, WGS84), not by road."),
    N_(
        "The moment looked at is {at}; the night's is {night_at}. The week is that of {monday}: 168 full hours, its holidays as they are."
    ),
    N_(
        "Areas are measured geodesically, or on Albers' equal-area projection for China where ground is sampled; maps are in Lambert's azimuthal equal-area projection about the middle of the area, where lengths are true within 0.04%."
    ),
    N_(
        "Access (E2SFCA, Luo and Qi 2009): each open place counts as one, shared by the {who} within {catchment}; zones end at {zones} with the weights 1, 0.68 and 0.22. The figure is places per {head}."
    ),
    N_("Gini: from the access of all {who}, each counted once; those without any place in reach have 0."),
    N_(
        "Gaps: touching cells of one county whose {who} lack an open place within {radius} at the same hours of the week; ranked by {who} × hours."
    ),
)
_PEOPLE = N_(
    "Residents are those of the 2020 census by county, spread evenly over the county's ground ({points} points, {spacing} apart): there is no finer grid in it, so that towns weigh too little and open country too much."
)
_OTHERS = N_("Demand: {title}; {points} points.")
_GROUND = N_("Demand is the ground itself: {points} points, {spacing} apart.")
_LIMITS = (
    N_("Boundaries are generalised (median error 99 m): a point near one may be counted next door."),
    N_(
        "Demand beyond the area's border is not counted, places beyond it are: near the border access is told too high."
    ),
)
_SAMPLE = N_(
    "The register is generated (示例): its places, hours and names are made up, and so is every finding here."
)


def method_texts(study: "Study", language: Language) -> tuple[str, ...]:
    """Return the definitions and the methods of measurement."""
    params = _params(study, language)
    demand = {PEOPLE_UNIT: _PEOPLE, GROUND_UNIT: _GROUND}.get(study.demand.unit, _OTHERS)
    if study.order.demand not in (CENSUS_DEMAND, "census") and study.demand.unit == PEOPLE_UNIT:
        demand = _OTHERS
    return tuple(language.render(text, **params) for text in (demand, *_METHOD))


def limitation_texts(study: "Study", language: Language) -> tuple[str, ...]:
    """Return the limitations of the report."""
    texts = [*_LIMITS, *([_SAMPLE] if study.is_sample else [])]
    return tuple(language.render(text, **_params(study, language)) for text in texts)


def _params(study: "Study", language: Language) -> dict[str, object]:
    zones = language.format_list(distance_text(end, language) for end in study.zones_m)
    return {
        "radius": distance_text(study.reach.radius_m, language),
        "at": date_time_text(study.now.at, language),
        "night_at": date_time_text(study.night.at, language),
        "monday": study.monday.isoformat(),
        "who": demand_unit_label(study.demand.unit, language),
        "catchment": distance_text(study.zones_m[-1], language),
        "zones": zones,
        "head": access_denominator_text(study.demand.unit, language),
        "title": study.demand_title,
        "points": f"{len(study.demand):,}",
        "spacing": distance_text(study.reach.spacing_m, language),
    }
