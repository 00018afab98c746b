"""Every error in one shape: what the command line prints and what RFC 9457 calls a problem.

``errors: [{file, row, field, value, message, remedy}]``, translated. One table says what each of
our exceptions means for an exit code and for an HTTP status.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from yihui.language import Language

if TYPE_CHECKING:
    from geo.faults import Fault
    from rules import Finding

N_ = str  # marks a text for the message catalogue

EXIT_FINDINGS, EXIT_USAGE, EXIT_ENVIRONMENT = 1, 2, 3


@dataclass(frozen=True, slots=True)
class Line:
    """One fault as people and programs read it."""

    message: str
    remedy: str
    file: str | None = None
    row: int | None = None
    column: int | None = None
    field: str | None = None
    value: str | None = None
    severity: str = "error"

    def as_json(self) -> dict[str, object]:
        return asdict(self)

    def text(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.row, self.column) if part is not None)
        words = f"{place}: {self.message}" if place else self.message
        return f"{words}\n    → {self.remedy}" if self.remedy else words


@dataclass(frozen=True, slots=True)
class Problem:
    title: str
    status: int  # HTTP
    exit_code: int
    errors: tuple[Line, ...] = field(default=())

    def as_json(self) -> dict[str, object]:
        return {
            "title": self.title,
            "status": self.status,
            "errors": [line.as_json() for line in self.errors],
        }


def fault_line(fault: Fault, language: Language) -> Line:
    """A fault of an input file or a request in the reader's language."""
    params = {
        "value": fault.value,
        "field": fault.field,
        "file": fault.file,
        "row": fault.row,
        **fault.params,
    }
    return Line(
        message=language.say(fault.message, **params),
        remedy=language.say(fault.remedy, **params),
        file=fault.file,
        row=fault.row,
        field=fault.field,
        value=fault.value,
        severity=fault.severity,
    )


def finding_line(finding: Finding, language: Language) -> Line:
    """A finding in a rule file in the reader's language."""
    what, why, remedy = finding.texts(language.text)
    return Line(
        message=f"{what} {why}".strip(),
        remedy=remedy,
        file=finding.file,
        row=finding.line,
        column=finding.column,
        severity=finding.severity,
    )


def problem_of(error: BaseException, language: Language) -> Problem | None:
    """What a known error means; None for an error that is a defect of ours."""
    for kind, explain in _table():
        if isinstance(error, kind):
            return explain(error, language)
    return None


Explain = Callable[[BaseException, Language], Problem]


def _table() -> Iterator[tuple[type[BaseException], Explain]]:
    """Exception → problem. Imports late: a command pays only for the rooms that it uses."""
    from geo.faults import InputFaults
    from rules import RuleFaults
    from store import StoreError

    yield InputFaults, _input_faults
    yield RuleFaults, _rule_faults
    yield StoreError, _store_error
    yield OSError, _os_error
    yield KeyboardInterrupt, _interrupted


def _input_faults(error: BaseException, language: Language) -> Problem:
    faults: tuple[Fault, ...] = getattr(error, "faults", ())
    title = language.say(N_("the input was not accepted: {count} faults"), count=len(faults))
    return Problem(title, 422, EXIT_FINDINGS, tuple(fault_line(fault, language) for fault in faults))


def _rule_faults(error: BaseException, language: Language) -> Problem:
    findings: tuple[Finding, ...] = getattr(error, "findings", ())
    title = language.say(
        N_("the rules were not loaded: {count} findings; the rules in force are untouched"),
        count=len(findings),
    )
    return Problem(title, 422, EXIT_FINDINGS, tuple(finding_line(finding, language) for finding in findings))


def _store_error(error: BaseException, language: Language) -> Problem:
    from store import StoreError

    assert isinstance(error, StoreError)
    line = Line(language.say(error.message, **error.params), language.say(error.remedy, **error.params))
    return Problem(language.say(N_("the database can't be used")), 503, EXIT_ENVIRONMENT, (line,))


def _os_error(error: BaseException, language: Language) -> Problem:
    assert isinstance(error, OSError)
    name = str(error.filename or "")
    template, remedy = N_("{name}: {detail}"), N_("check the name, the folder and its permissions")
    if isinstance(error, FileNotFoundError):
        template = N_("there is no file {name}")
    elif error.errno == errno.EADDRINUSE:
        template = N_("the address {name} is taken by another program")
        remedy = N_("stop the other program, or choose another port with --port")
    detail = error.strerror or str(error)
    line = Line(language.say(template, name=name, detail=detail), language.say(remedy), file=name or None)
    return Problem(language.say(N_("a file or an address can't be used")), 503, EXIT_ENVIRONMENT, (line,))


def _interrupted(_error: BaseException, language: Language) -> Problem:
    title = language.say(N_("stopped; what was committed stays, run the command again to go on"))
    return Problem(title, 503, 130)
