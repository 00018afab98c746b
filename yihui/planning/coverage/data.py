"""The result of ``yihui plan coverage`` as JSON and CSV."""

from collections.abc import Iterator
from math import isfinite

from core.civil_time import CIVIL_TIME
from yihui.planning.coverage.request import CELL_LEVEL
from yihui.planning.coverage.run import CoverageResult
from yihui.planning.coverage.text import _DIGITS, _whole_code, has_spread_residents, night_sentence
from yihui.planning.street_text import street_json
from yihui.runtime.language import Language
from yihui.views.csv_text import render_csv


# --- as data
def coverage_json(answer: CoverageResult, language: Language) -> dict[str, object]:
    """Return the result for ``--json``; it contains no infinite or NaN value."""
    order, figures = answer.order, answer.figures
    data: dict[str, object] = {
        "area": order.area,
        "area_name": answer.area_name,
        "at": order.at.astimezone(CIVIL_TIME).isoformat(),
        "radius_m": order.radius_m if answer.terms is None else None,
        "within_s": answer.terms and answer.terms.within_s,
        "by_street": street_json(answer.terms, served=answer.straight_served),
        "demand": answer.title,
        "unit": answer.demand.unit,
        "points": figures.points,
        "total": _number(figures.demand),
        "served": _number(figures.served),
        "share": _number(figures.share),
        "median_m": _number(figures.median_m),
        "p90_m": _number(figures.p90_m),
        "usable": answer.usable.inside,
        "usable_within_2_km": answer.usable.beside,
        "hours_unknown": answer.unknown,
        "step_m": answer.step_m,
        "spread_evenly": has_spread_residents(answer),
        "sample": answer.is_sample,
        "by": order.by,
        "townships": None if answer.townships is None else answer.townships.format_source(language),
        "townships_not_listed": answer.townships
        and answer.townships.count_lacking(answer.table.index.tolist()),
        "rows": list(coverage_rows(answer)),
        "notes": [language.render(note.message, **dict(note.values)) for note in answer.notes],
    }
    if answer.hours is not None:
        data["hours"] = list(coverage_hour_rows(answer))
        data["night"] = night_sentence(answer, language)
    return data


def coverage_rows(answer: CoverageResult) -> Iterator[dict[str, object]]:
    """Yield one row for each area or cell."""
    is_cell = answer.order.by == CELL_LEVEL
    for code, figures in answer.table.to_dict("index").items():
        row: dict[str, object] = {"cell" if is_cell else "code": _whole_code(answer, str(code))}
        if is_cell:
            outline = figures.pop("geometry")
            row |= {"lon": round(outline.centroid.x, 6), "lat": round(outline.centroid.y, 6)}
        else:
            row["name"] = figures.pop("name")
        yield row | {str(name): _number(value) for name, value in figures.items()}


def coverage_hour_rows(answer: CoverageResult) -> Iterator[dict[str, object]]:
    """Yield one row for each hour of the week."""
    from geo.coverage.openness import week_instants

    hours = answer.hours
    assert hours is not None, "asked for"
    for hour, instant in enumerate(week_instants(hours.monday)):
        at = instant.astimezone(CIVIL_TIME)
        yield {
            "at": at.isoformat(),
            "weekday": at.isoweekday(),
            "hour": at.hour,
            "served": _number(hours.served[hour]),
            "share": _number(hours.share[hour]),
        }


def coverage_area_hour_rows(answer: CoverageResult) -> Iterator[dict[str, object]]:
    """Yield one row for each area and hour, as ``--csv`` with ``--hours`` writes them."""
    hours = answer.hours
    assert hours is not None, "asked for"
    names = dict(zip(answer.table.index, answer.table["name"], strict=True))
    times = [(row["at"], row["weekday"], row["hour"]) for row in coverage_hour_rows(answer)]
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


def coverage_csv(answer: CoverageResult) -> str:
    """Return the table as CSV, by area and hour where hours were requested by area."""
    by_hour = answer.hours is not None and answer.order.by != CELL_LEVEL
    found = list(coverage_area_hour_rows(answer) if by_hour else coverage_rows(answer))
    heads = list(found[0]) if found else []
    return render_csv([heads, *(row.values() for row in found)], end="\n")


def _number(value: float) -> float | int | None:
    """Return a number for JSON: None where it is not finite, an integer where it is whole."""
    if not isfinite(value):
        return None
    whole = int(value)
    return whole if whole == value else round(float(value), _DIGITS)
