"""The answer of ``yihui plan searches``: how many searches found nothing, since when, and the places, worst first."""

from collections.abc import Iterator

from core.civil_time import HOURS_A_WEEK
from core.text_marks import N_
from geo.coverage.cells import cell_resolution
from geo.usage_counts import MIN_GROUP_SIZE, SEARCH_H3_RESOLUTION
from yihui.planning.answer import (
    Answer,
    Column,
    Sentence,
    Table,
    Unit,
    metres,
    order_terms,
    sentence,
    share_of,
)
from yihui.planning.demand.answer import WITHHELD_HOURS, list_busiest_hours
from yihui.planning.demand.columns import SEARCHES_UNIT
from yihui.planning.demand.run import count_searches_by_hour
from yihui.planning.gaps.text import gap_name
from yihui.planning.searches.run import SearchesResult, SearchPlace
from yihui.planning.text import hour_of_week_text
from yihui.runtime.language import Language
from yihui.services.streets.current import STREETS_ATTRIBUTION

_BUSIEST = 3  # hours of a place
_COLUMNS = (
    Column("id"),
    Column("name", N_("where"), Unit.LONG),
    Column("unmet", N_("found nothing"), Unit.COUNT),
    Column("searches", N_("of searches"), Unit.COUNT),
    Column("hours_text", N_("mostly at"), Unit.LONG),
    Column("since", N_("first month")),
    Column("within_m", N_("at most so far from there"), Unit.METRES),
    *map(Column, ("hours", "hour_not_told", "county", "near", "lon", "lat")),
)


def build_searches_answer(found: SearchesResult, language: Language) -> Answer:
    """Build the answer: a table of the places, and the hours of the week for programs and charts."""
    rows = [_row(one, language) for one in found.places]
    outlines = [one.outline for one in found.places]
    title = N_("Where searches found nothing open")
    return Answer(
        order_terms(found.order, found.area_name),
        list(_sentences(found, language)),
        [Table("places", title, _COLUMNS, rows, SEARCHES_UNIT, outlines)] if rows else [],
        further=[build_search_hours(found, language)],
        is_sample=found.is_sample,
    )


def build_search_hours(found: SearchesResult, language: Language) -> Table:
    """Build a row for each hour of the week, from Monday 0:00: how many searches found nothing, of how many.

    Searches whose hour is withheld are in none.
    """
    columns = (
        Column("hour"),
        Column("name", N_("hour")),
        Column("unmet", N_("found nothing"), Unit.COUNT),
        Column("searches", N_("of searches"), Unit.COUNT),
    )
    unmet, _ = count_searches_by_hour(found.unmet_groups)
    searches, _ = count_searches_by_hour(found.groups)
    rows = [
        (hour, hour_of_week_text(hour, language), unmet[hour], searches[hour]) for hour in range(HOURS_A_WEEK)
    ]
    return Table("hours", N_("By the hour of the week"), columns, rows, SEARCHES_UNIT)


def _row(place: SearchPlace, language: Language) -> tuple[object, ...]:
    one = place.searches
    return (
        one.cell,
        gap_name(language, place.where),
        one.unmet,
        one.unmet + one.met,
        language.format_list(list_busiest_hours(one.by_hour, _BUSIEST, language)) or None,
        f"{one.since:%Y-%m}",
        round(place.within_m, -2),
        one.by_hour,
        one.without_hour,
        place.county,
        place.where.near,
        round(place.lon, 6),
        round(place.lat, 6),
    )


def _sentences(found: SearchesResult, language: Language) -> Iterator[Sentence]:
    unmet, searches = (sum(group.count for group in groups) for groups in (found.unmet_groups, found.groups))
    yield sentence(
        "unmet",
        N_(
            "{area}, {first} to {last}: {unmet} of {searches} searches ({share}) found nothing open within {radius}"
        ),
        area=found.area_name,
        first=found.first,
        last=found.last,
        unmet=unmet,
        searches=searches,
        share=share_of(unmet, searches),
        radius=metres(found.order.radius_m),
    )
    hours, withheld = count_searches_by_hour(found.unmet_groups)
    told = list_busiest_hours(dict(enumerate(hours)), _BUSIEST, language)
    yield sentence("busiest", N_("most of them: {hours}") if told else "", hours=told)
    yield sentence("hour_not_told", WITHHELD_HOURS if withheld else "", count=withheld)
    rough = sum(
        group.count for group in found.unmet_groups if cell_resolution(group.cell) < SEARCH_H3_RESOLUTION
    )
    yield sentence(
        "rough",
        N_("A place is a cell of about 5 km²; {count} searches stand in cells of 36 or 253 km²")
        if rough
        else N_("A place is a cell of about 5 km²"),
        count=rough,
    )
    yield sentence(
        "counted",
        N_(
            "Only whole groups of {least} or more are counted, month by month: the next month is shown from {day} on"
        ),
        least=MIN_GROUP_SIZE,
        day=found.next_day,
    )
    if found.has_crossings:
        yield sentence("names_source", STREETS_ATTRIBUTION)
