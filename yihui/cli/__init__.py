"""The command line: one file per command group, texts in the user's language, and one place for errors."""

import gettext
import json
import logging
import os
import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer
from typer.exceptions import TyperException

from core.text_marks import N_
from yihui.bootstrap import build_wiring, choose_clock, load_settings
from yihui.cli.global_options import language_validator, move_global_options_first
from yihui.cli.usage_errors import build_usage_problem
from yihui.runtime.errors import EXIT_ENVIRONMENT, EXIT_INTERRUPTED, Problem, problem_of
from yihui.runtime.language import LOCALE_FOLDER, Language, load_language
from yihui.runtime.observability import start_observing

Translator = Callable[[str], str]


def build_app(lang: str) -> typer.Typer:
    """Build the whole command line in one language."""
    from yihui.cli import (
        backup,
        benefits,
        doctor,
        events,
        feeds,
        keepers,
        ledger,
        lottery,
        lottery_ledger,
        map,
        members,
        payout,
        plan,
        relay,
        report,
        routing,
        rules,
        serve,
        stations,
        topics,
        vouchers,
        waiting,
        webhooks,
        worker,
    )

    _ = load_language(lang).translate
    app = typer.Typer(
        name="yihui",
        help=_("Yihui: the nearest place to rest that is open when you arrive, and every benefit explained."),
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,  # rich truncates text without spaces, such as Chinese
        pretty_exceptions_enable=False,
    )
    app.callback()(_options(_, lang))
    app.add_typer(stations.build_commands(_), name="stations")
    app.add_typer(keepers.build_commands(_), name="keepers")
    app.add_typer(routing.build_commands(_), name="routing")
    app.add_typer(members.build_commands(_), name="members")
    events.add_run_command(app, _)
    app.add_typer(events.build_commands(_), name="events")
    app.add_typer(feeds.build_commands(_), name="feeds")
    app.add_typer(rules.build_commands(_), name="rules")
    app.add_typer(benefits.build_commands(_), name="benefits")
    app.add_typer(vouchers.build_commands(_), name="vouchers")
    app.add_typer(ledger.build_commands(_), name="ledger")
    app.add_typer(report.build_commands(_), name="report")
    app.add_typer(plan.build_commands(_), name="plan")
    app.add_typer(payout.build_commands(_), name="payout")
    app.add_typer(lottery.build_commands(_), name="lottery")
    lottery_ledger.add_allocate_command(app, _)
    app.add_typer(waiting.build_commands(_), name="waiting")
    app.add_typer(webhooks.build_commands(_), name="webhooks")
    map.add_commands(app, _)
    serve.add_commands(app, _)
    relay.add_commands(app, _)
    app.add_typer(topics.build_commands(_), name="topics")
    worker.add_commands(app, _)
    backup.add_commands(app, _)
    doctor.add_commands(app, _)
    return app


def _options(_: Translator, lang: str) -> Callable[..., None]:
    def options(
        context: typer.Context,
        db: Annotated[
            str | None,
            typer.Option(
                help=_("database: a path or a postgresql:// address"),
                envvar="YIHUI_DATABASE_URL",
                metavar="DB",
            ),
        ] = None,
        lang_: Annotated[
            str,
            typer.Option(
                "--lang", help=_("language: zh or en"), callback=language_validator(_), is_eager=True
            ),
        ] = lang,
        version: Annotated[
            bool,
            typer.Option("--version", help=_("show the version"), callback=_show_version, is_eager=True),
        ] = False,
    ) -> None:
        start_observing(os.environ)
        context.obj = build_wiring(load_settings(os.environ, db, lang), choose_clock(os.environ))
        context.call_on_close(context.obj.close)

    return options


def _show_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"yihui {version('yihui')}")
        raise typer.Exit


def run_command_line(arguments: list[str], lang: str) -> int:
    """Run one command and return its exit code; never show a traceback to the user.

    Exit codes: 0 success, 1 findings or rejected input, 2 wrong usage, 3 environment.
    """
    os.environ["LANGUAGE"] = lang  # typer translates its own texts with gettext too
    gettext.bindtextdomain("yihui", LOCALE_FOLDER)
    gettext.textdomain("yihui")
    words = load_language(lang)
    try:
        command = _localise_help(typer.main.get_command(build_app(lang)), words)
        code = command(move_global_options_first(arguments), prog_name="yihui", standalone_mode=False)
        if code == EXIT_INTERRUPTED:  # typer turns Ctrl+C into an exit code, without a message
            return _print_problem(problem_of(KeyboardInterrupt(), words), arguments)
        return code if isinstance(code, int) else 0
    except TyperException as error:
        if type(error).__name__ == "NoArgsIsHelpError":  # not an error: the user needs the help text
            sys.stdout.write(error.message + "\n")
            return error.exit_code
        return _print_problem(build_usage_problem(error, words, arguments), arguments)
    except (typer.Abort, KeyboardInterrupt):
        return _print_problem(problem_of(KeyboardInterrupt(), words), arguments)
    except BrokenPipeError:  # a closed pipe (`yihui … | head`) is no error
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except SystemExit as left:  # typer exits so on a closed pipe (`yihui … | head`): no error
        return 0 if isinstance(left.__context__, BrokenPipeError) else int(left.code or 0)
    except Exception as error:  # noqa: BLE001 the last resort: known errors are shown, others logged
        return _print_problem(problem_of(error, words) or _defect_problem(error, words), arguments)


def _localise_help(command: Any, words: Language) -> Any:
    """Translate the help of ``--help`` for a command and its subcommands; typer has it in English only."""
    option = command.get_help_option(command.context_class(command))
    if option is not None:
        option.help = words.render(N_("show this help"))
    for below in getattr(command, "commands", {}).values():
        _localise_help(below, words)
    return command


def _print_problem(problem: Problem | None, arguments: list[str]) -> int:
    assert problem is not None
    if "--json" in arguments:
        sys.stdout.write(json.dumps(problem.as_json(), ensure_ascii=False) + "\n")
    sys.stderr.write(problem.title + "\n")
    for line in problem.errors:
        sys.stderr.write(line.text() + "\n")
    return problem.exit_code


def _defect_problem(error: Exception, words: Language) -> Problem:
    """Log the type of an unexpected error and return the problem that the user sees.

    The error's own text may hold personal data; it is logged, with the traceback, only if YIHUI_DEBUG
    is set.
    """
    logger = logging.getLogger("yihui")
    logger.error(
        "unexpected %s", type(error).__name__, exc_info=error if os.environ.get("YIHUI_DEBUG") else None
    )
    title = words.render(
        N_("something went wrong inside Yihui ({name}); nothing was half-written"), name=type(error).__name__
    )
    return Problem(title, 500, EXIT_ENVIRONMENT)
