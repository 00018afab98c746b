"""Read the files that pages and maps load: browser libraries fetched by the build, and our own files."""

import errno
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from maps import Assets

STATIC_FOLDER = Path(__file__).parents[1] / "static"
# In loading order: the first script defines the namespace that the others extend.
MAP_SCRIPTS = (
    *("core", "canvas", "places", "clusters", "dots", "scope", "areas", "names", "marks", "reach"),
    *("week", "address", "frame"),
)


@cache
def vendored_files() -> dict[str, Path]:
    """Return the path of each browser library by its plain name (``leaflet.js``).

    *Raises*: FileNotFoundError if the front end has not been built (``python hatch_build.py`` builds it).
    """
    names: dict[str, str] = _manifest("vendor")["files"]
    return {name: STATIC_FOLDER / "vendor" / hashed for name, hashed in names.items()}


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle that a page loads: its address, its further chunks, and the texts that its script shows."""

    address: str
    chunks: tuple[str, ...]
    texts: tuple[str, ...]


@cache
def load_bundles() -> Mapping[str, Bundle]:
    """Return the bundles by the name of their entry (``rider.js``, ``rider.css``).

    *Raises*: FileNotFoundError if the front end has not been built (``python hatch_build.py`` builds it).
    """
    entries = _manifest("built")["entries"]
    return {
        name: Bundle(
            f"/static/built/{entry['file']}",
            tuple(f"/static/built/{chunk}" for chunk in entry["chunks"]),
            tuple(entry["words"]),
        )
        for name, entry in entries.items()
    }


def bundled_files() -> tuple[str, ...]:
    """Return the names of all files under ``static/built`` that pages may load."""
    return tuple(_manifest("built")["files"])


def _manifest(folder: str) -> dict[str, Any]:
    file = STATIC_FOLDER / folder / "manifest.json"
    if not file.exists():
        raise FileNotFoundError(errno.ENOENT, "not built yet: run python hatch_build.py", str(file))
    manifest: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return manifest


def load_map_assets(*, with_streets: bool = False) -> "Assets":
    """Read all scripts and styles that a map page contains; the renderer of streets only where it has some."""
    from maps import Assets, embed_images

    found, own = vendored_files(), files("maps")
    images = {name: path.read_bytes() for name, path in found.items() if path.suffix == ".png"}
    leaflet = embed_images(found["leaflet.css"].read_text(encoding="utf-8"), images)
    ours = [own.joinpath("js", f"{name}.js").read_text(encoding="utf-8") for name in MAP_SCRIPTS]
    styles = [
        own.joinpath(name).read_text(encoding="utf-8") for name in ("bars.css", "page.css", "print.css")
    ]
    renderer = _read_bundles("planner_streets.js") if with_streets else ()
    colours = _read_bundles("planner_streets.css") if with_streets else ()
    return Assets(
        scripts=(found["leaflet.js"].read_text(encoding="utf-8"), *ours, *renderer),
        styles=(leaflet, *styles, *colours),
    )


def _read_bundles(*names: str) -> tuple[str, ...]:
    files_found = (STATIC_FOLDER / load_bundles()[name].address.removeprefix("/static/") for name in names)
    return tuple(file.read_text(encoding="utf-8") for file in files_found)
