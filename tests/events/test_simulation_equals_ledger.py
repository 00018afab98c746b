"""A simulation comes to what the ledger books when the same events are then run for real, to the fen."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import ColumnElement, Select, func, select

from benefits import set_budget
from benefits.tables.decisions import counters, decisions, grants
from events import parse_event
from events.replay import InMemoryReplay, ReplayLine
from rules import RuleLibrary, build_library, load_library
from rules.engine.usage import StartingUsage, UsageInMemory
from rules.simulation.simulate import SimulatedEvent, Simulation
from store import Database, open_database
from tests.profile import SLOW
from tests.tiers import budget
from tools.servers.deciding import TREASURER
from tools.servers.sending import NOW, Sender, handle_in

CAP = """
cap: yearly
title: 年度上限
per: member_and_year
amounts: [{from: 2020-01-01, amount_fen: %d, basis: {kind: example}}]
"""
RULE = """
id: %s
title: 随机
basis: [{kind: example}]
owner: "%s"
in_force: {from: %s, until: 2027-12-31}
on: %s
parameters:
  least_days: {title: 入会天数, value: 60}
require: [{that: "%s", else: 不符合, remedy: 补办}]
%s
%s
"""
CONDITIONS = (
    "member.status == 'active'",
    "member.trade == '外卖员'",
    "days_between(member.joined_on, event.occurred_on) >= param.least_days",
)
BENEFITS = (
    "benefit: {kind: cash, amount_fen: %d}",
    "benefit: [{kind: cash, amount_fen: %d}, {kind: item, unit: 份, amount_fen: 70}, {kind: points, quantity: 5}]",
    "benefit: {kind: cash, amount: {expression: 'days_between(member.joined_on, event.occurred_on) * 3', floor_fen: %d, ceiling_fen: 1200, round: half_up, to_fen: 50}}",
    "benefit: {kind: voucher, table: {rows: [{when: \"member.district == '370202'\", amount_fen: %d}, {when: \"member.status == 'active'\", amount_fen: 250}], else: 不在其列}}",
)
LIMITS = (
    "",
    "limit: {times: 1, per: [member], every: calendar_year}",
    "limit: {times: 2, per: [member], every: month}",
    "limit: {times: 3, per: [member.organisation], every: quarter}",
    "limit: {times: 1, per: [member], every: rolling 40 days}",
    "limit: {times: 1, per: [member], every: calendar_year, shared: 礼品}",
    "limit: {times: 1, per: [member], every: calendar_year, shared: 礼品, where: member.months > 20}",
    "limit: [{times: 1, per: [member], every: month}, {times: 4, per: [member.organisation], every: calendar_year}]",
)
QUOTAS = (
    "",
    "allocate: {mode: first_come, quota: 2, every: month}",
    "allocate: {mode: first_come, quota: 4}",
    "allocate: {mode: first_come, quota: 2, quota_per: [member.organisation], every: quarter}",
    "allocate: {mode: first_come, quotas: {'370200': 3, '370202': 1}, every: calendar_year, waiting_list: true}",
    "allocate: {mode: first_come, quota: 2, every: quarter, waiting_list: true}",
    "allocate: {mode: lottery, quota: 2, entries: {from: 2026-03-01, until: 2026-06-30}}",
    "allocate: {mode: by_rank, quota: 2, rank: 'days_between(member.joined_on, event.occurred_on)', entries: {from: 2026-03-01, until: 2026-06-30}}",
)
MONEY = ("", "budget: shared", "budget: shared\ncaps: [yearly]", "caps: [yearly]")
OTHERS = (
    "",
    "depends: [{after: %s, else: 先领那一项}]",
    "depends: [{better_of: [%s], else: 另一项更多}]",
)

ENDS = ("", "", "expires: P20D", "expires: P70D")  # who waits moves up in the ledger alone: not beside a list

BODIES = st.tuples(
    st.sampled_from(["370000", "370200", "370202"]),
    st.sampled_from(["2024-01-01", "2026-04-01"]),
    st.sampled_from(["member.birthday", "member.joined", "poll.completed", "member.transferred"]),
    st.sampled_from(CONDITIONS),
    st.tuples(st.sampled_from(BENEFITS), st.integers(1, 900)),
    st.tuples(
        st.sampled_from(LIMITS), st.sampled_from(QUOTAS), st.sampled_from(MONEY), st.sampled_from(OTHERS)
    ),
    st.sampled_from(ENDS),
)
Body = tuple[str, str, str, str, tuple[str, int], tuple[str, str, str, str], str]
EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["joined", "left", "birthday", "poll", "moved", "suspended", "imported", "spoilt"]),
        st.sampled_from(["m-1", "m-2", "m-3"]),
        st.dates(date(2026, 1, 1), date(2026, 9, 1)),  # in any order: late ones among them
    ),
    max_size=40,
)


def text_of(id: str, body: Body, other: str = "") -> tuple[str, str]:
    """A rule file; without another rule it depends on none."""
    owner, since, on, that, (benefit, amount_fen), (limit, quota, money, depends), end = body
    more = [limit, quota, money, depends % other if depends and other else "", end]
    text = RULE % (id, owner, since, on, that, benefit % amount_fen, "\n".join(filter(None, more)))
    return f"{id}.yaml", text


def line_of(send: Sender, kind: str, member: str, day: date) -> str:
    at = f"{day}T08:00:00+08:00"
    match kind:
        case "joined":
            return send.joined(member, at)
        case "imported":
            return send.imported(member)
        case "left":
            return send("member.left", member, at)
        case "birthday":
            return send.birthday(member, day.isoformat())
        case "poll":
            return send("poll.completed", member, at, poll="p")
        case "moved":
            return send("member.transferred", member, at, organisation="370102001-00012", district="370102")
        case "spoilt":
            return send("poll.completed", member, at, poll=7)
    return send("member.profile_changed", member, at, status="suspended")


@dataclass
class Foreseen:
    """A simulation, and what each of its parts has used."""

    simulation: Simulation
    replay: InMemoryReplay
    same: UsageInMemory
    proposed: UsageInMemory


def simulated(
    lines: list[str], whole: RuleLibrary, drafts: set[str], ceilings: Mapping[str, int]
) -> Foreseen:
    """``drafts`` are the ids of those rules of the whole that aren't in force yet."""
    usages: list[UsageInMemory] = []

    def usage() -> UsageInMemory:
        usages.append(UsageInMemory(StartingUsage(ceilings=ceilings)))
        return usages[-1]

    present = build_library([rule for rule in whole.rules if rule.id not in drafts], whole.caps.values())
    new = [rule for rule in whole.rules if rule.id in drafts]
    replay, simulation = InMemoryReplay(), Simulation(present, new, usage)
    read = (ReplayLine("events", number, parse_event(text, NOW)) for number, text in enumerate(lines, 1))
    simulation.replay(SimulatedEvent(event, facts) for event, facts in replay.rule_cases(read))
    same, _, proposed = usages
    return Foreseen(simulation, replay, same, proposed)


