"""Runs the officers' cases: every file of tests/rules/cases, every case a sentence."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from rules import Decision, EventFacts, Library, evaluate

Case = Mapping[str, dict[str, object]]
CASES = [
    case
    for file in sorted((Path(__file__).parent / "cases").glob("*.yaml"))
    for case in YAML(typ="safe").load(file.read_text("utf-8"))
]


def _decide(case: Case, library: Library, event: Callable[..., EventFacts]) -> Decision | None:
    payload = dict(case["event"])
    kind, on = payload.pop("type"), payload.pop("occurred_on")
    facts = {f"member.{name}": value for name, value in case["member"].items()}
    decisions = evaluate(event(kind, on, payload), facts, library, on)
    return next((decision for decision in decisions if decision.rule_id == case["rule"]), None)


def _said(decision: Decision | None, asked: Mapping[str, object]) -> dict[str, object]:
    """What the decision says about all that the case asks for."""
    if decision is None:
        return {"outcome": "none"}
    benefit, missing = decision.benefit, decision.missing
    said = {
        "outcome": decision.outcome,
        "period": decision.limit.period,
        "key": decision.limit.key,
        "quota": decision.quota and decision.quota.size,
        "amount_fen": benefit and benefit.amount_fen,
        "expires_on": benefit and benefit.expires_on,
        "missing": [checked.else_text for checked in missing],
        "remedies": [checked.remedy for checked in missing],
        "not_known": sorted({path for checked in missing if checked.unknown for path in checked.not_known}),
    }
    return {name: said[name] for name in asked}


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_the_case_is_decided_as_its_sentence_says(
    case: Case, library: Library, event: Callable[..., EventFacts]
) -> None:
    expected = dict(case["expect"])
    if expected["outcome"] == "refused":
        expected.setdefault("not_known", [])
    assert _said(_decide(case, library, event), expected) == expected


def test_every_rule_has_cases_that_are_due_and_that_are_not(library: Library) -> None:
    for rule in library.rules:
        outcomes = {case["expect"]["outcome"] for case in CASES if case["rule"] == rule.id}
        assert "due" in outcomes and outcomes - {"due"}, rule.id
