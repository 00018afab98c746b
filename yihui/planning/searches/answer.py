"""The answer of ``yihui plan searches``: how many searches found nothing, since when, and the places, worst first."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from core.civil_time import HOURS_A_WEEK, hour_of_week
from core.text_marks import N_
from geo.coverage.cells import cell_resolution
from geo.coverage.hours import DAY_HOURS, NIGHT_HOURS, HourTable
from geo.usage_counts import MIN_GROUP_SIZE, SEARCH_H3_RESOLUTION
from maps import MapView
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
    build_area_answer,
    metres,
    sentence,
    share_of,
)
from yihui.planning.demand.answer import WITHHELD_HOURS, list_busiest_hours
from yihui.planning.demand.columns import SEARCHES_UNIT
from yihui.planning.demand.run import count_searches_by_hour
from yihui.planning.gaps.text import gap_name
from yihui.planning.searches.run import SearchesResult, SearchPlace
from yihui.planning.text import hour_of_week_text, month_text
from yihui.runtime.language import Language
from yihui.services.streets.current import STREETS_ATTRIBUTION

_BUSIEST, _OF_A_PLACE = 3, 2  # hours of the area; of a place: a phone has no room for more in a line
_FOUND = N_("Searches that found an open place")
_UNMET = N_(
    "{area}, {first} to {last}: {unmet} of {searches} searches ({share}) found nothing open within {radius}"
)
_COUNTED = N_(
    "Only whole groups of {least} or more are counted, month by month: the next month is shown from {day} on"
)
_searches = partial(amount, unit=SEARCHES_UNIT)


def build_searches_answer(found: SearchesResult, language: Language) -> Answer:
    """Build the answer: a table of the places, and the hours of the week for programs and charts."""
    places = _places(found, language)
    return build_area_answer(
        found,
        _sentences(found, language),
        [places] if places.rows else [],
        lambda: _view(found, places, language),
        [build_search_hours(found, language)],
    )


def _places(found: SearchesResult, language: Language) -> Table:
    """Build a row for each place, the most unmet searches first."""

    def busiest(place: SearchPlace) -> str | None:
        hours = list_busiest_hours(place.searches.by_hour, _OF_A_PLACE, language)
        return language.format_list(hours) or None

    def since(place: SearchPlace) -> Sentence:
        month = place.searches.since
        return sentence("", month_text(month, language), month=f"{month:%Y-%m}")  # the value is for programs

    shown = (
        Column("name", N_("where"), Unit.LONG, lambda place: gap_name(language, place.where)),
        Column("unmet", N_("found nothing"), Unit.COUNT, lambda place: place.searches.unmet),
        Column(
            "searches", N_("of searches"), Unit.COUNT, lambda place: place.searches.unmet + place.searches.met
        ),
        Column("hours_text", N_("mostly at"), Unit.LONG, busiest),
        Column("since", N_("first month"), Unit.TEXT, since),
        Column(
            "within_m", N_("at most so far from there"), Unit.METRES, lambda place: round(place.within_m, -2)
        ),
    )
    columns = (
        Column("id", value=lambda place: place.searches.cell),
        *shown,
        Column("hours", value=lambda place: place.searches.by_hour),
        Column("hour_not_told", value=lambda place: place.searches.without_hour),
        Column("county"),
        Column("near", value=lambda place: place.where.near),
        Column("lon", value=lambda place: round(place.lon, 6)),
        Column("lat", value=lambda place: round(place.lat, 6)),
    )
    title, names = N_("Where searches found nothing open"), [one.name for one in shown]
    outlines = [one.outline for one in found.places]
    keys = [f"gap {place}" for place in range(len(found.places))]
    return Table("places", title, columns, found.places, SEARCHES_UNIT, outlines, names, "-unmet", keys)


def _view(found: SearchesResult, places: Table, language: Language) -> AnswerView:
    """Build what a page draws: the share of searches that found a place by hour, and the cells over the stations."""
    hours = found.by_hour

    def found_nothing(clock: Collection[int]) -> Figure:
        unmet, searches = (
            sum(hours[hour][part] for hour in range(HOURS_A_WEEK) if hour % 24 in clock) for part in (0, 1)
        )
        return share_of(unmet, searches)

    unmet, searches = (sum(one.count for one in some) for some in (found.unmet_groups, found.groups))
    by_day = sentence("", N_("by day, 8:00–18:00, {share}"), share=found_nothing(DAY_HOURS))
    figures = [
        KeyFigure(N_("found nothing open within 1 km"), _searches(unmet), share_of(unmet, searches)),
        KeyFigure(N_("of searches at night, 22:00–6:00, found nothing"), found_nothing(NIGHT_HOURS), by_day),
    ]
    figures.append(KeyFigure(N_("searches in all"), _searches(searches)))
    headline: Sentence | str = ""
    for one in found.places[:1]:
        where, told = gap_name(language, one.where), N_("Most found nothing at {where}: {count} of {unmet}")
        headline = sentence("", told, where=where, count=one.searches.unmet, unmet=_searches(unmet))
    period = " – ".join(dict.fromkeys(month_text(month, language) for month in (found.first, found.last)))
    shares = [1 - unmet / searches if searches else None for unmet, searches in hours]
    title = N_("Share of the searches that found an open place, by the hour of the week")
    drawn = _draw(found, places, language)
    return AnswerView(found.at, figures, Chart("heat", title, shares), drawn, period, headline=headline)


def _draw(found: SearchesResult, places: Table, language: Language) -> MapView:
    """Draw the cells over the stations and what they reach; a cell shows at its hours, or always if they are withheld."""
    from yihui.planning.map.answer import draw_answer, mark_rows, open_map

    told = [one.searches.by_hour for one in found.places]
    hours = [np.isin(np.arange(HOURS_A_WEEK), list(by_hour)) if by_hour else None for by_hour in told]
    marks = mark_rows(places, range(len(hours)), places.shapes, language, hours)
    title = language.translate(places.title)
    scope, open_then = open_map(found, language, at=found.at)
    assert open_then is not None, "it is no question by street"
    drawn = draw_answer(scope, _count_found(found, open_then), language, marks=marks, marks_are=title)
    assert drawn.week is not None, "its hours are known"
    then = dict(zip(drawn.week.codes, drawn.week.share[:, hour_of_week(found.at)].tolist(), strict=True))
    levels = [one.assign(covered_share=one["code"].map(then)) for one in drawn.levels]
    return replace(drawn, levels=levels, share_is=language.translate(_FOUND))


def _count_found(found: SearchesResult, hours: HourTable) -> HourTable:
    """Return the hours with the share of the searches that found a place in each county: no other share is on the page."""
    row = {str(code): place for place, code in enumerate(hours.areas.index)}
    counts = np.zeros((2, len(row), HOURS_A_WEEK))
    for group, code in zip(found.groups, found.demand.district.tolist(), strict=True):
        if group.hour is not None and code in row:
            counts[int(group.found), row[code], group.hour] += group.count
    total = counts.sum(axis=0)
    share = np.divide(counts[1], total, out=np.full(total.shape, np.nan), where=total > 0)
    return replace(hours, areas=pd.DataFrame(share, hours.areas.index), area_total=total)


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
    rows = [(hour, hour_of_week_text(hour, language), *both) for hour, both in enumerate(found.by_hour)]
    return Table("hours", N_("By the hour of the week"), columns, rows, SEARCHES_UNIT)


def _sentences(found: SearchesResult, language: Language) -> Iterator[Sentence]:
    unmet, searches = (sum(group.count for group in groups) for groups in (found.unmet_groups, found.groups))
    who = {"area": found.area_name, "radius": metres(found.order.radius_m)}
    months = {"first": found.first, "last": found.last}
    counts = {"unmet": unmet, "searches": searches, "share": share_of(unmet, searches)}
    yield sentence("unmet", _UNMET, **who, **months, **counts)
    hours, withheld = count_searches_by_hour(found.unmet_groups)
    told = list_busiest_hours(dict(enumerate(hours)), _BUSIEST, language)
    yield sentence("busiest", N_("most of them: {hours}") if told else "", hours=told)
    yield sentence("hour_not_told", WITHHELD_HOURS if withheld else "", count=withheld)
    wide = [one for one in found.unmet_groups if cell_resolution(one.cell) < SEARCH_H3_RESOLUTION]
    cells = N_("A place is a cell of about 5 km²")
    if wide:
        cells = N_("A place is a cell of about 5 km²; {count} searches stand in cells of 36 or 253 km²")
    yield sentence("rough", cells, count=sum(one.count for one in wide))
    yield sentence("counted", _COUNTED, least=MIN_GROUP_SIZE, day=found.next_day)
    if found.has_crossings:
        yield sentence("names_source", STREETS_ATTRIBUTION)
