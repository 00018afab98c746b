"""One question to a database, or one change of it, in a transaction of its own."""

from collections.abc import Callable, Sequence
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, CursorResult, Executable, Row

from store import Database

Given = ParamSpec("Given")
Result = TypeVar("Result")
Work = Callable[Concatenate[Connection, Given], Result]


def read_in(
    database: Database, work: Work[Given, Result], *given: Given.args, **named: Given.kwargs
) -> Result:
    with database.read() as connection:
        return work(connection, *given, **named)


def write_in(
    database: Database, work: Work[Given, Result], *given: Given.args, **named: Given.kwargs
) -> Result:
    with database.write() as connection:
        return work(connection, *given, **named)


def rows_in(database: Database, query: Executable, *parameters: Any) -> Sequence[Row[Any]]:
    with database.read() as connection:
        return connection.execute(query, *parameters).all()


def values_in(database: Database, query: Executable, *parameters: Any) -> Sequence[Any]:
    """Return the first value of each row."""
    with database.read() as connection:
        return connection.execute(query, *parameters).scalars().all()


def value_in(database: Database, query: Executable, *parameters: Any) -> Any:
    """Return the only value of the only row."""
    with database.read() as connection:
        return connection.execute(query, *parameters).scalar_one()


def change_in(database: Database, statement: Executable, *parameters: Any) -> CursorResult[Any]:
    with database.write() as connection:
        return connection.execute(statement, *parameters)
