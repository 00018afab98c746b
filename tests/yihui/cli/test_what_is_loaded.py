"""What each kind of command may load: each library that it doesn't need is a wait at every start."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

_RUN = """
import io, json, sys
told, sys.stdout = sys.stdout, io.StringIO()
from yihui.cli import run_command_line
code = run_command_line(sys.argv[1:], "en")
json.dump([code, sorted(sys.modules)], told)
"""
GEOMETRY = {"numpy", "scipy", "pyproj", "shapely", "pandas", "geopandas"}
STORES = {"sqlalchemy", "psycopg", "rules", "geo", "members", "benefits", "events", "store"}
EVERY_DIALECT_AND_COUNTRY = {"sqlalchemy.dialects.postgresql", "holidays.countries"}
SERVERS = EVERY_DIALECT_AND_COUNTRY | {"fastapi", "starlette", "kafka", "faust", "folium", "matplotlib"}


@pytest.mark.parametrize(
    ("arguments", "forbidden"),
    [
        (("--version",), STORES | GEOMETRY | SERVERS | {"pydantic"}),
        (("--help",), STORES | GEOMETRY | SERVERS | {"pydantic"}),
        (("plan", "--help"), STORES - {"geo"} | GEOMETRY | SERVERS | {"pydantic"}),
        (("hotline", "list"), GEOMETRY | SERVERS | {"events", "rules", "geo.station"}),
        (("benefits", "list", "--member", "nobody"), GEOMETRY | SERVERS | {"events"}),
        (("ledger", "balances"), GEOMETRY | SERVERS | {"events", "rules", "geo"}),
        (("payout", "list"), GEOMETRY | SERVERS | {"rules", "yaml"}),
        (("doctor",), GEOMETRY | SERVERS | {"alembic"}),
        (("stations", "nearest", "117", "36", "--datum", "wgs84"), SERVERS | {"pandas", "geopandas", "shapely", "rules"}),
    ],
)  # fmt: skip
def test_a_command_loads_no_library_that_it_does_not_need(
    arguments: tuple[str, ...], forbidden: set[str], migrated_file: Path, tmp_path: Path
) -> None:
    shutil.copy(migrated_file, tmp_path / "yihui.db")
    environ = {**os.environ, "YIHUI_DATA_FOLDER": str(tmp_path)}
    command = [sys.executable, "-c", _RUN, *arguments]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    code, loaded = json.loads(done.stdout)
    assert code in (0, 1) or arguments == ("doctor",), done.stderr
    assert not [name for name in loaded if any(f"{name}.".startswith(f"{part}.") for part in forbidden)]
