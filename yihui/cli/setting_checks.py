"""Check every setting with the parser of the command that reads it, so that all bad values are named at once.

Most settings are read by each command (`load_settings`). The others belong to options of a few commands, whose
imports would slow all the rest: only ``yihui settings`` checks them too.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from typer.exceptions import TyperException

from core.faults import FaultError
from yihui.bootstrap import Settings, build_wiring, load_readable_settings, load_settings
from yihui.cli.usage_errors import build_usage_problem, render_setting_line
from yihui.runtime.errors import ErrorLine, fault_line, problem_of
from yihui.runtime.language import Language
from yihui.runtime.setting import FILE_SUFFIX
from yihui.runtime.setting_sources import read_given_settings

_WITH_PARSERS = ("worker", "topics")  # commands whose options typer parses as more than a text or a path


class UnusableSettings(Exception):
    """Settings that can't be read, with a line for each."""

    def __init__(self, lines: list[ErrorLine]) -> None:
        super().__init__(f"{len(lines)} settings")
        self.lines = lines


def check_all_settings(
    environ: Mapping[str, str],
    language: Language,
    build_command: Callable[[str], Any],
    *,
    is_database_typed: bool,
) -> None:
    """Check every setting that is given. *Raises*: UnusableSettings with what is wrong in any of them."""
    lines = [*_iter_process_lines(environ, language), *_iter_key_lines(environ, language)]
    texts = read_given_settings(environ).texts
    found = [*_iter_option_errors(texts, build_command, language), *_iter_value_errors(texts, language)]
    for variable, line, has_remedy in found:
        if variable == "YIHUI_DATABASE_URL" and is_database_typed:
            continue
        name = variable if environ.get(variable) else variable + FILE_SUFFIX
        lines.append(render_setting_line(line, name, environ, language, has_remedy))
    if lines:
        raise UnusableSettings(lines)


def _iter_process_lines(environ: Mapping[str, str], language: Language) -> Iterator[ErrorLine]:
    try:
        load_settings(environ)
    except FaultError as error:
        if (problem := problem_of(error, language)) is not None:
            yield from problem.errors


def _iter_key_lines(environ: Mapping[str, str], language: Language) -> Iterator[ErrorLine]:
    from yihui.runtime.key_forms import iter_key_faults, list_required_keys

    settings = load_readable_settings(environ)
    for fault in iter_key_faults(settings, list_required_keys(settings)):
        yield fault_line(fault, language)


def _iter_option_errors(
    texts: Mapping[str, str], build_command: Callable[[str], Any], language: Language
) -> Iterator[tuple[str, ErrorLine, bool]]:
    """Parse the values as the options of commands do, each variable once."""
    tried = set()
    reader = build_wiring(Settings(database="", data_folder=Path(), language=language.code))  # opens nothing
    for name in _WITH_PARSERS:
        root = build_command(name)
        for command in _iter_commands(root.commands[name]):
            context = command.context_class(command, obj=reader)
            for option in command.params:
                if option.envvar in tried or not texts.get(option.envvar or ""):
                    continue
                tried.add(option.envvar)
                try:
                    option.process_value(context, texts[option.envvar])
                except TyperException as error:
                    line = build_usage_problem(error, language).errors[0]
                    yield option.envvar, line, False


def _iter_commands(command: Any) -> Iterator[Any]:
    yield command
    for below in getattr(command, "commands", {}).values():
        yield from _iter_commands(below)


def _iter_value_errors(texts: Mapping[str, str], language: Language) -> Iterator[tuple[str, ErrorLine, bool]]:
    """Run the checks that commands make themselves once their options are parsed."""
    for variables, check in _CHECKS.items():
        if not any(texts.get(name) for name in variables):
            continue
        try:
            check(texts)
        except (FaultError, OSError) as error:
            problem = problem_of(error, language)
            for line in problem.errors if problem else ():
                yield _SERVING_OPTIONS.get(line.field or "", variables[0]), line, True


def _check_database(name: str, texts: Mapping[str, str]) -> None:
    from store import open_database

    open_database(texts[name]).close()  # it connects at its first use


def _check_serving(texts: Mapping[str, str]) -> None:
    from yihui.http.guard.serving import load_serving_options

    load_serving_options(texts)


def _check_recipients(texts: Mapping[str, str]) -> None:
    from yihui.files.age_files import check_recipients

    check_recipients(texts["YIHUI_BACKUP_RECIPIENTS"].split())


def _check_routing(texts: Mapping[str, str]) -> None:
    from yihui.services.stations.valhalla_files import find_tiles

    find_tiles(Path(texts["YIHUI_ROUTING"]))


def _check_streets(texts: Mapping[str, str]) -> None:
    from yihui.services.streets.folder import StreetsFolder

    StreetsFolder.open(Path(texts["YIHUI_STREETS"]))


def _check_base_map(texts: Mapping[str, str]) -> None:
    from yihui.files.raster_tiles import RasterTiles

    RasterTiles.open(Path(texts["YIHUI_BASE_MAP"])).close()


_SERVING_OPTIONS = {
    "--public": "YIHUI_PUBLIC",
    "--behind-proxy": "YIHUI_BEHIND_PROXY",
    "--per-client": "YIHUI_PER_CLIENT",
    "--faces": "YIHUI_FACES",
    "--members-name": "YIHUI_MEMBERS_NAME",
}
_CHECKS: Mapping[tuple[str, ...], Callable[[Mapping[str, str]], None]] = {
    ("YIHUI_DATABASE_URL",): lambda texts: _check_database("YIHUI_DATABASE_URL", texts),
    ("YIHUI_VAULT_URL",): lambda texts: _check_database("YIHUI_VAULT_URL", texts),
    tuple(_SERVING_OPTIONS.values()): _check_serving,
    ("YIHUI_BACKUP_RECIPIENTS",): _check_recipients,
    ("YIHUI_ROUTING",): _check_routing,
    ("YIHUI_STREETS",): _check_streets,
    ("YIHUI_BASE_MAP",): _check_base_map,
}
