"""The command line: one file per command group that is not a noun alone, texts in the user's language, and one place for errors."""

import gettext
import json
import logging
import os
import re
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from importlib import import_module
from typing import Annotated, Any, cast

import typer
from typer.core import TyperCommand
from typer.exceptions import TyperException
from typer.models import CommandInfo

from core.faults import FaultError
from core.text_marks import N_
from yihui.bootstrap import Wiring, build_wiring, choose_clock, load_readable_settings, load_settings
from yihui.cli.acting import guard_commands, log_refusal
from yihui.cli.late_command import LateCommand
from yihui.cli.option_sources import WIDEST_HELP, CommandContext, OptionSources, start_recording
from yihui.cli.options import MAPPING_FORM
from yihui.cli.outline import GROUPS, ROOT_COMMANDS, Entry
from yihui.cli.start_checks import UnusableSettings, check_all_settings, defer_setting_faults
from yihui.cli.usage_errors import blame_settings, build_usage_problem
from yihui.runtime.errors import (
    EXIT_ENVIRONMENT,
    EXIT_INTERRUPTED,
    Problem,
    problem_of,
    problem_of_faults,
    problem_of_settings,
)
from yihui.runtime.installation import describe_shared_packages
from yihui.runtime.language import COMMA, LANGUAGES, LOCALE_FOLDER, Language, format_choices, load_language
from yihui.runtime.observability.logs import is_debugging, set_up_logs
from yihui.views.labels import ACCESS_LABELS, ENTRY_LABELS, STATION_KIND_LABELS

GLOBAL_OPTIONS = ("--db", "--lang")
_END = "--"  # arguments after it are not options

# The codes that may be chosen follow the help of an option; its metavar says which.
CHOICE_LABELS = {"KIND": STATION_KIND_LABELS, "ENTRY": ENTRY_LABELS, "ACCESS": ACCESS_LABELS}


_SETTINGS_COMMAND = "settings"
_SENTENCE_END = re.compile(r"(?<=。)|(?<=\.) ")
_COMPLETING = "_YIHUI_COMPLETE"  # set by a shell that completes a word


def build_app(asked: str | None = None) -> typer.Typer:
    """Build the whole command line, or that part of it which holds the root command or group asked for.

    ``build_command`` translates its help texts.
    """
    app = _build_root()
    for name, entry in ROOT_COMMANDS.items():
        if asked in (None, name):
            app.registered_commands.append(_find_root_command(name, entry))
    for name, entry in GROUPS.items():
        if asked in (None, name):
            app.add_typer(_load_group(entry), name=name, help=entry.help)
    return app


def _build_root() -> typer.Typer:
    app = typer.Typer(
        name="yihui",
        help=N_(
            "Yihui: the nearest place to rest that is open when you arrive, and every benefit explained."
        ),
        no_args_is_help=True,
        context_settings={"max_content_width": WIDEST_HELP},
        rich_markup_mode=None,  # rich truncates text without spaces, such as Chinese
        pretty_exceptions_enable=False,
    )
    app.callback()(_read_global_options)
    return app


def _find_root_command(name: str, entry: Entry) -> CommandInfo:
    for command in _load_module(entry).top_level.registered_commands:
        if name in (command.name, command.callback.__name__):
            command.help = entry.help
            return cast("CommandInfo", command)
    raise LookupError(name)


def _load_group(entry: Entry) -> typer.Typer:
    if ":" not in entry.module:
        return cast("typer.Typer", _load_module(entry).app)
    from yihui.frame.commands import build_group
    from yihui.frame.noun import load_noun

    return build_group(load_noun(entry.module))


def _load_module(entry: Entry) -> Any:
    return import_module(f"yihui.cli.{entry.module}")


def build_command(lang: str, asked: str | None = None) -> Any:
    """Build the command line, or the part asked for, with its help texts in one language."""
    command = guard_commands(typer.main.get_command(build_app(asked)))
    return _translate_help(command, load_language(lang))


def _refuse_outline() -> None:
    raise AssertionError("the outline runs no command")


def build_outline(lang: str) -> Any:
    """Build the command line with the names and helps of its commands and groups alone, whose modules aren't loaded."""
    root: Any = typer.main.get_command(_build_root())
    for name, entry in {**ROOT_COMMANDS, **GROUPS}.items():
        root.add_command(TyperCommand(name, help=entry.help, callback=_refuse_outline))
    return _translate_help(root, load_language(lang))


