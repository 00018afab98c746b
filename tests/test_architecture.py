"""The rooms and arrows of ARCHITECTURE.md, read from the code itself."""

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.sources import ROOT, imports_of, nodes_where, python_files, text_of

MAY_IMPORT = {
    "core": set(),
    "store": set(),
    "rules": set(),
    "geo": {"store"},  # in geo/registry only, see below
    "maps": {"geo"},
    "members": {"store"},
    "benefits": {"rules", "members", "store"},
    "events": {"benefits", "members", "geo", "rules", "store"},
    "yihui": {"store", "rules", "geo", "maps", "members", "benefits", "events"},
}
ROOMS = set(MAY_IMPORT)
FOR_ALL = {"core"}  # every room may import it

# What a pure module may not touch: databases, networks, files, clocks and chance.
IMPURE = {
    *("alembic", "asyncio", "fastapi", "httpx", "io", "multiprocessing", "os", "pathlib", "psycopg"),
    *("random", "requests", "secrets", "shutil", "socket", "sqlalchemy", "sqlite3", "store"),
    *("subprocess", "tempfile", "threading", "time", "urllib"),
}
EDGES_OF_GEO = ("geo/registry/", "geo/formats/")
CLOCK_CALLS = {"now", "today", "utcnow", "time", "monotonic", "perf_counter"}
ALLOWED_IN_PURE = {
    ("geo/hours/schedules.py", "threading"),  # one lock around a cache that all threads share
    ("geo/place_names/typed_points.py", "urllib"),  # urllib.parse takes a pasted link apart
}


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Every module that a file imports, wherever in the file, with its line."""
    return ((module, line) for module, _, line in imports_of(path))


def where(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def is_pure(path: Path) -> bool:
    name = where(path)
    return name.startswith("rules/") or (name.startswith("geo/") and not name.startswith(EDGES_OF_GEO))


ALL = [path for room in sorted(ROOMS) for path in python_files(room)]
PURE = [path for path in ALL if is_pure(path)]


def wrong_arrows(path: Path, name: str) -> list[str]:
    """Imports of rooms that a file may not import; ``name`` is its path from the root."""
    room = name.split("/")[0]
    allowed: set[str] = MAY_IMPORT[room] if room != "geo" or name.startswith("geo/registry/") else set()
    return [
        f"{name}:{line} imports {module}"
        for module, line in imports(path)
        if (other := module.split(".")[0]) in ROOMS and other != room and other not in allowed | FOR_ALL
    ]


def found_in(paths: Iterable[Path], check: Callable[[Path, str], list[str]]) -> list[str]:
    """What a check finds in all files together."""
    return [finding for path in paths for finding in check(path, where(path))]


def test_arrows_between_rooms_go_one_way() -> None:
    assert found_in(ALL, wrong_arrows) == []


def test_benches_and_servers_import_nothing_of_the_tests() -> None:
    paths = [*python_files("bench"), *python_files("tools/servers")]
    assert [where(path) for path in paths for module, _ in imports(path) if module.startswith("tests")] == []


# Layers of yihui/: what each may not import. Views know the results of services, which is why they may.
LAYER_MAY_NOT_IMPORT = {
    "services": {"views", "cli", "http", "planning", "typer", "fastapi", "starlette"},
    "access": {"services", "views", "cli", "http", "planning", "typer", "fastapi", "starlette"},
    "operations": {"services", "views", "cli", "http", "planning", "typer", "fastapi", "starlette"},
    "views": {"cli", "http", "typer", "fastapi", "starlette"},
    "files": {"services", "views", "cli", "http", "planning", "typer", "fastapi", "starlette"},
    "runtime": {"views", "cli", "http", "planning"},
    "planning": {"cli", "http", "fastapi", "starlette"},
    "samples": {"services", "views", "cli", "http", "planning", "runtime", "typer", "fastapi", "starlette"},
    "http": {"cli", "typer"},
    "cli": {"fastapi", "starlette"},
}
INSIDE_OF_LEDGER_AND_REGISTRY = (
    "benefits.ledger",
    "benefits.tables",
    "benefits.sealing",
    "geo.registry.tables",
)


def wrong_layers(path: Path, name: str) -> list[str]:
    """Imports of layers or libraries that a file of yihui/ may not import; ``name`` is its path from the root."""
    parts = name.split("/")
    layer = parts[1] if len(parts) > 2 else ""
    banned = LAYER_MAY_NOT_IMPORT.get(layer, set())
    inside = INSIDE_OF_LEDGER_AND_REGISTRY if layer in ("cli", "http") else ()
    return [
        f"{name}:{line} imports {module}"
        for module, line in imports(path)
        if (module.split(".")[1] if module.startswith("yihui.") else module.split(".")[0]) in banned
        or module.startswith(inside)
    ]


def test_arrows_between_layers_go_one_way() -> None:
    assert found_in(python_files("yihui"), wrong_layers) == []


PLANNING_VIEWS = [
    path for path in python_files("yihui/planning") if path.stem in ("request", "text", "answer")
]


_DATABASE = re.compile(r"\bdatabase\b|\brunner\b|\brun_in_transaction\b")


def test_views_and_files_open_no_transaction() -> None:
    opened = [
        f"{where(path)}:{node.lineno} {ast.unparse(node)}"
        for path in python_files("yihui/views") + python_files("yihui/files") + PLANNING_VIEWS
        for node in nodes_where(path, _DATABASE)
        if (isinstance(node, ast.Attribute) and node.attr == "database")
        or (isinstance(node, ast.Name) and node.id == "run_in_transaction")
    ]
    assert opened == []


def opened_transactions(path: Path, name: str) -> list[str]:
    """Where a file opens a transaction of the database."""
    return [
        f"{name}:{node.lineno} {ast.unparse(node)}"
        for node in nodes_where(path, _DATABASE)
        if (isinstance(node, ast.Attribute) and node.attr in ("read", "write") and _is_database(node.value))
        or (isinstance(node, ast.Name) and node.id == "run_in_transaction")
    ]


def _is_database(node: ast.expr) -> bool:
    return (isinstance(node, ast.Attribute) and node.attr == "database") or (
        isinstance(node, ast.Name) and node.id == "database"
    )


def test_routes_and_commands_call_services_and_open_no_transaction() -> None:
    assert found_in(python_files("yihui/http") + python_files("yihui/cli"), opened_transactions) == []


# Commands that open the database early, so that its faults are reported before they start; no transaction.
OPENS_THE_DATABASE = {
    "yihui/cli/serve.py": "the server's threads use it from the first request on",
    "yihui/cli/stream.py": "the relay and the worker run until they are stopped",
}


def test_two_commands_alone_open_the_database() -> None:
    using = {
        where(path)
        for path in python_files("yihui/cli")
        for node in nodes_where(path, _DATABASE)
        if isinstance(node, ast.Attribute) and node.attr in ("database", "runner")
    }
    assert using == set(OPENS_THE_DATABASE)


# A planner's question is a folder of yihui/planning/ with these files; study/ is what several of them share.
QUESTIONS = {
    *(
        "access",
        "comparison",
        "coverage",
        "demand",
        "gaps",
        "map",
        "report",
        "scenario",
        "searches",
        "siting",
    ),
}
SAME_FILES = {"request", "run", "answer"}
PLANNING_MAY_NOT_REACH = {  # by file name: what it may not import, nor the planning modules that it imports
    "request": {"run", "answer", "views", "typer"},
    "run": {"answer", "views", "typer"},
}


def _is_reached(module: str, banned: set[str]) -> bool:
    first, _, rest = module.partition(".")
    if module.startswith("yihui.planning."):
        return module.rpartition(".")[2] in banned & SAME_FILES
    return (rest.partition(".")[0] if first == "yihui" else first) in banned - SAME_FILES


def wrong_reach(path: Path, banned: set[str], root: Path = ROOT) -> list[str]:
    """What a planning module reaches, itself or through planning modules, and may not."""
    waiting, seen, wrong = [path], {path}, []
    while waiting:
        current = waiting.pop()
        for module, line in imports(current):
            if _is_reached(module, banned):
                wrong.append(f"{current.relative_to(root).as_posix()}:{line} imports {module}")
            further = root.joinpath(*module.split(".")).with_suffix(".py")
            if module.startswith("yihui.planning.") and further.exists() and further not in seen:
                seen.add(further)
                waiting.append(further)
    return wrong


PLANNING = python_files("yihui/planning")


def test_every_planning_question_has_the_same_files() -> None:
    folders = {path.parent.name for path in PLANNING if path.parent.parent.name == "planning"}
    assert folders == QUESTIONS | {"study", "analysis"}  # what several questions share, and all on a page
    for question in QUESTIONS:
        files = {path.stem for path in PLANNING if path.parent.name == question}
        assert files >= SAME_FILES, question


def test_requests_run_nothing_and_runs_render_nothing() -> None:
    checked = [path for path in PLANNING if path.stem in PLANNING_MAY_NOT_REACH]
    assert [one for path in checked for one in wrong_reach(path, PLANNING_MAY_NOT_REACH[path.stem])] == []


def test_yihui_holds_its_layers_and_four_modules() -> None:
    held = {path.name for path in (ROOT / "yihui").iterdir() if path.suffix == ".py"}
    assert held == {"__init__.py", "__main__.py", "bootstrap.py", "schema.py"}
    folders = {path.parts[-2] for path in (ROOT / "yihui").glob("*/__init__.py")}
    assert sorted(folders) == [
        "access",
        "cases",
        "cli",
        "files",
        "frame",
        "http",
        "money",
        "operations",
        "planning",
        "runtime",
        "samples",
        "services",
        "views",
    ]


def test_each_service_lies_in_the_folder_of_its_subject() -> None:
    assert [path.name for path in (ROOT / "yihui/services").glob("*.py")] == ["__init__.py"]


def test_the_door_of_every_room_but_those_of_modules_holds_imports_alone() -> None:
    for room in ROOMS - {"yihui", "geo", "core", "maps"}:
        tree = ast.parse((ROOT / room / "__init__.py").read_text("utf-8"))
        assert {type(node) for node in tree.body} == {ast.Expr, ast.ImportFrom, ast.If}, room


def test_modules_import_each_other_without_a_cycle() -> None:
    """At module level; an import within a function is how a cycle would hide, so it counts too."""
    names = {dotted(path): path for path in ALL}
    graph = {
        name: {m for module in _targets(path) if (m := _known(module, names)) and m != name}
        for name, path in names.items()
    }
    # A package's own __init__ gathers its modules; they may not import it back (checked), so that
    # the order exists whenever there is no cycle.
    TopologicalSorter(graph).prepare()


@pytest.mark.parametrize("room", sorted(ROOMS - {"core", "yihui"}))
def test_folders_of_a_room_lie_above_each_other(room: str) -> None:
    """Each with all its files as one; files beside them count by themselves."""
    graph: dict[str, set[str]] = {}
    for path in python_files(room):
        part = path.relative_to(ROOT / room).parts[0].removesuffix(".py")
        if part == "__init__":
            continue
        others = {module.split(".")[1] for module, _ in imports(path) if module.startswith(f"{room}.")}
        graph.setdefault(part, set()).update(others - {part})
    assert len(graph) > 5
    TopologicalSorter(graph).prepare()


def _targets(path: Path) -> Iterator[str]:
    package = path.relative_to(ROOT).parts[0]
    for module, names, _ in imports_of(path):
        if names:
            yield from (f"{module}.{name}" for name in names)
        elif module.startswith(package):
            yield module


def _known(module: str, names: dict[str, Path]) -> str | None:
    """The module of ours that an import means: itself, or the package that holds the name."""
    if module in names:
        return module
    above = module.rpartition(".")[0]
    return above if above in names else None


def test_pure_modules_import_no_database_network_file_or_clock() -> None:
    imported = {(where(path), module.split(".")[0]) for path in PURE for module, _ in imports(path)}
    assert {one for one in imported if one[1] in IMPURE} == ALLOWED_IN_PURE


CLOCKS = {"datetime", "date", "time", "datetime.datetime", "datetime.date", "dt.datetime"}
READERS = {
    *("read_file", "read_parquet", "read_csv", "files", "as_file"),
    *("read_text", "read_bytes", "open_text"),
}
_IMPURE_CALL = re.compile(rf"\b(?:open|{'|'.join([*READERS, *CLOCK_CALLS])}) *\(")


def impure_calls(path: Path, name: str) -> list[str]:
    """Calls of a clock or of a reader of files."""
    return [
        f"{name}:{node.lineno} {ast.unparse(node.func)}()"
        for node in nodes_where(path, _IMPURE_CALL)
        if isinstance(node, ast.Call) and _is_impure(*ast.unparse(node.func).rpartition(".")[::2])
    ]


def _is_impure(of: str, name: str) -> bool:
    return name in READERS or (name in CLOCK_CALLS and of in CLOCKS) if of else name == "open"


def test_pure_modules_call_no_clock_and_no_reader() -> None:
    assert found_in(PURE, impure_calls) == []


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@pytest.mark.parametrize("page", ["ARCHITECTURE.md", "docs/ways.md"])
def test_every_file_that_the_page_names_is_there(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    named = set(re.findall(r"`((?:[a-z_]+/)+[a-z_]*(?:\.py)?)`", text))
    assert len(named) > 20
    assert sorted(name for name in named if not (ROOT / name).exists()) == []


# What the frame takes from older layers ends with them: nothing is added.
OLDER_IMPORTS_OF_FRAME = {
    "yihui.cli.acting",
    "yihui.cli.options",
    "yihui.cli.output",
    "yihui.http.body",
    "yihui.http.errors",
    "yihui.http.login.login_request",
    "yihui.http.site",
    "yihui.services.access.authorisation",
    "yihui.services.access.officer_scope",
    "yihui.services.access.second_person",
    "yihui.services.attachments.attachments",
    "yihui.services.desk.record_names",
    "yihui.services.members.organisations",
    "yihui.views.actors",
    "yihui.views.csv_text",
    "yihui.views.text_table",
}
MOST_FRAME_LINES = 5_600


def test_the_frame_takes_nothing_new_from_older_layers_and_stays_small() -> None:
    files = python_files("yihui/frame")
    older = {module for path in files for module, _ in imports(path) if module.startswith(_OLDER)}
    assert older - OLDER_IMPORTS_OF_FRAME == set()
    assert sum(text_of(path).count("\n") for path in files) <= MOST_FRAME_LINES


_OLDER = ("yihui.cli.", "yihui.http.", "yihui.services.", "yihui.views.", "yihui.cases.", "yihui.planning.")
