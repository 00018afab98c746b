"""Every fault of a rule file is told with file, line, column and remedy, all at once, and nothing is loaded."""

import re

import pytest

from core.faults import Fault
from rules import RuleFaults, lint_rule_files, load_library
from tests.rules.conftest import rule_text, shipped
from tests.rules.terms import render_texts

Files = list[tuple[str, str]]


def faults(files: Files) -> tuple[Fault, ...]:
    with pytest.raises(RuleFaults) as raised:
        load_library(files)
    for finding in raised.value.faults:
        what, _, remedy = render_texts(finding)
        assert finding.file and finding.row > 0 and finding.column > 0 and what and remedy
        assert not re.search(r"\{[a-z_]+\}", what), "a placeholder was left open"
    return tuple(finding for finding in raised.value.faults if finding.severity == "error")


EXPRESSIONS = [
    # (condition, code, column within the condition, what the remedy says)
    ("member.statuss == 'active'", "unknown-fact", 1, "member.status"),  # misspelt
    ("event.temperature_c > 35", "unknown-fact", 1, "weather.heat_warned"),  # of another event
    ("member.status == 1", "unlike-types", 1, "quotes"),
    ("member.joined_on > '2020-01-01'", "unlike-types", 1, "date('2026-01-31')"),
    ("member.joined_on > 20200101", "unlike-types", 1, "like with like"),
    ("member.status", "not-boolean", 1, "compare"),  # a text is no condition
    ("age(member.birthday, event.occurred_on)", "not-boolean", 1, "compare"),
    ("member.status == 'activ'", "unknown-value", 18, "active"),  # a value that it never has
    ("member.status in ['active', 'actve']", "unknown-value", 29, "active"),
    ("member.status > 'active'", "no-order", 1, "list the values"),
    ("member.honours == '劳模'", "compared-list", 1, "in member.honours"),
    ("'劳模' in member.status", "not-a-list", 9, "=="),
    ("1 in member.honours", "unlike-types", 1, "quotes"),
    ("member.status = 'active'", "syntax", 15, "=="),
    ("member.status == 'active' && true", "syntax", 27, "and"),
    ("member.status == “active”", "syntax", 18, "'"),  # typed with Chinese quotes
    ("member.status == 'active'，", "syntax", 26, ","),
    ("member.status == active", "bare-word", 18, "'active'"),
    ("(member.status == 'active'", "unfinished", 27, "bracket"),
    ("", "string-too-short", 1, "leave the key out"),
    ("date('2026-02-30') > member.joined_on", "bad-date", 1, "2026-01-31"),
    ("date('now') > member.joined_on", "bad-date", 1, "2026-01-31"),  # no clock
    ("date('２０２６-01-31') > member.joined_on", "bad-date", 1, "2026-01-31"),  # full-width digits
    ("event.year == ２０２６", "syntax", 15, "whole numbers"),
    ("member.status == ('active' == 'active' ? 1 : 2)", "unlike-types", 1, "quotes"),
    ("rand(10) > 5", "unknown-function", 1, "one of"),  # no chance
    ("agee(member.birthday, event.occurred_on) > 5", "unknown-function", 1, "age"),
    ("age(member.birthday) > 5", "wrong-argument", 1, "age(member.birthday"),
    ("age(member.status, event.occurred_on) > 5", "wrong-argument", 5, "fact of that kind"),
    ("known('x')", "wrong-argument", 7, "pass a fact"),
    ("known(member.trade, member.status)", "wrong-argument", 1, "known(member.trade)"),
    ("year(event.occurred_on) / 2 == 1", "syntax", 25, "multiply"),
    ("sum(map([1..30000000], member.status)) > 1", "syntax", 9, "whole numbers"),  # a loop
    ("member.status + 1 == 2", "not-a-number", 1, "whole numbers"),
    ("not member.status", "not-boolean", 5, "compare"),
    ("99999999999999999999 > 1", "large-number", 1, "smaller"),
    (" * ".join(["year(event.occurred_on)"] * 3) + " > 1", "large-number", 1, "fewer"),
    ("(" * 30 + "true" + ")" * 30, "deep-expression", 1, "split"),
    ("true or " * 300 + "true", "long-expression", 1, "split"),
    ("(true == true) == (true or false)", "compared-conditions", 2, "and, or, not"),
    ("((true ? true : false) ? true : false)", "nested-choice", 3, "and, or, not"),
    ("days_between(member.joined_on, event.occurred_on) > age(member.birthday, event.occurred_on)",
     "unlike-units", 1, "like with like"),
]  # fmt: skip