def _translate_help(command: Any, words: Language) -> Any:
    """Translate the help of a command, of its options and of its subcommands; typer has ``--help`` in English."""
    command.context_class = CommandContext
    command.help = words.render(command.help or "")
    # A list of commands shows the first sentence: typer would cut at a space, which Chinese doesn't have.
    command.short_help = _SENTENCE_END.split(command.help, maxsplit=1)[0]
    if isinstance(command, LateCommand):
        command.translate_options = partial(_translate_options, words=words)
    else:
        _translate_options(command, words)
    for below in getattr(command, "commands", {}).values():
        _translate_help(below, words)
    return command


def _translate_options(command: Any, words: Language) -> None:
    option = command.get_help_option(command.context_class(command))
    if option is not None:
        option.help = words.render(N_("show this help"))
    choices = getattr(command.callback, "choice_labels", {})
    for parameter in command.params:
        labels = choices.get(parameter.name) or CHOICE_LABELS.get(parameter.metavar)
        parameter.help = _option_help(parameter, labels, words)


def _option_help(parameter: Any, labels: Mapping[str, str] | None, words: Language) -> str:
    """Return a help text; the codes that may be chosen are separated by spaces so that a line may break."""
    text = words.render(parameter.help or "", form=MAPPING_FORM)
    if not labels:
        return text
    comma = words.translate(COMMA)
    codes = format_choices(labels, words).replace(comma, comma.strip() + " ")
    return words.render(N_("{name}: {detail}"), name=text, detail=codes)


def _check_language(context: typer.Context, text: str | None) -> str | None:
    if text is not None and text[:2].lower() not in LANGUAGES:
        message = load_language(context.obj).render(
            N_("“{value}”: there are {known}"), value=text, known=", ".join(LANGUAGES)
        )
        raise typer.BadParameter(message)
    return text


def _close(wiring: Wiring) -> None:
    """Seal what the command wrote and close the database; then send the new heads, if they go anywhere."""
    wiring.close()
    if wiring.settings.heads_to:
        from yihui.services.ledger.heads import send_heads_after_command

        send_heads_after_command(wiring)


def _show_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"yihui {version('yihui')}")
        raise typer.Exit


def _read_global_options(
    context: typer.Context,
    db: Annotated[
        str | None,
        typer.Option(
            help=N_("database: a path or a postgresql:// address"),
            envvar="YIHUI_DATABASE_URL",
            metavar="DB",
        ),
    ] = None,
    lang: Annotated[
        str | None,
        typer.Option(
            help=N_("language: zh or en; otherwise that of the locale, or else Chinese"),
            callback=_check_language,
            is_eager=True,
        ),
    ] = None,
    version: Annotated[
        bool,
        typer.Option("--version", help=N_("show the version"), callback=_show_version, is_eager=True),
    ] = False,
) -> None:
    """Build the wiring; ``run_command_line`` passes the language, which it needs before options are read."""
    set_up_logs(os.environ)
    if context.invoked_subcommand == _SETTINGS_COMMAND:
        language = load_language(context.obj)
        is_typed = db not in (None, os.environ.get("YIHUI_DATABASE_URL"))
        check_all_settings(
            os.environ, language, partial(build_command, context.obj), is_database_typed=is_typed
        )
    try:
        settings = load_settings(os.environ, db, context.obj)
    except FaultError as error:
        readable = load_readable_settings(os.environ, db, context.obj)
        defer_setting_faults(context, error, readable)
        context.obj = build_wiring(readable)
        return
    context.obj = build_wiring(settings, choose_clock(os.environ, settings.data_folder))
    context.call_on_close(partial(_close, context.obj))


