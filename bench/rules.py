"""Benchmark an explained decision beside the bare conditions."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import zen

from bench.measurement import Measurement, compare_interleaved, slowdown_measurement
from rules import EventFacts, FactValue, evaluate_rules, load_library

ROUNDS = 60
CALLS = 200
CONDITIONS = (
    "member.status == 'active'",
    "event.level in ['橙色', '红色']",
    "event.temperature_c >= 37",
    "member.trade in ['快递员', '外卖员', '货车司机', '环卫工']",
    "member.employment_form != '退休'",
)
"""ZEN understands these as they stand, so that both sides answer the same questions."""
DAY = date(2026, 7, 10)


def measure() -> Iterator[Measurement]:
    """Measure five explained conditions beside five bare compiled ZEN calls, and 200 rules beside 5."""
    yield _explained()
    yield _among_many()


def _explained() -> Measurement:
    library = load_library([_rule(0, CONDITIONS)])
    event, facts = _world()
    assert evaluate_rules(event, facts, library)[0].outcome == "due"
    compiled = [zen.compile_expression(text) for text in CONDITIONS]
    member = {
        path.removeprefix("member."): facts[path] for path in library.rules[0].compiled.reads if path in facts
    }
    context = {"member": member, "event": {"level": "橙色", "temperature_c": 38}}
    assert all(expression.evaluate(context) is True for expression in compiled)

    def bare() -> None:
        for expression in compiled:
            expression.evaluate(context)

    compared = compare_interleaved(
        lambda: evaluate_rules(event, facts, library), bare, rounds=ROUNDS, calls=CALLS
    )
    return slowdown_measurement(
        "rules.explained", compared, 1.2, per=1, unit="µs",
        detail="one rule of five conditions, decided and explained; the same five as bare compiled ZEN calls",
    )  # fmt: skip


def _among_many() -> Measurement:
    five = [_rule(n, CONDITIONS) for n in range(5)]
    others = [_rule(n, CONDITIONS, owner=f"37{n % 16 + 3:02}00") for n in range(5, 200)]
    small, large = load_library(five), load_library([*five, *others])
    event, facts = _world()
    assert evaluate_rules(event, facts, small) == evaluate_rules(event, facts, large)
    compared = compare_interleaved(
        lambda: evaluate_rules(event, facts, large),
        lambda: evaluate_rules(event, facts, small),
        rounds=ROUNDS,
        calls=CALLS // 5,
    )
    return slowdown_measurement(
        "rules.among_many", compared, 1.2, per=1, unit="µs",
        detail="200 rules with 5 candidates; these 5 alone",
    )  # fmt: skip


def _world() -> tuple[EventFacts, dict[str, FactValue]]:
    payload: dict[str, FactValue] = {"district": "370202", "level": "橙色", "temperature_c": 38, "on": DAY}
    event = EventFacts(
        "bench", "1", "weather.heat_warned", datetime(2026, 7, 10, tzinfo=UTC), DAY, "m1", payload
    )
    facts: dict[str, FactValue] = {
        "member.status": "active",
        "member.organisation": "370202001",
        "member.birthday": date(2000, 2, 29),
        "member.trade": "快递员",
        "member.employment_form": "新就业形态",
    }
    return event, facts


def _rule(number: int, conditions: tuple[str, ...], owner: str = "370200") -> tuple[str, str]:
    required = "".join(f'  - {{that: "{that}", else: 不符合}}\n' for that in conditions)
    text = (
        f"id: bench-{number}\ntitle: 测速\nbasis: [{{kind: example}}]\nowner: '{owner}'\n"
        f"in_force: {{from: 2024-01-01}}\non: weather.heat_warned\nrequire:\n{required}"
        "benefit: {kind: cash, amount_fen: 100}\nlimit: {times: 1, per: [member], every: calendar_year}\n"
    )
    return f"bench-{number}.yaml", text
