"""Check that Yihui's packages are its own: their names (events, rules, …) are common.

Only the standard library is imported here: any other package may be the foreign one.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from importlib.machinery import PathFinder
from pathlib import Path

PACKAGES = ("core", "geo", "rules", "maps", "members", "benefits", "events", "store", "yihui")
# the smallest first; build and dev are not for users
EXTRAS = ("gis", "plan", "report", "ogc", "kafka", "observe", "backup", "postgres", "streets")
_EXTRA = re.compile(r"(?P<name>[\w-]+)[^;]*;.*extra == ['\"](?P<extra>\w+)['\"].*")
_DISTRIBUTIONS = {"pil": "pillow", "kafka": "kafka-python", "faust": "faust-streaming"}
_ADVICE = (
    "    → 请把驿惠装在单独的环境里：pipx install yihui、uv tool install yihui，或使用容器\n"
    "    → install Yihui in an environment of its own: pipx install yihui, uv tool install yihui, or the container\n"
)


def describe_foreign_packages(path: Sequence[str] | None = None) -> str:
    """Return what a user reads if a package that would be imported lies beside another Yihui; "" if none does."""
    home = Path(__file__).resolve().parents[2]
    foreign = [
        (name, found)
        for name in PACKAGES
        if (found := _package_folder(name, path)) is not None and found.parent != home
    ]
    return _message([(name, str(folder)) for name, folder in foreign])


def describe_shared_packages(path: Sequence[str] | None = None) -> str:
    """Return what a user reads if another distribution installed files into one of our packages; else ""."""
    return _message(sorted(set(_shared_packages(sys.path if path is None else path))))


def find_missing_extra(error: ModuleNotFoundError) -> tuple[str, str] | None:
    """Return the distribution that an import lacks and the extra of Yihui that brings it; None if no extra does."""
    from importlib.metadata import metadata

    missing = (error.name or "").partition(".")[0].lower()
    name = _DISTRIBUTIONS.get(missing, missing).replace("_", "-")
    declared = (_EXTRA.fullmatch(line) for line in metadata("yihui").get_all("Requires-Dist") or ())
    bringing = {found["extra"] for found in declared if found and found["name"] == name}
    extra = next((one for one in EXTRAS if one in bringing), None)
    return None if extra is None else (name, extra)


def _package_folder(name: str, path: Sequence[str] | None) -> Path | None:
    spec = PathFinder.find_spec(name, path)
    if spec is None:
        return None
    if spec.origin is not None:
        return Path(spec.origin).resolve().parent
    folder = next(iter(spec.submodule_search_locations or ()), None)
    return None if folder is None else Path(folder).resolve()


def _shared_packages(path: Sequence[str]) -> Iterator[tuple[str, str]]:
    from importlib.metadata import distributions

    for distribution in distributions(path=list(path)):
        name = distribution.metadata["Name"] or ""
        if name.lower() == "yihui":
            continue
        for file in distribution.files or ():
            if len(file.parts) == 2 and file.parts[1] == "__init__.py" and file.parts[0] in PACKAGES:
                yield file.parts[0], name


def _message(found: Sequence[tuple[str, str]]) -> str:
    if not found:
        return ""
    chinese = "；".join(f"{name} 来自 {whose}" for name, whose in found)
    english = "; ".join(f"{name} is from {whose}" for name, whose in found)
    return (
        f"这个 Python 环境里有与驿惠同名的软件包：{chinese}\n"
        f"this Python environment has packages named as Yihui's own: {english}\n{_ADVICE}"
    )
