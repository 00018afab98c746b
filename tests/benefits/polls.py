"""A small library written for tests: three rules on the same event that share a budget and a cap."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime

from events import InboundEvent, parse_event
from rules import RuleLibrary, load_library

NOW = datetime(2026, 12, 31, tzinfo=UTC)
ORGANISATION = "370202001-00017"

_CAP = """
cap: goods
title: 示例年度标准
per: member_and_year
amounts:
  - {from: 2020-01-01, amount_fen: 1000, basis: {kind: example}}
"""
_HEAD = """
id: %s
title: 示例
basis: [{kind: example}]
owner: "370000"
in_force: {from: 2024-01-01}
on: poll.completed
"""
RULES = {
    "a-voucher": """
benefit: {kind: voucher, amount_fen: 300, unit: 张}
limit: {times: 2, per: [member], every: month}
allocate: {mode: first_come, quota: 5, every: quarter}
budget: shared
caps: [goods]
""",
    "b-cash": """
require: [{that: "event.poll != 'x'", else: 这次投票不发}]
benefit: {kind: cash, amount_fen: 450}
limit: {times: 1, per: [member, event.poll], every: calendar_year}
budget: shared
caps: [goods]
""",
    "c-item": """
benefit: {kind: item, quantity: 2, unit: 份}
limit: {times: 3, per: [event.poll], every: rule_lifetime}
""",
}


def library(**more: str) -> RuleLibrary:
    """The three rules, or those given by id and body."""
    return load_library(texts(**(more or RULES)))


def texts(**rules: str) -> list[tuple[str, str]]:
    """The files of rules by id and body, and of the cap, by name."""
    files = [(f"{id_}.yaml", _HEAD % id_.replace("_", "-") + body) for id_, body in rules.items()]
    return [*files, ("goods.yaml", _CAP)]


def imported(member: str, organisation: str = ORGANISATION) -> InboundEvent:
    data = {"organisation": organisation, "joined_on": "2020-01-01"}
    return heard("member.imported", member, "2020-01-01T12:00:00", f"roll-{member}", data)


def poll(
    member: str, number: str, poll: str = "y", day: date = date(2026, 5, 1), **more: object
) -> InboundEvent:
    return heard("poll.completed", member, f"{day}T12:00:00", number, {"poll": poll, **more})


def heard(
    kind: str, member: str, at: str, number: str, data: Mapping[str, object], now: datetime = NOW, **more: str
) -> InboundEvent:
    """An event at a time in Shanghai; its envelope may say more."""
    event = {"specversion": "1.0", "id": number, "source": "/test", "type": kind, "subject": member}
    event |= {"time": f"{at}+08:00", "data": data, **more}
    return InboundEvent(parse_event(json.dumps(event), now), "test")