QUOTE_PARTS = {
    "unlike-types", "unlike-units", "no-order", "compared-list", "string-too-short", "unknown-function"
}  # fmt: skip
"""These messages quote both sides, or the name, in place of the whole that ``value`` holds."""


@pytest.mark.parametrize(
    ("that", "code", "column", "says"), EXPRESSIONS, ids=[e[0][:40] for e in EXPRESSIONS]
)
def test_an_unsound_condition_is_refused_at_its_place(that: str, code: str, column: int, says: str) -> None:
    findings = faults([("bad.yaml", rule_text(that))])
    finding = next(f for f in findings if f.short_code == code)
    assert (finding.file, finding.row) == ("bad.yaml", 8)
    assert finding.column == len('  - {that: "') + column
    what, _, remedy = render_texts(finding)
    assert says in remedy
    assert finding.field == "require[1].that" and finding.value
    assert finding.value in what or code in QUOTE_PARTS, what


SOUND = rule_text()
DOCUMENTS = [
    # (what a sound rule says, what is written instead, code, line, column); at the end where it says nothing
    ("title:", "titel:", "unknown-key", 2, 1),
    ("title: 测试\n", "", "missing-key", 1, 1),
    ('owner: "370000"\n', "", "missing-key", 1, 1),
    ("", "title: 又一个\n", "duplicate-key", 11, 1),
    ("until: 2026-12-31", "until: 2026-02-30", "no-such-day", 5, 37),
    ("until: 2026-12-31", "until: 2023-12-31", "span", 5, 11),
    ("until: 2026-12-31", "until: '2026-12-31'", "date-type", 5, 38),
    ('"370000"', "370000", "string-type", 4, 8),
    ('"370000"', '"37000"', "string-pattern-mismatch", 4, 9),
    ("amount_fen: 100", "amount_fen: 1.5", "int-type", 9, 35),
    ("amount_fen: 100", "amount_fen: -1", "greater-than-equal", 9, 35),
    ("kind: cash", "kind: gold", "literal-error", 9, 17),
    ("amount_fen: 100", "quantity: 1", "amount", 9, 10),
    ("every: once", "every: weekly", "literal-error", 10, 41),
    ("times: 1", "times: 2", "limit", 10, 8),
    ("[member]", "[member, event.onn]", "unknown-fact", 10, 33),
    ("[member]", "[member, member.birthday]", "sensitive-limit", 10, 33),
    ("on: member.birthday", "on: member.birthdays", "unknown-event", 6, 5),
    ("kind: example", "kind: document", "basis", 3, 9),
    ("kind: example", "kind: reported", "basis", 3, 9),
    ("不符合", "'{不符合}'", "string-pattern-mismatch", 8, 48),
    ("", "expires: 90D\n", "string-pattern-mismatch", 11, 10),
    ("", "expires: P９０D\n", "string-pattern-mismatch", 11, 10),  # full-width digits
    ("amount_fen: 100", "amount_fen: １００", "int-type", 9, 35),  # full-width digits
    ("", "programme: {from: 2024-01-02}\n", "beyond-programme", 5, 11),
    ("", "programme: {from: 2024-01-01, until: 2026-12-30}\n", "beyond-programme", 5, 11),
    (", until: 2026-12-31}\n", "}\nprogramme: {from: 2024-01-01, until: 2026-12-30}\n", "beyond-programme", 5, 11),
    ("amount_fen: 100", "amount_fen: !!int 100", "tag", 9, 35),
    (SOUND, "~\n", "not-a-rule", 1, 1),
    ("", "allocate: {mode: first_come}\n", "quota", 11, 11),
    ("", "allocate: {mode: everyone, quota: 3}\n", "quota", 11, 11),
    ("", "caps: [birthday-cakes]\n", "unknown-cap", 11, 8),
    ("id: a-test", "\tid: a-test", "tab", 1, 1),
    ("id: a-test", "id: &a a-test", "anchor", 1, 5),
    ("测试", "e\u0301", "not-nfc", 2, 1),
    ("title: 测试", "title: a: b", "not-yaml", 2, 9),
    ("", "---\nid: b\n", "not-yaml", 11, 1),
    (SOUND, "", "empty-file", 1, 1),
    (SOUND, "- a\n- b\n", "not-a-rule", 1, 1),
    (SOUND, "\0\0", "not-yaml", 1, 1),
    ("title: 测试", "title: a\0", "not-yaml", 2, 9),
    (SOUND, "cap: a-cap\ntitle: 标准\nper: grant\namounts: []\n", "too-short", 4, 10),
    ("title: 测试", "title: on", "yes-no", 2, 8),
    ("times: 1", "times: 0o7", "octal", 10, 16),
    ("times: 1", "times: 0x1", "octal", 10, 16),
    ("amount_fen: 100", "amount_fen: 1_000", "int-type", 9, 35),
    ("amount_fen: 100", "amount_fen: 1:30", "int-type", 9, 35),  # ninety, to YAML 1.1
    ("2026-12-31", "2026-2-3", "date-type", 5, 37),
    ("2026-12-31", "2026-12-31T00:00:00", "date-type", 5, 37),
    ("amount_fen: 100", "amount_fen: 100, redeem_at: {access: [unknown]}", "literal-error", 9, 61),
    ("amount_fen: 100", "amount_fen: 100, redeem_at: {facilities: [饮水]}", "literal-error", 9, 65),
    ("amount_fen: 100", "amount_fen: 100, redeem_at: {districts: [历下区]}", "string-pattern-mismatch", 9, 64),
    ("limit: {", "limit: {<<: {a: 1}, ", "bad-key", 10, 9),
    ("limit: {", "limit: {1: 2, ", "unknown-key", 10, 9),
    ("limit: {", "limit: {? [a] : b, ", "bad-key", 10, 11),
    ("不符合", '"e\\u0301"', "not-nfc", 8, 48),  # by an escape
    ("不符合", '"a\\0b"', "hidden-sign", 8, 48),
    ("不符合", '"\\x1b[31m"', "hidden-sign", 8, 48),  # acts on a terminal
    ("不符合", '"\\u202e"', "hidden-sign", 8, 48),  # turns the text around
    ("不符合", "不\u200b符合", "hidden-sign", 8, 47),
    ("不符合", '"\\ud800"', "not-yaml", 8, 50),
    ("title: 测试", "title:\u00a0测试", "not-yaml", 3, 1),
]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "code", "line", "column"), DOCUMENTS, ids=[f"{d[2]}-{i}" for i, d in enumerate(DOCUMENTS)]
)
def test_a_faulty_file_is_refused_at_its_place(old: str, new: str, code: str, line: int, column: int) -> None:
    assert old in SOUND
    bad = SOUND.replace(old, new) if old else SOUND + new
    findings = faults([("bad.yaml", bad), ("sound.yaml", rule_text(id="sound"))])
    assert {finding.file for finding in findings} == {"bad.yaml"}
    [finding, *_] = [f for f in findings if (f.short_code, f.row, f.column) == (code, line, column)] or [None]
    assert finding, [(f.short_code, f.row, f.column) for f in findings]
    if code not in ("empty-file", "missing-key"):  # nothing stands there
        assert finding.value
        assert finding.value in render_texts(finding)[0] or code in (
            "unknown-key",
            "hidden-sign",
            "bad-key",
            "too-short",
        )


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
    text = SOUND.replace("amount_fen: 100", f"amount_fen: 100, redeem_at: {{{wrong}}}")
    (fault,) = faults([("a.yaml", text)])
    assert nearest in " ".join(render_texts(fault))


