"""Compare two ledgers line by line: every difference, grouped by what differs."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Literal

from store import Database

How = Literal["missing", "extra", "changed"]
_EXAMPLES = 3
_KEYS = ("id", "limit_key", "key", "places", "transaction_id", "grant_id", "waiting_id", "draw_id", "hash")
_WITH_KEYS = ("line", "slot", "number")  # rows of one id that are told apart by a number
_NOT_COMPARED = frozenset({"table", "digest"})
_LAST = "end"  # the table of the last line, which counts the lines
_WORDS = "explanation_forms"
_TABLE_IS_IN = 120  # so many characters of a line, after a digest
_Rows = Mapping[tuple[str, str], Mapping[str, object]]


@dataclass(slots=True)
class DifferenceGroup:
    """Rows of one table and rule that differ in the same way; up to three of them are named.

    ``missing`` rows are in the real ledger only, ``extra`` rows in the scratch ledger only.
    """

    table: str
    how: How
    rule: str
    fields: tuple[str, ...] = ()
    count: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, name: str) -> None:
        self.count += 1
        if len(self.examples) < _EXAMPLES:
            self.examples.append(name)


@dataclass(frozen=True, slots=True)
class LedgerDifference:
    """All differences of two ledgers, grouped, and the first line in which their exports differ.

    A side of the first line is None if that ledger has already ended.
    """

    line: int
    real: str | None
    scratch: str | None
    groups: tuple[DifferenceGroup, ...]

    @property
    def count(self) -> int:
        return sum(group.count for group in self.groups)


def compare_ledgers(real: Database, scratch: Database) -> LedgerDifference | None:
    """Return how the canonical exports differ; None if they are equal."""
    from benefits import canonical_export_lines

    first: tuple[int, str | None, str | None] | None = None
    only_real: dict[str, None] = {}
    only_scratch: dict[str, None] = {}
    with real.read() as connection, scratch.read() as other:
        pairs = zip_longest(
            _select_compared(canonical_export_lines(connection)),
            _select_compared(canonical_export_lines(other)),
            fillvalue=(0, None),
        )
        for (number, one), (place, another) in pairs:
            if one == another:
                continue
            first = first or (number or place, one, another)
            _strike(one, only_real, only_scratch)
            _strike(another, only_scratch, only_real)
    if first is None:
        return None
    return LedgerDifference(*first, tuple(_group_rows(_rows(only_real), _rows(only_scratch))))


def _select_compared(lines: Iterable[str]) -> Iterator[tuple[int, str | None]]:
    """Yield the lines with their numbers, without the count of lines and the words of explanations: a decision names
    these by their digest.
    """
    for number, line in enumerate(lines, 1):
        if not any(f'"table":"{table}"' in line[:_TABLE_IS_IN] for table in (_WORDS, _LAST)):
            yield number, line


def _strike(line: str | None, own: dict[str, None], others: dict[str, None]) -> None:
    """Strike a line out if the other ledger has it elsewhere, else keep it; so little is in memory."""
    if line is None:
        return
    if line in others:
        del others[line]
    else:
        own[line] = None


def _rows(lines: Mapping[str, None]) -> _Rows:
    rows = (json.loads(line) for line in lines)
    return {(row["table"], _name(row)): row for row in rows}


def _name(row: Mapping[str, object]) -> str:
    key = next((str(row[name]) for name in _KEYS if name in row), "—")
    return "/".join([key, *(str(row[name]) for name in _WITH_KEYS if name in row)])


def _group_rows(real: _Rows, scratch: _Rows) -> Iterator[DifferenceGroup]:
    """Yield the groups, those with the most rows first."""
    groups: dict[tuple[str, How, str, tuple[str, ...]], DifferenceGroup] = {}
    for key in sorted({*real, *scratch}):
        row = real.get(key) or scratch[key]
        how: How = "changed" if key in real and key in scratch else "missing" if key in real else "extra"
        fields = _changed_fields(real[key], scratch[key]) if how == "changed" else ()
        group = (key[0], how, str(row.get("rule_id", "")), fields)
        groups.setdefault(group, DifferenceGroup(*group)).add(key[1])
    yield from sorted(groups.values(), key=lambda one: (-one.count, one.table, one.how, one.rule))


def _changed_fields(real: Mapping[str, object], scratch: Mapping[str, object]) -> tuple[str, ...]:
    names = sorted({*real, *scratch} - _NOT_COMPARED)
    return tuple(name for name in names if real.get(name) != scratch.get(name))
