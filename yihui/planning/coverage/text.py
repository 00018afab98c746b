"""The answer of ``yihui plan coverage`` in words, as data and as a table."""

from collections.abc import Iterator
from math import isfinite

from core.civil_time import CIVIL_TIME
from geo.coverage.demand import GROUND
from geo.coverage.hours import DAY, NIGHT
from geo.formats.guard import guarded
from yihui.planning.caveats import SPREAD_EVENLY, is_spread_evenly
from yihui.planning.coverage.run import CELL, CoverageAnswer
from yihui.planning.demand.text import counted
from yihui.runtime.language import Language

N_ = str  # marks a text for the message catalogue

WEEKDAYS = (
    N_("Monday"),
    N_("Tuesday"),
    N_("Wednesday"),
    N_("Thursday"),
    N_("Friday"),
    N_("Saturday"),
    N_("Sunday"),
)
_SHORT_WEEKDAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))
_CELLS_SHOWN = 20
_CODE_DIGITS = 6
_DIGITS = 6  # shares and figures are rounded no further
_M2_PER_KM2 = 1e6


def lines(answer: CoverageAnswer, language: Language) -> Iterator[str]:
    """What a planner reads: first the sum, then the areas, then the hours."""
    yield _heading(answer, language)
    yield _sum(answer, language)
    yield _distances(answer, language)
    yield from _reservations(answer, language)
    yield ""
    yield from _areas(answer, language)
    if answer.hours is not None:
        yield ""
        yield from _week(answer, language)
        yield night_sentence(answer, language)


def _heading(answer: CoverageAnswer, language: Language) -> str:
    order = answer.order
    at = order.at.astimezone(CIVIL_TIME)
    weekday = language.text(WEEKDAYS[at.weekday()])
    near = language.say(N_("within {radius} m in a straight line"), radius=f"{order.radius_m:,.0f}")
    if order.within_s is not None:
        near = language.say(N_("within {minutes} min by street"), minutes=f"{order.within_s / 60:g}")
    sample = f" [{language.say(N_('sample'))}]" if answer.is_sample else ""
    heading = language.say(
        N_("{area}, {at} ({weekday}): who has a place open then and usable {near}; {demand}"),
        area=answer.area_name, at=f"{at:%Y-%m-%d %H:%M}", weekday=weekday, near=near, demand=answer.title,
    )  # fmt: skip
    return heading + sample


def _sum(answer: CoverageAnswer, language: Language) -> str:
    figures = answer.figures
    return language.say(
        N_("covered: {served} of {demand}, {share}; places of the area open then and usable: {usable}"),
        served=amount(figures.served, answer.demand.unit, language),
        demand=amount(figures.demand, answer.demand.unit, language),
        share=percent(figures.share),
        usable=f"{answer.usable:,}",
    )


def _distances(answer: CoverageAnswer, language: Language) -> str:
    return language.say(
        N_("to the nearest such place: half {median}, nine tenths {p90}"),
        median=metres(answer.figures.median_m, language),
        p90=metres(answer.figures.p90_m, language),
    )


def _reservations(answer: CoverageAnswer, language: Language) -> Iterator[str]:
    """What the reader must know beside it."""
    if is_spread(answer):
        yield language.text(SPREAD_EVENLY)
    if answer.unknown:
        told = N_("of {count} more places the hours aren't known; they count as closed")
        yield language.say(told, count=f"{answer.unknown:,}")
    off = answer.served.off_network
    if off is not None and off.any():
        told = N_("no street is near {count} points; they count as not covered")
        yield language.say(told, count=f"{int(off.sum()):,}")
    nowhere = sum(code is None for code in answer.demand.district.tolist())
    if nowhere:
        yield language.say(N_("{count} points lie in no area and are only in the sum"), count=f"{nowhere:,}")
    for note in answer.notes:
        yield language.say(note.message, **dict(note.values))


def is_spread(answer: CoverageAnswer) -> bool:
    """Whether residents are known by county only; outlines of one's own bring finer figures."""
    return answer.order.outlines is None and is_spread_evenly(answer.order.demand)


def _areas(answer: CoverageAnswer, language: Language) -> Iterator[str]:
    table, unit = answer.table, answer.demand.unit
    if answer.order.by == CELL:
        missed = (table["demand"] - table["served"]).sort_values(ascending=False, kind="stable")
        table = table.loc[missed.index[:_CELLS_SHOWN]]
        told = N_("the {shown} cells with the most uncovered demand of {count}; --csv and --json give all")
        yield language.say(told, shown=len(table), count=f"{len(answer.table):,}")
    for row in table.to_dict("index").items():
        code, figures = row
        yield "  ".join(
            (
                f"{_whole_code(answer, str(code)):<12}",
                f"{percent(figures['share']):>6}",
                language.say(
                    N_("{served} of {demand}"),
                    served=amount(figures["served"], unit, language),
                    demand=amount(figures["demand"], unit, language),
                ),
                language.say(
                    N_("half {median}, nine tenths {p90}"),
                    median=metres(figures["median_m"], language),
                    p90=metres(figures["p90_m"], language),
                ),
                str(figures.get("name", "")),
            )
        ).rstrip()


def _whole_code(answer: CoverageAnswer, code: str) -> str:
    """As GB/T 2260 writes it: six digits, 370100 for 3701. A cell's is its name."""
    return code if answer.order.by == CELL else code.ljust(_CODE_DIGITS, "0")