def _refused(column: ColumnElement[Any]) -> Select[Any]:
    """Places on a waiting list are among them, as in a simulation's totals."""
    return select(column).select_from(decisions).where(decisions.c.outcome.in_(("refused", "waiting")))


def booked(database: Database) -> dict[str, object]:
    """What the ledger says: grants by rule and member, refusals, counters."""
    by_rule: Counter[str] = Counter()
    by_member: Counter[str] = Counter()
    months: defaultdict[str, int] = defaultdict(int)
    with database.read() as connection:
        for row in connection.execute(select(grants)):
            by_rule[row.rule_id] += row.amount_fen
            by_member[row.member_id] += row.amount_fen
            months[f"{row.granted_on:%Y-%m}"] += row.amount_fen
        refused = connection.execute(_refused(func.count())).scalar_one()
        used = {row.key: row.used for row in connection.execute(select(counters)) if row.used}
    return {
        "rules": +by_rule,
        "members": +by_member,
        "months": dict(months),
        "refused": refused,
        "used": used,
    }


def foreseen(done: Foreseen) -> dict[str, object]:
    totals = done.simulation.proposed_totals
    used = {**done.same.counters, **done.proposed.counters}
    months: defaultdict[str, int] = defaultdict(int)
    by_rule: Counter[str] = Counter()
    for place, amount_fen in totals.by_place.items():
        months[place.month] += amount_fen
        by_rule[place.rule] += amount_fen
    return {
        "rules": by_rule,
        "members": Counter(totals.by_member),
        "months": dict(months),
        "refused": totals.refusals,
        "used": {key: used for key, used in used.items() if used},
    }


def ran(database: Database, lines: list[str], library: RuleLibrary, budget_fen: int, size: int) -> int:
    """Runs the events for real; gives how many could not be handled."""
    with database.write() as connection:
        set_budget(connection, "shared", budget_fen, TREASURER)
    return len(handle_in(database, library, lines, size).dead_letters)


_VOUCHER = (
    "370000",
    "2024-01-01",
    "poll.completed",
    CONDITIONS[0],
    (BENEFITS[3], 600),
    ("", "", MONEY[1], ""),
)


@pytest.mark.deeper
@settings(
    deadline=None,
    derandomize=True,
    max_examples=budget(150),
    suppress_health_check=[*SLOW, HealthCheck.function_scoped_fixture],
)
@given(
    bodies=st.lists(BODIES, min_size=1, max_size=5),
    events=EVENTS,
    budget_fen=st.integers(0, 3_000),
    cap_fen=st.integers(1_300, 3_000),
    size=st.integers(1, 40),
    drafts=st.integers(0, 4),
)
@example(  # the second voucher is paid by what came back of the first
    bodies=[(*_VOUCHER, "expires: P20D")],
    events=[("imported", "m-1", date(2026, 1, 1)), *(("poll", "m-1", date(2026, m, 10)) for m in (1, 2, 4))],
    budget_fen=1_000,
    cap_fen=3_000,
    size=1,
    drafts=1,
)
def test_a_simulation_equals_the_ledger_to_the_fen(
    bodies, events, budget_fen: int, cap_fen: int, size: int, drafts: int, migrated_file: Path, tmp_path: Path
) -> None:
    """The first rules are drafts, the others in force."""
    cap = ("yearly.yaml", CAP % cap_fen)
    if any("waiting_list" in more[1] for *_, more, _ in bodies):
        bodies = [(*body[:-1], "") for body in bodies]
    names = [f"rule-{n}" for n in range(len(bodies))]
    texts = [
        text_of(name, body, names[n - 1] if n else "")
        for n, (name, body) in enumerate(zip(names, bodies, strict=True))
    ]
    whole = load_library([*texts, cap])
    send = Sender()
    lines = [line_of(send, *event) for event in events]
    lines += lines[:3]  # seen before
    done = simulated(lines, whole, set(names[:drafts]), {"budget/shared": budget_fen})
    target = tmp_path / "real.db"
    target.write_bytes(migrated_file.read_bytes())
    database = open_database(str(target))
    try:
        faulty = ran(database, lines, whole, budget_fen, size)
        assert foreseen(done) == booked(database)
        assert done.replay.faulty == faulty
    finally:
        database.close()
