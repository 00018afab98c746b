"""Select rows by many keys, and read rows as records.

All keys are one parameter, so the statement is the same for any number.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import fields
from typing import Any, TypeVar

from pydantic_core import to_json
from sqlalchemy import ColumnElement, Connection, Result, Row, Text, bindparam, literal_column, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

READ_ONCE = "read_once"  # the option of a reading transaction's connection
_MOST_KEPT = 100
T = TypeVar("T")


class _Texts(FunctionElement[str]):
    """The texts of a JSON array, as rows of one column ``value``."""

    name = "texts"
    inherit_cache = True


@compiles(_Texts)
def _in_sqlite(element: _Texts, compiler: SQLCompiler, **more: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **more)})"


@compiles(_Texts, "postgresql")
def _in_postgresql(element: _Texts, compiler: SQLCompiler, **more: Any) -> str:
    return f"json_array_elements_text(CAST({compiler.process(element.clauses, **more)} AS json))"


def in_json_array(column: ColumnElement[str], name: str) -> ColumnElement[bool]:
    """Return a condition that ``column`` is one of many texts.

    The parameter ``name`` is ``json_array(…)`` of them.
    """
    given = _Texts(bindparam(name, type_=Text)).alias("given")
    return column.in_(select(literal_column("value", Text)).select_from(given))


def json_array(keys: Iterable[str]) -> str:
    """Return texts as the parameter of :func:`in_json_array`."""
    return to_json(list(keys)).decode()


def read_records(rows: Result[*tuple[Any, ...]]) -> Iterator[dict[str, Any]]:
    """Yield rows by column names that are plain texts.

    Those of SQLAlchemy are no plain texts; writing a row with them as JSON takes 60 times as long.
    """
    names = [*map(str, rows.keys())]
    return (dict(zip(names, row, strict=True)) for row in rows)


def build_record(kind: type[T], row: Row[*tuple[Any, ...]], /, **others: object) -> T:
    """Build a dataclass from the columns of a row that have its fields' names; ``others`` are of another form."""
    names = (one.name for one in fields(kind))  # type: ignore[arg-type]  # typing has no name for a dataclass
    return kind(**{name: row._mapping[name] for name in names if name not in others}, **others)


def read_once(connection: Connection, key: Hashable, read: Callable[[], T]) -> T:
    """Return what is read under a key: once in a reading transaction, whose snapshot doesn't change; else each time.

    The caller must not change what is returned.
    """
    kept: dict[Hashable, T] | None = connection.get_execution_options().get(READ_ONCE)
    if kept is None:
        return read()
    if key not in kept:
        if len(kept) == _MOST_KEPT:  # a long reading, such as a verification
            kept.clear()
        kept[key] = read()
    return kept[key]
