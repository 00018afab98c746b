"""Render the result of ``yihui plan compare`` as terminal lines and JSON, and its changed points as CSV."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import typer

from core.civil_time import format_wall_clock
from core.text_marks import N_
from geo.coverage.hours import NIGHT_HOURS
from geo.formats.guard import escape_formula
from geo.register_comparison import PlaceChange, PlaceEffect
from geo.station import Station
from yihui.planning.caveats import SPREAD_EVENLY_CAVEAT, is_spread_evenly
from yihui.planning.comparison.run import CURRENT_SIDE, ComparisonResult
from yihui.planning.demand.text import demand_text
from yihui.runtime.errors import fault_line
from yihui.services.district_names import load_outline_names
from yihui.views.labels import ACCESS_LABELS, ENTRY_LABELS, STATION_STATUS_LABELS, code_label

if TYPE_CHECKING:
    from yihui.bootstrap import Wiring


_LISTED = 10
_COUNTY, _CITY = 6, 4
_LABELS: Mapping[str, Mapping[str, str]] = {
    "access": ACCESS_LABELS,
    "entry": ENTRY_LABELS,
    "status": STATION_STATUS_LABELS,
}
# A mark in front of a place shows how it changed; `yihui stations import` uses the same marks.
_ADDED, _REMOVED, _CHANGED = "+", "-", "~"


def print_comparison(wiring: "Wiring", found: ComparisonResult, *, as_json: bool) -> None:
    """Print a comparison as JSON or as lines; notes go to standard error."""
    if as_json:
        typer.echo(json.dumps(_as_data(wiring, found), ensure_ascii=False))
        return
    for note in found.chosen.notes:
        typer.echo(fault_line(note, wiring.language).text(), err=True)
    for line in _lines(wiring, found):
        typer.echo(line)


def changed_points_csv(found: ComparisonResult) -> bytes:
    """Return a CSV of the points that are newly served or no longer served, with their demand."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("lon_wgs84", "lat_wgs84", "district", found.served.demand.unit, "change"))
    for mask, change in ((found.served.gained, "gained"), (found.served.lost, "lost")):
        some = found.served.demand.select(mask)
        for (lon, lat), code, weight in zip(
            some.points.tolist(), some.district.tolist(), some.weight.tolist(), strict=True
        ):
            writer.writerow((f"{lon:.7f}", f"{lat:.7f}", escape_formula(code or ""), weight, change))
    return text.getvalue().encode("utf-8-sig")


def _lines(wiring: "Wiring", found: ComparisonResult) -> Iterator[str]:
    order, counts = found.order, found.places.count_by_sort()
    say = wiring.render
    yield say(
        N_("before: {before} ({before_count} places); after: {after} ({after_count} places)"),
        before=_side(wiring, order.before),
        before_count=f"{found.counts[0]:,}",
        after=_side(wiring, order.after),
        after_count=f"{found.counts[1]:,}",
    ) + (f" [{say(N_('sample'))}]" if found.is_sample else "")
    yield say(
        N_(
            "{added} added, {removed} removed, {moved} moved, {hours} with other hours, {access} with other "
            "access, {status} with another status, {other} with other particulars, {unchanged} unchanged"
        ),
        **counts,
    )
    yield from _places(wiring, found)
    yield from _served(wiring, found)
    yield from _areas(wiring, found)
    yield from _hours(wiring, found)
    yield from _effects(
        wiring, N_("places that serve most people anew:"), found.served.list_gaining_places(), found
    )
    yield from _effects(
        wiring, N_("places whose loss is felt most:"), found.served.list_losing_places(), found
    )


def _side(wiring: "Wiring", what: str) -> str:
    return wiring.render(N_("the registers now")) if what == CURRENT_SIDE else what


def _places(wiring: "Wiring", found: ComparisonResult) -> Iterator[str]:
    places = found.places
    lines = [
        *(f"    {_ADDED} {s.id} {s.name}" for s in places.added[:_LISTED]),
        *(f"    {_REMOVED} {s.id} {s.name}" for s in places.removed[:_LISTED]),
        *(
            f"    {_CHANGED} {c.after.id} {c.after.name}: {_change_text(wiring, c)}"
            for c in places.changed[:_LISTED]
        ),
    ]
    yield from lines
    more = len(places.added) + len(places.removed) + len(places.changed) - len(lines)
    if more:
        yield "    " + wiring.render(N_("… and {count} more; --json lists all of them"), count=more)


def _change_text(wiring: "Wiring", change: PlaceChange) -> str:
    told = []
    if change.is_moved:
        far = (
            wiring.render(N_("placed or unplaced")) if change.moved_m is None else f"{change.moved_m:,.0f} m"
        )
        told.append(far)
    if change.hours_changed:
        told.append(
            f"{change.before.hours_text or '–'} → {change.after.hours_text or '–'}".replace("\n", " ")
        )
    told += [
        f"{_field_label(wiring, words, change.before, name)} → {_field_label(wiring, words, change.after, name)}"
        for name, words in _LABELS.items()
        if name in change.fields
    ]
    named = {"lon", "lat", "hours_text", "access", "entry", "status"}
    told += [name for name in change.fields if name not in named]
    return wiring.language.format_list(told)


def _field_label(wiring: "Wiring", words: Mapping[str, str], station: Station, name: str) -> str:
    return code_label(words, str(getattr(station, name)), wiring.language)


