"""yihui login, logout: the officer in whose name this console acts."""

import platform
from typing import Annotated

import typer

from core.faults import FaultError
from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.output import print_message, print_note

top_level = typer.Typer()


@top_level.command()
def login(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help=N_("the officer's login"), metavar="NAME")] = None,
    setup: Annotated[
        bool, typer.Option("--setup", help=N_("first log-in: with the one-time set-up code"))
    ] = False,
) -> None:
    from yihui.access.accounts import LOGIN_FAULTS

    wiring: Wiring = context.obj
    if name is None and not setup:
        raise FaultError(LOGIN_FAULTS.build("console_name", field="NAME"))
    officer = _log_in(wiring, name, setup=setup)
    print_message(wiring, N_("logged in as {officer}"), officer=officer)


@top_level.command()
def logout(context: typer.Context) -> None:
    from yihui.services.access.console_actor import end_console_session

    wiring: Wiring = context.obj
    ended = end_console_session(wiring)
    print_message(wiring, N_("logged out") if ended else N_("nobody was logged in here"))


def _log_in(wiring: Wiring, name: str | None, *, setup: bool) -> str:
    """Log in against the database of this machine: with ``setup`` by a set-up code, which must be that of ``name``."""
    from yihui.access.accounts import LOGIN_FAULTS
    from yihui.access.login_tickets import TicketKind
    from yihui.access.sessions import SessionKind
    from yihui.services.access.accounts import check_new_password
    from yihui.services.access.console_actor import store_console_session
    from yihui.services.access.login import (
        check_login,
        find_setup_login,
        finish_enrolment,
        finish_login,
        load_enrolment,
        set_up_account,
    )
    from yihui.services.access.login_tries import LoginVisit

    visit = LoginVisit("console", platform.node() or "console", SessionKind.CONSOLE)
    if setup:
        code = _ask(wiring, N_("set-up code"))
        login = find_setup_login(wiring, code)
        if name is not None and login != name:
            raise FaultError(LOGIN_FAULTS.build("setup_code"))
        password, again = (
            _ask(wiring, text, hidden=True) for text in (N_("new password"), N_("new password again"))
        )
        check_new_password(password, again, login)
        step = set_up_account(wiring, code, password, visit)
    else:
        assert name is not None
        step = check_login(wiring, name, _ask(wiring, N_("password"), hidden=True), visit)
    if step.step is TicketKind.CODE:
        opened = finish_login(wiring, step.ticket, _ask(wiring, N_("code of the phone")), visit)
    else:
        enrolment = load_enrolment(wiring, step.ticket)
        print_note(wiring, N_("secret for the app of your phone: {secret}"), secret=enrolment.secret)
        print_note(wiring, N_("or open there: {address}"), address=enrolment.address)
        done = finish_enrolment(wiring, step.ticket, _ask(wiring, N_("code of the phone")), visit)
        opened = done.opened
        codes = "\n".join(done.recovery_codes)
        print_note(
            wiring,
            N_("recovery codes, each replaces the phone once; they are not shown again:\n{codes}"),
            codes=codes,
        )
    store_console_session(wiring, opened)
    return opened.session.officer_id


def _ask(wiring: Wiring, text: str, *, hidden: bool = False) -> str:
    return str(typer.prompt(wiring.render(text), hide_input=hidden, err=True))
