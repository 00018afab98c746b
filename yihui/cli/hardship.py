"""yihui hardship: case files of households in hardship, their reviews, and visits with money."""

from typing import TYPE_CHECKING, Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli import hardship_visits
from yihui.cli.acting import current_actor
from yihui.cli.options import AsJson, By, RecordedReason
from yihui.cli.output import emit

if TYPE_CHECKING:
    from yihui.services.hardship.lists import FileStatus

app = typer.Typer(no_args_is_help=True)
app.add_typer(hardship_visits.app, name="visit")

_File = Annotated[int, typer.Argument(help=N_("the case file's number"), metavar="FILE")]
_Seen = Annotated[
    int | None,
    typer.Option("--version", help=N_("the version that you saw: refused if the file was changed since")),
]
_Persons = Annotated[
    list[str],
    typer.Option(
        "--person",
        help=N_("relation=self|spouse|child|parent|other,member=ID,income=YUAN,name=NAME; the worker first"),
    ),
]
_Causes = Annotated[
    list[str],
    typer.Option(
        "--cause",
        help=N_("illness, disability, schooling, job_loss, accident, disaster, low_income or other"),
    ),
]
_Level = Annotated[str, typer.Option(help=N_("一般困难, 相对困难, 深度困难 or 意外致困"))]


def emit_file(wiring: Wiring, status: "FileStatus", json_: bool) -> None:
    from yihui.views.hardship import file_json, file_lines

    emit(file_json(status), file_lines([status], wiring.language), json_)


@app.command("open", help=N_("Open a case file with a proposed level. Names are stored encrypted."))
def open_(
    context: typer.Context,
    organisation: Annotated[str, typer.Option(help=N_("the organisation that keeps the file"))],
    level: _Level,
    person: _Persons,
    cause: _Causes,
    by: By,
    plan: Annotated[str, typer.Option(help=N_("how the household is helped, without personal data"))] = "",
    json_: AsJson = False,
) -> None:
    from yihui.services.hardship.case_files import FileIntake, open_file
    from yihui.services.hardship.intake import parse_person

    wiring: Wiring = context.obj
    intake = FileIntake(organisation, level, [parse_person(one) for one in person], cause, plan)
    emit_file(wiring, open_file(wiring, current_actor(context), intake), json_)


@app.command("list", help=N_("List case files, the newest first. Names are masked."))
def list_(
    context: typer.Context,
    due: Annotated[bool, typer.Option("--due", help=N_("only those whose review is due"))] = False,
    state: Annotated[str | None, typer.Option(help=N_("filed, on_file or closed"))] = None,
    member: Annotated[str | None, typer.Option(help=N_("only this member's"))] = None,
    organisation: Annotated[
        str | None, typer.Option(help=N_("only files of this organisation and those below it"))
    ] = None,
    limit: Annotated[int, typer.Option(help=N_("at most so many"), min=1, max=10_000)] = 100,
    json_: AsJson = False,
) -> None:
    from members.hardship.repository import FileQuery
    from yihui.services.hardship.lists import load_files
    from yihui.views.hardship import file_json, file_lines

    wiring: Wiring = context.obj
    query = FileQuery(state=state, member_id=member, limit=limit)
    found = load_files(wiring, current_actor(context), query, only_due=due, within=organisation)
    emit([file_json(one) for one in found], file_lines(found, wiring.language), json_)


@app.command(
    help=N_("Show a case file with its plan, measures, visits and history. The reading is recorded.")
)
def show(context: typer.Context, file: _File, json_: AsJson = False) -> None:
    from yihui.services.hardship.lists import load_file
    from yihui.views.hardship import file_history_json, file_history_lines

    wiring: Wiring = context.obj
    history = load_file(wiring, current_actor(context), file)
    emit(file_history_json(history), file_history_lines(history, wiring.language), json_)


@app.command(
    "line", help=N_("Decide the line of income of an organisation; it holds for those below it too.")
)
def line_(
    context: typer.Context,
    organisation: Annotated[str, typer.Argument(help=N_("the organisation that decides the line"))],
    yuan: Annotated[str, typer.Argument(help=N_("income a head and month, in yuan"))],
    since: Annotated[str, typer.Option(help=N_("the first day on which it holds"), metavar="DAY")],
    document: Annotated[str, typer.Option(help=N_("the document that it stems from"))],
    by: By,
    json_: AsJson = False,
) -> None:
    from yihui.runtime.arguments import parse_day
    from yihui.services.hardship.income_lines import DecidedLine, decide_income_line
    from yihui.views.hardship import income_line_text

    wiring: Wiring = context.obj
    decided = DecidedLine(organisation, parse_day(since, "since"), yuan, document)
    made = decide_income_line(wiring, current_actor(context), decided)
    emit(made, [income_line_text(made, wiring.language)], json_)


