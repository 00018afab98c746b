"""A scratch database: tables without their guards, in a temporary file that is deleted at the end."""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Table, create_engine
from sqlalchemy.schema import CreateTable

_PRAGMAS = ("journal_mode=MEMORY", "synchronous=OFF", "ignore_check_constraints=ON", "cache_size=-65536")


@contextmanager
def open_scratch_database(tables: Iterable[Table]) -> Iterator[Connection]:
    """Open a SQLite database with empty tables, without their indexes, foreign keys and checks.

    What is read into it may be damaged in every way, and is to be judged, not refused. Keys stay unique. The
    caller may create the indexes once the rows are there.
    """
    with tempfile.TemporaryDirectory(prefix="yihui-") as folder:  # its mode is 0700
        path = Path(folder) / "scratch.db"
        engine = create_engine(
            f"sqlite:///{path}", connect_args={"isolation_level": None}, hide_parameters=True
        )
        try:
            with engine.connect() as connection:
                for pragma in _PRAGMAS:
                    connection.exec_driver_sql(f"PRAGMA {pragma}")
                connection.exec_driver_sql("BEGIN")
                for table in tables:
                    connection.execute(CreateTable(table))
                yield connection
        finally:
            engine.dispose()
