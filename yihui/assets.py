"""Reads what pages and maps load: the browser libraries that the build fetched, and our own files."""

import errno
import json
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from maps import Assets

STATIC = Path(__file__).parent / "static"


@cache
def vendored() -> dict[str, Path]:
    """Where each browser library lies, by its plain name (``leaflet.js``).

    *Raises*: FileNotFoundError where the front end has not been built (``python hatch_build.py`` does).
    """
    folder = STATIC / "vendor"
    manifest = folder / "manifest.json"
    if not manifest.exists():
        raise FileNotFoundError(errno.ENOENT, "not built yet: run python hatch_build.py", str(manifest))
    names: dict[str, str] = json.loads(manifest.read_text(encoding="utf-8"))["files"]
    return {name: folder / hashed for name, hashed in names.items()}


def map_assets() -> "Assets":
    """Everything that a map page holds inside itself."""
    from maps import Assets, embed_images

    found, own = vendored(), files("maps")
    images = {name: path.read_bytes() for name, path in found.items() if path.suffix == ".png"}
    leaflet = embed_images(found["leaflet.css"].read_text(encoding="utf-8"), images)
    scripts = [found[name].read_text(encoding="utf-8") for name in ("leaflet.js", "markercluster.js")]
    return Assets(
        scripts=(*scripts, own.joinpath("layers.js").read_text(encoding="utf-8")),
        styles=(
            leaflet,
            found["markercluster.css"].read_text(encoding="utf-8"),
            own.joinpath("page.css").read_text(encoding="utf-8"),
        ),
    )
