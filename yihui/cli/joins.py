"""yihui joins: what officers do with requests to join: review them, say who reviews, sign up a batch."""

from pathlib import Path
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.options import AsJson, By, PublishedReason, RecordedReason
from yihui.cli.output import emit

app = typer.Typer(no_args_is_help=True)
_Request = Annotated[str, typer.Argument(help=N_("the request's number"), metavar="REQUEST")]
_Code = Annotated[str, typer.Argument(help=N_("the organisation's code"), metavar="CODE")]


@app.command("list", help=N_("List what waits for a review, of an organisation and all below it, or of all."))
def list_(
    context: typer.Context,
    code: Annotated[
        str | None, typer.Argument(help=N_("only this organisation and what is below it"), metavar="CODE")
    ] = None,
    json_: AsJson = False,
) -> None:
    from yihui.services.joining.reviews import load_waiting_reviews
    from yihui.views.joins import review_json, review_lines

    wiring: Wiring = context.obj
    reviews = load_waiting_reviews(wiring, code)
    emit([review_json(one) for one in reviews], review_lines(reviews, wiring.language), json_)


@app.command(help=N_("Approve a request: the person is a member from now on."))
def approve(
    context: typer.Context, request: _Request, by: By, reason: RecordedReason = "", json_: AsJson = False
) -> None:
    from yihui.services.joining.reviews import approve_joining
    from yihui.views.joins import join_json, join_lines

    wiring: Wiring = context.obj
    done = approve_joining(wiring, request, by, reason)
    emit(join_json(done), join_lines(done, wiring.language), json_)


@app.command(help=N_("Refuse a request; the person's data is deleted."))
def refuse(
    context: typer.Context, request: _Request, by: By, reason: PublishedReason, json_: AsJson = False
) -> None:
    from yihui.services.joining.reviews import refuse_joining
    from yihui.views.joins import join_json, join_lines

    wiring: Wiring = context.obj
    done = refuse_joining(wiring, request, by, reason)
    emit(join_json(done), join_lines(done, wiring.language), json_)


@app.command(help=N_("Say whether an organisation reviews who joins, and within how many days."))
def review(
    context: typer.Context,
    code: _Code,
    by: By,
    reason: RecordedReason,
    days: Annotated[
        int | None, typer.Option(help=N_("the time limit in days; the default unless said"))
    ] = None,
    off: Annotated[
        bool,
        typer.Option(
            "--off",
            help=N_(
                "who comes back with the name and phone on record joins at once; refused where rules grant on joining"
            ),
        ),
    ] = False,
    json_: AsJson = False,
) -> None:
    from yihui.services.joining.reviews import set_review
    from yihui.views.joins import setting_json, setting_lines

    wiring: Wiring = context.obj
    done = set_review(wiring, code, by, reason, reviews=not off, days=None if off else days)
    default = wiring.settings.join_review_days
    emit(setting_json(done), setting_lines([done], default, wiring.language), json_)


@app.command(help=N_("List which organisations have said whether they review who joins."))
def settings(context: typer.Context, json_: AsJson = False) -> None:
    from yihui.services.joining.reviews import load_review_settings
    from yihui.views.joins import setting_json, setting_lines

    wiring: Wiring = context.obj
    found = load_review_settings(wiring)
    default = wiring.settings.join_review_days
    emit([setting_json(one) for one in found], setting_lines(found, default, wiring.language), json_)


@app.command(
    help=N_("Pass reviews that were not done in time to the organisation above; nothing is granted.")
)
def escalate(context: typer.Context, json_: AsJson = False) -> None:
    from yihui.services.joining.reviews import escalate_overdue_reviews
    from yihui.views.joins import escalation_json, escalation_lines

    wiring: Wiring = context.obj
    done = escalate_overdue_reviews(wiring)
    emit([escalation_json(one) for one in done], escalation_lines(done, wiring.language), json_)


@app.command(help=N_("Sign up everybody on a sheet (CSV or XLSX: name, ID number, phone), or nobody."))
def batch(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help=N_("the sheet"), metavar="FILE")],
    organisation: Annotated[str, typer.Option(help=N_("the organisation's code"), metavar="CODE")],
    by: By,
    signed: Annotated[
        bool, typer.Option("--signed", help=N_("each person has signed, on paper or a photo, which you keep"))
    ] = False,
    json_: AsJson = False,
) -> None:
    from yihui.files.tables import read_table_file
    from yihui.services.joining.batch import join_batch

    wiring: Wiring = context.obj
    done = join_batch(wiring, read_table_file(file.read_bytes(), file.name), organisation, by, signed=signed)
    template = N_("joined {organisation}: {joined}; members there already: {already}; signed up by {by}")
    line = wiring.render(
        template, organisation=done.organisation, joined=done.joined, already=done.already, by=done.by
    )
    emit(done, [line], json_)
