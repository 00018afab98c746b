"""The command line: one file per group, built in the reader's language, one place for errors."""

import gc
import gettext
import json
import logging
import os
import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer
from typer.exceptions import TyperException

from yihui.bootstrap import build_wiring, choose_clock, load_settings
from yihui.cli.global_options import checked_language, wide_options_first
from yihui.cli.usage_errors import usage_problem
from yihui.runtime.errors import EXIT_ENVIRONMENT, EXIT_INTERRUPTED, Problem, problem_of
from yihui.runtime.language import LOCALE_FOLDER, Language, load_language
from yihui.runtime.observability import start_observing

N_ = str  # marks a text for the message catalogue
Text = Callable[[str], str]


# A command makes many things that stay and little garbage: at Python's 700 it looks a thousand times.
GARBAGE_THRESHOLD = 50_000


def build(lang: str) -> typer.Typer:
    """The whole command line in one language."""
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
        rich_markup_mode=None,  # rich cuts what has no spaces to break at, as Chinese has none
        pretty_exceptions_enable=False,
    )
    app.callback()(_options(_, lang))
    app.add_typer(stations.commands(_), name="stations")
    app.add_typer(keepers.commands(_), name="keepers")
    app.add_typer(routing.commands(_), name="routing")
    app.add_typer(members.commands(_), name="members")
    events.add_run(app, _)
    app.add_typer(events.commands(_), name="events")
    app.add_typer(feeds.commands(_), name="feeds")
    app.add_typer(rules.commands(_), name="rules")
    app.add_typer(benefits.commands(_), name="benefits")
    app.add_typer(vouchers.commands(_), name="vouchers")
    app.add_typer(ledger.commands(_), name="ledger")
    app.add_typer(report.commands(_), name="report")
    app.add_typer(plan.commands(_), name="plan")
    app.add_typer(payout.commands(_), name="payout")
    app.add_typer(lottery.commands(_), name="lottery")
    lottery_ledger.add_allocate(app, _)
    app.add_typer(waiting.commands(_), name="waiting")
    app.add_typer(webhooks.commands(_), name="webhooks")
    map.add_to(app, _)
    serve.add_to(app, _)
    relay.add_to(app, _)
    app.add_typer(topics.commands(_), name="topics")
    worker.add_to(app, _)
    backup.add_to(app, _)
    doctor.add_to(app, _)
    return app


def _options(_: Text, lang: str) -> Callable[..., None]:
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
            typer.Option("--lang", help=_("language: zh or en"), callback=checked_language(_), is_eager=True),
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


def run(arguments: list[str], lang: str) -> int:
    """Run one command; gives the exit code. Never shows a traceback to a user.

    0 done, 1 findings or rejected input, 2 wrong usage, 3 environment.
    """
    gc.set_threshold(GARBAGE_THRESHOLD)
    os.environ["LANGUAGE"] = lang  # typer's own words come through gettext as well
    gettext.bindtextdomain("yihui", LOCALE_FOLDER)
    gettext.textdomain("yihui")
    words = load_language(lang)
    try:
        command = _in_words_of_ours(typer.main.get_command(build(lang)), words)
        code = command(wide_options_first(arguments), prog_name="yihui", standalone_mode=False)
        if code == EXIT_INTERRUPTED:  # typer makes an exit of Ctrl+C, and says nothing
            return _tell(problem_of(KeyboardInterrupt(), words), arguments)
        return code if isinstance(code, int) else 0
    except TyperException as error:
        if type(error).__name__ == "NoArgsIsHelpError":  # not a fault: a question
            sys.stdout.write(error.message + "\n")
            return error.exit_code
        return _tell(usage_problem(error, words, arguments), arguments)
    except (typer.Abort, KeyboardInterrupt):
        return _tell(problem_of(KeyboardInterrupt(), words), arguments)
    except BrokenPipeError:  # `yihui … | head` is no fault
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except SystemExit as left:  # typer's answer to a pipe that was closed (`yihui … | head`): no fault
        return 0 if isinstance(left.__context__, BrokenPipeError) else int(left.code or 0)
    except Exception as error:  # noqa: BLE001 the last net: known errors are told, the rest is logged
        return _tell(problem_of(error, words) or _defect(error, words), arguments)


def _in_words_of_ours(command: Any, words: Language) -> Any:
    """Typer's help for --help is English whatever the language; everything below it as well."""
    option = command.get_help_option(command.context_class(command))
    if option is not None:
        option.help = words.render(N_("show this help"))
    for below in getattr(command, "commands", {}).values():
        _in_words_of_ours(below, words)
    return command


def _tell(problem: Problem | None, arguments: list[str]) -> int:
    assert problem is not None
    if "--json" in arguments:
        sys.stdout.write(json.dumps(problem.as_json(), ensure_ascii=False) + "\n")
    sys.stderr.write(problem.title + "\n")
    for line in problem.errors:
        sys.stderr.write(line.text() + "\n")
    return problem.exit_code


def _defect(error: Exception, words: Language) -> Problem:
    """A defect of ours: the type and place are logged, the user is told how to report it.

    The error's own text may hold personal data, so that it is shown only with YIHUI_DEBUG.
    """
    logger = logging.getLogger("yihui")
    logger.error(
        "unexpected %s", type(error).__name__, exc_info=error if os.environ.get("YIHUI_DEBUG") else None
    )
    title = words.render(
        N_("something went wrong inside Yihui ({name}); nothing was half-written"), name=type(error).__name__
    )
    return Problem(title, 500, EXIT_ENVIRONMENT)
