"""Full-width signs in YAML: each is named at its own place, and Chinese texts keep theirs."""

import pytest

from core.yaml.yaml_text import parse_yaml_document


def signs(text: str) -> list[tuple[int | None, int | None, str | None]]:
    faults = parse_yaml_document("rule.yaml", text).sorted_faults()
    assert all(fault.code == "yaml.full-width" for fault in faults), [fault.text for fault in faults]
    return [(fault.row, fault.column, fault.value) for fault in faults]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("id: a\ntitle：节日\non: x\n", [(2, 6, "：")]),
        ("id: a\ntitle： 节日\nbudget： x\non: y\n", [(2, 6, "："), (3, 7, "：")]),
        ("id: a\nbenefit: {kind： cash, amount_fen: 1}\n", [(2, 15, "：")]),
        ("id: a\nbenefit: {kind: cash， amount_fen: 1}\n", [(2, 21, "，")]),
        ("id: a\nbasis:\n  - kind：example\n    note: x\n", [(3, 9, "：")]),
        ("id: a\ntitle: “x: y”\n", [(2, 8, "“")]),
        ("id: a\nbenefit: ｛kind: cash｝\n", [(2, 10, "｛"), (2, 21, "｝")]),
    ],
)
def test_each_sign_is_named_at_its_own_place(text: str, found: list[tuple[int, int, str]]) -> None:
    assert signs(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "title: 节日：慰问，券\n",
        'title: "a：b，c"\n',
        "title: 慰问券   # note：x，y\n",
        "else: 请说“是”\n",
        "title: 他说：“好”\n",
        "remedy: |\n  app：打开\n  然后，去办\n",
    ],
)
def test_texts_keep_their_signs(text: str) -> None:
    assert parse_yaml_document("rule.yaml", text).faults == []


def test_another_fault_above_the_signs_is_still_reported() -> None:
    faults = parse_yaml_document("rule.yaml", "id: a: b\ntitle：x\n").sorted_faults()
    assert [fault.code for fault in faults] == ["yaml.not-yaml", "yaml.full-width"]
