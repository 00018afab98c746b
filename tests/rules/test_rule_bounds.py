"""No rule file, however large, deep or odd, takes long or raises anything: there are findings."""

import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.yaml.document import MAX_DOCUMENT_FAULTS
from rules import MAX_RULE_FILE_CHARACTERS, lint_rule_files, load_library
from tests.profile import searched
from tests.rules.conftest import rule_text
from tests.rules.terms import render_texts

Spoil = Callable[[str], str]
MOST_SECONDS = 2.0  # of this process's own time, on a quiet machine
QUIET_SECONDS = 0.02  # of the loop in `slowness`
STATUS = "member.status == 'active'"
SOUND = rule_text(f"{STATUS} and (age(member.birthday, event.occurred_on) >= 16 or known(member.trade))")
ROW = "      - {when: 'true == true', amount_fen: 1}\n"


def slowness() -> float:
    """How many times as long as on a quiet machine work takes now: beside other processes a processor is slower."""
    began = time.process_time()
    for number in range(300_000):
        number * number % 7
    return max(1.0, (time.process_time() - began) / QUIET_SECONDS)


def with_that(that: str) -> Spoil:
    return lambda text: text.replace(STATUS, that)


def with_rows(count: int) -> Spoil:
    table = "\n  kind: cash\n  table:\n    else: 无\n    rows:\n" + ROW * count
    return lambda text: text.replace("{kind: cash, amount_fen: 100}\n", table)


def filled(line: str, size: int = MAX_RULE_FILE_CHARACTERS) -> Spoil:
    """The rule with as many of these lines as a file may hold."""
    return lambda text: text + line * ((size - len(text)) // len(line))


def bomb(text: str) -> str:
    """Nine anchors that would make 10⁹ values."""
    lines = [f"k{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10)]
    return text + "k0: &a0 [x]\n" + "".join(lines)


LARGE = [
    # (name, what is done to a sound rule, the finding)
    ("10 MB of comment", lambda t: t + "#" * 10_000_000, "large-file"),
    ("100,000 rows", with_rows(100_000), "large-file"),
    ("201 rows", with_rows(201), "too-long"),
    ("an expression of 100 kB", with_that("true or " * 12_500 + "true"), "large-file"),
    ("an expression of 56 kB", with_that("true or " * 7_900 + "true"), "long-expression"),
    ("brackets", with_that("(" * 900 + "true" + ")" * 900), "deep-expression"),
    ("brackets that never close", with_that("(" * 1_900), "deep-expression"),
    ("a chain of not", with_that("not " * 480 + "true"), "syntax"),
    ("not in brackets", with_that("not (" * 300 + "true" + ")" * 300), "deep-expression"),
    ("a chain of signs", with_that("-" * 1_900 + "1 > 1"), "syntax"),
    ("lists in lists", with_that("[" * 150 + "]" * 150), "syntax"),
    ("calls in calls", with_that("year(" * 300 + "1" + ")" * 300), "deep-expression"),
    ("a chain of ?", with_that("true ? true : " * 130 + "true"), "deep-expression"),
    ("? in ?", with_that("(" * 20 + "true" + " ? true : true)" * 20), "nested-choice"),
    ("a product beyond all bounds", with_that("year(event.occurred_on) * " * 70 + "1 > 1"), "large-number"),
    ("an anchors bomb", bomb, "anchor"),
    ("flow lists in flow lists", lambda t: t + "x: " + "[" * 30_000 + "]" * 30_000, "not-yaml"),
    ("flow lists, 100 deep", lambda t: t + "x: " + "[" * 100 + "]" * 100, "deep-file"),
    ("maps in maps", lambda t: t + "x: " + "{a: " * 10_000 + "}" * 10_000, "not-yaml"),
    ("block lists in block lists", lambda t: t + "x:\n" + "".join(" " * n + "-\n" for n in range(1, 300)), "deep-file"),
    ("the same key without end", filled("k: v\n"), "duplicate-key"),
    ("tabs without end", filled("\ta: b\n"), "tab"),
    ("yes without end", lambda t: t + "x: [" + "yes," * 15_000 + "]\n", "yes-no"),
    ("unknown facts without end", lambda t: t.replace("benefit:", '  - {that: "membr.x == 1", else: n}\n' * 1_600 + "benefit:"), "unknown-fact"),
    ("limits without end", lambda t: t.replace("[member]", "[" + "member.x, " * 6_000 + "]"), "too-long"),
    ("a number without end", lambda t: t.replace("amount_fen: 100", "amount_fen: " + "1" * 50_000), "int-type"),
    ("a number of the expression without end", with_that("1" * 1_900 + " > 1"), "large-number"),
    ("question marks", lambda t: "? " * 30_000, "not-yaml"),
    ("one line", lambda t: "x" * 63_000, "not-a-rule"),
]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def prover() -> None:
    """Load the prover, which a process does once: no file is to blame for that."""
    lint_rule_files([("sound.yaml", SOUND)])


# Others show for each commit that a file of this size is read soon.
SLOW = {"tabs without end", "yes without end", "limits without end"}


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        pytest.param(spoil, code, id=name, marks=[pytest.mark.endure] if name in SLOW else [])
        for name, spoil, code in LARGE
    ],
)
def test_it_is_told_clearly_and_soon(spoil: Spoil, code: str) -> None:
    text = spoil(rule_text(STATUS))
    began = time.process_time()
    findings = lint_rule_files([("large.yaml", text)])
    assert (time.process_time() - began) / slowness() < MOST_SECONDS
    assert code in {finding.short_code for finding in findings}
    assert len(findings) <= MAX_DOCUMENT_FAULTS + 1
    assert all(len("".join(render_texts(finding))) < 3_000 for finding in findings)