def test_what_the_ledger_could_not_keep_is_refused_when_it_is_written() -> None:
    def files(benefit: str) -> Files:
        return [("r.yaml", rule_text().replace("{kind: cash, amount_fen: 100}", benefit))]

    assert load_library(files("{kind: item, unit: " + "盒" * 32 + "}"))
    assert faults(files("{kind: item, unit: " + "盒" * 33 + "}"))
    assert faults(files("{kind: cash, table: {rows: [{when: 'true', amount_fen: 0}], else: 无}}"))


def test_all_faults_of_all_files_are_told_at_once_in_order() -> None:
    bad = rule_text("member.statuss == 'active' and member.status == 3").replace(
        "amount_fen: 100", "amount_fen: x"
    )
    findings = faults([("b.yaml", bad), ("a.yaml", "")])
    assert [(f.file, f.short_code) for f in findings] == [
        ("a.yaml", "empty-file"),
        ("b.yaml", "unknown-fact"),
        ("b.yaml", "unlike-types"),
        ("b.yaml", "int-type"),
    ]


def test_an_endless_version_overlaps_all_that_come_later() -> None:
    endless = rule_text().replace(", until: 2026-12-31", "")
    later = rule_text().replace("from: 2024-01-01, until: 2026-12-31", "from: 2030-01-01")
    assert [f.short_code for f in faults([("1.yaml", endless), ("2.yaml", later)])] == [
        "overlapping-versions"
    ]


