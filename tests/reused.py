"""Migrated PostgreSQL databases that tests hand on: as new each time, without being made anew.

Making a migrated database and dropping it costs the server half a second of processor time, for a thousand
files. Emptying the few tables that a test filled costs a fraction. A database whose schema a test changed, or
that can't be reached, is dropped; what goes on using it under its old name finds nothing, as after a drop.
"""

import itertools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import LiteralString

import psycopg
from psycopg import sql

_SCHEMA = """
WITH own AS (SELECT oid FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema$)'),
     tables AS (SELECT c.* FROM pg_class c JOIN own ON c.relnamespace = own.oid)
SELECT md5(string_agg(line, E'\\n' ORDER BY line)) FROM (
  SELECT format('namespace %s', oid) FROM own
  UNION ALL SELECT format('class %s %s %s %s %s', oid, relname, relkind, reloptions, relacl) FROM tables
  UNION ALL SELECT format('column %s %s %s %s %s %s', attrelid, attname, atttypid, atttypmod, attnotnull, attisdropped)
    FROM pg_attribute WHERE attrelid IN (SELECT oid FROM tables)
  UNION ALL SELECT format('default %s %s', adrelid, adbin) FROM pg_attrdef
  UNION ALL SELECT format('index %s %s', indexrelid, indisvalid) FROM pg_index WHERE indrelid IN (SELECT oid FROM tables)
  UNION ALL SELECT format('trigger %s %s %s', oid, tgname, tgenabled) FROM pg_trigger
  UNION ALL SELECT format('constraint %s %s %s', oid, conname, convalidated) FROM pg_constraint
  UNION ALL SELECT format('function %s %s', oid, prosrc) FROM pg_proc WHERE pronamespace IN (SELECT oid FROM own)
  UNION ALL SELECT format('extension %s', extname) FROM pg_extension
  UNION ALL SELECT format('large object %s', oid) FROM pg_largeobject_metadata
  UNION ALL SELECT format('setting %s', setconfig) FROM pg_db_role_setting
    WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
) AS lines (line)
"""
_TABLES = (
    "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1"
)
_SEQUENCES = "SELECT sequencename, start_value, last_value FROM pg_sequences WHERE schemaname = 'public'"
_END_OTHERS = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s"
_Connection = psycopg.Connection[tuple[object, ...]]
_numbers = itertools.count(1)


@dataclass(slots=True)
class Template:
    """What a migrated database holds: the digest of its schema, its first rows and its sequences."""

    schema: object
    rows: Mapping[str, bytes]
    sequences: Mapping[str, object]


@dataclass
class ReusedDatabases:
    """The databases of one cluster that tests have handed back, copies of one template."""

    url: str
    template: str
    _free: list[str] = field(default_factory=list)

    @cached_property
    def _made(self) -> Template:
        with psycopg.connect(f"{self.url}/{self.template}") as connection:
            rows = {name: _copied(connection, name) for name in _filled(connection)}
            sequences = {str(name): last for name, _, last in connection.execute(_SEQUENCES)}
            return Template(_schema(connection), rows, sequences)

    @contextmanager
    def lent(self) -> Iterator[str]:
        """The URL of a database as the template is, under a name that no test had before."""
        name = self._free.pop() if self._free else self._create()
        yield f"{self.url}/{name}"
        with suppress(psycopg.OperationalError):  # a test has stopped the cluster
            self._take_back(name)

    def _create(self) -> str:
        assert self._made.rows, "the template is not migrated"
        with self._server() as server:
            server.execute(_statement("CREATE DATABASE {} TEMPLATE {}", name := _new_name(), self.template))
        return name

    def _take_back(self, name: str) -> None:
        with self._server() as server:
            try:
                server.execute(_END_OTHERS, (name,))
                # Whoever goes on, and connects again, finds nothing under the old name.
                server.execute(_statement("ALTER DATABASE {} RENAME TO {}", name, new := _new_name()))
            except psycopg.Error:
                server.execute(_statement("DROP DATABASE IF EXISTS {} WITH (FORCE)", name))
                return
            if self._is_as_new(new):
                self._free.append(new)
            else:
                server.execute(_statement("DROP DATABASE {} WITH (FORCE)", new))

    def _server(self) -> _Connection:
        return psycopg.connect(f"{self.url}/postgres", autocommit=True)

    def _is_as_new(self, name: str) -> bool:
        """Whether the database could be emptied; False where a test has changed more than rows."""
        try:
            with psycopg.connect(f"{self.url}/{name}") as connection:
                if _schema(connection) != self._made.schema:
                    return False
                connection.execute("SET session_replication_role = replica")  # no guard, no foreign key
                _empty(connection, self._made)
                return True
        except psycopg.Error:
            return False


def _new_name() -> str:
    return f"yihui_lent_{next(_numbers)}"


def _statement(text: LiteralString, *names: str) -> sql.Composed:
    return sql.SQL(text).format(*map(sql.Identifier, names))


def _empty(connection: _Connection, template: Template) -> None:
    filled = _filled(connection)
    changed = [name for name in filled if template.rows.get(name) != _copied(connection, name)]
    # DELETE would leave holes, which vacuum hands out again: later rows would lie in another order than they came.
    listed = sql.SQL(", ").join(map(sql.Identifier, changed))
    if changed:
        connection.execute(sql.SQL("TRUNCATE {} CASCADE").format(listed))
        filled = _filled(connection)
    for name, rows in template.rows.items():
        if name not in filled or _copied(connection, name) != rows:
            with connection.cursor().copy(_statement("COPY {} FROM STDIN", name)) as copy:
                copy.write(rows)
    for name, start, last in connection.execute(_SEQUENCES).fetchall():
        if last != template.sequences[str(name)]:
            first = template.sequences[str(name)]
            quoted = sql.Identifier(str(name)).as_string(connection)
            connection.execute("SELECT setval(%s, %s, %s)", (quoted, first or start, first is not None))


def _schema(connection: _Connection) -> object:
    row = connection.execute(_SCHEMA).fetchone()
    assert row is not None
    return row[0]


def _filled(connection: _Connection) -> list[str]:
    """The tables that hold rows."""
    names = [str(name) for (name,) in connection.execute(_TABLES)]
    held = sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})")
    asked = sql.SQL(" UNION ALL ").join(
        held.format(sql.Literal(name), sql.Identifier(name)) for name in names
    )
    return [str(name) for (name,) in connection.execute(asked)]


def _copied(connection: _Connection, name: str) -> bytes:
    with connection.cursor().copy(_statement("COPY {} TO STDOUT", name)) as copy:
        return b"".join(map(bytes, copy))
