"""Faults: what is wrong with an input, an act or the environment, where, and how to mend it.

A room declares its faults as a table of code → message and remedy and builds them by code. Texts are
English templates (``{value}`` style) and the keys of the message catalogue; ``yihui/runtime/errors.py``
translates them, and alone knows which code has which HTTP status and exit code.
"""

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, Self

from core.prompts import Placeholders

Severity = Literal["error", "warning", "information"]
"""Information only says that something could not be proven."""
Term = str | tuple[tuple[str, ...], ...]
"""A text of the catalogue; or a list of phrases, each of several texts that are translated one by one."""


class FaultText(NamedTuple):
    """The texts of one code: what is wrong, how to mend it, and why it matters."""

    message: str
    remedy: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of one input. ``row`` counts lines of the file from 1, the header being row 1.

    ``code`` is for programs: the area of its table and the code in it, such as ``stream.no_topic``.
    ``field`` is a column's name or a path like ``require[1].that``; ``value`` is what stands there.
    ``params`` fill the texts as they are; ``terms`` are translated first, and count before ``params``.
    """

    message: str
    remedy: str
    file: str | None = None
    row: int | None = None
    field: str | None = None
    value: str | None = None
    severity: Severity = "error"
    params: Mapping[str, str] = dataclasses.field(default_factory=dict)
    code: str = ""
    column: int | None = None
    why: str = ""
    terms: Mapping[str, Term] = dataclasses.field(default_factory=dict)

    @property
    def values(self) -> Mapping[str, object]:
        """The values for the placeholders of the texts, in English."""
        place = {"file": self.file, "row": self.row, "field": self.field or "", "value": self.value or ""}
        return {**place, **self.params, **{name: _english(term) for name, term in self.terms.items()}}

    @property
    def short_code(self) -> str:
        """The code without the area of its table, and without the variant after a second point."""
        return self.code.partition(".")[2].partition(".")[0]

    @property
    def text(self) -> str:
        """The message in English, filled in."""
        return self.message.format_map(Placeholders(self.values))

    def at(
        self,
        *,
        file: str | None = None,
        row: int | None = None,
        field: str | None = None,
        value: str | None = None,
    ) -> "Fault":
        """Return the same fault with its place filled in."""
        return replace(
            self,
            file=file or self.file,
            row=row if row is not None else self.row,
            field=field or self.field,
            value=value if value is not None else self.value,
        )


def _english(term: Term) -> str:
    return term if isinstance(term, str) else ", ".join(" ".join(phrase) for phrase in term)


@dataclass(frozen=True)
class FaultTable:
    """The faults of one area: code → texts. ``find_terms`` picks the params that are to be translated."""

    area: str
    texts: Mapping[str, tuple[str, str] | tuple[str, str, str]]
    find_terms: Callable[[Mapping[str, str]], Mapping[str, Term]] | None = None

    def build(
        self,
        code: str,
        *,
        file: str | None = None,
        row: int | None = None,
        column: int | None = None,
        field: str | None = None,
        value: object = None,
        severity: Severity = "error",
        terms: Mapping[str, Term] | None = None,
        **params: object,
    ) -> Fault:
        """Build the fault of a code; ``params`` fill the placeholders of its texts."""
        text = FaultText(*self.texts[code])
        filled = {name: str(param) for name, param in params.items()}
        if terms is None:
            terms = self.find_terms(filled) if self.find_terms else {}
        return Fault(
            text.message,
            text.remedy,
            file=file,
            row=row,
            column=column,
            field=field,
            value=None if value is None else str(value),
            severity=severity,
            params=filled,
            code=f"{self.area}.{code}",
            why=text.why,
            terms=terms,
        )


def raise_faults(faults: Iterable[Fault]) -> None:
    """Raise all of some faults together. *Raises*: FaultError if there are any."""
    if found := tuple(faults):
        raise FaultError(found)


def raise_faults_by_row(faults: Iterable[Fault]) -> None:
    """Raise the same as `raise_faults`, in the order of rows."""
    raise_faults(sorted(faults, key=lambda fault: fault.row or 0))


class FaultError(Exception):
    """Raised for what can't be used or done; it holds all faults at once.

    A subclass has no body of its own: it exists where a caller handles its faults apart from others.
    """

    def __init__(self, faults: Fault | Sequence[Fault]) -> None:
        self.faults = (faults,) if isinstance(faults, Fault) else tuple(faults)
        super().__init__("; ".join(fault.text for fault in self.faults[:5]))

    def __reduce__(self) -> "tuple[type[Self], tuple[Sequence[Fault]]]":
        """Say how another process builds the same error."""
        return type(self), (self.faults,)

    @property
    def code(self) -> str:
        """The code of the first fault."""
        return self.faults[0].code if self.faults else ""

    @property
    def short_code(self) -> str:
        """The code of the first fault within its area."""
        return self.faults[0].short_code if self.faults else ""

    def at(self, *, file: str | None = None, field: str | None = None, value: str | None = None) -> Self:
        """Return the same error with the place of its faults filled in."""
        return type(self)([fault.at(file=file, field=field, value=value) for fault in self.faults])
