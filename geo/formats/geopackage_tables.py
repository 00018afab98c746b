"""Find the tables of a GeoPackage, before GDAL opens it.

A GeoPackage is an SQLite database that a stranger wrote. A view in it may never end (a recursive one), and
so may a generated column; the layers are therefore its plain tables alone, counted within a time limit.
"""

import sqlite3
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass

from core.faults import FaultError, FaultTable
from core.text_marks import N_

_FAULTS = FaultTable(
    "geopackage",
    {
        "unreadable": (
            N_("the GeoPackage can't be read: {value}"),
            N_("open it in the program it came from and save it again"),
        ),
        "no_layers": (N_("the GeoPackage holds no layer"), N_("export the layer again with what is in it")),
        "view": (
            N_("the layer {value} is no plain table, but a view or has computed columns"),
            N_("export the layer as a table of its own: a view may compute without end"),
        ),
        "too_many": (
            N_("the layer {value} has more than {most} rows"),
            N_("split it by city or by province"),
        ),
        "too_slow": (
            N_("the GeoPackage can't be counted in {value} seconds"),
            N_("export its layer anew; the file may have been made to keep programs busy"),
        ),
    },
)
TIME_LIMIT_S = 20.0
_STYLES = "layer_styles"  # where QGIS keeps the styles of the other layers
_STEPS_BETWEEN_LOOKS = 100_000
_FORMAT_BYTES = slice(18, 20)  # of SQLite's header: 1 is a rollback journal, 2 a write-ahead log
_LARGEST_VALUE_BYTES = 64_000_000  # the outline of a province in full detail


@dataclass(frozen=True, slots=True)
class GeoPackageTables:
    """The database for GDAL, without views, and the number of rows of each layer."""

    content: bytes
    counts: Mapping[str, int]


def find_geopackage_tables(
    content: bytes, file: str, layer: str | None, most_rows: int, limit_s: float = TIME_LIMIT_S
) -> GeoPackageTables:
    """Return the layers that are plain tables; ``layer`` is the one that the user named.

    *Raises*: FaultError if there is none, if ``layer`` is none, or if counting takes too long.
    """
    ends = time.monotonic() + limit_s
    with closing(sqlite3.connect(":memory:")) as database:
        database.set_progress_handler(lambda: time.monotonic() > ends, _STEPS_BETWEEN_LOOKS)
        database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, max(_LARGEST_VALUE_BYTES, len(content)))
        try:
            return _tables(database, content, file, layer, most_rows)
        except sqlite3.OperationalError as error:
            if str(error) != "interrupted":
                raise FaultError(_FAULTS.build("unreadable", file=file, value=str(error)[:200])) from error
            raise FaultError(_FAULTS.build("too_slow", file=file, value=f"{limit_s:g}")) from error
        except (sqlite3.Error, UnicodeError, ValueError, OverflowError) as error:
            raise FaultError(_FAULTS.build("unreadable", file=file, value=str(error)[:200])) from error


def _tables(
    database: sqlite3.Connection, content: bytes, file: str, layer: str | None, most_rows: int
) -> GeoPackageTables:
    own = bytearray(content)
    own[_FORMAT_BYTES] = b"\x01\x01"  # a database in memory can't have a write-ahead log
    database.deserialize(bytes(own))
    database.execute("PRAGMA trusted_schema = OFF")
    kinds = dict(database.execute("SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view')"))
    listed = _listed(database, kinds)
    plain = [name for name in listed if _is_plain(database, name)]
    if layer in kinds and layer not in plain:
        raise FaultError(_FAULTS.build("view", file=file, value=layer))
    if not plain:
        refused = next(iter(listed), None)
        code = "no_layers" if refused is None else "view"
        raise FaultError(_FAULTS.build(code, file=file, value=refused or "0"))
    counts = {name: _count(database, name, file, most_rows) for name in plain}
    return GeoPackageTables(_without(database, content, kinds, set(listed) - set(plain)), counts)


def _listed(database: sqlite3.Connection, kinds: Mapping[str, str]) -> list[str]:
    """Return the names in the table of contents that exist. A view in its place is as bad as none."""
    if kinds.get("gpkg_contents") != "table":
        return []
    rows = database.execute(
        "SELECT table_name FROM gpkg_contents WHERE data_type IN ('features', 'attributes') LIMIT 10000"
    )
    return [str(name) for (name,) in rows if name in kinds and name != _STYLES]


def _is_plain(database: sqlite3.Connection, name: str) -> bool:
    """Return whether a layer is a table that stores all of its columns."""
    (sql,) = database.execute("SELECT sql FROM sqlite_master WHERE name = ?", [name]).fetchone()
    if not str(sql).lstrip().upper().startswith("CREATE TABLE"):
        return False
    hidden = database.execute("SELECT max(hidden) FROM pragma_table_xinfo(?)", [name]).fetchone()[0]
    return bool(hidden == 0)


def _count(database: sqlite3.Connection, name: str, file: str, most_rows: int) -> int:
    counted = f"SELECT count(*) FROM (SELECT 1 FROM {_quoted(name)} LIMIT {most_rows + 1})"
    count = int(database.execute(counted).fetchone()[0])
    if count > most_rows:
        raise FaultError(_FAULTS.build("too_many", file=file, value=name, most=f"{most_rows:,}"))
    return count


def _without(
    database: sqlite3.Connection, content: bytes, kinds: Mapping[str, str], layers: set[str]
) -> bytes:
    """Return the database without its views and without these layers; GDAL asks every layer for its size."""
    views = [name for name, kind in kinds.items() if kind == "view"]
    if not views and not layers:
        return content
    triggers = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for (name,) in triggers:
        database.execute(f"DROP TRIGGER {_quoted(name)}")
    for name in views:
        database.execute(f"DROP VIEW {_quoted(name)}")
    for name in layers:
        database.execute("DELETE FROM gpkg_contents WHERE table_name = ?", [name])
        if kinds.get("gpkg_geometry_columns") == "table":
            database.execute("DELETE FROM gpkg_geometry_columns WHERE table_name = ?", [name])
    database.commit()
    return database.serialize()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
