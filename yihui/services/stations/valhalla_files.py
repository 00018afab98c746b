"""Find Valhalla's programs, and the street tiles that they read."""

import os
import shutil
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from yihui.runtime.routing_faults import ROUTING_FAULTS, RoutingUnavailable

VALHALLA_PROGRAMS = ("valhalla_build_tiles", "valhalla_service")
CONFIG, TILES, MARK = "valhalla.json", "tiles", "yihui-routing.json"


def find_valhalla_programs(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the folder of Valhalla's programs: named in YIHUI_VALHALLA, installed with yihui, or on the path.

    *Raises*: RoutingUnavailable.
    """
    found = next((folder for folder in _folders(environ) if _are_in(folder)), None)
    if found is None:
        named = environ.get("YIHUI_VALHALLA", "")
        code = "not_in_folder" if named else "not_installed"
        raise RoutingUnavailable(ROUTING_FAULTS.build(code, field="YIHUI_VALHALLA", value=named))
    return found


def _folders(environ: Mapping[str, str]) -> list[Path]:
    if named := environ.get("YIHUI_VALHALLA"):
        return [Path(named)]
    spec = find_spec("valhalla")
    packages = [Path(place) for place in (spec.submodule_search_locations or ())] if spec else []
    beside = Path(sys.prefix, "routing", "valhalla")  # for a Python too old for the package
    on_path = shutil.which(VALHALLA_PROGRAMS[1])
    return [*(one / "bin" for one in (*packages, beside)), *([Path(on_path).parent] if on_path else [])]


def _are_in(folder: Path) -> bool:
    return all(os.access(folder / program, os.X_OK) for program in VALHALLA_PROGRAMS)


def find_tiles(folder: Path) -> Path:
    """Return the folder of street tiles: the one that is named, or the ways in a folder of built streets.

    *Raises*: RoutingUnavailable if there are none.
    """
    ways = folder / "ways"
    found = ways if (ways / MARK).is_file() else folder
    if not (found / MARK).is_file() or not (found / TILES).is_dir():
        raise RoutingUnavailable(ROUTING_FAULTS.build("no_tiles", field="--routing", value=folder))
    return found
