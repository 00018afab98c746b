"""Check what a process needs before it opens or creates anything, so that all that is wrong is named at once."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from core.faults import Fault, FaultError
from yihui.bootstrap import Settings, Wiring
from yihui.cli.option_sources import read_sources
from yihui.cli.options import choose_probes
from yihui.cli.setting_checks import UnusableSettings
from yihui.cli.usage_errors import blame_settings, render_setting_line
from yihui.runtime.errors import ErrorLine, fault_line, problem_of
from yihui.runtime.setting import FILE_SUFFIX

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.status_address import StatusAddress
    from yihui.runtime.audiences import Audience

# Their commands call `StartChecks.finish`, which also reports the settings that can't be read.
_CHECKING_COMMANDS = frozenset({"serve", "relay", "worker"})
_GROUP_OF_A_PROCESS = "schedule"  # which of its commands runs isn't known yet
_DEFERRED = "yihui.setting_faults"
_VAULT = "YIHUI_VAULT_URL"
_Result = TypeVar("_Result")


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
        single = [replace(problem, errors=(line,)) for line in problem.errors]
        return [
            line
            for one in single
            for line in blame_settings(one, read_sources(), os.environ, language).errors
        ]

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
            raise type(error)([fault.at(field="--db") for fault in error.faults]) from error

    def _check_rules(self) -> None:
        from yihui.services.rules.rules import read_library

        read_library(self.wiring.settings.rules_in_force)
