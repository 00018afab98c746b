"""Render the result of ``yihui plan compare`` as terminal lines."""

from collections.abc import Iterator, Mapping, Sequence
from math import nan

from core.civil_time import format_wall_clock
from core.text_marks import N_
from geo.coverage.hours import NIGHT_HOURS
from geo.register_comparison import CHANGE_SORTS, PlaceEffect
from geo.station import Station
from geo.station_pairs import StationChange
from yihui.planning.comparison.request import CURRENT_SIDE
from yihui.planning.comparison.run import ComparisonResult, six_digit_code
from yihui.planning.demand.even_spread import is_spread_evenly
from yihui.planning.demand.text import demand_text
from yihui.planning.text import SPREAD_EVENLY_CAVEAT, format_share, sample_mark
from yihui.runtime.language import Language
from yihui.views.labels import ACCESS_LABELS, ENTRY_LABELS, STATION_STATUS_LABELS, code_label

_LISTED = 10
_LABELS: Mapping[str, Mapping[str, str]] = {
    "access": ACCESS_LABELS,
    "entry": ENTRY_LABELS,
    "status": STATION_STATUS_LABELS,
}
# A mark in front of a place shows how it changed; `yihui stations import` uses the same marks.
_ADDED, _REMOVED, _CHANGED = "+", "-", "~"


def comparison_lines(found: ComparisonResult, language: Language) -> Iterator[str]:
    """Yield the whole result as terminal lines."""
    order, counts = found.order, found.places.count_by_sort()
    say = language.render
    yield say(
        N_("before: {before} ({before_count} places); after: {after} ({after_count} places)"),
        before=_side(language, order.before),
        before_count=f"{found.counts[0]:,}",
        after=_side(language, order.after),
        after_count=f"{found.counts[1]:,}",
    ) + sample_mark(found.is_sample, language)
    yield say(
        N_(
            "{added} added, {removed} removed, {moved} moved, {hours} with other hours, {access} with other "
            "access, {status} with another status, {other} with other particulars, {unchanged} unchanged"
        ),
        **counts,
    )
    yield from _places(language, found)
    yield from _served(language, found)
    yield from _areas(language, found)
    yield from _hours(language, found)
    yield from _effects(
        language, N_("places that serve most people anew:"), found.served.list_gaining_places(), found
    )
    yield from _effects(
        language, N_("places whose loss is felt most:"), found.served.list_losing_places(), found
    )


def _side(language: Language, what: str) -> str:
    return language.render(N_("the registers now")) if what == CURRENT_SIDE else what


def _places(language: Language, found: ComparisonResult) -> Iterator[str]:
    places = found.places
    lines = [
        *(f"    {_ADDED} {s.id} {s.name}" for s in places.added[:_LISTED]),
        *(f"    {_REMOVED} {s.id} {s.name}" for s in places.removed[:_LISTED]),
        *(
            f"    {_CHANGED} {c.after.id} {c.after.name}: {_change_text(language, c)}"
            for c in places.changed[:_LISTED]
        ),
    ]
    yield from lines
    more = len(places.added) + len(places.removed) + len(places.changed) - len(lines)
    if more:
        yield "    " + language.render(N_("… and {count} more; --json lists all of them"), count=more)


def _change_text(language: Language, change: StationChange) -> str:
    told = []
    if change.is_moved:
        far = (
            language.render(N_("placed or unplaced"))
            if change.distance_m is None
            else f"{change.distance_m:,.0f} m"
        )
        told.append(far)
    if not CHANGE_SORTS["hours"].isdisjoint(change.fields):
        told.append(
            f"{change.before.hours_text or '–'} → {change.after.hours_text or '–'}".replace("\n", " ")
        )
    told += [
        f"{_field_label(language, words, change.before, name)} → {_field_label(language, words, change.after, name)}"
        for name, words in _LABELS.items()
        if name in change.fields
    ]
    named = {"lon", "lat", "hours_text", "access", "entry", "status"}
    told += [name for name in change.fields if name not in named]
    return language.format_list(told)


def _field_label(language: Language, words: Mapping[str, str], station: Station, name: str) -> str:
    return code_label(words, str(getattr(station, name)), language)


def _served(language: Language, found: ComparisonResult) -> Iterator[str]:
    served, order = found.served, found.order
    unit = served.demand.unit
    total = served.demand.total
    before, after = served.total(served.before.mask), served.total(served.after.mask)
    yield language.render(
        N_("{title}: within {radius} m of a place that is open and usable at {at}: {before} → {after}"),
        title=found.chosen.title,
        radius=f"{order.radius_m:,.0f}",
        at=format_wall_clock(order.at),
        before=_share(before, total),
        after=_share(after, total),
    )
    if is_spread_evenly(order.demand):
        yield language.render(SPREAD_EVENLY_CAVEAT)
    yield language.render(
        N_(
            "newly served: {gained} at {gained_points} points; no longer served: {lost} at {lost_points} points"
        ),
        gained=demand_text(language, served.total(served.gained), unit),
        gained_points=f"{int(served.gained.sum()):,}",
        lost=demand_text(language, served.total(served.lost), unit),
        lost_points=f"{int(served.lost.sum()):,}",
    )


def _share(part: float, total: float) -> str:
    return format_share(part / total if total else nan)


def _areas(language: Language, found: ComparisonResult) -> Iterator[str]:
    table = found.served.by_area(found.area_digits)
    table = table[(table["gained"] > 0) | (table["lost"] > 0)]
    if table.empty:
        return
    order = (table["gained"] - table["lost"]).abs().sort_values(ascending=False, kind="stable").index
    unit = found.served.demand.unit
    for code in order:
        row = table.loc[code]
        yield "    " + language.render(
            N_("{name}: + {gained}, − {lost}; {before} → {after}"),
            name=f"{six_digit_code(code)} {found.names.get(six_digit_code(code), '')}".strip(),
            gained=demand_text(language, float(row["gained"]), unit),
            lost=demand_text(language, float(row["lost"]), unit),
            before=_share(row["before"], row["demand"]),
            after=_share(row["after"], row["demand"]),
        )


def _hours(language: Language, found: ComparisonResult) -> Iterator[str]:
    weeks = found.weeks
    if weeks is None:
        return
    yield language.render(
        N_(
            "mean over the week {week_before} → {week_after}; at night (22:00 to 06:00) {night_before} → {night_after}"
        ),
        week_before=format_share(weeks.before.mean_share(range(24))),
        week_after=format_share(weeks.after.mean_share(range(24))),
        night_before=format_share(weeks.before.mean_share(NIGHT_HOURS)),
        night_after=format_share(weeks.after.mean_share(NIGHT_HOURS)),
    )


def _effects(
    language: Language, title: str, effects: Sequence[PlaceEffect], found: ComparisonResult
) -> Iterator[str]:
    if not effects:
        return
    yield language.render(title)
    for effect in effects[:_LISTED]:
        told = demand_text(language, effect.demand, found.served.demand.unit)
        yield f"    {told:>16}  {effect.station.id} {effect.station.name}"
