"""What ``yihui plan compare`` says, for people, as JSON, and its points as CSV."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import typer

from core.civil_time import wall_clock
from geo.coverage.hours import NIGHT
from geo.formats.guard import guarded
from geo.register_comparison import Effect, PlaceChange
from geo.station import Station
from yihui.planning.caveats import SPREAD_EVENLY, is_spread_evenly
from yihui.planning.comparison.run import NOW, Compared
from yihui.planning.demand.text import counted
from yihui.runtime.errors import fault_line
from yihui.services.district_names import outline_names
from yihui.views.labels import ACCESSES, ENTRIES, STATUSES, label

if TYPE_CHECKING:
    from yihui.bootstrap import Wiring

N_ = str  # marks a text for the message catalogue

_LISTED = 10
_COUNTY, _CITY = 6, 4
_WORDS: Mapping[str, Mapping[str, str]] = {"access": ACCESSES, "entry": ENTRIES, "status": STATUSES}
# The first letters in front of a place say what became of it; as `yihui stations import` has them.
_ADDED, _REMOVED, _CHANGED = "+", "-", "~"


def tell(wiring: "Wiring", found: Compared, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(_as_data(wiring, found), ensure_ascii=False))
        return
    for note in found.chosen.notes:
        typer.echo(fault_line(note, wiring.language).text(), err=True)
    for line in _lines(wiring, found):
        typer.echo(line)


def points_csv(found: Compared) -> bytes:
    """The points that are newly served or no longer, with their demand."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("lon_wgs84", "lat_wgs84", "district", found.served.demand.unit, "change"))
    for mask, change in ((found.served.gained, "gained"), (found.served.lost, "lost")):
        some = found.served.demand.part(mask)
        for (lon, lat), code, weight in zip(
            some.points.tolist(), some.district.tolist(), some.weight.tolist(), strict=True
        ):
            writer.writerow((f"{lon:.7f}", f"{lat:.7f}", guarded(code or ""), weight, change))
    return text.getvalue().encode("utf-8-sig")


def _lines(wiring: "Wiring", found: Compared) -> Iterator[str]:
    order, counts = found.order, found.places.count()
    say = wiring.say
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
    yield from _effects(wiring, N_("places that serve most people anew:"), found.served.gaining(), found)
    yield from _effects(wiring, N_("places whose loss is felt most:"), found.served.losing(), found)


def _side(wiring: "Wiring", what: str) -> str:
    return wiring.say(N_("the registers now")) if what == NOW else what


def _places(wiring: "Wiring", found: Compared) -> Iterator[str]:
    places = found.places
    lines = [
        *(f"    {_ADDED} {s.id} {s.name}" for s in places.added[:_LISTED]),
        *(f"    {_REMOVED} {s.id} {s.name}" for s in places.removed[:_LISTED]),
        *(
            f"    {_CHANGED} {c.after.id} {c.after.name}: {_what(wiring, c)}"
            for c in places.changed[:_LISTED]
        ),
    ]
    yield from lines
    more = len(places.added) + len(places.removed) + len(places.changed) - len(lines)
    if more:
        yield "    " + wiring.say(N_("… and {count} more; --json lists all of them"), count=more)


def _what(wiring: "Wiring", change: PlaceChange) -> str:
    told = []
    if change.is_moved:
        far = wiring.say(N_("placed or unplaced")) if change.moved_m is None else f"{change.moved_m:,.0f} m"
        told.append(far)
    if change.hours_changed:
        told.append(
            f"{change.before.hours_text or '–'} → {change.after.hours_text or '–'}".replace("\n", " ")
        )
    told += [
        f"{_word(wiring, words, change.before, name)} → {_word(wiring, words, change.after, name)}"
        for name, words in _WORDS.items()
        if name in change.fields
    ]
    named = {"lon", "lat", "hours_text", "access", "entry", "status"}
    told += [name for name in change.fields if name not in named]
    return wiring.language.listed(told)


def _word(wiring: "Wiring", words: Mapping[str, str], station: Station, name: str) -> str:
    return label(words, str(getattr(station, name)), wiring.language)


