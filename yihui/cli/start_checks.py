"""Check all settings, and what a process needs before it opens or creates anything; all that is wrong is named at once.

Most settings are read by each command (`load_settings`). The others belong to options of a few commands, whose
imports would slow all the rest: only ``yihui settings`` checks them too.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from typer.exceptions import TyperException

from core.faults import Fault, FaultError
from yihui.bootstrap import Settings, Wiring, build_wiring, load_readable_settings, load_settings
from yihui.cli.option_sources import read_sources
from yihui.cli.options import choose_probes
from yihui.cli.usage_errors import blame_settings, build_usage_problem, render_setting_line
from yihui.runtime.errors import ErrorLine, fault_line, problem_of
from yihui.runtime.language import Language
from yihui.runtime.setting import FILE_SUFFIX
from yihui.runtime.setting_sources import read_given_settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.status_address import StatusAddress
    from yihui.runtime.audiences import Audience


_WITH_PARSERS = ("worker", "topics")  # commands whose options typer parses as more than a text or a path
_SERVING_OPTIONS = {
    "--public": "YIHUI_PUBLIC",
    "--behind-proxy": "YIHUI_BEHIND_PROXY",
    "--per-client": "YIHUI_PER_CLIENT",
    "--faces": "YIHUI_FACES",
    "--members-name": "YIHUI_MEMBERS_NAME",
}
# Their commands call `StartChecks.finish`, which also reports the settings that can't be read.
_CHECKING_COMMANDS = frozenset({"serve", "relay", "worker"})
_GROUP_OF_A_PROCESS = "schedule"  # which of its commands runs isn't known yet
_DEFERRED = "yihui.setting_faults"
_VAULT = "YIHUI_VAULT_URL"
_Result = TypeVar("_Result")


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


_CHECKS: Mapping[tuple[str, ...], Callable[[Mapping[str, str]], None]] = {
    ("YIHUI_DATABASE_URL",): lambda texts: _check_database("YIHUI_DATABASE_URL", texts),
    ("YIHUI_VAULT_URL",): lambda texts: _check_database("YIHUI_VAULT_URL", texts),
    tuple(_SERVING_OPTIONS.values()): _check_serving,
    ("YIHUI_BACKUP_RECIPIENTS",): _check_recipients,
    ("YIHUI_ROUTING",): _check_routing,
    ("YIHUI_STREETS",): _check_streets,
    ("YIHUI_BASE_MAP",): _check_base_map,
}


def defer_setting_faults(context: Any, error: FaultError, readable: Settings) -> None:
    """Leave the faults of settings to the command's own checks. *Raises*: FaultError for a command without any.

    ``readable`` are the settings that can be checked all the same.
    """
    if context.invoked_subcommand in _CHECKING_COMMANDS:
        context.meta[_DEFERRED] = error.faults
    elif context.invoked_subcommand == _GROUP_OF_A_PROCESS:
        from yihui.runtime.key_forms import iter_key_faults, list_process_keys

        raise FaultError([*error.faults, *iter_key_faults(readable, list_process_keys(readable))]) from error
    else:
        raise error


@dataclass
class StartChecks:
    """The checks that a process makes when it starts. All of them run; ``finish`` reports what they found together."""

    wiring: Wiring
    _lines: list[ErrorLine] = field(default_factory=list)
    _errors: list[Exception] = field(default_factory=list)
    _has_unusable: bool = False

    @classmethod
    def begin(cls, context: Any) -> "StartChecks":
        """Return the checks of a command, which know the settings that can't be read."""
        checks = cls(context.obj)
        checks._add_faults(context.meta.get(_DEFERRED, ()))
        return checks

    @classmethod
    def finish_process(cls, context: Any, probes: str | None) -> "StatusAddress | None":
        """Run the checks of a process without pages; return where its pages for monitors are. *Raises*: as ``finish``."""
        from yihui.runtime.key_forms import iter_key_faults, list_process_keys

        checks = cls.begin(context)
        chosen = checks.run(lambda: choose_probes(checks.wiring, probes))
        settings = checks.wiring.settings
        checks._add_faults(iter_key_faults(settings, list_process_keys(settings)))
        checks.finish()
        return chosen

    def run(self, check: Callable[[], _Result]) -> _Result | None:
        """Run one check and return its result; None if it found something wrong."""
        try:
            return check()
        except (FaultError, OSError) as error:
            self._errors.append(error)
            self._lines += self._render(error)
            return None

    def check_site_keys(self, audiences: "frozenset[Audience] | None" = None) -> None:
        """Check the form of every key that a site for these needs; all keys unless it says for whom it is."""
        from yihui.runtime.audiences import ALL_AUDIENCES
        from yihui.runtime.key_forms import iter_key_faults, list_required_keys

        settings = self.wiring.settings
        keys = list_required_keys(settings, ALL_AUDIENCES if audiences is None else audiences)
        self._add_faults(iter_key_faults(settings, keys))

    def check_known_keys(self, audiences: "frozenset[Audience]") -> None:
        """Check that a site's keys are those with which the database was written; it is not migrated."""
        from yihui.services.operation.known_keys import iter_other_key_faults

        self._add_faults(iter_other_key_faults(self.wiring, audiences))

    def finish(self) -> None:
        """Go on if nothing was found. *Raises*: UnusableSettings; or what a single check raised, if it is all.

        What is found only where a process opens its database and reads its rules is checked now as well.
        """
        self._check_vault_address()
        if not self._lines:
            return
        self.run(self._check_database_address)
        self.run(self._check_rules)
        if len(self._errors) == 1 and not self._has_unusable:
            raise self._errors[0]
        raise UnusableSettings(self._lines)

    def _add_faults(self, faults: "Iterable[Fault]") -> None:
        found = [fault_line(fault, self.wiring.language) for fault in faults]
        self._lines += found
        self._has_unusable |= bool(found)

    def _render(self, error: Exception) -> list[ErrorLine]:
        """Return the lines of an error; a value that came from a variable is blamed on the variable."""
        language = self.wiring.language
        problem = problem_of(error, language)
        assert problem is not None, f"{type(error).__name__} has no problem"
        single = (replace(problem, errors=(line,)) for line in problem.errors)
        blamed = (blame_settings(one, read_sources(), os.environ, language) for one in single)
        return [line for one in blamed for line in one.errors]

    def _check_vault_address(self) -> None:
        """Check the address of a vault of its own, without a connection; the main database's options don't mend it."""
        from store import open_database

        if not self.wiring.has_separate_vault:
            return
        assert self.wiring.settings.vault is not None
        try:
            open_database(self.wiring.settings.vault).close()
        except FaultError as error:
            language = self.wiring.language
            variable = _VAULT if os.environ.get(_VAULT) else _VAULT + FILE_SUFFIX
            for fault in error.faults:
                line = fault_line(fault, language)
                self._lines.append(render_setting_line(line, variable, os.environ, language, False))
            self._has_unusable = True

    def _check_database_address(self) -> None:
        """Check the address of the database, without a connection. *Raises*: FaultError."""
        from store import open_database

        settings = self.wiring.settings
        target = settings.places["YIHUI_DATABASE_URL"]
        if target == str(settings.data_folder / "yihui.db"):
            return  # its folder is created
        try:
            open_database(target).close()
        except FaultError as error:
            raise error.at(field="--db") from error

    def _check_rules(self) -> None:
        from yihui.services.rules.rules import read_library

        read_library(self.wiring.settings.rules_in_force)
