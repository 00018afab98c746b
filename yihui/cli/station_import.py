"""Run ``yihui stations import``: read a register's file, print its faults, and store it."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import typer

from core.civil_time import civil_date
from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.output import emit
from yihui.files.whole_files import check_output_not_input, write_atomically
from yihui.runtime.errors import EXIT_FINDINGS, fault_line
from yihui.runtime.progress import show_progress
from yihui.services.stations.station_import import (
    RegisterRequest,
    compare_datums,
    read_register,
    store_register,
)
from yihui.views import station_import as views


@dataclass(frozen=True, slots=True)
class StationImportOrder:
    """What to import and how. ``faults`` is the CSV file to which all faults are written."""

    request: RegisterRequest
    partial: bool
    dry_run: bool
    confirmed: bool
    link: bool
    faults: Path | None
    as_json: bool


def import_register_file(wiring: Wiring, order: StationImportOrder) -> int:
    """Read the file, print its faults, compare it with the register and store it. Return the exit code.

    A row that is not imported counts; warnings do not. Points that contradict the datum refuse the whole file.
    """
    language = wiring.language
    with show_progress(wiring.render(N_("reading {file}"), file=order.request.file.name), 1) as advance:
        intake = read_register(order.request, lambda: wiring.outlines, civil_date(wiring.now()))
        advance(1)
    _print_notes(views.reading_lines(intake, language))
    found = (*intake.table.notes, *intake.findings, *intake.reading.faults)
    faults = [fault_line(fault, language) for fault in found]
    _print_notes(views.fault_lines(found, language))
    if order.faults is not None:
        check_output_not_input(order.faults, order.request.file, order.request.mapping)
        write_atomically(order.faults, views.faults_csv(faults))
    if intake.contradictions or (intake.reading.errors and not order.partial):
        if order.as_json:
            head = {"title": wiring.render(N_("nothing was imported")), "status": 422}
            emit({**head, **views.intake_json(intake), "errors": faults}, (), True)
        _print_notes([views.refusal_line(intake, language)])
        return EXIT_FINDINGS
    diff, open_faults = store_register(
        wiring, intake, dry_run=order.dry_run, confirmed=order.confirmed, link=order.link
    )
    unconfirmed = [fault_line(fault, language) for fault in open_faults]
    content = {
        **views.intake_json(intake),
        "written": not order.dry_run,
        "diff": views.diff_json(diff),
        "errors": [*faults, *unconfirmed],
    }
    emit(content, views.diff_lines(diff, intake, language, dry_run=order.dry_run), order.as_json)
    _print_notes(views.fault_lines(open_faults, language))
    return EXIT_FINDINGS if unconfirmed or intake.reading.rejected_count else 0


def _print_notes(lines: Iterable[str]) -> None:
    for line in lines:
        typer.echo(line, err=True)


def print_datum_comparison(wiring: Wiring, request: RegisterRequest, *, as_json: bool) -> None:
    """Print how well the points fit their districts in each datum (``--datum ask``). Import nothing."""
    asked = compare_datums(request, lambda: wiring.outlines)
    if not as_json:
        _print_notes([views.datum_comparison_head(asked, wiring.language)])
    lines = views.datum_comparison_lines(asked, wiring.language)
    emit(views.datum_comparison_json(asked), lines, as_json)
