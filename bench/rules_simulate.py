"""How fast a simulation is beside the bare evaluation of the same events by the same two libraries."""

import gc
from datetime import UTC, datetime

from bench.measurement import Measurement, interleaved
from events import parse_event
from events.replay import InMemoryReplay, ReplayLine
from rules import evaluate, load_library
from rules.simulation.simulate import Case, simulate, with_drafts
from rules.simulation.usage import Begun, UsageSince
from tools.sample_events import SEED, generate
from yihui.services.rules import base_texts

EVENTS = 10_000
ROUNDS = 7
GOAL = 0.5
NOW = datetime(2026, 12, 31, tzinfo=UTC)
CEILINGS = {"budget/birthday-cake": 5_000_000, "budget/summer-cooling": 1_000_000}
DRAFTED = "birthday-cake"


def measure() -> list[Measurement]:
    """Two libraries: every event decided, admitted and counted by both; against deciding it by both, and no more."""
    present = load_library(base_texts().texts)
    drafts = [rule for rule in present.rules if rule.id == DRAFTED]  # as a draft it replaces itself
    proposed = with_drafts(present, drafts)
    cases = _cases()

    def ours() -> None:
        done = simulate(cases, present, drafts, lambda: UsageSince(Begun(ceilings=CEILINGS)))
        assert done.present == done.proposed

    def bare() -> None:
        for case in cases:
            evaluate(case.event, case.facts, present, case.event.occurred_on)
            evaluate(case.event, case.facts, proposed, case.event.occurred_on)

    gc.collect()
    gc.freeze()  # the cases are not looked through again and again
    compared = interleaved(ours, bare, rounds=ROUNDS)
    gc.unfreeze()
    rate, theirs = len(cases) / compared.ours_s, len(cases) / compared.theirs_s
    ratio = 1 / compared.ratio
    return [
        Measurement(
            name="rules.simulate_beside_evaluation",
            value=rate,
            unit="events/s",
            ratio=ratio,
            op=">=",
            goal=GOAL,
            holds=ratio >= GOAL,
            detail=f"{len(cases)} events decided, admitted and counted by what is in force and with a draft; only decided by both: {theirs:,.0f} events/s",
        )
    ]


def _cases() -> list[Case]:
    lines = generate(SEED, events=EVENTS, planted=False)
    read = (ReplayLine("sample", number, parse_event(text, NOW)) for number, text in enumerate(lines, 1))
    return [Case(event, facts) for event, facts in InMemoryReplay().rule_cases(read)]
