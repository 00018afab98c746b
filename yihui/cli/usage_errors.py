"""Translate the usage errors of typer and pydantic, which are in English only."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches

from typer.exceptions import TyperException

from core.text_marks import N_
from yihui.cli.option_sources import OptionSources
from yihui.runtime.errors import EXIT_USAGE, ErrorLine, Problem, problem_of_settings
from yihui.runtime.language import Language
from yihui.runtime.setting_sources import mask_value

_STATUS = 400  # the HTTP status of the same error
_TEMPLATES: Mapping[str, str] = {
    "NoSuchOption": N_("there is no option {name}"),
    "MissingParameter": N_("{name} is missing"),
    "BadOptionUsage": N_("{name} wants a value, or has one that it can't have"),
    "BadParameter": N_("{name} can't be {message}"),
}
_WITH_CHOICES = ("enum", "literal_error")  # typer's own message lists them
_CHOICES = re.compile(r"is not one of (?P<known>.+)\.$")  # how typer says it of an enumeration
_NEGATIVE = re.compile(r"-[0-9.]")  # typer parses a negative number as an option


def build_usage_problem(error: TyperException, language: Language, typed: Sequence[str] = ()) -> Problem:
    """Convert a usage error to a Problem, as for all other errors."""
    name = _name(error)
    if type(error).__name__ == "NoSuchOption" and _NEGATIVE.match(name):
        return _negative_number_problem(
            next((word for word in typed if word.startswith(name)), name), error, language
        )
    if unknown := _unknown_command(error, typed):
        return _unknown_command_problem(unknown, error, language)
    own_words = getattr(
        error, "param_hint", None
    )  # set where one of our commands raised the error with a whole sentence
    template, params = ("{message}", {}) if own_words else _template_and_params(error, name)
    line = ErrorLine(
        message=language.render(template, name=name, message=error.message, **params),
        remedy=language.render(N_("see {command} --help"), command=_command(error)),
        field=own_words or name or None,
        value=str(params["value"]) if "value" in params else None,
    )
    return _problem(line, error, language)


def blame_settings(
    problem: Problem,
    sources: OptionSources,
    environ: Mapping[str, str],
    language: Language,
    *,
    has_remedies: bool = True,
) -> Problem:
    """Return a problem with options as one of the settings, if their values came from variables and weren't typed.

    Without ``has_remedies`` the problem's own remedies speak of the command line.
    """
    named = [(line, sources.find_variable(line.field, line.file, environ)) for line in problem.errors]
    blamed = [
        render_setting_line(line, variable, environ, language, has_remedies)
        for line, variable in named
        if variable
    ]
    if not blamed or len(blamed) < len(named):
        return problem
    return problem_of_settings(blamed, language)


def render_setting_line(
    line: ErrorLine, variable: str, environ: Mapping[str, str], language: Language, has_remedy: bool
) -> ErrorLine:
    """Render what is wrong with an option as what is wrong with the variable that gave its value."""
    message = line.message
    for name in (line.field or "", *(line.field or "").split(" / ")):
        message = message.replace(name, variable) if name else message
    value = mask_value(variable, environ[variable])
    if variable not in message:
        message = language.render(N_("{name}: {detail}"), name=variable, detail=message)
    if value not in message:
        message = language.render(N_("{detail} (its value: {value})"), detail=message, value=value)
    remedy = language.render(
        N_("correct {name} or unset it; yihui settings --all says what it is for"), name=variable
    )
    return replace(
        line, field=variable, file=None, message=message, remedy=line.remedy if has_remedy else remedy
    )


def _unknown_command(error: TyperException, typed: Sequence[str]) -> str | None:
    """Return the word that should be a command and is none; the library reports it as a plain usage error."""
    context = getattr(error, "ctx", None)
    commands = getattr(context and context.command, "commands", None)
    if commands is None or type(error).__name__ != "UsageError":
        return None
    return next((word for word in typed if repr(word) in error.message and word not in commands), None)


def _unknown_command_problem(word: str, error: TyperException, language: Language) -> Problem:
    context = getattr(error, "ctx", None)
    assert context is not None, "an unknown command has a group"
    near = get_close_matches(word, list(context.command.commands))
    template = (
        N_("there is no command “{value}”; did you mean {near}?")
        if near
        else N_("there is no command “{value}”")
    )
    line = ErrorLine(
        message=language.render(template, value=word, near=language.format_list(near)),
        remedy=language.render(N_("see {command} --help"), command=_command(error)),
        value=word,
    )
    return _problem(line, error, language)


def _negative_number_problem(number: str, error: TyperException, language: Language) -> Problem:
    line = ErrorLine(
        message=language.render(N_("there can't be a negative number here: “{value}”"), value=number),
        remedy=language.render(
            N_("write it without the minus; see {command} --help"), command=_command(error)
        ),
        value=number,
    )
    return _problem(line, error, language)


def _problem(line: ErrorLine, error: TyperException, language: Language) -> Problem:
    title = language.render(N_("wrong usage: {what}"), what=_command(error))
    return Problem(title, _STATUS, EXIT_USAGE, (line,))


def _command(error: TyperException) -> str:
    context = getattr(error, "ctx", None)
    return context.command_path if context else "yihui"


def _name(error: TyperException) -> str:
    parameter = getattr(error, "param", None)
    hint = getattr(error, "option_name", None) or (parameter.get_error_hint() if parameter else "")
    return str(hint).replace("'", "").partition(" (env var")[0]


def _read_validation(cause: BaseException, name: str) -> tuple[str, Mapping[str, object]] | None:
    """Return what pydantic says of a value; None where it wasn't pydantic that refused."""
    from pydantic import ValidationError  # here: the help and the version load no more than typer

    from core.validation import VALIDATION_TEXTS

    if not isinstance(cause, ValidationError):
        return None
    details = cause.errors(include_url=False)[0]
    kind = details["type"]
    if kind in VALIDATION_TEXTS and kind not in _WITH_CHOICES:
        context = {"field": name, "value": details["input"], **details.get("ctx", {})}
        return VALIDATION_TEXTS[kind][0], context
    if choices := _CHOICES.search(details["msg"]):
        known = ", ".join(word.strip("'") for word in choices["known"].split(", "))
        template = N_("“{value}” is no choice for {field}; choose one of {known}")
        return template, {"field": name, "value": details["input"], "known": known}
    return None


def _template_and_params(error: TyperException, name: str) -> tuple[str, Mapping[str, object]]:
    if name and error.__cause__ is not None and (told := _read_validation(error.__cause__, name)):
        return told
    if "extra argument" in error.message:
        return N_("too many arguments: {extra}"), {"extra": error.message.rpartition("(")[2].rstrip(")")}
    return (_TEMPLATES.get(type(error).__name__, "{message}") if name else "{message}"), {}