@app.command(help=N_("Show the names of a household in clear. The reason is recorded."))
def unmask(
    context: typer.Context, file: _File, by: By, reason: RecordedReason, json_: AsJson = False
) -> None:
    from yihui.services.hardship.lists import unmask_names
    from yihui.views.hardship import name_lines

    wiring: Wiring = context.obj
    names = unmask_names(wiring, current_actor(context), file, reason)
    emit(dict(names), name_lines(names, wiring.language), json_)


@app.command(help=N_("Write down what is different in a household."))
def change(
    context: typer.Context,
    file: _File,
    by: By,
    reason: RecordedReason,
    person: Annotated[
        list[str] | None, typer.Option("--person", help=N_("all persons of the household, as in open"))
    ] = None,
    cause: Annotated[list[str] | None, typer.Option("--cause", help=N_("all causes, as in open"))] = None,
    plan: Annotated[str | None, typer.Option(help=N_("how the household is helped, from now on"))] = None,
    version: _Seen = None,
    json_: AsJson = False,
) -> None:
    from members.hardship.case import FileAct
    from yihui.services.hardship.case_files import ActOnFile, FileChange, change_file
    from yihui.services.hardship.intake import parse_person

    wiring: Wiring = context.obj
    changed = FileChange(
        [parse_person(one) for one in person] if person else None,
        cause or None,
        plan,
    )
    wanted = ActOnFile(file, FileAct.CHANGE, version, reason)
    emit_file(wiring, change_file(wiring, current_actor(context), wanted, changed), json_)


@app.command(help=N_("Add a photograph to a case file. It is drawn anew and stored encrypted."))
def photo(
    context: typer.Context,
    file: _File,
    path: Annotated[
        str, typer.Argument(help=N_("the file: a picture or a PDF document"), metavar="PHOTOGRAPH")
    ],
    title: Annotated[str, typer.Option(help=N_("what it shows, in a few words, without names"))],
    by: By,
    reason: RecordedReason,
    version: _Seen = None,
    json_: AsJson = False,
) -> None:
    from members.hardship.case import FileAct
    from yihui.services.attachments.attachments import read_sent_path
    from yihui.services.hardship.case_files import ActOnFile
    from yihui.services.hardship.photos import add_photo

    wiring: Wiring = context.obj
    wanted = ActOnFile(file, FileAct.CHANGE, version, reason)
    sent = read_sent_path(title, path)
    emit_file(wiring, add_photo(wiring, current_actor(context), wanted, sent), json_)


@app.command(help=N_("Record a measure that was taken for a household."))
def measure(
    context: typer.Context,
    file: _File,
    kind: Annotated[
        str, typer.Option(help=N_("allowance, medical_aid, schooling, job, training, policy or other"))
    ],
    text: Annotated[str, typer.Option(help=N_("what was done, in a sentence, without personal data"))],
    by: By,
    version: _Seen = None,
    json_: AsJson = False,
) -> None:
    from members.hardship.case import FileAct
    from yihui.services.hardship.case_files import ActOnFile, record_measure

    wiring: Wiring = context.obj
    wanted = ActOnFile(file, FileAct.MEASURE, version)
    emit_file(wiring, record_measure(wiring, current_actor(context), wanted, kind, text), json_)


@app.command(help=N_("Review a case file: state its level. The first review needs a second officer."))
def review(
    context: typer.Context,
    file: _File,
    level: _Level,
    by: By,
    reason: RecordedReason,
    version: _Seen = None,
    json_: AsJson = False,
) -> None:
    from members.hardship.case import FileAct
    from yihui.services.hardship.case_files import ActOnFile, review_file

    wiring: Wiring = context.obj
    wanted = ActOnFile(file, FileAct.REVIEW, version, reason)
    emit_file(wiring, review_file(wiring, current_actor(context), wanted, level), json_)


@app.command(help=N_("Close a case file with a reason; its members are in no hardship any more."))
def close(
    context: typer.Context,
    file: _File,
    by: By,
    reason: RecordedReason,
    version: _Seen = None,
    json_: AsJson = False,
) -> None:
    from members.hardship.case import FileAct
    from yihui.services.hardship.case_files import ActOnFile, close_file

    wiring: Wiring = context.obj
    wanted = ActOnFile(file, FileAct.CLOSE, version, reason)
    emit_file(wiring, close_file(wiring, current_actor(context), wanted), json_)


@app.command(help=N_("Reopen a closed case file with a proposed level; it waits for a review again."))
def reopen(
    context: typer.Context,
    file: _File,
    level: _Level,
    by: By,
    reason: RecordedReason,
    version: _Seen = None,
    json_: AsJson = False,
) -> None:
    from members.hardship.case import FileAct
    from yihui.services.hardship.case_files import ActOnFile, reopen_file

    wiring: Wiring = context.obj
    wanted = ActOnFile(file, FileAct.REOPEN, version, reason)
    emit_file(wiring, reopen_file(wiring, current_actor(context), wanted, level), json_)
