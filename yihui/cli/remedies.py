"""Name the command that has an option of a remedy: every command that takes a file of demand shares its faults."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePath
from typing import Any

from core.text_marks import N_
from yihui.cli.refusals import find_command
from yihui.runtime.errors import ErrorLine, Problem
from yihui.runtime.language import Language

OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")


def point_to_demand_command(
    problem: Problem, program: Any, arguments: Sequence[str], language: Language
) -> Problem:
    """Return the problem with remedies that say of options of ``yihui plan demand`` how to use them here."""
    _, command = find_command(program, arguments)
    options = list_options(command)
    if "--demand" not in options:
        return problem
    demand = _read_demand_option(arguments)
    lines = (
        _complete(line, options, language)
        if line.file is None or PurePath(line.file).name in demand
        else line
        for line in problem.errors
    )
    return replace(problem, errors=tuple(lines))


def _read_demand_option(arguments: Sequence[str]) -> str:
    """Return what ``--demand`` says; a file that it doesn't name, such as one of outlines, is none of demand."""
    given = re.search(r"(?:^| )--demand[ =](.*?)(?= --|$)", " ".join(arguments))
    return given[1] if given else ""


def list_options(command: Any) -> frozenset[str]:
    """Return the options of a command, in every spelling."""
    return frozenset(
        name for one in getattr(command, "params", ()) for name in (*one.opts, *one.secondary_opts)
    )


def _complete(line: ErrorLine, options: frozenset[str], language: Language) -> ErrorLine:
    missing = [one for one in dict.fromkeys(OPTION.findall(line.remedy)) if one not in options]
    if not missing or "yihui " in line.remedy:
        return line
    told = N_(
        "{remedy} ({options}: with yihui plan demand, which writes a file for this --demand by --to FILE.csv)"
    )
    return replace(line, remedy=language.render(told, remedy=line.remedy, options=" ".join(missing)))
