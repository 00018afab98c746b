"""yihui report: what was granted, handed out, used and paid; coverage; members."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.faults import FaultError
from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.options import AsJson, WorkbookFile
from yihui.cli.output import emit, print_faults, print_note
from yihui.cli.plan import add_planning_command
from yihui.frame.commands import add_commands
from yihui.frame.noun import load_noun

if TYPE_CHECKING:
    from members.statistics.movements import Measure
    from yihui.services.organisations.statistics import MemberStatistics

app = typer.Typer(no_args_is_help=True)


add_commands(app, load_noun("yihui.money.report.pages:NOUN"))
add_commands(app, load_noun("yihui.money.report.moves:NOUN"))
add_planning_command(app, "report")


class MemberGrouping(StrEnum):
    """What the rows or columns of the statistics are."""

    ORGANISATION = "organisation"
    LEVEL = "level"
    TRADE = "trade"
    EMPLOYMENT_FORM = "employment_form"
    MONTH = "month"


class MemberMeasure(StrEnum):
    """What is counted."""

    MEMBERS = "members"
    JOINS = "joins"
    TRANSFERS_IN = "transfers_in"
    TRANSFERS_OUT = "transfers_out"
    LEAVERS = "leavers"


@app.command(
    help=N_(
        "Members, joins, transfers, leavers and coverage of an organisation and all below it; with --list, who is behind a number."
    )
)
def members(
    context: typer.Context,
    organisation: Annotated[
        str | None, typer.Argument(help=N_("only this organisation and what is below it"), metavar="CODE")
    ] = None,
    by: Annotated[MemberGrouping, typer.Option(help=N_("the rows"))] = MemberGrouping.ORGANISATION,
    across: Annotated[MemberGrouping | None, typer.Option(help=N_("the columns"))] = None,
    measure: Annotated[
        MemberMeasure | None, typer.Option(help=N_("what the list or a table with columns counts"))
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--from", help=N_("the first day; otherwise 1 January"), metavar="DATE"),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option("--to", help=N_("the last day, whose tree counts; otherwise today"), metavar="DATE"),
    ] = None,
    eligible: Annotated[
        Path | None,
        typer.Option(
            help=N_("how many workers could be members, for the coverage: 代码, 职工数, 来源, 日期")
        ),
    ] = None,
    reader: Annotated[
        str | None,
        typer.Option(
            "--for",
            metavar="CODE",
            help=N_("the reader's organisation: outside its subtree numbers are rounded"),
        ),
    ] = None,
    list_: Annotated[bool, typer.Option("--list", help=N_("list the members behind a number"))] = False,
    row: Annotated[str | None, typer.Option(help=N_("with --list: the key of the row"))] = None,
    column: Annotated[str | None, typer.Option(help=N_("with --list: the key of the column"))] = None,
    after: Annotated[str | None, typer.Option(help=N_("with --list: go on after this"))] = None,
    csv: Annotated[Path | None, typer.Option(help=N_("write the table as CSV"))] = None,
    xlsx: WorkbookFile = None,
    html: Annotated[Path | None, typer.Option(help=N_("write a page with charts"))] = None,
    json_: AsJson = False,
) -> None:
    """Print the statistics or the list behind a number, and write the files asked for."""
    from yihui.runtime.arguments import parse_day
    from yihui.services.organisations.statistics import (
        STATISTICS_FAULTS,
        ListQuery,
        StatisticsQuery,
        list_counted_members,
        load_member_statistics,
    )
    from yihui.views.statistics import (
        member_list_json,
        member_list_lines,
        statistics_json,
        statistics_lines,
    )

    wiring: Wiring = context.obj
    query = StatisticsQuery(
        organisation,
        by.value,
        across.value if across else None,
        parse_day(since, "--from") if since else None,
        parse_day(until, "--to") if until else None,
        reader,
        eligible,
    )
    counted: Measure = measure.value if measure else "members"
    if list_:
        found = list_counted_members(wiring, query, ListQuery(counted, row, column, after))
        emit(member_list_json(found), member_list_lines(found, wiring.language), json_)
        return
    for option, value in (("--row", row), ("--column", column), ("--after", after)):
        if value is not None:
            raise FaultError(STATISTICS_FAULTS.build("cell_without_list", field=option, value=value))
    report = load_member_statistics(wiring, query)
    print_faults(wiring, report.notes)
    _write_files(wiring, report, csv, xlsx, html)
    emit(statistics_json(report), statistics_lines(report, counted, wiring.language), json_)


def _write_files(
    wiring: Wiring, report: "MemberStatistics", csv: Path | None, xlsx: Path | None, html: Path | None
) -> None:
    from yihui.files.whole_files import write_atomically
    from yihui.views.statistics import render_statistics_csv
    from yihui.views.statistics_page import render_statistics_page, render_statistics_xlsx

    if csv is not None:
        write_atomically(csv, render_statistics_csv(report, wiring.language))
    if xlsx is not None:
        write_atomically(xlsx, render_statistics_xlsx(report, wiring.language))
    if html is not None:
        write_atomically(html, render_statistics_page(report, wiring.language, wiring.now()))
    for written in filter(None, (csv, xlsx, html)):
        print_note(wiring, N_("written: {file}"), file=written)
