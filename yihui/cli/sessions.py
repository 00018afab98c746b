"""yihui sessions: courses, halls and childcare terms at stations."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.options import AsJson, By, ByOfficerOrMember, OnDay, PublishedReason
from yihui.cli.output import emit, print_message, print_note

if TYPE_CHECKING:
    from yihui.services.benefits.sessions import SessionState

app = typer.Typer(no_args_is_help=True)
_Session = Annotated[str, typer.Argument(help=N_("the session's id"), metavar="ID")]
_Member = Annotated[str, typer.Argument(help=N_("the member's id"), metavar="MEMBER")]


@app.command(help=N_("Create a session from a file; a colleague approves its rule: yihui rules approve ID."))
def create(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help=N_("the session's file"), metavar="FILE.yaml")],
    by: By,
    json_: AsJson = False,
) -> None:
    from yihui.services.benefits.sessions import create_session

    wiring: Wiring = context.obj
    made = create_session(wiring, file, by)
    if json_:
        emit({"id": made.id}, (), json_)
        return
    print_message(wiring, N_("created: {id}; approve it with: yihui rules approve {id}"), id=made.id)


@app.command("list", help=N_("List the sessions that are not over, with the places left."))
def list_(
    context: typer.Context,
    station: Annotated[str | None, typer.Option(help=N_("only those of this station"))] = None,
    past: Annotated[bool, typer.Option("--past", help=N_("also those that are over"))] = False,
    json_: AsJson = False,
) -> None:
    from yihui.services.benefits.sessions import load_session_states
    from yihui.views.sessions import session_json, session_line

    wiring: Wiring = context.obj
    found = load_session_states(wiring, station, past=past)
    lines = (f"{one.stored.id}  {session_line(one, wiring.language)}" for one in found)
    emit([session_json(one, _today(wiring)) for one in found], lines, json_)
    if not (found or json_):
        print_note(wiring, N_("no session: yihui sessions create FILE.yaml"))


@app.command(help=N_("Show a session: who has a place, who waits, who attended."))
def show(context: typer.Context, id: _Session, json_: AsJson = False) -> None:
    from yihui.services.benefits.sessions import load_session_state

    _print(context.obj, load_session_state(context.obj, id), json_)


@app.command(help=N_("Enrol a member; who finds no place waits."))
def enrol(context: typer.Context, id: _Session, member: _Member, json_: AsJson = False) -> None:
    from yihui.services.benefits.sessions import enrol_member

    _print(context.obj, enrol_member(context.obj, id, member), json_)


@app.command(help=N_("Cancel a member's place, entry or waiting place; the next who waits moves up."))
def cancel(
    context: typer.Context,
    id: _Session,
    member: _Member,
    reason: PublishedReason,
    by: ByOfficerOrMember = None,
    json_: AsJson = False,
) -> None:
    from yihui.services.benefits.sessions import cancel_seat

    _print(context.obj, cancel_seat(context.obj, id, member, by or "member", reason), json_)


@app.command(help=N_("Record that a member attended."))
def attend(
    context: typer.Context, id: _Session, member: _Member, on: OnDay = None, json_: AsJson = False
) -> None:
    from yihui.runtime.arguments import parse_day
    from yihui.services.benefits.sessions import record_attendance

    day = None if on is None else parse_day(on, "--on")
    _print(context.obj, record_attendance(context.obj, id, member, day), json_)


@app.command(
    help=N_("Close a session. From tomorrow on, members can't enrol, and waiting members get no place.")
)
def close(
    context: typer.Context, id: _Session, by: By, reason: PublishedReason, json_: AsJson = False
) -> None:
    from yihui.services.benefits.sessions import close_session

    _print(context.obj, close_session(context.obj, id, by, reason), json_)


def _print(wiring: Wiring, state: "SessionState", json_: bool) -> None:
    from yihui.views.sessions import session_json, session_lines

    answer = session_json(state, _today(wiring), with_members=True)
    emit(answer, session_lines(state, wiring.language), json_)


def _today(wiring: Wiring) -> date:
    from core.civil_time import civil_date

    return civil_date(wiring.now())
