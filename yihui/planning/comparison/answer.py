"""The answer of ``yihui plan compare``: which places changed, and who gained or lost one within reach."""

from collections.abc import Iterator, Sequence
from operator import attrgetter

from core.civil_time import civil_date
from core.text_marks import N_
from geo.register_comparison import PlaceEffect
from geo.station import StationChange
from maps import Pin
from yihui.frame.cells import Choice
from yihui.planning.answer import (
    Answer,
    AnswerView,
    Chart,
    Column,
    KeyFigure,
    Sentence,
    Table,
    Unit,
    amount,
    build_area_answer,
    sentence,
    share,
    share_of,
    short_amount,
)
from yihui.planning.caveats import caveat_sentences, sample_sentences
from yihui.planning.comparison.request import CURRENT_SIDE
from yihui.planning.comparison.run import ComparisonResult, parse_moment, split_side
from yihui.planning.text import day_text, moment_text, night_text, week_holiday_text
from yihui.runtime.language import Language
from yihui.views.station_fields import field_change_lines, station_field_values

_BARS, _MOST_PINS = 6, 20  # areas of the chart, numbered places of the map


def build_comparison_answer(found: ComparisonResult, language: Language) -> Answer:
    """Build the answer."""
    served = found.served
    lists = (
        ("gaining", N_("Places that serve most people anew"), served.list_gaining_places()),
        ("losing", N_("Places whose loss is felt most"), served.list_losing_places()),
    )
    tables = [_areas(found), *(_effects(found, *one) for one in lists), _changes(found, language)]
    shown = [one for one in tables if one.rows]
    return build_area_answer(found, _sentences(found, language), shown, lambda: _view(found, language))


def _view(found: ComparisonResult, language: Language) -> AnswerView:
    from yihui.planning.map.answer import draw_answer, open_map

    order, served = found.order, found.served
    unit, total, sums = served.demand.unit, served.demand.total, served.totals
    pins, newly = [], language.translate(N_("Newly served"))
    for rank, one in enumerate(served.list_gaining_places()[:_MOST_PINS], 1):
        if (lon := one.station.lon) is not None and (lat := one.station.lat) is not None:
            pins.append(Pin(rank, one.station.name, lon, lat, [(newly, f"{one.demand:,.0f}")]))
    net = sums["after"] - sums["before"]
    told = N_("{gained} gained, {lost} lost")
    areas = served.by_area(found.area_digits).to_dict("index").items()
    changed = sorted(areas, key=lambda one: -abs(one[1]["after"] - one[1]["before"]))[:_BARS]
    bars = [
        (found.names.get(str(code).ljust(6, "0"), ""), one["before"], one["after"]) for code, one in changed
    ]
    sides = {"before": N_("before"), "after": N_("after")}
    figures = [
        KeyFigure(title, share_of(sums[name], total), short_amount(sums[name], unit))
        for name, title in sides.items()
    ]
    beside = sentence("", told, **{name: short_amount(sums[name], unit) for name in ("gained", "lost")})
    title = N_("more than before") if net >= 0 else N_("fewer than before")
    figures.append(KeyFigure(title, short_amount(abs(net), unit, served.tolerance), beside))
    chart = Chart("bars", N_("Served before and after"), bars, unit)
    drawn = draw_answer(*open_map(found, language), language, pins=pins)
    return AnswerView(order.at, figures, chart, drawn)


def _sentences(found: ComparisonResult, language: Language) -> Iterator[Sentence]:
    order, served = found.order, found.served
    unit, total = served.demand.unit, served.demand.total
    before, after = (_name_side(side, language) for side in (order.before, order.after))
    told = N_("before: {before} ({before_count} places); after: {after} ({after_count} places)")
    counts = dict(zip(("before_count", "after_count"), found.counts, strict=True))
    yield sentence("sides", told, before=before, after=after, **counts)
    yield sentence(
        "changes",
        N_(
            "{added} added, {removed} removed, {moved} moved, {hours} with other hours, {access} with other "
            "access, {status} with another status, {other} with other particulars, {unchanged} unchanged"
        ),
        **found.places.count_by_sort(),
    )
    sums = served.totals
    sides = {
        name: getattr(served, name).tolerance(served.demand, order.radius_m) for name in ("before", "after")
    }
    yield sentence(
        "shares",
        N_("{title}: within {radius} m of a place that is open and usable at {when}: {before} → {after}"),
        when=moment_text(order.at, language),
        title=found.demand_title,
        radius=int(order.radius_m),
        at=order.at,
        total=total,
        **{name: share_of(sums[name], total, tolerance) for name, tolerance in sides.items()},
    )
    yield from caveat_sentences(order.demand, 0)
    changed = {name: amount(sums[name], unit, served.tolerance) for name in ("gained", "lost")}
    beside = {name: sums[name] for name in ("before", "after")}
    yield sentence("served", N_("newly served: {gained}; no longer served: {lost}"), **beside, **changed)
    yield from sample_sentences(served.tolerance)
    if sums["gained"] or sums["lost"]:
        told = N_(
            "Each place is measured alone beside the other side: gains of places overlap and need not add up"
        )
        yield sentence("", told)
    if (weeks := found.weeks) is not None:
        told = N_(
            "{when}: {night_before} → {night_after}; the week's mean{holiday} {week_before} → {week_after}"
        )
        figures: dict[str, object] = {"gained": weeks.gained.tolist(), "lost": weeks.lost.tolist()}
        for side, week, night in (
            ("before", weeks.before, found.nights[0]),
            ("after", weeks.after, found.nights[1]),
        ):
            figures[f"week_{side}"], figures[f"night_{side}"] = (
                share(week.mean_share(range(24))),
                share(night),
            )
            figures[f"share_{side}"] = week.share.tolist()
        when, holiday = night_text(order.at, language), week_holiday_text(weeks.before.monday, language)
        yield sentence("week", told, when=when, holiday=holiday, **figures)


