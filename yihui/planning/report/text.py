"""What a coverage report says besides its findings: its method and its limitations."""

from core.text_marks import N_
from geo.coverage.demand import GROUND_UNIT, PEOPLE_UNIT, WEIGHTED_UNIT
from geo.gaps.neighbourhoods import REACHES_ACROSS, choose_neighbourhood_size
from yihui.planning.caveats import (
    NOT_SHARED_WITH_NEIGHBOURS,
    SHARED_WITH_NEIGHBOURS,
    reach_text,
    zone_sentences,
)
from yihui.planning.demand.request import CENSUS_DEMAND, GROUND_DEMAND, DemandQuery, is_spread_evenly
from yihui.planning.study.study import Study
from yihui.planning.text import (
    access_denominator_text,
    area_text,
    day_text,
    demand_unit_label,
    distance_text,
    moment_text,
    night_text,
)
from yihui.planning.townships import NO_TOWNSHIPS
from yihui.runtime.language import Language


def distance_title(title: str, study: Study, language: Language) -> str:
    """Return the title of distances, which says that they are straight lines where other figures are by street."""
    text = language.translate(title)
    return text if study.terms is None else language.render(N_("{title} (straight line)"), title=text)


def study_reach_text(study: Study, language: Language) -> str:
    """Format how far counts as within reach: “1 km”, or “1 km by street on foot”."""
    return reach_text(study.terms, study.reach.radius_m, language)


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
        "The moment looked at is {at}. Night is the mean of the eight hours 22:00–6:00 after that day: {night_at}; the distances by night are each point's mean. The week is that of {monday}: 168 full hours, its holidays as they are."
    ),
    N_(
        "Areas are measured geodesically, or on Albers' equal-area projection for China where ground is sampled; maps are in Lambert's azimuthal equal-area projection about the middle of the area, where lengths are true within 0.04%."
    ),
    N_(
        "Access (2SFCA, Luo and Wang 2003): each open place counts as one, shared by the {who} within {radius}. The figure is open places per {head}, as in an analysis of access."
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
_BORDERS = N_("Boundaries are generalised (median error 99 m): a point near one may be counted next door.")
_TOWNSHIPS_OF_A_PROVINCE = N_(
    "The page and the printed maps of a province stop at counties; gaps lie in one township each. The workbook and the interactive map have all townships whose outlines are known."
)
_SAMPLE = N_(
    "The register is generated (示例): its places, hours and names are made up, and so is every finding here."
)


def method_texts(study: Study, language: Language) -> tuple[str, ...]:
    """Return the definitions and the methods of measurement."""
    params = _params(study, language)
    demand = {PEOPLE_UNIT: _PEOPLE, GROUND_UNIT: _GROUND}.get(study.demand.unit, _OTHERS)
    if study.demand.unit == PEOPLE_UNIT and not is_spread_evenly(study.order.demand):
        demand = _OTHERS
    size = _SIZE_OF_PEOPLE if study.demand.unit in (PEOPLE_UNIT, WEIGHTED_UNIT) else _SIZE
    served = _SERVED if study.terms is None else _SERVED_BY_STREET
    zones = zone_sentences(set(study.outlines["code"])) if demand is _PEOPLE else ()
    return (
        language.render(demand, **params),
        *(one.text(language) for one in zones),
        *(language.render(text, **params) for text in (*_OPENNESS, served, *_METHOD, size)),
    )


def limitation_texts(study: Study, language: Language) -> tuple[str, ...]:
    """Return the limitations of the report."""
    is_built_in = DemandQuery(study.order.demand, None).built_in in (CENSUS_DEMAND, GROUND_DEMAND)
    shared = SHARED_WITH_NEIGHBOURS if is_built_in else NOT_SHARED_WITH_NEIGHBOURS
    # why the report stops at counties, or parts of it
    whole = _TOWNSHIPS_OF_A_PROVINCE if study.is_of_province else ""
    smallest = NO_TOWNSHIPS if study.townships is None else whole
    texts = filter(None, (_BORDERS, shared, smallest, _SAMPLE if study.is_sample else ""))
    return tuple(language.render(text, **_params(study, language)) for text in texts)


def _params(study: Study, language: Language) -> dict[str, object]:
    size = choose_neighbourhood_size(study.reach.radius_m, study.demand.unit)
    return {
        "radius": study_reach_text(study, language),
        "at": moment_text(study.now.at, language),
        "night_at": night_text(study.night.at, language),
        "monday": day_text(study.monday, language),
        "who": demand_unit_label(study.demand.unit, language),
        "head": access_denominator_text(study.demand.unit, language),
        "ground": area_text(language, size.area_m2),
        "thrice": distance_text(REACHES_ACROSS * study.reach.radius_m, language),
        "people": f"{size.demand:,.0f}",
        "title": study.demand_title,
        "points": f"{len(study.demand):,}",
        "spacing": distance_text(study.reach.spacing_m, language),
    }
