"""yihui officers: who may act, in which roles, for which organisations."""

from typing import TYPE_CHECKING, Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.acting import current_actor
from yihui.cli.options import AsJson, By, RecordedReason
from yihui.cli.output import emit, print_message, print_note

if TYPE_CHECKING:
    from yihui.services.access.accounts import SetupCode
    from yihui.services.access.officer_checks import OfficerView

app = typer.Typer(no_args_is_help=True)

_Name = Annotated[str, typer.Argument(metavar="NAME", help=N_("the officer's short name, such as li.min"))]
_Role = Annotated[
    str, typer.Argument(metavar="ROLE", help=N_("the role; all are listed by: yihui officers roles"))
]
_Organisation = Annotated[
    str, typer.Argument(metavar="ORGANISATION", help=N_("the organisation's code; all below it are included"))
]


@app.command(
    help=N_(
        "Add an officer. The first one of all becomes administrator of the whole union; appoint a second one on the console."
    )
)
def add(
    context: typer.Context,
    name: _Name,
    post: Annotated[str, typer.Option(help=N_("what colleagues call the post, such as 市总财务"))],
    by: By,
    subject: Annotated[
        str,
        typer.Option(
            help=N_("the person, if the same person has another officer's name already; otherwise the name")
        ),
    ] = "",
    json_: AsJson = False,
) -> None:
    from yihui.services.access.officer_appointments import add_officer
    from yihui.views.officers import officer_json

    wiring: Wiring = context.obj
    added = add_officer(wiring, current_actor(context), name, post, subject)
    if json_:
        content = {**officer_json(added.view), **_setup_json(added.setup)}
        emit(content, (), json_)
        return
    _emit(context, added.view, json_)
    _print_setup(wiring, added.setup, is_founding=bool(added.view.appointments))


@app.command(help=N_("Give an officer who lost password or phone a new one-time code for setting both."))
def reset(context: typer.Context, name: _Name, by: By, json_: AsJson = False) -> None:
    from yihui.services.access.officer_accounts import renew_setup

    setup = renew_setup(context.obj, current_actor(context), name)
    if json_:
        emit(_setup_json(setup), (), json_)
        return
    _print_setup(context.obj, setup)


@app.command(help=N_("Confirm the accounts of an officer whom another administrator added, reset or linked."))
def confirm(context: typer.Context, name: _Name, by: By, json_: AsJson = False) -> None:
    from yihui.services.access.officer_accounts import confirm_accounts
    from yihui.services.access.officer_checks import load_officer_view

    confirm_accounts(context.obj, current_actor(context), name)
    _emit(context, load_officer_view(context.obj, name), json_)


def _setup_json(setup: "SetupCode") -> dict[str, object]:
    from core.civil_time import format_civil_instant

    return {
        "login": setup.login,
        "setup_code": setup.code,
        "setup_expires_at": format_civil_instant(setup.expires_at),
    }


def _print_setup(wiring: Wiring, setup: "SetupCode", *, is_founding: bool = False) -> None:
    """Print a set-up code; the account of the first administrator, who is added with a role, needs no confirmation."""
    from core.civil_time import format_civil_instant

    when = format_civil_instant(setup.expires_at)
    print_message(wiring, N_("log-in: {login}  one-time code: {code}"), login=setup.login, code=setup.code)
    print_note(
        wiring,
        N_("give the code to the officer in person; it opens /desk/setup once, until {time}"),
        time=when,
    )
    if not is_founding:
        look = N_("another administrator looks at it: yihui officers confirm {login}")
        print_note(wiring, look, login=setup.login)


@app.command(help=N_("Appoint an officer to a role for an organisation and all below it, or as a deputy."))
def appoint(
    context: typer.Context,
    name: _Name,
    role: _Role,
    organisation: _Organisation,
    by: By,
    since: Annotated[
        str | None, typer.Option("--from", help=N_("the first day; otherwise today"), metavar="DATE")
    ] = None,
    until: Annotated[
        str | None, typer.Option(help=N_("the last day; otherwise for good"), metavar="DATE")
    ] = None,
    deputy_of: Annotated[
        str | None,
        typer.Option(help=N_("the officer who has the role, if this one stands in"), metavar="NAME"),
    ] = None,
    json_: AsJson = False,
) -> None:
    from yihui.runtime.arguments import parse_day
    from yihui.services.access.officer_appointments import RequestedAppointment, appoint_officer

    first = parse_day(since, "--from") if since else None
    last = parse_day(until, "--until") if until else None
    asked = RequestedAppointment(name, role, organisation, first, last, deputy_of)
    _emit(context, appoint_officer(context.obj, current_actor(context), asked), json_)


@app.command(help=N_("Withdraw a role at once; the deputies in it lose it too."))
def withdraw(
    context: typer.Context,
    name: _Name,
    role: _Role,
    organisation: _Organisation,
    by: By,
    reason: RecordedReason = "",
    json_: AsJson = False,
) -> None:
    from yihui.services.access.officer_appointments import withdraw_role

    _emit(
        context, withdraw_role(context.obj, current_actor(context), name, role, organisation, reason), json_
    )


@app.command(help=N_("End an officer who left: roles, accounts and sessions end at once; the record stays."))
def end(
    context: typer.Context, name: _Name, by: By, reason: RecordedReason = "", json_: AsJson = False
) -> None:
    from yihui.services.access.officer_appointments import end_officer_for_good

    _emit(context, end_officer_for_good(context.obj, current_actor(context), name, reason), json_)


@app.command(help=N_("Let an officer log in with an account of the union's identity provider."))
def link(
    context: typer.Context,
    name: _Name,
    issuer: Annotated[str, typer.Option(help=N_("the address of the identity provider"), metavar="URL")],
    subject: Annotated[str, typer.Option(help=N_("the sub that the provider gives for this person"))],
    by: By,
) -> None:
    from yihui.services.access.officer_accounts import link_identity

    link_identity(context.obj, current_actor(context), name, issuer, subject)
    template = N_("{name} can log in by {issuer} from now on")
    print_message(context.obj, template, name=name, issuer=issuer)


@app.command("list", help=N_("All officers with their roles of today."))
def list_(context: typer.Context, json_: AsJson = False) -> None:
    from yihui.services.access.officer_checks import list_officer_views
    from yihui.views.officers import officer_json, officer_lines

    found = list_officer_views(context.obj)
    words = context.obj.language
    lines = [line for one in found for line in officer_lines(one, words)]
    emit([officer_json(one) for one in found], lines or [words.translate(N_("no officer yet"))], json_)


@app.command(help=N_("An officer with all appointments, those that are over too."))
def show(context: typer.Context, name: _Name, json_: AsJson = False) -> None:
    from yihui.services.access.officer_checks import load_officer_view
    from yihui.views.officers import appointment_line, officer_json, officer_lines

    found = load_officer_view(context.obj, name)
    words = context.obj.language
    lines = [*officer_lines(found, words), *(appointment_line(one, words) for one in found.appointments)]
    emit(officer_json(found), lines, json_)


@app.command(help=N_("All roles, and what each may do."))
def roles(context: typer.Context, json_: AsJson = False) -> None:
    from yihui.views.officers import role_lines, roles_json

    emit(roles_json(context.obj.language), role_lines(context.obj.language), json_)


def _emit(context: typer.Context, found: "OfficerView", as_json: bool) -> None:
    from yihui.views.officers import officer_json, officer_lines

    emit(officer_json(found), officer_lines(found, context.obj.language), as_json)
