"""yihui organisations duties: the yearly cycle of an organisation, and what is overdue in a subtree."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.options import AsJson, By, OnDate
from yihui.cli.output import emit, print_message, usage_error

app = typer.Typer(
    help=N_("The yearly cycle of an organisation: elections, members, dues, reports, and what is overdue."),
    no_args_is_help=True,
)
_Code = Annotated[str, typer.Argument(help=N_("the organisation's code"), metavar="CODE")]
_OptionalCode = Annotated[
    str | None, typer.Argument(help=N_("only this organisation and what is below it"), metavar="CODE")
]
_ActDay = Annotated[str | None, typer.Option("--on", help=N_("the day of the act; today unless said"))]
_Document = Annotated[str | None, typer.Option(help=N_("the document that states it"))]
_Period = Annotated[str, typer.Option(help=N_("a year or a quarter: 2026 or 2026-Q3"))]
_Yuan = Annotated[str, typer.Option(help=N_("the amount of the whole period in yuan, may be 0"))]


def _day(wiring: Wiring, on: str | None) -> date:
    from core.civil_time import civil_date
    from yihui.runtime.arguments import parse_day

    return parse_day(on) if on else civil_date(wiring.now())


def _record(
    wiring: Wiring, code: str, type_: str, on: str | None, data: Mapping[str, object], json_: bool
) -> None:
    from yihui.services.members.duties import record_duty
    from yihui.views.duties import record_line

    done = record_duty(wiring, code, f"organisation.{type_}", {"on": _day(wiring, on), **data})
    content = {"code": code, "record": done.event_id, "recorded": not done.is_repeated}
    emit(content, [record_line(code, done, wiring.language)], json_)


@app.command(help=N_("Record an election: the term begins on that day."))
def election(
    context: typer.Context,
    code: _Code,
    by: By,
    term_years: Annotated[
        int | None, typer.Option("--term-years", help=N_("3 or 5; by the settings unless said"))
    ] = None,
    seats: Annotated[int | None, typer.Option(help=N_("the size of the committee"))] = None,
    post: Annotated[
        list[str] | None,
        typer.Option(
            help="chair|vice_chair|standing_member|audit_chair|women_chair",
        ),
    ] = None,
    on: _ActDay = None,
    document: _Document = None,
    json_: AsJson = False,
) -> None:
    data = {"term_years": term_years, "seats": seats, "posts": post or None, "document": document, "by": by}
    _record(context.obj, code, "election_held", on, data, json_)


@app.command(help=N_("Record the number of members on a day: it counts for that year."))
def members(
    context: typer.Context,
    code: _Code,
    number: Annotated[int, typer.Argument(help=N_("how many members"), metavar="NUMBER")],
    by: By,
    on: _ActDay = None,
    document: _Document = None,
    json_: AsJson = False,
) -> None:
    data = {"number": number, "document": document, "by": by}
    _record(context.obj, code, "members_counted", on, data, json_)


@app.command(help=N_("Record the dues that came in for a period."))
def received(
    context: typer.Context,
    code: _Code,
    period: _Period,
    yuan: _Yuan,
    by: By,
    on: _ActDay = None,
    document: _Document = None,
    json_: AsJson = False,
) -> None:
    from yihui.runtime.arguments import parse_fen

    data = {"period": period, "amount_fen": parse_fen(yuan, least=0), "document": document, "by": by}
    _record(context.obj, code, "dues_received", on, data, json_)


@app.command("passed-up", help=N_("Record the dues that were passed up for a period."))
def passed_up(
    context: typer.Context,
    code: _Code,
    period: _Period,
    yuan: _Yuan,
    by: By,
    to: Annotated[str | None, typer.Option(help=N_("who received them; the parent unless said"))] = None,
    on: _ActDay = None,
    document: _Document = None,
    json_: AsJson = False,
) -> None:
    from yihui.runtime.arguments import parse_fen
    from yihui.services.members.duties import load_parent

    wiring: Wiring = context.obj
    receiver = to or load_parent(wiring, code, _day(wiring, on))
    data = {"period": period, "amount_fen": parse_fen(yuan, least=0), "to": receiver}
    _record(wiring, code, "dues_passed_up", on, {**data, "document": document, "by": by}, json_)


@app.command(help=N_("Record that a report was filed."))
def report(
    context: typer.Context,
    code: _Code,
    kind: Annotated[str, typer.Option(help="statistics|work|budget|accounts")],
    year: Annotated[int, typer.Option(help=N_("the year that it is about"))],
    by: By,
    on: _ActDay = None,
    document: _Document = None,
    json_: AsJson = False,
) -> None:
    data = {"report": kind, "year": year, "document": document, "by": by}
    _record(context.obj, code, "report_filed", on, data, json_)


@app.command(help=N_("Withdraw a record that was wrong altogether; it counts for no day any more."))
def withdraw(
    context: typer.Context,
    code: _Code,
    record: Annotated[str, typer.Argument(help=N_("the record's id, as show lists it"), metavar="RECORD")],
    by: By,
    on: _ActDay = None,
    document: _Document = None,
    json_: AsJson = False,
) -> None:
    data = {"record": record, "document": document, "by": by}
    _record(context.obj, code, "record_withdrawn", on, data, json_)


@app.command(help=N_("Show what an organisation owes on a day, and its records."))
def show(context: typer.Context, code: _Code, on: OnDate = None, json_: AsJson = False) -> None:
    from yihui.services.members.duties import load_duties
    from yihui.views.duties import duties_json, duties_lines

    wiring: Wiring = context.obj
    found = load_duties(wiring, code, _day(wiring, on))
    emit(duties_json(found), duties_lines(found, wiring.language), json_)


@app.command(help=N_("List what is overdue on a day in a subtree, by the tree of that day."))
def overdue(
    context: typer.Context,
    code: _OptionalCode = None,
    on: OnDate = None,
    unknown: Annotated[
        bool, typer.Option("--unknown", help=N_("list also what was never recorded, with no day known"))
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", help=N_("write the list as CSV to this file"), metavar="FILE")
    ] = None,
    json_: AsJson = False,
) -> None:
    from yihui.files.whole_files import write_atomically
    from yihui.services.members.duties import iter_overdue
    from yihui.views.duties import overdue_json, overdue_lines, render_overdue_csv

    wiring: Wiring = context.obj
    if out is not None and out.suffix.lower() != ".csv":
        raise usage_error(wiring, N_("{value} is not CSV"), option="--out", value=out.name)
    day = _day(wiring, on)
    found = list(iter_overdue(wiring, code, day, with_unknown=unknown))
    if out is not None:
        write_atomically(out, render_overdue_csv(found, day, wiring.language))
        print_message(wiring, N_("{file}: {count} organisations"), file=out, count=len(found))
        return
    emit(
        {"on": day.isoformat(), "organisations": [overdue_json(one) for one in found]},
        overdue_lines(found, day, wiring.language),
        json_,
    )
