"""yihui archive: months of PostgreSQL's largest tables, in the database and in files."""

from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.options import AsJson, By, Reason
from yihui.cli.output import emit, exit_on_findings, print_faults

app = typer.Typer(
    help=N_("Months of a PostgreSQL database: open the current one, archive old ones in files, list them."),
    no_args_is_help=True,
)
_OPENED = N_("rows are stored from now on with those of {month}")
_IN_USE = N_("others are using the tables; {month} is opened at the next try")


@app.command(
    "list", help=N_("Show which months lie in the database and which in files, and check each file.")
)
def list_months(context: typer.Context, json_: AsJson = False) -> None:
    from yihui.services.ledger.archive import read_archive_state
    from yihui.views.archive import archive_json, archive_lines

    wiring: Wiring = context.obj
    state = read_archive_state(wiring)
    emit(archive_json(state), archive_lines(state, wiring.language), json_)
    faults = state.faults.faults if state.faults else ()
    print_faults(wiring, faults)
    exit_on_findings(faults)


@app.command(
    "open",
    help=N_("Store what is written from now on with the rows of this month; the daily upkeep does it, too."),
)
def open_this_month(context: typer.Context, json_: AsJson = False) -> None:
    from yihui.services.ledger.archive import open_current_month

    wiring: Wiring = context.obj
    month, is_open = open_current_month(wiring)
    name = f"{month:%Y-%m}"
    emit(
        {"month": name, "open": is_open}, [wiring.render(_OPENED if is_open else _IN_USE, month=name)], json_
    )
    exit_on_findings([] if is_open else [name])


@app.command(
    "write",
    help=N_(
        "Write months that are over into Parquet files and take them out of the database; what is still open stays."
    ),
)
def write_months(
    context: typer.Context,
    by: By,
    before: Annotated[
        str | None,
        typer.Option(
            metavar="MONTH",
            help=N_("only months before this one, such as 2024-01; otherwise all that may be archived"),
        ),
    ] = None,
    reason: Reason = "",
    json_: AsJson = False,
) -> None:
    from yihui.services.ledger.archive import archive_months, parse_month
    from yihui.views.archive import archived_json, archived_lines

    wiring: Wiring = context.obj
    done = archive_months(wiring, parse_month(before) if before else None, by, reason)
    emit(archived_json(done), archived_lines(done, wiring.language), json_)
