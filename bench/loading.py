"""Benchmark loading a register of 10,790 stations from SQLite, which each start of a page or a command waits
for.
"""

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from time import process_time

import numpy as np

import yihui.schema  # noqa: F401
from bench.measurement import Measurement
from bench.stations import random_register
from geo.registry.diff import Register
from geo.registry.stations import import_stations, load_stations
from store import migrate_database, open_database

SIZE, ROUNDS, GOAL_S = 10_790, 5, 0.3
_AT = datetime(2026, 10, 3, tzinfo=UTC)


def measure() -> list[Measurement]:
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(str(Path(folder) / "yihui.db"))
        migrate_database(database)
        with database.write() as connection:
            stations = random_register(np.random.default_rng(1), SIZE)
            import_stations(connection, Register("bench", "", "", ""), stations, _AT)
        seconds = []
        for _ in range(ROUNDS):
            begin = process_time()
            with database.read() as connection:
                assert len(load_stations(connection)) == SIZE
            seconds.append(process_time() - begin)
        database.close()
    name, detail = "locator.load_10790", f"{SIZE:,} stations out of SQLite"
    return [Measurement.at_most(name, min(seconds), "s", GOAL_S, detail)]
