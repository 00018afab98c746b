"""The audit log in words: an act, and what it changed."""

from datetime import UTC, datetime

from yihui.access.audit import render_changes
from yihui.runtime.language import load_language
from yihui.services.access.audit import RecordedEntry
from yihui.services.desk.record_names import RecordNames
from yihui.views.audit import audit_change_lines

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
