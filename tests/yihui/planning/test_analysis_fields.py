"""Every option of a planning command is a field of its analysis, or stands in a list with the reason why not."""

from functools import cache

import pytest
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from yihui.cli import build_app
from yihui.planning.analysis.fields import check_fields
from yihui.planning.analysis.kinds import ANALYSIS_KINDS, AnalysisKind

_BY_UPLOAD = "an uploaded file of demand says it itself, on the page of files of demand"
_ALWAYS = "every analysis offers this file for download"
_ALL = "the page lists more, and the files hold all"
NO_FIELD = {
    "json": _ALWAYS,
    "csv": _ALWAYS,
    "geojson": _ALWAYS,
    "points": _ALWAYS,
    "out": _ALWAYS,
    "limit": _ALL,
    "demand-column": _BY_UPLOAD,
    "demand-datum": _BY_UPLOAD,
    "demand-each": _BY_UPLOAD,
    "raster-values": _BY_UPLOAD,
    "raster-correction": _BY_UPLOAD,
    "raster-resolution": _BY_UPLOAD,
    "hour-of-week": "the field of date and time says the same",
    "routing": "the folder of street tiles is the site's own setting, not an officer's choice",
    "streets": "the folder of the streets is the site's own setting, not an officer's choice",
    "tiles": "it takes the key of a map service, which belongs to whoever runs the site",
}


@cache
def find_command(words: str) -> TyperCommand | TyperGroup:
    *groups, name = words.split()
    found = get_command(build_app()) if not groups else find_command(" ".join(groups))
    assert isinstance(found, TyperGroup)
    return found.commands[name]


def options_of(command: str) -> set[str]:
    """Return the options of a command without their dashes, each by its first long name."""
    names = [one.opts for one in find_command(command).params if one.name != "help"]
    return {next((name for name in opts if name.startswith("--")), opts[0]).lstrip("-") for opts in names}


@pytest.mark.parametrize("kind", ANALYSIS_KINDS.values(), ids=[*ANALYSIS_KINDS])
def test_every_option_of_a_planning_command_is_a_field_or_has_a_reason(kind: AnalysisKind) -> None:
    options = options_of(kind.command)
    fields = {one.command_option for one in kind.fields}
    assert options - fields - set(NO_FIELD) == set(), "add a field, or a reason to NO_FIELD"
    assert fields - options == set(), "the command has no such option"


def test_every_planning_command_is_an_analysis() -> None:
    plan = find_command("plan")
    assert isinstance(plan, TyperGroup)
    elsewhere = {"demand"}  # /desk/planning/demand
    commands = {f"plan {name}" for name in plan.commands if name not in elsewhere}
    assert commands <= {kind.command for kind in ANALYSIS_KINDS.values()}


def test_no_reason_is_left_over() -> None:
    options = {one for kind in ANALYSIS_KINDS.values() for one in options_of(kind.command)}
    assert set(NO_FIELD) <= options


def test_the_defaults_of_the_fields_are_accepted() -> None:
    for kind in ANALYSIS_KINDS.values():
        check_fields(kind.fields, {one.option: one.default for one in kind.fields})