def test_the_largest_sound_table_is_read_soon() -> None:
    rows = [
        f"      - {{when: \"year(event.occurred_on) == {n} and member.trade in ['快递员', '外卖员'] "
        f"and not (member.status == 'left' or age(member.birthday, event.occurred_on) < 16)\", amount_fen: {n}}}\n"
        for n in range(1, 201)
    ]
    table = "\n  kind: cash\n  table:\n    else: 无\n    rows:\n" + "".join(rows)
    text = rule_text().replace("{kind: cash, amount_fen: 100}\n", table)
    began = time.process_time()
    load_library([("r.yaml", text)])
    assert (time.process_time() - began) / slowness() < MOST_SECONDS


def test_faults_beyond_the_most_are_counted_as_errors_and_nothing_is_loaded() -> None:
    *told, last = lint_rule_files([("r.yaml", filled("\ta: b\n", 10_000)(rule_text()))])
    assert len(told) == MAX_DOCUMENT_FAULTS and (last.short_code, last.severity) == ("more-faults", "error")


PIECES = st.sampled_from(
    ["'", '"', "(", ")", "[", "]", "{", "}", ":", ": ", "\n", "\n  ", "- ", "? ", "#", "&a ", "*a", "!", "!!int ", "|",
     ">", "%", "@", "`", "\t", "\r", "\0", "\x1b[31m", "\u2028", "\ud800", "\U0001f600", "é", "e\u0301", "～", "１",
     "~", "null", "yes", "0o7", "1e5", "1.2.3e5", "...", "---", "--- ", "<<", "2026-02-30", "9" * 30, "not ", " and ",
     " ? ", "==", "member.status", "date(", "known(", "}}", "{value}", "%YAML 1.1\n"]
)  # fmt: skip
CUTS = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 6), PIECES), min_size=1, max_size=6)


@searched(600)
@given(CUTS)
def test_no_text_raises_anything_and_every_error_has_its_place(cuts: list[tuple[int, int, str]]) -> None:
    text = SOUND
    for at, length, piece in cuts:
        text = text[:at] + piece + text[at + length :]
    lines = text.count("\n") + text.count("\r") + text.count("\u2028") + 1
    for finding in lint_rule_files([("odd.yaml", text)]):
        what, _, remedy = render_texts(finding)
        assert what and remedy and 1 <= finding.row <= lines + 1 and finding.column >= 1
        assert "\x1b" not in what + remedy
