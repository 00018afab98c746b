"""Measure what git tracks: ``python -m tools.metrics`` prints product, tests, benches, tools, pages and words of Markdown.

Product is every Python file of the nine rooms, migrations included. Words are what white space divides (``wc -w``).
"""

import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROOMS = ("core", "store", "geo", "rules", "members", "benefits", "events", "maps", "yihui")


def list_tracked(root: Path) -> list[Path]:
    """Return the files that git tracks and that are there, relative to the root."""
    command = ["git", "ls-files", "-z"]
    listed = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
    return [Path(name) for name in listed.split("\0") if name and (root / name).is_file()]


def report_lines(root: Path, paths: Iterable[Path]) -> Iterator[str]:
    """Yield the report, one figure a line."""
    paths = list(paths)
    code = [path for path in paths if path.suffix == ".py"]
    for room in ROOMS:
        yield _count_lines(f"  {room}/", root, [path for path in code if path.parts[0] == room])
    yield _count_lines("product", root, [path for path in code if path.parts[0] in ROOMS])
    yield _count_lines("tests/", root, [path for path in code if path.parts[0] == "tests"])
    yield _count_lines("bench/", root, [path for path in code if path.parts[0] == "bench"])
    yield _count_lines("tools/", root, [path for path in code if path.parts[0] == "tools"])
    yield _count_lines("HTML pages", root, [path for path in paths if path.suffix == ".html"])
    texts = [path for path in paths if path.suffix == ".md"]
    words = sum(len((root / path).read_text("utf-8").split()) for path in texts)
    yield _format("Markdown", len(texts), words, "words")


def _count_lines(name: str, root: Path, paths: list[Path]) -> str:
    return _format(name, len(paths), sum((root / path).read_bytes().count(b"\n") for path in paths), "lines")


def _format(name: str, files: int, amount: int, unit: str) -> str:
    return f"{name:<12} {files:>5,} files {amount:>8,} {unit}"


def main() -> None:
    """Print the report."""
    for line in report_lines(ROOT, list_tracked(ROOT)):
        sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main()