def move_global_options_first(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with the global options at the front, where typer expects them."""
    first: list[str] = []
    others: list[str] = []
    waiting = list(arguments)
    while waiting:
        argument = waiting.pop(0)
        if argument == _END:
            return [*first, *others, argument, *waiting]
        if argument in GLOBAL_OPTIONS:
            first += [argument, *waiting[:1]]
            del waiting[:1]
        else:
            is_global = argument.startswith(tuple(f"{name}=" for name in GLOBAL_OPTIONS))
            (first if is_global else others).append(argument)
    return [*first, *others]


def _find_command_name(ordered: Sequence[str]) -> str | None:
    """Return the first argument after the global options; None where an option or nothing follows them."""
    waiting = iter(ordered)
    for argument in waiting:
        if argument in GLOBAL_OPTIONS:
            next(waiting, None)
        elif argument != _END and not argument.startswith("-"):
            return argument
        elif argument != _END and not argument.startswith(tuple(f"{name}=" for name in GLOBAL_OPTIONS)):
            return None
    return None


def run_command_line(arguments: list[str], lang: str) -> int:
    """Run one command and return its exit code; never show a traceback to the user.

    Exit codes: 0 success, 1 findings or rejected input, 2 wrong usage, 3 environment.
    """
    os.environ["LANGUAGE"] = lang  # typer translates its own texts with gettext too
    gettext.bindtextdomain("yihui", LOCALE_FOLDER)
    gettext.textdomain("yihui")
    words = load_language(lang)
    ordered = move_global_options_first(arguments)
    command = None
    sources = start_recording()
    try:
        asked = _find_command_name(ordered)
        if asked in ROOT_COMMANDS or asked in GROUPS:
            command = build_command(lang, asked)
        else:
            command = build_command(lang) if _COMPLETING in os.environ else build_outline(lang)
        code = _call(command, ordered, lang)
        if code == EXIT_INTERRUPTED:  # typer turns Ctrl+C into an exit code, without a message
            return _print_problem(problem_of(KeyboardInterrupt(), words), arguments)
        return code if isinstance(code, int) else 0
    except TyperException as error:
        if type(error).__name__ == "NoArgsIsHelpError":  # not an error: the user needs the help text
            sys.stdout.write(error.message + "\n")
            return error.exit_code
        log_refusal(command, ordered, error)
        problem = build_usage_problem(error, words, arguments)
        if type(error).__name__ != "MissingParameter":  # a blank counts as unset
            problem = blame_settings(problem, sources, os.environ, words, has_remedies=False)
        return _print_problem(problem, arguments)
    except (typer.Abort, KeyboardInterrupt):
        return _print_problem(problem_of(KeyboardInterrupt(), words), arguments)
    except FaultError as error:
        log_refusal(command, ordered, error)
        problem = blame_settings(problem_of_faults(error.faults, words), sources, os.environ, words)
        return _print_problem(problem, arguments)
    except UnusableSettings as error:
        return _print_problem(problem_of_settings(error.lines, words), arguments)
    except BrokenPipeError:  # a closed pipe (`yihui … | head`) is no error
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except SystemExit as left:  # typer exits so on a closed pipe (`yihui … | head`): no error
        return 0 if isinstance(left.__context__, BrokenPipeError) else int(left.code or 0)
    except Exception as error:  # noqa: BLE001 the last resort: known errors are shown, others logged
        if isinstance(error, ImportError | AttributeError) and (shared := describe_shared_packages()):
            sys.stderr.write(shared)
            return EXIT_ENVIRONMENT
        known = _blame(problem_of(error, words), sources, words)
        return _print_problem(known or _defect_problem(error, words), arguments)


def _call(command: Any, ordered: list[str], lang: str) -> object:
    """Call the command line; the help of one group or root command is shown without reading the global options.

    For these typer would load pydantic, which takes longer than the help itself.
    """
    name, *rest = ordered or [""]
    if rest == ["--help"] and name in command.commands:
        return command.commands[name](
            rest, prog_name=f"yihui {name}", standalone_mode=False, max_content_width=WIDEST_HELP
        )
    return command(ordered, prog_name="yihui", standalone_mode=False, obj=lang)


def _blame(problem: Problem | None, sources: OptionSources, words: Language) -> Problem | None:
    return None if problem is None else blame_settings(problem, sources, os.environ, words)


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
    logger.error("unexpected %s", type(error).__name__, exc_info=error if is_debugging() else None)
    title = words.render(
        N_("something went wrong inside Yihui ({name}); nothing was half-written"), name=type(error).__name__
    )
    return Problem(title, 500, EXIT_ENVIRONMENT)
