"""Run ``yihui stations import`` and print its result."""

import csv
import io
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import typer

from core.faults import FaultError
from core.text_marks import N_
from geo.crs import Datum
from geo.datum_check import USUALLY_ENOUGH_ROWS, DatumCheck
from geo.datum_findings import format_percent
from geo.registry import RegisterDiff, check_gone_share, import_stations, preview_import
from yihui.bootstrap import Wiring
from yihui.cli.station_datum import datum_check_json
from yihui.files.whole_files import check_output_not_input
from yihui.runtime.errors import EXIT_FINDINGS, ErrorLine, fault_line
from yihui.runtime.progress import show_progress
from yihui.services.station_import import RegisterIntake, RegisterRequest, read_register

_CHECKED = {
    (True, True): N_(
        "datum check: as {datum}, {share} of {count} points lie in their stated district, the others {metres} m "
        "outside (median); no other datum fits so well"
    ),
    (True, False): N_(
        "datum check: as {datum}, {share} of {count} points lie in their stated district; whether another datum "
        "fits better can't be told ({enough} rows with a district usually tell)"
    ),
    **dict.fromkeys(
        ((False, True), (False, False)),
        N_(
            "datum check: as {datum}, {share} of {count} points lie in their stated district; {best} fits better"
        ),
    ),
}
_MOST_SHOWN = 6
_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class StationImportOrder:
    """What to import and how. ``faults`` is the CSV file to which all faults are written."""

    request: RegisterRequest
    partial: bool
    dry_run: bool
    confirmed: bool
    faults: Path | None
    as_json: bool


def import_register_file(wiring: Wiring, order: StationImportOrder) -> int:
    """Read the file, print its faults, compare it with the register and store it. Return the exit code."""
    intake = _read(wiring, order.request)
    _print_reading(wiring, intake)
    told = (*intake.table.notes, *intake.findings, *intake.reading.faults)
    lines = [fault_line(fault, wiring.language) for fault in told]
    _print_faults(wiring, lines)
    if order.faults is not None:
        check_output_not_input(order.faults, order.request.file, order.request.mapping)
        _write_faults(order.faults, lines)
    if intake.reading.errors and not order.partial:
        return _refuse(wiring, order, intake, lines)
    diff = _store_or_preview(wiring, order, intake)
    unconfirmed = _unconfirmed_faults(wiring, order, diff)
    _print_diff(wiring, order, intake, diff, [*lines, *unconfirmed])
    _print_faults(wiring, unconfirmed)
    return EXIT_FINDINGS if unconfirmed else _exit_code(intake, order)


def _exit_code(intake: RegisterIntake, order: StationImportOrder) -> int:
    """Return the exit code. Rows left out always count; warnings count unless the user gave --partial."""
    found = intake.reading.errors if order.partial else (*intake.findings, *intake.reading.faults)
    return EXIT_FINDINGS if found else 0


def _read(wiring: Wiring, request: RegisterRequest) -> RegisterIntake:
    with show_progress(wiring.render(N_("reading {file}"), file=request.file.name), 1) as advance:
        intake = read_register(request, lambda: wiring.outlines)
        advance(1)
    return intake


def _store_or_preview(wiring: Wiring, order: StationImportOrder, intake: RegisterIntake) -> RegisterDiff:
    stations, complete = intake.reading.stations, not intake.reading.rejected_count
    if order.dry_run:
        with wiring.database.read() as connection:
            return preview_import(connection, intake.register, stations, complete=complete)
    with wiring.database.write() as connection:
        return import_stations(
            connection,
            intake.register,
            stations,
            wiring.now(),
            complete=complete,
            confirmed=order.confirmed,
        )


def _unconfirmed_faults(wiring: Wiring, order: StationImportOrder, diff: RegisterDiff) -> list[ErrorLine]:
    """Return the faults with which the import itself would ask for --confirm, after a dry run."""
    if not order.dry_run or order.confirmed:
        return []
    try:
        check_gone_share(diff, order.request.file.name)
    except FaultError as error:
        return [fault_line(fault, wiring.language) for fault in error.faults]
    return []


# --- output


