"""Every command line of README and docs works as printed, on what `yihui demo` writes, and prints what they show."""

import contextlib
import io
import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.deploy import test_first_benefit
from tests.docs.documents import (
    ROOT,
    Line,
    documents,
    inline_commands,
    lines_of,
    shows,
    unfenced_commands,
)
from tests.tiers import ENDURES
from yihui.cli import build_command, move_global_options_first, run_command_line
from yihui.views.demo import DEMO_NEXT

# Lines that no test can run here, each with its reason.
NOT_RUN = {
    "source .venv/bin/activate": "the test runs in an environment and in the demo's folder already",
    "yihui serve": "runs until it is stopped; tests/yihui/http runs it",
    "make -C ../.. stack": "starts Kafka and PostgreSQL; tests/tools/test_stack.py runs it",
    "pip install 'yihui[ogc]'": "installs packages over a network",
    "openapi-python-client": "another program; tests/yihui/http/test_api_examples.py runs it",
}
# The README's lines that take longest: before a release; tests/yihui/cli runs each command on little data.
DEAR = (
    "yihui report coverage",
    "yihui backup",
    "yihui plan sites",
    "yihui plan gaps",
    "yihui plan export",
    "yihui plan demand",
    "yihui events replay",
)
# What finds something: exit code 1.
FINDING = {
    "yihui run autumn-events.jsonl": "six events are wrong on purpose",
}
with_demo = pytest.mark.thorough  # `make test` leaves out what takes the whole demo
# The README's lines for each commit, but for the dear ones; those of the other pages before a release.
PAGES = [
    pytest.param(
        page, marks=pytest.mark.deeper if page.name == "README.md" else pytest.mark.endure, id=page.name
    )
    for page in documents()
    if not page.name.endswith((".zh.md", ".zh-CN.md")) and lines_of(page)
]
TRANSLATED = [page for page in documents() if page.name.endswith((".zh.md", ".zh-CN.md"))]


def typed(arguments: list[str], language: str = "zh") -> tuple[int, str, str]:
    """One command in this process: exit code, output, errors."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run_command_line(arguments, language)
    return code, out.getvalue(), err.getvalue()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """The demo's folder and its output, the folder named as ``make`` names it."""
    checkout = tmp_path_factory.mktemp("checkout")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("YIHUI")]:
            patch.delenv(name)
        patch.chdir(checkout)
        code, out, err = typed(["demo", "build/demo"])
        assert code == 0, err
        yield checkout / "build" / "demo", out


