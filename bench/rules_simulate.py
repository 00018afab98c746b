"""Benchmark a simulation beside the bare evaluation of the same events by the same two libraries."""

import gc
from datetime import UTC, datetime

from bench.measurement import Measurement, compare_interleaved
from events import parse_event
from events.replay import InMemoryReplay, ReplayLine
from rules import StartingUsage, UsageInMemory, evaluate_rules, load_library
from rules.simulation.simulate import (
    SimulatedEvent,
    Simulation,
    build_library_with_drafts,
)
from yihui.samples.events import SEED, generate_event_lines
from yihui.services.rules.rules import SHIPPED_RULES, base_texts

EVENTS = 10_000
ROUNDS = 7
GOAL_RATIO = 0.5
NOW = datetime(2026, 12, 31, tzinfo=UTC)
CEILINGS = {"budget/birthday-cake": 5_000_000, "budget/summer-cooling": 1_000_000}
DRAFT_RULE_ID = "birthday-cake"


def measure() -> list[Measurement]:
    """Measure deciding, admitting and counting every event by two libraries, beside only deciding it by both."""
    present = load_library(base_texts([SHIPPED_RULES]).texts)
    drafts = [
        rule for rule in present.rules if rule.id == DRAFT_RULE_ID
    ]  # the draft is the rule itself, unchanged
    proposed = build_library_with_drafts(present, drafts)
    cases = _cases()

    def ours() -> None:
        start = StartingUsage(ceilings=CEILINGS)
        done = Simulation(present, drafts, lambda: UsageInMemory(start)).replay(cases)
        assert done.present_totals == done.proposed_totals

    def bare() -> None:
        for case in cases:
            evaluate_rules(case.event, case.facts, present)
            evaluate_rules(case.event, case.facts, proposed)

    gc.collect()
    gc.freeze()  # the collector then skips the cases
    compared = compare_interleaved(ours, bare, rounds=ROUNDS)
    gc.unfreeze()
    rate, theirs = len(cases) / compared.ours_s, len(cases) / compared.theirs_s
    name = "rules.simulate_beside_evaluation"
    detail = f"{len(cases)} events decided, admitted and counted by what is in force and with a draft; only decided by both: {theirs:,.0f} events/s"
    return [Measurement.at_least(name, rate, "events/s", GOAL_RATIO, detail, 1 / compared.ratio)]


def _cases() -> list[SimulatedEvent]:
    lines = generate_event_lines(SEED, events=EVENTS, planted=False)
    read = (ReplayLine("sample", number, parse_event(text, NOW)) for number, text in enumerate(lines, 1))
    return [SimulatedEvent(event, facts) for event, facts in InMemoryReplay().rule_cases(read)]
