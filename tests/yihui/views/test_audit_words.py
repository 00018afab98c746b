"""The audit log in words: every act that the program records, and what it changed."""

import ast
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from members.hardship.case import FileAct
from members.hotline.case import CaseAct
from members.mutual_aid.claim import ClaimAct
from members.mutual_aid.policy import PolicyAct
from yihui.access.audit import render_changes
from yihui.cli.command_rights import COMMAND_RIGHTS
from yihui.runtime.language import load_language
from yihui.services.access.audit import RecordedEntry
from yihui.services.desk.record_names import RecordNames
from yihui.views.act_labels import act_text, object_text
from yihui.views.audit import audit_change_lines
from yihui.views.audit_terms import FIELD_LABELS, OBJECT_LABELS, VERB_LABELS

ROOT = Path(__file__).parents[3]
ZH, EN = load_language("zh"), load_language("en")
_FORMS = {
    "submit": (1, 2),
    "carry_out": (3,),
    "submit_own": (1,),
    "submit_with_file": (2, 3),
}  # where a form's name may stand
_ENTRIES = {"AuditEntry", "Act", "_audit", "audit_officer_act"}


def _first_text(node: ast.expr) -> str:
    """Return a constant text, or the constant beginning of a composed one."""
    if isinstance(node, ast.JoinedStr) and node.values:
        node = node.values[0] if isinstance(node.values[0], ast.expr) else ast.Constant("")
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _calls() -> Iterator[tuple[str, ast.Call]]:
    for path in sorted((ROOT / "yihui").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                yield getattr(node.func, "attr", getattr(node.func, "id", "")), node


def recorded_verbs() -> set[str]:
    """Return the last part of each act's name that the program records, as far as it stands in the code."""
    found = {one.value for acts in (CaseAct, FileAct, ClaimAct, PolicyAct) for one in acts}
    for name, call in _calls():
        places = _FORMS.get(name, ())
        found |= {
            text.partition("-")[0] if text.endswith("-") else text
            for place in places
            if place < len(call.args) and (text := _first_text(call.args[place]))
        }
        if (name in _ENTRIES and "Act" not in name) or name == "AuditEntry":
            found |= {_first_text(one).rpartition(".")[2] for one in call.args[:5] if "." in _first_text(one)}
        if name == "Act" and call.args:
            found.add(_first_text(call.args[0]))
    return {one for one in found if one}


def recorded_fields() -> set[str]:
    """Return the names of what entries say was so before and after, as far as they stand in the code."""
    found: set[str] = set()
    for name, call in _calls():
        if name in {"AuditEntry", "state_act", "audit_officer_act", "_audit"}:
            given = [one.value for one in call.keywords if one.arg in ("before", "after")]
            found |= {key for node in given for key in _keys(node)}
    for path in sorted((ROOT / "yihui").rglob("*.py")):
        if "state_act(" not in (text := path.read_text("utf-8")):
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in ("before", "after"):
                found |= _keys(node.value)
    return {one for one in found if one}


def _keys(node: ast.expr) -> set[str]:
    """Return the constant keys of a dictionary that is written out."""
    return {_first_text(key) for key in node.keys if key is not None} if isinstance(node, ast.Dict) else set()


def recorded_kinds() -> set[str]:
    """Return the kinds of records on which commands and the forms of pages act."""
    forms = {_first_text(call.args[0]) for name, call in _calls() if name == "state_act"}
    return forms | {one.object_kind for one in COMMAND_RIGHTS.values() if one}


def entry_with(
    before: dict[str, object], after: dict[str, object], act: str = "hotline.open"
) -> RecordedEntry:
    at = datetime(2026, 10, 3, tzinfo=UTC)
    changes = render_changes(before, after)
    return RecordedEntry(
        1, at, "li.min", "officer", None, None, None, act, "hotline_case", "1", "", changes, None
    )


@pytest.mark.parametrize("verb", sorted(recorded_verbs()))
def test_every_act_that_a_page_records_has_words(verb: str) -> None:
    is_composed = verb.endswith("_")  # what follows is known only while the program runs
    assert verb in VERB_LABELS or (is_composed and any(one.startswith(verb) for one in VERB_LABELS))


@pytest.mark.parametrize("field", sorted(recorded_fields()))
def test_every_value_that_an_entry_states_has_a_label(field: str) -> None:
    assert field in FIELD_LABELS


@pytest.mark.parametrize("kind", sorted(recorded_kinds()))
def test_every_kind_of_record_has_a_label(kind: str) -> None:
    assert not kind or kind in OBJECT_LABELS
    assert object_text(kind, ZH) != kind or not kind


@pytest.mark.parametrize(
    ("act", "text"),
    [
        ("hotline.handle.open", "办理热线工单 · 建立"),
        ("money.set_budgets.budget", "设定预算 · 设定预算"),
        ("own.code", "本人 · 出示券码"),
        ("keys.issue.key-bakery", "发放密钥 · 发放密钥"),
        ("members.read", "查看会员资料（已遮盖）"),
        ("money.release: payout release", "放款 · 命令 payout release"),
        ("something.new", "something.new"),
    ],
)
def test_an_act_is_named_in_words(act: str, text: str) -> None:
    assert act_text(act, ZH) == text


def test_a_change_is_a_sentence_from_what_it_was_to_what_it_is() -> None:
    entry = entry_with(
        {"amount_fen": 100_00, "state": "opened", "level": "困难", "whole_sender": True},
        {"amount_fen": 250_00, "state": "dispatched", "level": "困难", "officer": "li.min", "rule": "cake"},
    )
    names = RecordNames(officer={"li.min": "市总财务"}.get, rule={"cake": "生日送蛋糕"}.get)  # type: ignore[arg-type]
    assert [*audit_change_lines(entry, ZH, names)] == [
        "金额：由 100 元 改为 250 元",
        "困难等级：困难（未变）",
        "工作人员：市总财务（li.min）",
        "规则：生日送蛋糕",
        "状态：由 已登记 改为 已派单",
        "整个发送程序：不再是 是",
    ]


def test_what_was_erased_or_is_unknown_breaks_no_sentence() -> None:
    assert [*audit_change_lines(entry_with({}, {}), ZH)] == []
    assert [*audit_change_lines(entry_with({}, {"odd": {"a": [1, None]}}), EN)] == ["odd: a: 1, —"]
