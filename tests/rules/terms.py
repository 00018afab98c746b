"""A rule written for tests of what rules may say, and what it decides."""

from collections.abc import Callable, Mapping
from datetime import date

from core.faults import Fault
from rules import (
    Decision,
    EventFacts,
    FactValue,
    RuleLibrary,
    evaluate_rules,
    load_library,
)
from tests.rules.conftest import event_of
from tests.yihui.refusals import faults_of

DAY = date(2026, 5, 20)
MEMBER: Mapping[str, FactValue] = {
    "member.status": "active",
    "member.organisation": "370202001-00017",
    "member.joined_on": date(2020, 3, 1),
    "member.trade": "外卖员",
}
HEAD = """\
id: {id}
title: 测试
basis: [{{kind: example}}]
owner: "370000"
in_force: {{from: 2024-01-01, until: 2026-12-31}}
on: course.completed
"""
CASH = "benefit: {kind: cash, amount_fen: 100}\n"
PARAMETERS = """\
parameters:
  pass_mark: {title: 及格线, value: 60, least: 50, most: 70}
  amount: {title: 金额, value: 300, unit: fen}
  period: {title: 周期, value: calendar_year}
require: [{that: "event.score >= param.pass_mark", else: 没有及格}]
benefit: {kind: cash, amount_fen: param.amount}
limit: {times: 1, per: [member], every: param.period}
"""


def rule(body: str, id: str = "a-test") -> tuple[str, str]:
    return f"{id}.yaml", HEAD.format(id=id) + body


def library(*bodies: str, tables: Mapping[str, str] | None = None) -> RuleLibrary:
    """Rules a, b, c … by their bodies."""
    texts = [rule(body, id) for id, body in zip("abcdef", bodies, strict=False)]
    return load_library([*texts, *(tables or {}).items()])


def completed(
    score: int = 90, on: date = DAY, member: str = "m1", known_on: date | None = None
) -> EventFacts:
    payload: Mapping[str, FactValue] = {"course": "安全", "score": score}
    return event_of("course.completed", on, payload, f"e-{on}-{member}-{score}", member, known_on)


def decide(rules: RuleLibrary, event: EventFacts | None = None, **facts: FactValue) -> list[Decision]:
    event = event or completed()
    known = {**MEMBER, **{f"member.{name}": value for name, value in facts.items()}}
    return list(evaluate_rules(event, known, rules))


def one(body: str, event: EventFacts | None = None, **facts: FactValue) -> Decision:
    [decision] = decide(library(body), event, **facts)
    return decision


def faults(*files: tuple[str, str]) -> list[Fault]:
    return [finding for finding in faults_of(load_library, list(files)) if finding.severity == "error"]


def render_texts(fault: Fault, translate: Callable[[str], str] = str) -> tuple[str, str, str]:
    """Return message, why and remedy, translated and filled in."""
    values = {**fault.values, **{name: translate(term) for name, term in fault.terms.items()}}
    message, why, remedy = (
        translate(text).format_map(values) if text else ""
        for text in (fault.message, fault.why, fault.remedy)
    )
    return message, why, remedy


def formula(expression: str, more: str = "") -> str:
    return f'benefit: {{kind: cash, amount: {{expression: "{expression}"{more}}}}}\n'
