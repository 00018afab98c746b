"""Nothing happens when a module of ours is imported, and each import says where it goes."""

import ast
import re
import subprocess
import sys
from pathlib import Path

from tests.sources import ROOT, imports_of, nodes_where, text_of
from tests.test_architecture import ALL, ROOMS, dotted, imports, where

IMPORTER = """
import importlib, sys, threading
watched, found, module = False, [], sys.argv[1]

def audit(event, arguments):
    if not watched:
        return
    if event in ("socket.__new__", "sqlite3.connect", "subprocess.Popen", "os.mkdir", "os.rename", "os.remove"):
        found.append(f"{event} {arguments!r:.80}")
    elif event == "open" and isinstance(arguments[0], str) and not arguments[0].endswith((".py", ".pyc", ".so")):
        found.append(f"open {arguments[0]}")

# What other people's packages do when they are imported is theirs: they are imported before we watch. One that
# jsonschema takes where it is there builds a grammar for seconds.
sys.modules["rfc3987_syntax"] = None
for name in sys.argv[2:]:
    importlib.import_module(name)
sys.dont_write_bytecode = True  # theirs is written: compiling it anew took a minute
sys.addaudithook(audit)
watched = True
importlib.import_module(module)
found += [str(thread) for thread in threading.enumerate()[1:]]
sys.stdout.write("; ".join(found))
"""


def others_of(paths: list[Path]) -> list[str]:
    """The packages of others that files import, at any depth."""
    ours = ROOMS | {"bench", "tools", "tests"}
    return sorted(
        {module for path in paths for module, _ in imports(path) if module.split(".")[0] not in ours}
    )


def test_nothing_happens_at_import(tmp_path: Path) -> None:
    """All modules at once, in a process of their own, under Python's audit hooks."""
    (tmp_path / "gathered.py").write_text("\n".join(f"import {dotted(path)}" for path in ALL))
    code = f"import sys; sys.path[:0] = [{str(ROOT)!r}, {str(tmp_path)!r}]\n{IMPORTER}"
    command = [sys.executable, "-c", code, "gathered", *others_of(ALL)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr[-2000:]


COMPUTED = re.compile(r"(?<!def )(?:\bimport_module|\b__import__) *\(")


def test_imports_say_where_they_go() -> None:
    """No relative and no computed import: either would hide an arrow."""
    relative = [f"{where(path)}:{line}" for path in ALL for module, line in imports(path) if module[0] == "."]
    assert relative == []
    assert {where(path) for path in ALL if COMPUTED.search(text_of(path))} - LAZY_DOORS == set()


LAZY_DOORS = {
    "yihui/cli/__init__.py",  # one of its own files for each command
    "yihui/http/face_routes.py",  # routers of yihui/http alone, by face
    "yihui/frame/noun.py",  # the nouns that bootstrap.NOUNS names
}  # list what others may use, import it when it is used


_ATTACHED = re.compile(r"\battach\(")


def test_a_door_imports_the_names_that_mypy_reads() -> None:
    doors = [path for path in ALL if path.name == "__init__.py" and _ATTACHED.search(text_of(path))]
    assert len(doors) > 5
    for door in doors:
        (attached,) = (node.value for node in nodes_where(door, _ATTACHED) if isinstance(node, ast.keyword))
        given = {f"{dotted(door)}.{name}": tuple(names) for name, names in ast.literal_eval(attached).items()}
        read = {module: names for module, names, _ in imports_of(door) if "." in module}
        assert read == given, where(door)
