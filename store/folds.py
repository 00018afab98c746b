"""Fold the rows of a table again from sealed rows, and name each row that is otherwise, missing, or too many."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Table, select

from core.faults import Fault, FaultTable
from core.text_marks import N_

Row = tuple[Any, ...]
_KEYS_AT_ONCE = 1_000
_REMEDY = N_("compare with a backup from before, and find out who writes to the database")
FOLD_FAULTS = FaultTable(
    "folded_row",
    {
        "changed": (N_("{table}: {which} is not what {source} says: {columns}"), _REMEDY),
        "unsaid": (N_("{table}: nothing in {source} says that {which} is so"), _REMEDY),
        "missing": (N_("{table}: {source} says that {which} is there; the row is gone"), _REMEDY),
        "mark": (N_("{table}: {which} has not the mark that the program gives to such a row"), _REMEDY),
        "failed": (
            N_("{table}: the program fails at {which} ({error}), though {source} is as it was sealed"),
            N_("tell who maintains the program; it may hide what else is wrong with this row"),
        ),
        "order": (N_("{table}: the rows of {which} are in another order than {source} says"), _REMEDY),
    },
)


@dataclass(frozen=True, slots=True)
class Portion:
    """Some rows of a table by a condition, and what they should be: the values of the fold's columns, in order.

    Where the program itself fails, ``failed`` has the first value of the key and the name of the error, once
    ``expected`` was read; such rows aren't compared.
    """

    where: ColumnElement[bool]
    expected: Iterable[Row]
    failed: dict[Any, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fold:
    """A table whose rows follow from others: ``source`` names these.

    ``columns`` are compared; the first ``keys`` of them name a row. Every row of the table lies in one of the
    ``portions``, each small enough for the memory. ``order`` is that of rows in a portion, if it means anything.
    """

    table: Table
    source: str
    columns: Sequence[str]
    keys: int
    portions: Callable[[Connection], Iterator[Portion]]
    order: tuple[str, ...] = ()


def find_fold_faults(connection: Connection, folds: Iterable[Fold]) -> Iterator[Fault]:
    """Yield a fault for each row that doesn't follow from the rows of which its table is folded."""
    for fold in folds:
        for portion in fold.portions(connection):
            yield from _compare(connection, fold, portion)


def iter_key_portions(connection: Connection, key: Column[Any]) -> Iterator[tuple[Any, list[Any]]]:
    """Yield the values of a column that names things, some at a time, each with the last value before them.

    The last portion has no values: what lies behind it in another table is too many.
    """
    after: Any = -(2**62) if key.type.python_type is int else ""
    query = select(key).distinct().order_by(key).limit(_KEYS_AT_ONCE)
    while some := [*connection.execute(query.where(key > after)).scalars()]:
        yield after, some
        after = some[-1]
    yield after, []


def _compare(connection: Connection, fold: Fold, portion: Portion) -> Iterator[Fault]:
    query = select(*(fold.table.c[name] for name in fold.columns)).where(portion.where)
    query = query.order_by(*(fold.table.c[name] for name in fold.order))
    there = [tuple(row) for row in connection.execute(query)]
    expected = [*portion.expected]
    for key, error in portion.failed.items():
        table, source = fold.table.name, fold.source
        yield FOLD_FAULTS.build("failed", table=table, which=str(key), source=source, error=error)
    there = [row for row in there if row[0] not in portion.failed]
    if there == expected:
        return
    found, said = _by_key(fold, there), _by_key(fold, expected)
    is_named = False
    for key in sorted(found.keys() | said.keys(), key=str):
        for fault in _compare_key(fold, key, found.get(key, []), said.get(key, [])):
            is_named = True
            yield fault
    if not is_named and fold.order:
        first = next(one for one, other in zip(there, expected, strict=True) if one != other)
        yield _fault(fold, "order", first[: fold.keys])


def _by_key(fold: Fold, rows: Iterable[Row]) -> dict[Row, list[Row]]:
    found: defaultdict[Row, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[: fold.keys]].append(row)
    return found


def _compare_key(fold: Fold, key: Row, found: list[Row], said: list[Row]) -> Iterator[Fault]:
    if found and len(found) == len(said):
        for row, right in zip(found, said, strict=True):
            other = [name for name, a, b in zip(fold.columns, row, right, strict=True) if a != b]
            if other:
                yield _fault(fold, "changed", key, columns=", ".join(other))
    elif len(found) != len(said):
        yield _fault(fold, "unsaid" if len(found) > len(said) else "missing", key)


def _fault(fold: Fold, code: str, key: Row, columns: str = "") -> Fault:
    which = " ".join(str(part) for part in key)
    return FOLD_FAULTS.build(code, table=fold.table.name, which=which, source=fold.source, columns=columns)