def _served(wiring: "Wiring", found: Compared) -> Iterator[str]:
    served, order = found.served, found.order
    unit = served.demand.unit
    total = served.demand.total
    before, after = served.total(served.before.mask), served.total(served.after.mask)
    yield wiring.say(
        N_("{title}: within {radius} m of a place that is open and usable at {at}: {before} → {after}"),
        title=found.chosen.title,
        radius=f"{order.radius_m:,.0f}",
        at=wall_clock(order.at) + ("" if order.after_at is None else f" / {wall_clock(order.after_at)}"),
        before=_share(before, total),
        after=_share(after, total),
    )
    if is_spread_evenly(order.demand):
        yield wiring.say(SPREAD_EVENLY)
    yield wiring.say(
        N_(
            "newly served: {gained} at {gained_points} points; no longer served: {lost} at {lost_points} points"
        ),
        gained=counted(wiring.language, served.total(served.gained), unit),
        gained_points=f"{int(served.gained.sum()):,}",
        lost=counted(wiring.language, served.total(served.lost), unit),
        lost_points=f"{int(served.lost.sum()):,}",
    )


def _share(part: float, total: float) -> str:
    return f"{part / total:.1%}" if total else "–"


def _six(code: object) -> str:
    """As GB/T 2260 writes it: 370100 for 3701."""
    return str(code).ljust(_COUNTY, "0")


def _digits(found: Compared) -> int:
    """By city for a province, else by county."""
    return _CITY if found.order.area.endswith("0000") else _COUNTY


def _areas(wiring: "Wiring", found: Compared) -> Iterator[str]:
    table = found.served.by_area(_digits(found))
    table = table[(table["gained"] > 0) | (table["lost"] > 0)]
    if table.empty:
        return
    names = outline_names(wiring.outlines_cache)
    order = (table["gained"] - table["lost"]).abs().sort_values(ascending=False, kind="stable").index
    unit = found.served.demand.unit
    for code in order:
        row = table.loc[code]
        yield "    " + wiring.say(
            N_("{name}: + {gained}, − {lost}; {before} → {after}"),
            name=f"{_six(code)} {names.get(_six(code), '')}".strip(),
            gained=counted(wiring.language, float(row["gained"]), unit),
            lost=counted(wiring.language, float(row["lost"]), unit),
            before=_share(row["before"], row["demand"]),
            after=_share(row["after"], row["demand"]),
        )


def _hours(wiring: "Wiring", found: Compared) -> Iterator[str]:
    weeks = found.weeks
    if weeks is None:
        return
    yield wiring.say(
        N_(
            "mean over the week {week_before} → {week_after}; at night (22:00 to 06:00) {night_before} → {night_after}"
        ),
        week_before=f"{weeks.before.share.mean():.1%}",
        week_after=f"{weeks.after.share.mean():.1%}",
        night_before=f"{weeks.before.mean_share(NIGHT):.1%}",
        night_after=f"{weeks.after.mean_share(NIGHT):.1%}",
    )


def _effects(wiring: "Wiring", title: str, effects: Sequence[Effect], found: Compared) -> Iterator[str]:
    if not effects:
        return
    yield wiring.say(title)
    for effect in effects[:_LISTED]:
        told = counted(wiring.language, effect.demand, found.served.demand.unit)
        yield f"    {told:>16}  {effect.station.id} {effect.station.name}"


# --- JSON


def _as_data(wiring: "Wiring", found: Compared) -> dict[str, object]:
    served, order = found.served, found.order
    names = outline_names(wiring.outlines_cache)
    table = served.by_area(_digits(found))
    data: dict[str, object] = {
        "before": {"what": order.before, "at": wall_clock(order.at), "places": found.counts[0]},
        "after": {
            "what": order.after,
            "at": wall_clock(order.after_at or order.at),
            "places": found.counts[1],
        },
        "area": order.area,
        "radius_m": order.radius_m,
        "demand": {"title": found.chosen.title, "total": served.demand.total, "unit": served.demand.unit},
        "spread_evenly": is_spread_evenly(order.demand),
        "sample": found.is_sample,
        "places": {
            "count": dict(found.places.count()),
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
        "gaining": [_effect(effect) for effect in served.gaining()],
        "losing": [_effect(effect) for effect in served.losing()],
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


def _effect(effect: Effect) -> dict[str, object]:
    return {**_named(effect.station), "demand": effect.demand, "points": effect.points}


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
