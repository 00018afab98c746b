"""Every code that people see has words: facilities, outcomes, and what the audit log holds."""

import ast
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import get_args

from benefits import GrantState
from geo.station import FACILITY_CODES
from members.hardship.case import FileAct
from members.hotline.case import CaseAct
from members.mutual_aid.claim import ClaimAct
from members.mutual_aid.policy import PolicyAct
from rules import FACTS_BY_EVENT
from yihui.access.audit import render_changes
from yihui.cases.applications.stages import StageKind
from yihui.cases.benefits.own_texts import STAGE_TEXTS
from yihui.cli.command_rights import COMMAND_RIGHTS
from yihui.frame.noun import load_nouns
from yihui.runtime.language import load_language
from yihui.services.access.audit import RecordedEntry
from yihui.services.desk.record_names import RecordNames
from yihui.views.audit import audit_change_lines
from yihui.views.audit_terms import FIELD_LABELS, OBJECT_LABELS, VERB_LABELS
from yihui.views.labels import ACCESS_LABELS, FACILITY_LABELS
from yihui.views.outcome_chips import OUTCOMES

SOURCES = Path(__file__).parents[3] / "yihui"
# Where a call's arguments hold the name of a form.
FORMS = {
    "pages.add_form": (2, 3),
    "pages.submit": (2,),
    "pages.carry_out": (3,),
}
ENTRIES = {"AuditEntry", "_audit", "audit_officer_act"}
CALLED = (*(one.rpartition(".")[2] for one in FORMS), *ENTRIES, "Act", "state_act")


def first_text(node: ast.expr) -> str:
    """Return a constant text, or the constant beginning of a composed one."""
    if isinstance(node, ast.JoinedStr) and node.values:
        node = node.values[0]
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


@cache
def read_nodes() -> list[ast.Call | ast.Assign]:
    """Return calls by which the program records acts, and what forms say before and after; few files are parsed."""
    found: list[ast.Call | ast.Assign] = []
    for path in sorted(SOURCES.rglob("*.py")):
        text = path.read_text("utf-8")
        if any(f"{name}(" in text for name in CALLED):
            names = (*CALLED, "before", "after") if "state_act(" in text else CALLED
            nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call | ast.Assign)]
            found += [node for node in nodes if name_of(node) in names]
    return found


def name_of(node: ast.Call | ast.Assign) -> str:
    named = node.func if isinstance(node, ast.Call) else node.targets[0]
    return getattr(named, "attr", getattr(named, "id", ""))


def read_calls() -> list[tuple[str, ast.Call]]:
    return [(name_of(node), node) for node in read_nodes() if isinstance(node, ast.Call)]


def read_forms() -> dict[str, set[str]]:
    """Return the verbs of forms, as far as they stand in the code, for each kind of call that names one."""
    found: dict[str, set[str]] = {name: set() for name in FORMS}
    for _, call in read_calls():
        if (name := ast.unparse(call.func)) in FORMS:
            texts = [first_text(call.args[place]) for place in FORMS[name] if place < len(call.args)]
            found[name] |= {text.partition("-")[0] for text in texts if text and text[0] != "/"}
    return found


def recorded_verbs() -> set[str]:
    """Return the last part of each act's name, as far as it stands in the code."""
    found = {one.value for acts in (CaseAct, FileAct, ClaimAct, PolicyAct) for one in acts}
    found |= {
        act.audit.rpartition(".")[2].removeprefix("policy_")
        for noun in load_nouns().values()
        for act in noun.acts
    }
    found |= set().union(*read_forms().values())
    for name, call in read_calls():
        if name in ENTRIES:
            found |= {text.rpartition(".")[2] for one in call.args[:5] if "." in (text := first_text(one))}
        if name == "Act" and 0 < len(call.args) < 6:  # not one of the frame
            found.add(first_text(call.args[0]))
    return found - {""}


def recorded_fields() -> set[str]:
    """Return the names of what entries say was so before and after, as far as they stand in the code."""
    given = [
        one.value
        for name, call in read_calls()
        if name in {*ENTRIES, "state_act"}
        for one in call.keywords
        if one.arg in ("before", "after")
    ]
    given += [node.value for node in read_nodes() if isinstance(node, ast.Assign)]
    keys = [key for node in given if isinstance(node, ast.Dict) for key in node.keys if key is not None]
    return {first_text(key) for key in keys} - {""}


def recorded_kinds() -> set[str]:
    """Return the kinds of records on which commands and the forms of pages act."""
    forms = {first_text(call.args[0]) for name, call in read_calls() if name == "state_act"}
    return (forms | {one.object_kind for one in COMMAND_RIGHTS.values() if one}) - {""}


def has_words(verb: str) -> bool:
    is_composed = verb.endswith("_")  # what follows is known only while the program runs
    return verb in VERB_LABELS or (is_composed and any(one.startswith(verb) for one in VERB_LABELS))


def test_every_code_that_people_see_has_words() -> None:
    assert tuple(FACILITY_LABELS) == FACILITY_CODES
    whole = {"granted", "refused", "entered", "waiting", "list_over", "held", *get_args(GrantState)}
    assert set(OUTCOMES) == whole
    assert set(STAGE_TEXTS) == set(get_args(StageKind))


def test_everything_that_the_audit_log_holds_has_words() -> None:
    verbs = recorded_verbs()
    assert all(read_forms().values()) and [verb for verb in sorted(verbs) if not has_words(verb)] == []
    for recorded, labels in ((recorded_fields(), FIELD_LABELS), (recorded_kinds(), OBJECT_LABELS)):
        assert recorded and recorded - set(labels) == set()


ZH, EN = load_language("zh"), load_language("en")


def entry_with(
    before: dict[str, object], after: dict[str, object], act: str = "hotline.open"
) -> RecordedEntry:
    at = datetime(2026, 10, 3, tzinfo=UTC)
    changes = render_changes(before, after)
    return RecordedEntry(
        1, at, "li.min", "officer", None, None, None, act, "hotline_case", "1", "", changes, None
    )


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


def test_no_fact_of_a_member_is_called_as_who_may_enter_a_place() -> None:
    """One English word for two things gave her employer the words of a closed door."""
    translate = load_language("zh").translate
    doors = {translate(text) for code, label in ACCESS_LABELS.items() for text in (code, label)}
    titles = {translate(fact.title) for facts in FACTS_BY_EVENT.values() for fact in facts.values()}
    assert not titles & doors
