"""Run ``yihui stations import --datum ask`` and print its result."""

import json

import typer

from core.text_marks import N_
from geo.datum_check import DATUM_HYPOTHESES, USUALLY_ENOUGH_ROWS, DatumCheck
from geo.datum_findings import format_odds, format_percent
from yihui.bootstrap import Wiring
from yihui.services.station_import import DatumComparison, RegisterRequest, compare_datums

_MIXED = N_("two datums are mixed: {count} rows, {first} to {last}, fit {other}; the rest fits {value}")


def print_datum_comparison(wiring: Wiring, request: RegisterRequest, *, as_json: bool) -> None:
    """Print how well the points fit their districts in each datum (``--datum ask``). Import nothing."""
    asked = compare_datums(request, lambda: wiring.outlines)
    if as_json:
        typer.echo(json.dumps(_comparison_json(asked), ensure_ascii=False))
        return
    check = asked.check
    told = N_(
        "{file}: of {rows} rows, {count} name a district beside their point (at {cells} places); nothing is imported"
    )
    total = len(asked.table.rows) + len(asked.table.faults)
    told = wiring.render(told, file=asked.table.file, rows=total, count=check.compared, cells=check.cells)
    typer.echo(told, err=True)
    if check.compared:
        typer.echo(
            wiring.render(
                N_("datum   in their district   the others, median   odds against {best}"),
                best=check.best.value,
            )
        )
        for datum in DATUM_HYPOTHESES:
            fit = check.fit_of(datum)
            odds = "–" if datum == check.best else format_odds(check.odds(datum, check.best))
            typer.echo(
                f"{datum.value:6}  {format_percent(fit.inside_share):>17}  {fit.outside_m:17.0f} m  {odds:>17}"
            )
    typer.echo(wiring.render(_verdict(check), best=check.best.value, enough=f"{USUALLY_ENOUGH_ROWS:,}"))
    if check.part is not None:
        rows = [asked.claims[position].row for position in check.part.positions]
        params = {"other": check.part.other.value, "value": check.best.value}
        typer.echo(wiring.render(_MIXED, count=len(rows), first=rows[0], last=rows[-1], **params))


def _verdict(check: DatumCheck) -> str:
    if not check.compared:
        return N_(
            "no row names a district that is known beside its point: the points alone can't tell their datum"
        )
    if check.is_sure:
        return N_("{best} fits clearly best")
    return N_("too close to tell: {enough} rows with a district usually suffice; ask whoever made the file")


def _comparison_json(asked: DatumComparison) -> dict[str, object]:
    check, part = asked.check, asked.check.part
    return {
        "file": asked.table.file,
        "rows": len(asked.table.rows) + len(asked.table.faults),
        **datum_check_json(check),
        "part": part
        and {
            "datum": part.other.value,
            "rows": [asked.claims[position].row for position in part.positions],
            "telling": [asked.claims[position].row for position in part.telling],
        },
    }


def datum_check_json(check: DatumCheck) -> dict[str, object]:
    """Return the result of a datum check as JSON data."""
    return {
        "compared": check.compared,
        "cells": check.cells,
        "best": check.best.value if check.compared else None,
        "sure": check.is_sure,
        "datums": [
            {
                "datum": fit.datum.value,
                "inside_share": fit.inside_share,
                "outside_m": fit.outside_m,
                "odds_against_best": check.odds(fit.datum, check.best),
            }
            for fit in check.fits
        ],
    }
