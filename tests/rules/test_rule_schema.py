"""The published schema accepts every file shipped, refuses faults of shape, and says what each key means."""

import json
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from jsonschema import Draft202012Validator, FormatChecker

from rules import rule_schema
from rules.yaml.rule_text import parse_rule_document

ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT / "rules" / "rule.schema.json"
FIRST_LINE = "# yaml-language-server: $schema=../rule.schema.json\n"


@cache
def validator() -> Draft202012Validator:
    return Draft202012Validator(rule_schema(), format_checker=FormatChecker())


def plain(value: object) -> object:
    """As an editor's YAML reader hands it to the schema: days are texts."""
    match value:
        case dict():
            return {key: plain(inner) for key, inner in value.items()}
        case tuple():
            return [plain(inner) for inner in value]
        case date():
            return value.isoformat()
    return value


def refused(text: str) -> list[str]:
    document = plain(parse_rule_document("r.yaml", text).value)
    return [error.message for error in validator().iter_errors(document)]


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(rule_schema())


def test_every_file_shipped_keeps_to_the_schema_and_names_it() -> None:
    files = [*(ROOT / "rules/library").glob("*.yaml"), *(ROOT / "rules/caps").glob("*.yaml")]
    texts = {file.stem: file.read_text("utf-8") for file in files}
    assert {stem: found for stem, text in texts.items() if (found := refused(text))} == {}
    assert [stem for stem, text in texts.items() if not text.startswith(FIRST_LINE)] == []


SOUND = """\
id: a-test
title: 测试
basis: [{kind: example}]
owner: "370000"
in_force: {from: 2024-01-01, until: 2026-12-31}
on: member.birthday
require:
  - {that: "member.status == 'active'", else: 不符合, remedy: 补办}
benefit: {kind: cash, amount_fen: 100}
limit: {times: 1, per: [member], every: once}
"""
OF_SHAPE = [
    ("title:", "titel:"),
    ("title: 测试\n", ""),
    ('"370000"', "370000"),
    ('"370000"', '"37"'),
    ("kind: cash", "kind: gold"),
    ("kind: example", "kind: rumour"),
    ("amount_fen: 100", "amount_fen: '100'"),
    ("amount_fen: 100", "amount_fen: -1"),
    ("amount_fen: 100", "amount_fen: param"),
    ("every: once", "every: weekly"),
    ("every: once", "every: rolling 0 days"),
    ("times: 1", "times: 0"),
    ("[member]", "[member, member.nothing]"),
    ("[member]", "[]"),
    ("on: member.birthday", "on: member.birthdays"),
    ("from: 2024-01-01", "from: 20240101"),
    ("else: 不符合", "otherwise: 不符合"),
    ("benefit: {kind: cash, amount_fen: 100}\n", ""),
    ("limit:", "expires: 90D\nlimit:"),
    ("limit:", "allocate: {mode: by_luck}\nlimit:"),
    ("limit:", "caps: birthday-cake\nlimit:"),
    ("limit:", "depends: [{after: x, state: lost, else: 无}]\nlimit:"),
]
SOUND_TOO = [
    ("amount_fen: 100", "amount_fen: param.amount"),
    ("every: once", "every: rolling 365 days"),
    ("every: once", "every: {from: 2024-01-01, until: 2024-06-30}"),
    ("limit: {times: 1, per: [member], every: once}", "limit: [{times: 1, every: once}, {times: 2, every: month}]"),
    ("benefit: {kind: cash, amount_fen: 100}", "benefit: [{kind: cash, amount_fen: 100}, {kind: item, unit: 份}]"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new"), OF_SHAPE)
def test_a_fault_of_shape_is_refused(old: str, new: str) -> None:
    assert old in SOUND
    assert refused(SOUND.replace(old, new))


@pytest.mark.parametrize(("old", "new"), [("", ""), *SOUND_TOO])
def test_what_is_sound_is_accepted(old: str, new: str) -> None:
    assert old in SOUND
    assert refused(SOUND.replace(old, new)) == []


def chinese() -> dict[str, str]:
    with (ROOT / "yihui/locale/zh/LC_MESSAGES/rules_lint.po").open("rb") as stream:
        return {str(m.id): str(m.string) for m in read_po(stream, abort_invalid=True) if m.id}


def test_every_key_says_what_it_means_in_chinese() -> None:
    texts = chinese()
    schema = rule_schema(lambda text: texts[text])
    for name, model in schema["$defs"].items():
        for key, described in model.get("properties", {}).items():
            said = described.get("description", "")
            assert any("\u4e00" <= sign <= "\u9fff" for sign in said), f"{name}.{key}"


def test_the_file_that_is_shipped_is_the_schema_of_today() -> None:
    """Otherwise: yihui --lang zh rules schema --to rules/rule.schema.json"""
    texts = chinese()
    assert json.loads(PUBLISHED.read_text("utf-8")) == rule_schema(lambda text: texts[text])
