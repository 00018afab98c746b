"""One table says what each fault means to a client: its title, its HTTP status and its exit code."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.faults import Fault, FaultError
from yihui.runtime.errors import (
    EXIT_ENVIRONMENT,
    EXIT_FINDINGS,
    EXIT_USAGE,
    FAULT_CLASSES,
    ErrorLine,
    problem_of,
)
from yihui.runtime.language import load_language

ROOT = Path(__file__).parents[3]
ROOMS = ("core", "geo", "rules", "maps", "members", "benefits", "events", "store", "yihui")
BUILT_OTHERWISE = {
    "reporter_key",  # given to faults of an unusable key while reports are accepted
    "authorisation.not_logged_in",  # the table's key is a member of Refusal
}


def declared_codes() -> Iterator[str]:
    """The area of every fault table, and its codes."""
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            text = path.read_text("utf-8")
            for node in ast.walk(ast.parse(text if "FaultTable(" in text else "")):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "FaultTable":
                    area, texts, *_ = node.args
                    if isinstance(area, ast.Constant):
                        yield str(area.value)
                        keys = texts.keys if isinstance(texts, ast.Dict) else ()
                        names = [key.value for key in keys if isinstance(key, ast.Constant)]
                        yield from (f"{area.value}.{name}" for name in names)


def test_every_classified_code_is_declared_in_a_table() -> None:
    assert set(FAULT_CLASSES) - set(declared_codes()) == BUILT_OTHERWISE


@pytest.mark.parametrize(
    ("code", "title", "status", "exit_code"),
    [
        ("usage.day", "wrong usage: --at", 400, EXIT_USAGE),
        ("demand.too_many_points", "wrong usage: --at", 400, EXIT_USAGE),
        ("nearest.unknown_travel", "wrong usage: --at", 400, EXIT_USAGE),
        ("setting.YIHUI_COUNT_DAYS", None, None, EXIT_ENVIRONMENT),
        ("oidc_setting.unset", None, None, EXIT_ENVIRONMENT),
        ("demand.overlap", None, 422, EXIT_FINDINGS),
        ("nearest.no_column", None, 422, EXIT_FINDINGS),
        ("move.unit", "the ledger refused this", 422, None),
        ("move.unknown", "the ledger refused this", 404, None),
        ("move.void", "the ledger refused this", 410, None),
        ("voucher.merchant", "the ledger refused this", 401, None),
    ],
)
def test_a_fault_has_the_title_status_and_exit_code_of_its_class(
    code: str, title: str | None, status: int | None, exit_code: int | None
) -> None:
    problem = problem_of(FaultError(Fault("no", "", field="--at", code=code)), load_language("en"))
    assert problem is not None
    assert title in (None, problem.title)
    assert status in (None, problem.status) and exit_code in (None, problem.exit_code)


@pytest.mark.parametrize(
    ("remedy", "advice"),
    [
        ("look its number up: yihui hotline list", "look its number up"),
        ("请重新查看（yihui hardship show），再按现在的内容办理", "请重新查看，再按现在的内容办理"),
        ("run `yihui cards keys rotate`", ""),
        ("重新提交；用 yihui run 处理", "重新提交"),
        ("choose another day", "choose another day"),
    ],
)
def test_a_page_states_a_remedy_without_commands(remedy: str, advice: str) -> None:
    assert ErrorLine("", remedy).advice == advice