def _week(answer: CoverageAnswer, language: Language) -> Iterator[str]:
    hours = answer.hours
    assert hours is not None, "asked for"
    yield language.say(N_("share covered by the hour, week of {monday}"), monday=hours.monday.isoformat())
    yield "       " + "".join(f"{language.text(day):>7}" for day in _SHORT_WEEKDAYS)
    for clock in range(24):
        shares = "".join(f"{percent(hours.share[day * 24 + clock]):>8}" for day in range(7))
        yield f"{clock:02d}:00  {shares}"


def night_sentence(answer: CoverageAnswer, language: Language) -> str:
    """From how much to how much coverage falls after 22:00, on the average of the week."""
    hours = answer.hours
    assert hours is not None, "asked for"
    day, night = hours.mean_share(DAY), hours.mean_share(NIGHT)
    told = N_(
        "After 22:00 coverage falls from {day} to {night} (means of the week, 8:00–18:00 and 22:00–6:00)."
    )
    if not night < day:
        told = N_(
            "After 22:00 coverage doesn't fall: {day} by day, {night} by night (means of the week, 8:00–18:00 and 22:00–6:00)."
        )
    return language.say(told, day=percent(day), night=percent(night))


def amount(value: float, unit: str, language: Language) -> str:
    """A demand with its unit."""
    if unit != GROUND:
        return counted(language, value, unit)
    shown = value / _M2_PER_KM2
    return language.say(N_("{count} km²"), count=f"{shown:,.0f}" if shown >= 100 else f"{shown:,.1f}")


def percent(share: float) -> str:
    return f"{share:.1%}" if isfinite(share) else "–"


def metres(value: float, language: Language) -> str:
    """How far one has to go at most; more than 100 km are not told apart."""
    if isfinite(value):
        return language.say(N_("within {metres} m"), metres=f"{value:,.0f}")
    return language.text(N_("beyond 100 km"))


# --- as data


def as_data(answer: CoverageAnswer, language: Language) -> dict[str, object]:
    """For ``--json``: nothing in it is infinite or no number."""
    order, figures = answer.order, answer.figures
    data: dict[str, object] = {
        "area": order.area,
        "area_name": answer.area_name,
        "at": order.at.astimezone(CIVIL_TIME).isoformat(),
        "radius_m": order.radius_m if order.within_s is None else None,
        "within_s": order.within_s,
        "demand": answer.title,
        "unit": answer.demand.unit,
        "points": figures.points,
        "total": _number(figures.demand),
        "served": _number(figures.served),
        "share": _number(figures.share),
        "median_m": _number(figures.median_m),
        "p90_m": _number(figures.p90_m),
        "usable": answer.usable,
        "hours_unknown": answer.unknown,
        "spread_evenly": is_spread(answer),
        "sample": answer.is_sample,
        "by": order.by,
        "rows": list(rows(answer)),
        "notes": [language.say(note.message, **dict(note.values)) for note in answer.notes],
    }
    if answer.hours is not None:
        data["hours"] = list(hour_rows(answer))
        data["night"] = night_sentence(answer, language)
    return data


def rows(answer: CoverageAnswer) -> Iterator[dict[str, object]]:
    """One for each area or cell."""
    is_cell = answer.order.by == CELL
    for code, figures in answer.table.to_dict("index").items():
        row: dict[str, object] = {"cell" if is_cell else "code": _whole_code(answer, str(code))}
        if is_cell:
            outline = figures.pop("geometry")
            row |= {"lon": round(outline.centroid.x, 6), "lat": round(outline.centroid.y, 6)}
        else:
            row["name"] = figures.pop("name")
        yield row | {str(name): _number(value) for name, value in figures.items()}


def hour_rows(answer: CoverageAnswer) -> Iterator[dict[str, object]]:
    """One for each hour of the week."""
    from geo.coverage.openness import week_of

    hours = answer.hours
    assert hours is not None, "asked for"
    for hour, instant in enumerate(week_of(hours.monday)):
        at = instant.astimezone(CIVIL_TIME)
        yield {
            "at": at.isoformat(),
            "weekday": at.isoweekday(),
            "hour": at.hour,
            "served": _number(hours.served[hour]),
            "share": _number(hours.share[hour]),
        }


def area_hour_rows(answer: CoverageAnswer) -> Iterator[dict[str, object]]:
    """One for each area and hour: what ``--csv`` holds with ``--hours``."""
    hours = answer.hours
    assert hours is not None, "asked for"
    names = dict(zip(answer.table.index, answer.table["name"], strict=True))
    times = [(row["at"], row["weekday"], row["hour"]) for row in hour_rows(answer)]
    for code, shares in zip(hours.areas.index, hours.areas.to_numpy().tolist(), strict=True):
        for (at, weekday, hour), share in zip(times, shares, strict=True):
            yield {
                "code": _whole_code(answer, code),
                "name": names.get(code, ""),
                "at": at,
                "weekday": weekday,
                "hour": hour,
                "share": _number(share),
            }


def csv_text(answer: CoverageAnswer) -> str:
    """The table, by hour too where hours were asked for by area; names from a user's file can't run as formulas."""
    import csv
    import io

    by_hour = answer.hours is not None and answer.order.by != CELL
    found = list(area_hour_rows(answer) if by_hour else rows(answer))
    file = io.StringIO()
    writer = csv.DictWriter(file, list(found[0]) if found else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows({k: guarded(v) if isinstance(v, str) else v for k, v in row.items()} for row in found)
    return "\ufeff" + file.getvalue()  # without the mark Excel reads Chinese as Latin


def _number(value: float) -> float | int | None:
    """As JSON has it: none where it is infinite, whole where it is whole."""
    if not isfinite(value):
        return None
    whole = int(value)
    return whole if whole == value else round(float(value), _DIGITS)
