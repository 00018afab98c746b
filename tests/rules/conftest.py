"""What the tests of rules share: the shipped library, and short ways to say an event and a rule file."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from rules import EventFacts, FactValue, RuleLibrary, load_library

ROOM = Path(__file__).parents[2] / "rules"

RULE = """\
id: {id}
title: 测试
basis: [{{kind: example}}]
owner: "370000"
in_force: {{from: 2024-01-01, until: 2026-12-31}}
on: {on}
require:
  - {{that: "{that}", else: 不符合, remedy: 补办}}
benefit: {{kind: cash, amount_fen: 100}}
limit: {{times: 1, per: [member], every: once}}
"""


def shipped() -> list[tuple[str, str]]:
    """The files of the library, of the caps and of the tables."""
    files = sorted(path for path in ROOM.glob("*/*") if path.suffix in (".yaml", ".json"))
    return [(f"{path.parent.name}/{path.name}", path.read_text("utf-8")) for path in files]


def event_of(
    event_type: str,
    on: date,
    payload: Mapping[str, FactValue] | None = None,
    id: str = "e1",
    member: str = "m1",
    known_on: date | None = None,
) -> EventFacts:
    """An event about a member at noon in China."""
    at = datetime(on.year, on.month, on.day, 4, tzinfo=UTC)
    return EventFacts("tests", id, event_type, at, on, member, payload or {}, known_on)


def rule_text(
    that: str = "member.status == 'active'", on: str = "member.birthday", id: str = "a-test"
) -> str:
    """The text of a sound rule around one condition."""
    return RULE.format(that=that, on=on, id=id)


def cap_file(name: str, amount_fen: int, per: str = "grant") -> tuple[str, str]:
    """A cap with one amount, as a file."""
    amounts = f"amounts: [{{from: 2020-01-01, amount_fen: {amount_fen}, basis: {{kind: example}}}}]"
    return f"{name}.yaml", f"cap: {name}\ntitle: 标准\nper: {per}\n{amounts}\n"


@pytest.fixture(scope="session")
def library() -> RuleLibrary:
    """The shipped library."""
    return load_library(shipped())
