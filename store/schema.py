"""The tables of a revision, found by running the migrations in memory."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from sqlalchemy import Connection, create_engine, inspect

from store.migration import upgrade_schema

_VERSIONS = "alembic_version"


@dataclass(frozen=True, slots=True)
class RevisionSchema:
    """Tables with their columns; a table comes after those that it refers to.

    ``numbered`` maps a table to the column that the database numbers by itself.
    """

    revision: str
    columns: Mapping[str, tuple[str, ...]]
    numbered: Mapping[str, str]

    @property
    def tables(self) -> tuple[str, ...]:
        return tuple(self.columns)


@cache
def schema_at_revision(revision: str) -> RevisionSchema:
    """Return the schema that the migrations up to a revision create."""
    engine = create_engine("sqlite://")
    try:
        with engine.begin() as connection:
            upgrade_schema(connection, revision)
            return _read(connection, revision)
    finally:
        engine.dispose()


def _read(connection: Connection, revision: str) -> RevisionSchema:
    inspector = inspect(connection)
    columns: dict[str, tuple[str, ...]] = {}
    numbered: dict[str, str] = {}
    for table, _ in inspector.get_sorted_table_and_fkc_names():
        if table is None or table == _VERSIONS:
            continue
        found = inspector.get_columns(table)
        columns[table] = tuple(column["name"] for column in found)
        key = inspector.get_pk_constraint(table)["constrained_columns"]
        whole = {column["name"] for column in found if str(column["type"]) == "INTEGER"}
        if len(key) == 1 and key[0] in whole:
            numbered[table] = key[0]
    return RevisionSchema(revision, columns, numbered)