def _print_reading(wiring: Wiring, intake: RegisterIntake) -> None:
    counted = {
        "lines": N_("rows are lines of the file"),
        "rows": N_("rows are numbered as in the sheet"),
        "records": N_("rows are records, from 1"),
    }
    _print_message(
        wiring,
        N_("{file}: {rows} rows ({counted}), register “{register}”, datum {datum}"),
        file=intake.table.file,
        rows=len(intake.table.rows) + len(intake.table.faults),
        counted=wiring.render(counted[intake.table.counted]),
        register=intake.register.name,
        datum=intake.datum.value if intake.datum else wiring.render(N_("by row")),
    )
    if intake.mapping:
        _print_message(wiring, N_("columns by {mapping}:"), mapping=intake.mapping.name)
    else:
        _print_message(wiring, N_("columns, as guessed (another way: --columns FILE):"))
    for name, headers in intake.columns.fields.items():
        typer.echo(f"    {name:14}← {' + '.join(headers)}", err=True)
    for name, value in intake.columns.constants.items():
        typer.echo(f"    {name:14}= {value}", err=True)
    if intake.columns.unused:
        _print_message(wiring, N_("not used: {columns}"), columns=", ".join(intake.columns.unused))
    _print_counts(wiring, intake)


def _print_counts(wiring: Wiring, intake: RegisterIntake) -> None:
    reading = intake.reading
    if reading.derived_id_count:
        _print_message(
            wiring,
            N_("{count} ids derived from register, name and address, such as {id}"),
            count=reading.derived_id_count,
            id=reading.stations[0].id,
        )
    if reading.unplaced_stations:
        named = ", ".join(station.name for station in reading.unplaced_stations[:_MOST_NAMED])
        _print_message(
            wiring,
            N_("{count} without coordinates are kept as not placed: {names}"),
            count=len(reading.unplaced_stations),
            names=named + ("…" if len(reading.unplaced_stations) > _MOST_NAMED else ""),
        )

    for datum, check in intake.checks.items():
        if check.compared:
            _print_message(
                wiring, _CHECKED[check.better_than(datum) is None, check.is_sure], **_figures(datum, check)
            )


def _figures(datum: Datum, check: DatumCheck) -> dict[str, object]:
    return {
        "datum": datum.value,
        "count": check.compared,
        "share": format_percent(check.fit_of(datum).inside_share),
        "metres": f"{check.fit_of(datum).outside_m:.0f}",
        "best": check.best.value,
        "enough": f"{USUALLY_ENOUGH_ROWS:,}",
    }


def _print_faults(wiring: Wiring, lines: Sequence[ErrorLine]) -> None:
    """Print the faults. Print a fault that many rows share once, with its rows."""
    alike: dict[ErrorLine, list[int]] = {}
    for line in lines:
        alike.setdefault(replace(line, row=None), []).append(line.row or 0)
    for line, rows in list(alike.items())[:_MOST_SHOWN]:
        typer.echo(_fault_text(wiring, line, [row for row in rows if row]), err=True)
    if len(alike) > _MOST_SHOWN:
        more = sum(map(len, list(alike.values())[_MOST_SHOWN:]))
        _print_message(wiring, N_("… and {count} more; --faults FILE.csv writes all of them"), count=more)


def _fault_text(wiring: Wiring, line: ErrorLine, rows: Sequence[int]) -> str:
    """Return a fault as text, with its field, since one row may have several faults."""
    place = ":".join(str(part) for part in (line.file, *rows[:1]) if part is not None)
    field = f" [{line.field}]" if line.field else ""
    text = f"{place}{field}: {line.message}\n    → {line.remedy}"
    if len(rows) == 1 or not rows:
        return text
    named = ", ".join(map(str, rows[1 : _MOST_NAMED + 1])) + (", …" if len(rows) > _MOST_NAMED + 1 else "")
    return text + "\n    " + wiring.render(N_("{count} rows more: {rows}"), count=len(rows) - 1, rows=named)


