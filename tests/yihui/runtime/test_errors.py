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
    "code",
    [
        "usage.day",
        "serving.open_to_all",
        "access.not_above_zero",
        "demand.too_many_points",
        "nearest.unknown_travel",
    ],
)
def test_a_value_that_can_not_be_read_is_wrong_usage(code: str) -> None:
    problem = problem_of(FaultError(Fault("no", "", field="--at", code=code)), load_language("en"))
    assert problem is not None
    assert (problem.title, problem.status, problem.exit_code) == ("wrong usage: --at", 400, EXIT_USAGE)


@pytest.mark.parametrize("code", ["setting.YIHUI_COUNT_DAYS", "setting_source.unknown", "oidc_setting.unset"])
def test_a_setting_that_can_not_be_is_a_fault_of_the_environment(code: str) -> None:
    problem = problem_of(FaultError(Fault("no", "", field="YIHUI_X", code=code)), load_language("en"))
    assert problem is not None
    assert problem.exit_code == EXIT_ENVIRONMENT


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("access.no_capacity", 422),
        ("demand.overlap", 422),
        ("nearest.no_column", 422),
        ("roll.future_date", 422),
    ],
)
def test_other_faults_of_the_same_areas_are_findings(code: str, status: int) -> None:
    problem = problem_of(FaultError(Fault("no", "", code=code)), load_language("en"))
    assert problem is not None
    assert (problem.status, problem.exit_code) == (status, EXIT_FINDINGS)


@pytest.mark.parametrize(
    ("code", "status"),
    [("move.unit", 422), ("move.unknown", 404), ("move.void", 410), ("voucher.merchant", 401)],
)
def test_a_refusal_of_the_ledger_has_its_own_title(code: str, status: int) -> None:
    problem = problem_of(FaultError(Fault("no", "", code=code)), load_language("en"))
    assert problem is not None
    assert (problem.title, problem.status) == ("the ledger refused this", status)


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