def versions(first: str, second: str, kind: str = "limit") -> Files:
    """Two adjoining versions, with what follows, that count by programme period."""
    text = rule_text()
    if kind == "limit":
        text = text.replace("every: once", "every: programme_period")
    elif kind == "quota":
        text += "allocate: {mode: first_come, quota: 9}\n"
    early = text.replace("until: 2026-12-31", "until: 2025-12-31") + first
    late = text.replace("from: 2024-01-01", "from: 2026-01-01") + second
    return [("1.yaml", early), ("2.yaml", late)]


WHOLE = "programme: {from: 2024-01-01, until: 2026-12-31}\n"


@pytest.mark.parametrize("kind", ["limit", "quota"])
def test_versions_that_would_begin_a_programme_anew_are_refused(kind: str) -> None:
    for first, second, line in [
        ("", "", 5),
        (WHOLE, "", 5),
        ("", WHOLE, 12 if kind == "quota" else 11),
        (WHOLE, WHOLE.replace("2026-12", "2027-12"), 12 if kind == "quota" else 11),
    ]:
        [finding] = faults(versions(first, second, kind))
        assert (finding.file, finding.row, finding.short_code) == ("2.yaml", line, "unlike-programmes")
        what, why, remedy = render_texts(finding)
        assert "1.yaml" in what and ".." in what and "anew" in why and "programme: {from" in remedy


def test_versions_of_one_programme_or_of_two_stated_ones_are_sound() -> None:
    first, second = "programme: {from: 2024-01-01, until: 2025-12-31}\n", "programme: {from: 2026-01-01}\n"
    for kind in ("limit", "quota"):
        assert load_library(versions(WHOLE, WHOLE, kind))
        assert load_library(versions(first, second, kind))
    assert load_library(versions("", "", "nothing"))


CAP = """\
cap: small
title: 小额标准
per: grant
amounts:
  - {from: 2020-01-01, amount_fen: 100, basis: {kind: reported, source: 某报}}
  - {from: 2025-01-01, amount_fen: 90, basis: {kind: reported, source: 某报}}
"""


def test_an_amount_may_reach_its_cap_but_not_pass_it_on_any_day() -> None:
    within = rule_text().replace("until: 2026-12-31", "until: 2024-12-31") + "caps: [small]\n"
    assert load_library([("cap.yaml", CAP), ("r.yaml", within)])
    [above] = faults([("cap.yaml", CAP), ("r.yaml", within.replace("amount_fen: 100", "amount_fen: 101"))])
    assert (above.short_code, above.row, above.column) == ("over-cap", 9, 35)
    [lowered] = faults([("cap.yaml", CAP), ("r.yaml", rule_text() + "caps: [small]\n")])
    assert "90" in render_texts(lowered)[0] and "某报" in render_texts(lowered)[1]


def test_a_rule_before_its_cap_and_a_cap_twice_are_refused() -> None:
    early = rule_text().replace("from: 2024-01-01", "from: 2019-01-01") + "caps: [small]\n"
    assert [f.short_code for f in faults([("cap.yaml", CAP), ("r.yaml", early)])] == ["cap-not-in-force"]
    assert [f.short_code for f in faults([("1.yaml", CAP), ("2.yaml", CAP)])] == ["same-cap"]


def test_cautions_are_found_but_stop_nothing() -> None:
    text = rule_text("member.trade == '快递圆'").replace("amount_fen: 100", "amount_fen: 10000")
    text = text.replace("limit: {times: 1, per: [member], every: once}\n", "")
    found = lint_rule_files([("r.yaml", text)])
    assert {f.short_code for f in found} == {"birthday-without-cap", "no-limit", "unknown-value"}
    assert {f.severity for f in found} == {"warning"}
    assert load_library([("r.yaml", text)]).warnings == found


def test_the_shipped_library_has_no_findings() -> None:
    assert lint_rule_files(shipped()) == ()


def test_a_fault_in_a_folded_condition_is_told_by_its_line() -> None:
    folded = rule_text().replace(
        "  - {that: \"member.status == 'active'\", else: 不符合, remedy: 补办}",
        "  - that: >\n      member.status == 'active'\n      and member.statuss == 'x'\n    else: 不符合",
    )
    [finding] = faults([("r.yaml", folded)])
    assert finding.short_code == "unknown-fact" and finding.row in (9, 10)
