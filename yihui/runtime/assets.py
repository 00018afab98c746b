"""Reads what pages and maps load: the browser libraries that the build fetched, and our own files."""

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

STATIC = Path(__file__).parents[1] / "static"


@cache
def vendored() -> dict[str, Path]:
    """Where each browser library lies, by its plain name (``leaflet.js``).

    *Raises*: FileNotFoundError where the front end has not been built (``python hatch_build.py`` does).
    """
    names: dict[str, str] = _manifest("vendor")["files"]
    return {name: STATIC / "vendor" / hashed for name, hashed in names.items()}


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a page begins with: its address, those that come with it, and the texts that its script says."""

    address: str
    chunks: tuple[str, ...]
    words: tuple[str, ...]


@cache
def bundles() -> Mapping[str, Bundle]:
    """The bundles by the name of their entry (``rider.js``, ``rider.css``).

    *Raises*: FileNotFoundError where the front end has not been built (``python hatch_build.py`` does).
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
    """The names of all files under ``static/built`` that pages may load."""
    return tuple(_manifest("built")["files"])


def _manifest(folder: str) -> dict[str, Any]:
    file = STATIC / folder / "manifest.json"
    if not file.exists():
        raise FileNotFoundError(errno.ENOENT, "not built yet: run python hatch_build.py", str(file))
    manifest: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return manifest


# In the order in which the page loads them: the first makes the name that the others add to.
MAP_SCRIPTS = ("core", "places", "dots", "scope", "areas", "names", "marks", "week", "frame")


def map_assets() -> "Assets":
    """Everything that a map page holds inside itself."""
    from maps import Assets, embed_images

    found, own = vendored(), files("maps")
    images = {name: path.read_bytes() for name, path in found.items() if path.suffix == ".png"}
    leaflet = embed_images(found["leaflet.css"].read_text(encoding="utf-8"), images)
    theirs = [found[name].read_text(encoding="utf-8") for name in ("leaflet.js", "markercluster.js")]
    ours = [own.joinpath("js", f"{name}.js").read_text(encoding="utf-8") for name in MAP_SCRIPTS]
    styles = [own.joinpath(name).read_text(encoding="utf-8") for name in ("page.css", "print.css")]
    return Assets(
        scripts=(*theirs, *ours),
        styles=(leaflet, found["markercluster.css"].read_text(encoding="utf-8"), *styles),
    )