def _refuse(
    wiring: Wiring, order: StationImportOrder, intake: RegisterIntake, lines: Sequence[ErrorLine]
) -> int:
    if order.as_json:
        title = wiring.render(N_("nothing was imported"))
        typer.echo(
            json.dumps(
                {"title": title, "status": 422, **_summary(intake), "errors": [asdict(x) for x in lines]},
                ensure_ascii=False,
            )
        )
    _print_message(
        wiring,
        N_(
            "nothing was imported: {faulty} of {rows} rows are faulty; mend them, or import the good ones with --partial"
        ),
        faulty=len({fault.row for fault in intake.reading.errors}),
        rows=len(intake.table.rows) + len(intake.table.faults),
    )
    return EXIT_FINDINGS


def _print_diff(
    wiring: Wiring,
    order: StationImportOrder,
    intake: RegisterIntake,
    diff: RegisterDiff,
    lines: Sequence[ErrorLine],
) -> None:
    if order.as_json:
        document = {
            **_summary(intake),
            "written": not order.dry_run,
            "diff": _diff_as_data(diff),
            "errors": [asdict(line) for line in lines],
        }
        typer.echo(json.dumps(document, ensure_ascii=False))
        return
    for move in diff.moved[:_MOST_SHOWN]:
        metres = (
            wiring.render(N_("placed or unplaced")) if move.distance_m is None else f"{move.distance_m:.1f} m"
        )
        typer.echo(f"    ~ {move.after.id} {move.after.name}: {metres}")
    for change in diff.changed[:_MOST_SHOWN]:
        typer.echo(f"    ~ {change.after.id} {change.after.name}: {', '.join(change.fields)}")
    for station in diff.gone[:_MOST_SHOWN]:
        typer.echo(f"    - {station.id} {station.name}")
    told = N_(
        "{added} added, {returned} back again, {moved} moved, {changed} changed, {gone} gone, {unchanged} unchanged"
    )
    typer.echo(wiring.render(told, **{name: _count(value) for name, value in _diff_as_data(diff).items()}))
    if diff.retained:
        typer.echo(
            wiring.render(
                N_(
                    "{count} of the register are not among the good rows; since rows were left out, they are kept"
                ),
                count=len(diff.retained),
            )
        )
    if order.dry_run:
        typer.echo(wiring.render(N_("a dry run: nothing was written")))
    elif intake.reading.rejected_count:
        typer.echo(
            wiring.render(N_("{count} faulty rows were left out"), count=intake.reading.rejected_count)
        )


def _count(value: object) -> object:
    return len(value) if isinstance(value, list) else value


def _diff_as_data(diff: RegisterDiff) -> dict[str, object]:
    return {
        "added": len(diff.added),
        "returned": len(diff.returned),
        "moved": [{"id": m.after.id, "name": m.after.name, "distance_m": m.distance_m} for m in diff.moved],
        "changed": [{"id": c.after.id, "name": c.after.name, "fields": c.fields} for c in diff.changed],
        "gone": [{"id": station.id, "name": station.name} for station in diff.gone],
        "unchanged": diff.unchanged,
        "kept": len(diff.retained),
    }


def _summary(intake: RegisterIntake) -> dict[str, object]:
    reading = intake.reading
    return {
        "file": intake.table.file,
        "register": intake.register.name,
        "datum": intake.datum.value if intake.datum else None,
        "columns": {name: list(headers) for name, headers in intake.columns.fields.items()},
        "constants": dict(intake.columns.constants),
        "rows": len(intake.table.rows) + len(intake.table.faults),
        "rows_count": intake.table.counted,
        "read": len(reading.stations),
        "left_out": reading.rejected_count,
        "not_placed": len(reading.unplaced_stations),
        "ids_derived": reading.derived_id_count,
        "datum_checks": {datum.value: datum_check_json(check) for datum, check in intake.checks.items()},
        "kinds": dict(Counter(station.kind.value for station in reading.stations)),
    }


def _write_faults(path: Path, lines: Sequence[ErrorLine]) -> None:
    from geo.formats.cells import escape_formula
    from yihui.files.whole_files import write_atomically

    names = ("file", "row", "field", "value", "message", "remedy", "severity")
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(names)
    for line in lines:
        row = asdict(line)
        writer.writerow([escape_formula(v) if isinstance(v := row[name], str) else v for name in names])
    write_atomically(path, text.getvalue().encode("utf-8-sig"))


def _print_message(wiring: Wiring, template: str, **params: object) -> None:
    typer.echo(wiring.render(template, **params), err=True)