@pytest.fixture
def folder(demo: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The demo's folder, in which the user stands; it is put back afterwards."""
    place, kept = demo[0], tmp_path / "kept"
    shutil.copytree(place, kept)
    for name in [name for name in os.environ if name.startswith("YIHUI")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(place)
    monkeypatch.setenv("YIHUI_DATA_FOLDER", ".")
    yield place
    shutil.rmtree(place)
    kept.rename(place)


@with_demo
@pytest.mark.parametrize("page", PAGES)
def test_every_line_works_as_printed(page: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = [problem for line in lines_of(page) for problem in problems_of(line, monkeypatch)]
    assert not wrong, "\n".join(wrong)


def problems_of(line: Line, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """What a line does otherwise than its document says; test_first_benefit runs operate.md's in an empty folder."""
    if line.document == "operate.md" and all(
        words[1:] in test_first_benefit.commands() for _, words in line.commands()
    ):
        return
    if any(named in line.text for named in NOT_RUN) or (not ENDURES and line.text.startswith(DEAR)):
        return
    printed = ""
    for variables, words in line.commands():
        assert words[0] == "yihui", f"{line.document}: {line.text}: only yihui is run here"
        with monkeypatch.context() as patch:
            for name, value in variables.items():
                patch.setenv(name, value)
            code, out, err = typed(words[1:])
        printed += out
        expected = int(line.text.startswith(tuple(FINDING)))
        if code != expected:
            yield f"{line.document}: $ {line.text}\n  exit code {code}, not {expected}\n{err}"
    for missing in shows(printed, line.shown):
        yield f"{line.document}: $ {line.text}\n  doesn't print {missing!r}, but\n{printed}"


def test_a_translation_shows_the_same_lines() -> None:
    for page in TRANSLATED:
        original = page.with_name(page.name.replace(".zh-CN.md", ".md").replace(".zh.md", ".md"))
        shown = lines_of(original) if original.exists() else []  # otherwise no test would run its lines
        assert [list(line.commands()) for line in lines_of(page)] == [
            list(line.commands()) for line in shown
        ], page.name


def test_every_command_stands_in_a_block_that_is_run() -> None:
    assert [(page.name, text) for page in documents() for text in unfenced_commands(page)] == []


def test_commands_and_options_that_a_text_names_exist() -> None:
    root = build_command("zh")
    assert [
        (page.name, text) for page in documents() for text in inline_commands(page) if not _exists(root, text)
    ] == []


def _exists(root: Any, text: str) -> bool:
    """Whether the subcommands and options at the head of a text exist; placeholders follow them."""
    command = root
    words = move_global_options_first(text.replace("…", "").split())
    known = {name for parameter in root.params for name in parameter.opts}
    while words and words[0] in known:
        words = words[2:]
    while words and hasattr(command, "commands"):
        if words[0] not in command.commands:
            return not words[0].isascii() or words[0].startswith("--")
        command, words = command.commands[words[0]], words[1:]
    known |= {name for parameter in command.params for name in (*parameter.opts, "--help")}
    return all(word.split("=")[0].strip("[]") in known for word in words if word.strip("[]").startswith("--"))


@with_demo
def test_what_the_demo_says_to_type_next_works(folder: Path) -> None:
    for line, _ in DEMO_NEXT:
        if line != "yihui serve":
            assert typed(line.split()[1:])[0] == 0, line


def first_screen(readme: str) -> tuple[str, ...]:
    text = (ROOT / readme).read_text("utf-8")
    block = text.partition("make demo\n")[2].partition("\n```")[0]
    return tuple(line for line in block.splitlines() if line.strip() and line != "…")


@with_demo
def test_the_first_screen_shows_what_the_demo_prints(demo: tuple[Path, str]) -> None:
    lines = first_screen("README.zh-CN.md")
    assert len(lines) > 12
    assert shows(demo[1], lines) == []


@pytest.mark.endure
def test_the_demo_prints_and_writes_the_same_again(
    demo: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    first, printed = demo
    assert typed(["demo", "build/demo"])[:2] == (0, printed)
    again = tmp_path / "build" / "demo"
    files = [
        path.relative_to(first) for path in first.rglob("*") if path.is_file() and ".db" not in path.name
    ]
    # Attached files are named after their contents, and encrypted with another nonce each time; codes are drawn.
    assert [str(name) for name in files if not (again / name).exists()] == []
    plain = [name for name in files if name.parts[0] not in ("attachments", "codes.jsonl")]
    assert [str(name) for name in plain if (first / name).read_bytes() != (again / name).read_bytes()] == []


@with_demo
def test_the_demo_fills_the_officers_rooms(demo: tuple[Path, str]) -> None:
    folder, printed = demo
    assert "困难档案 4 份、互助报销 4 件、申请 8 件、热线来件 5 件、知识库 5 篇" in printed
    with contextlib.closing(sqlite3.connect(folder / "yihui.db")) as database:
        for table, states in (
            ("hardship_files", {"filed", "on_file", "closed"}),
            ("mutual_aid_policies", {"draft", "in_force"}),
            ("mutual_aid_claims", {"submitted", "approved", "returned"}),
            ("hotline_cases", {"opened", "dispatched", "called_back"}),
        ):
            assert {state for (state,) in database.execute(f"SELECT state FROM {table}")} == states
