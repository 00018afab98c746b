"""Whatever a rule file or a table holds, it is refused at its line, soon, and nothing of it is loaded."""

import time
from collections.abc import Callable

import pytest

from core.faults import Fault
from rules import RuleFaults, load_library
from rules.yaml.rule_text import parse_rule_document
from tests.rules.conftest import RULE as SOUND_RULE
from tests.rules.terms import render_texts

RULE = SOUND_RULE.format(id="a-test", on="course.completed", that="member.status == 'active'")
WITH_TABLE = RULE.replace("amount_fen: 100", "table: {file: tables/t.json, else: 无, remedy: 无}")
ROW = '      {"_id": "1", "s": ">= 90", "a": "9000"}'
TABLE = f"""\
{{"nodes": [
  {{"id": "t", "type": "decisionTableNode", "name": "t", "content": {{"hitPolicy": "first",
    "inputs": [{{"id": "s", "name": "成绩", "field": "event.score"}}],
    "outputs": [{{"id": "a", "name": "金额", "field": "amount_fen"}}],
    "rules": [
{ROW}
    ]}}}}], "edges": []}}
"""
SOUND = ("sound.yaml", RULE.replace("a-test", "sound"))
MOST_SECONDS = 3


def refused(files: list[tuple[str, str]]) -> list[Fault]:
    """The errors; beside a sound file, which isn't loaded either."""
    began = time.process_time()
    with pytest.raises(RuleFaults) as raised:
        load_library([*files, SOUND])
    assert time.process_time() - began < MOST_SECONDS
    errors = [finding for finding in raised.value.faults if finding.severity == "error"]
    for finding in errors:
        what, _, remedy = render_texts(finding)
        assert what and remedy and len(what) < 600
        assert finding.file != "sound.yaml"
    return errors


def swap(old: str, new: str) -> Callable[[str], str]:
    def spoil(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return spoil


RULES = [
    # what YAML takes for something else
    (swap("title: 测试", "title: on"), "yes-no", 2),
    (swap("times: 1", "times: 0o7"), "octal", 10),
    (swap("times: 1", "times: 0x1"), "octal", 10),
    (swap("amount_fen: 100", "amount_fen: 1_000"), "int-type", 9),
    (swap("amount_fen: 100", "amount_fen: 1:30"), "int-type", 9),  # ninety, to YAML 1.1
    (swap("amount_fen: 100", "amount_fen: .inf"), "int-type", 9),
    # days
    (swap("2026-12-31", "2026-2-3"), "date-type", 5),
    (swap("2026-12-31", "2026-12-31T00:00:00"), "date-type", 5),
    # places that there are not
    (swap("amount_fen: 100", "amount_fen: 100, redeem_at: {access: [unknown]}"), "literal-error", 9),
    (swap("amount_fen: 100", "amount_fen: 100, redeem_at: {facilities: [饮水]}"), "literal-error", 9),
    (swap("amount_fen: 100", "amount_fen: 100, redeem_at: {districts: [历下区]}"), "string-pattern-mismatch", 9),
    # keys
    (swap("limit: {", "limit: {<<: {a: 1}, "), "bad-key", 10),
    (swap("limit: {", "limit: {1: 2, "), "unknown-key", 10),
    (swap("limit: {", "limit: {? [a] : b, "), "bad-key", 10),
    # signs
    (swap("不符合", '"e\\u0301"'), "not-nfc", 8),  # by an escape
    (swap("不符合", '"a\\0b"'), "hidden-sign", 8),
    (swap("不符合", '"\\x1b[31m"'), "hidden-sign", 8),  # acts on a terminal
    (swap("不符合", '"\\u202e"'), "hidden-sign", 8),  # turns the text around
    (swap("不符合", "不\u200b符合"), "hidden-sign", 8),
    (swap("不符合", '"\\ud800"'), "not-yaml", 8),
    (swap("title: 测试", "title:\u00a0测试"), "not-yaml", 3),
]  # fmt: skip


@pytest.mark.parametrize(
    ("spoil", "code", "line"), RULES, ids=[f"{code}-{i}" for i, (_, code, _) in enumerate(RULES)]
)
def test_a_bad_rule_file_is_refused_at_its_line(spoil: Callable[[str], str], code: str, line: int) -> None:
    assert (code, line) in [(f.short_code, f.row) for f in refused([("bad.yaml", spoil(RULE))])]


TABLES = [
    (swap('"_id": "1", "s"', '"s": "1", "s"'), "duplicate-key", 6),
    (swap('">= 90"', "yes"), "yes-no", 6),
    (swap('">= 90"', '"sum([1..3])"'), "syntax", 6),
    (swap('">= 90"', "\"date('2026-02-30')\""), "bad-date", 6),
    (swap('"9000"', '"\\u202e9000"'), "hidden-sign", 6),
    (swap('      {"_id"', '\t{"_id"'), "tab", 6),
    (swap('"edges": []', '"edges": ['), "not-yaml", 7),
    (swap('"decisionTableNode"', '"functionNode"'), "decision-table", 2),  # it could run any program
    (lambda text: "", "empty-file", 1),
    (lambda text: "[" * 5_000, "not-yaml", 1),
]


@pytest.mark.parametrize(
    ("spoil", "code", "line"), TABLES, ids=[f"{code}-{i}" for i, (_, code, _) in enumerate(TABLES)]
)
def test_a_bad_decision_table_is_refused_at_its_line(
    spoil: Callable[[str], str], code: str, line: int
) -> None:
    assert load_library([("r.yaml", WITH_TABLE), ("tables/t.json", TABLE)])
    found = refused([("r.yaml", WITH_TABLE), ("tables/t.json", spoil(TABLE))])
    assert ("tables/t.json", code, line) in [(f.file, f.short_code, f.row) for f in found]


def test_a_sign_that_no_file_may_hold_is_told_where_it_stands() -> None:
    [finding] = parse_rule_document("r.yaml", "a: b\nc: d\0\n").sorted_faults()
    assert (finding.row, finding.column) == (2, 5)


@pytest.mark.parametrize(
    ("wrong", "nearest"),
    [
        ("facilities: [watter]", "did you mean water?"),
        ("facilities: [Charging]", "did you mean charging?"),
        ("kinds: [outdor_station]", "did you mean outdoor_station?"),
        ("access: [xyz]", "use one of: 'public', 'members', 'employer'"),
        ("districts: [历下区]", "370102"),
    ],
)
def test_a_misspelt_place_names_the_nearest_word(wrong: str, nearest: str) -> None:
    text = swap("amount_fen: 100", f"amount_fen: 100, redeem_at: {{{wrong}}}")(RULE)
    (fault,) = refused([("a.yaml", text)])
    assert nearest in " ".join(render_texts(fault))