def _name_side(side: str, language: Language) -> Choice | str:
    """Name a side to readers: the registers now, or the register and a day or instant of it, in place of name@date."""
    if side == CURRENT_SIDE:
        return Choice(side, N_("the registers now"))
    name, when = split_side(side)
    if when is None:
        return side
    at = parse_moment(when, "")
    told = day_text(civil_date(at), language) if len(when) == len("2026-10-09") else moment_text(at, language)
    return Choice(side, " · ".join(filter(None, (name, told))))


def _changes(found: ComparisonResult, language: Language) -> Table:
    places = found.places
    rows = [
        *((Choice("+", N_("added")), one.id, one.name, None, None, None) for one in places.added),
        *((Choice("-", N_("gone")), one.id, one.name, None, None, None) for one in places.removed),
        *(
            (
                Choice("~", N_("changed")),
                one.after.id,
                one.after.name,
                _change_text(one, language),
                list(one.fields),
                one.distance_m,
            )
            for one in places.changed
        ),
    ]
    named, changed = (
        Column("name", N_("name"), Unit.LONG),
        Column("change", N_("from what to what"), Unit.LONG),
    )
    mark = Column("mark", N_("Change"))
    heads = (mark, Column("id", N_("id")), named, changed, Column("fields"), Column("moved_m"))
    return Table("changes", N_("Changed places"), heads, rows, on_page=("mark", "name", "change"))


def _change_text(change: StationChange, language: Language) -> str:
    names = {*change.fields, *(("lon", "lat") if change.is_moved else ())}
    if "district_name" in names:
        names.discard("district")  # its code
    before, after = (
        {name: value for name, value in station_field_values(one).items() if name in names}
        for one in (change.before, change.after)
    )
    return language.join_clauses(field_change_lines(before, after, language, longest=None))


def _areas(found: ComparisonResult) -> Table:
    """Build a row for each area in which somebody gained or lost, the largest difference first."""
    unit, table = found.served.demand.unit, found.served.by_area(found.area_digits)
    rows = [
        {**row, "code": str(code).ljust(6, "0")}
        for code, row in table.to_dict("index").items()
        if row["gained"] > 0 or row["lost"] > 0
    ]
    rows.sort(key=lambda row: -abs(row["gained"] - row["lost"]))
    shown = (
        Column("name", N_("area"), Unit.TEXT, lambda row: found.names.get(row["code"], "")),
        Column("gained", N_("newly served"), Unit.AMOUNT),
        Column("lost", N_("no longer served"), Unit.AMOUNT),
        Column("share_before", N_("share before"), Unit.SHARE),
        Column("share_after", N_("share after"), Unit.SHARE),
    )
    keys, names = [f"area {row['code']}" for row in rows], [one.name for one in shown]
    columns = (Column("code", N_("code")), *shown)
    return Table("areas", N_("Areas that gained or lost"), columns, rows, unit, (), names, "", keys)


def _effects(found: ComparisonResult, name: str, title: str, effects: Sequence[PlaceEffect]) -> Table:
    named = Column("name", N_("name"), Unit.LONG, attrgetter("station.name"))
    id_ = Column("id", N_("id"), Unit.TEXT, attrgetter("station.id"))
    columns = (id_, named, Column("demand", N_("demand"), Unit.AMOUNT))
    keys = [f"pin {row}" if name == "gaining" and row < _MOST_PINS else "" for row in range(len(effects))]
    unit = found.served.demand.unit
    return Table(name, title, columns, effects, unit, (), ("name", "demand"), "", keys)


def build_points_table(found: ComparisonResult) -> Table:
    """Build a row for each point that is newly served or no longer served, with its demand."""
    unit = found.served.demand.unit
    names = ("lon_wgs84", "lat_wgs84", "district", unit, "change")
    rows = []
    for mask, change in ((found.served.gained, "gained"), (found.served.lost, "lost")):
        some = found.served.demand.select(mask)
        columns = (some.points.round(7).tolist(), some.district.tolist(), some.weight.tolist())
        rows += [(lon, lat, code, weight, change) for (lon, lat), code, weight in zip(*columns, strict=True)]
    return Table("points", "", [Column(name) for name in names], rows, unit)