def _served(wiring: "Wiring", found: ComparisonResult) -> Iterator[str]:
    served, order = found.served, found.order
    unit = served.demand.unit
    total = served.demand.total
    before, after = served.total(served.before.mask), served.total(served.after.mask)
    yield wiring.render(
        N_("{title}: within {radius} m of a place that is open and usable at {at}: {before} → {after}"),
        title=found.chosen.title,
        radius=f"{order.radius_m:,.0f}",
        at=format_wall_clock(order.at)
        + ("" if order.after_at is None else f" / {format_wall_clock(order.after_at)}"),
        before=_share(before, total),
        after=_share(after, total),
    )
    if is_spread_evenly(order.demand):
        yield wiring.render(SPREAD_EVENLY_CAVEAT)
    yield wiring.render(
        N_(
            "newly served: {gained} at {gained_points} points; no longer served: {lost} at {lost_points} points"
        ),
        gained=demand_text(wiring.language, served.total(served.gained), unit),
        gained_points=f"{int(served.gained.sum()):,}",
        lost=demand_text(wiring.language, served.total(served.lost), unit),
        lost_points=f"{int(served.lost.sum()):,}",
    )


def _share(part: float, total: float) -> str:
    return f"{part / total:.1%}" if total else "–"


def _six(code: object) -> str:
    """Return a code in the six digits of GB/T 2260, such as 370100 for 3701."""
    return str(code).ljust(_COUNTY, "0")


def _digits(found: ComparisonResult) -> int:
    """Return the digits of the listed areas: cities for a province, else counties."""
    return _CITY if found.order.area.endswith("0000") else _COUNTY


def _areas(wiring: "Wiring", found: ComparisonResult) -> Iterator[str]:
    table = found.served.by_area(_digits(found))
    table = table[(table["gained"] > 0) | (table["lost"] > 0)]
    if table.empty:
        return
    names = load_outline_names(wiring.outlines_cache)
    order = (table["gained"] - table["lost"]).abs().sort_values(ascending=False, kind="stable").index
    unit = found.served.demand.unit
    for code in order:
        row = table.loc[code]
        yield "    " + wiring.render(
            N_("{name}: + {gained}, − {lost}; {before} → {after}"),
            name=f"{_six(code)} {names.get(_six(code), '')}".strip(),
            gained=demand_text(wiring.language, float(row["gained"]), unit),
            lost=demand_text(wiring.language, float(row["lost"]), unit),
            before=_share(row["before"], row["demand"]),
            after=_share(row["after"], row["demand"]),
        )


def _hours(wiring: "Wiring", found: ComparisonResult) -> Iterator[str]:
    weeks = found.weeks
    if weeks is None:
        return
    yield wiring.render(
        N_(
            "mean over the week {week_before} → {week_after}; at night (22:00 to 06:00) {night_before} → {night_after}"
        ),
        week_before=f"{weeks.before.share.mean():.1%}",
        week_after=f"{weeks.after.share.mean():.1%}",
        night_before=f"{weeks.before.mean_share(NIGHT_HOURS):.1%}",
        night_after=f"{weeks.after.mean_share(NIGHT_HOURS):.1%}",
    )


def _effects(
    wiring: "Wiring", title: str, effects: Sequence[PlaceEffect], found: ComparisonResult
) -> Iterator[str]:
    if not effects:
        return
    yield wiring.render(title)
    for effect in effects[:_LISTED]:
        told = demand_text(wiring.language, effect.demand, found.served.demand.unit)
        yield f"    {told:>16}  {effect.station.id} {effect.station.name}"


# --- JSON


def _as_data(wiring: "Wiring", found: ComparisonResult) -> dict[str, object]:
    served, order = found.served, found.order
    names = load_outline_names(wiring.outlines_cache)
    table = served.by_area(_digits(found))
    data: dict[str, object] = {
        "before": {"what": order.before, "at": format_wall_clock(order.at), "places": found.counts[0]},
        "after": {
            "what": order.after,
            "at": format_wall_clock(order.after_at or order.at),
            "places": found.counts[1],
        },
        "area": order.area,
        "radius_m": order.radius_m,
        "demand": {"title": found.chosen.title, "total": served.demand.total, "unit": served.demand.unit},
        "spread_evenly": is_spread_evenly(order.demand),
        "sample": found.is_sample,
        "places": {
            "count": dict(found.places.count_by_sort()),
            "added": [_named(s) for s in found.places.added],
            "removed": [_named(s) for s in found.places.removed],
            "changed": [
                {**_named(c.after), "fields": list(c.fields), "moved_m": c.moved_m}
                for c in found.places.changed
            ],
        },
        "served": {
            "before": served.total(served.before.mask),
            "after": served.total(served.after.mask),
            "gained": served.total(served.gained),
            "lost": served.total(served.lost),
            "points_gained": int(served.gained.sum()),
            "points_lost": int(served.lost.sum()),
        },
        "by_area": [
            {
                "code": _six(code),
                "name": names.get(_six(code), ""),
                **{column: _number(row[column]) for column in table.columns},
            }
            for code, row in table.iterrows()
        ],
        "gaining": [_effect(effect) for effect in served.list_gaining_places()],
        "losing": [_effect(effect) for effect in served.list_losing_places()],
    }
    if found.weeks is not None:
        data["hours"] = {
            "share_before": [_number(share) for share in found.weeks.before.share],
            "share_after": [_number(share) for share in found.weeks.after.share],
            "gained": found.weeks.gained.tolist(),
            "lost": found.weeks.lost.tolist(),
        }
    return data


def _named(station: Station) -> dict[str, object]:
    return {"id": station.id, "name": station.name}


def _effect(effect: PlaceEffect) -> dict[str, object]:
    return {**_named(effect.station), "demand": effect.demand, "points": effect.points}


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
