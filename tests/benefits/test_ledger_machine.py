"""The ledger against a small model of it: whatever is sent in whatever order, the bounds hold."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from functools import cache

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import select

from benefits import BudgetBelowPromises, set_budget, verify_ledger
from benefits.tables.decisions import counters, grants, limit_slots
from events import InboundEvent, process_batch
from rules import RuleLibrary
from tests.benefits.machines import new_database
from tests.benefits.polls import NOW, RULES, imported, library, poll
from tests.tiers import budget
from tools.servers.deciding import TREASURER

pytestmark = pytest.mark.deeper
PARTIAL = """
benefit: {kind: cash, amount_fen: 400, partial: true}
limit: {times: 1, per: [member, event.poll], every: month}
budget: shared
"""


@cache
def LIBRARY() -> RuleLibrary:
    """The three rules of polls, and a fourth that grants what is left of their budget."""
    bodies = {id_.replace("-", "_"): body for id_, body in RULES.items()}
    return library(**bodies, d_rest=PARTIAL)


MEMBERS = ["m-1", "m-2", "m-3"]
Sent = tuple[str, str, date]  # member, poll, day


@dataclass
class Model:
    """What three rules with their bounds come to, in plain arithmetic."""

    granted: list[tuple[str, str]] = field(default_factory=list)  # event, rule
    slots: Counter[tuple[str, ...]] = field(default_factory=Counter)
    quota: Counter[str] = field(default_factory=Counter)
    cap: Counter[tuple[str, int]] = field(default_factory=Counter)
    spent: int = 0
    ceiling: int | None = None

    def handle(self, event: str, member: str, name: str, day: date) -> None:
        month, quarter, year = f"{day:%Y-%m}", f"{day.year}-Q{(day.month + 2) // 3}", (member, day.year)
        if (
            self.slots["a", member, month] < 2
            and self.quota[quarter] < 5
            and self.cap[year] + 300 <= 1000
            and self.affords(300)
        ):
            self.slots["a", member, month] += 1
            self.quota[quarter] += 1
            self.pay(event, "a-voucher", year, 300)
        key = ("b", member, name, str(day.year))
        if name != "x" and self.slots[key] < 1 and self.cap[year] + 450 <= 1000 and self.affords(450):
            self.slots[key] += 1
            self.pay(event, "b-cash", year, 450)
        if self.slots["c", name] < 3:
            self.slots["c", name] += 1
            self.granted.append((event, "c-item"))
        rest = ("d", member, name, month)
        left = 400 if self.ceiling is None else min(400, self.ceiling - self.spent)
        if self.slots[rest] < 1 and left > 0:
            self.slots[rest] += 1
            self.granted.append((event, "d-rest"))
            self.spent += left

    def affords(self, fen: int) -> bool:
        return self.ceiling is None or self.spent + fen <= self.ceiling

    def pay(self, event: str, rule_id: str, year: tuple[str, int], fen: int) -> None:
        self.granted.append((event, rule_id))
        self.cap[year] += fen
        self.spent += fen


events = st.tuples(
    st.sampled_from(MEMBERS),
    st.sampled_from(["x", "y", "z"]),
    st.sampled_from(
        [date(2025, 12, 31), date(2026, 1, 1), date(2026, 1, 31), date(2026, 2, 1), date(2026, 4, 1)]
    ),
)


class LedgerMachine(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.database = new_database()
        self.model = Model()
        self.sent: list[Sent] = []
        self._handle([imported(member) for member in MEMBERS])

    def _handle(self, items: list[InboundEvent]) -> tuple[int, int, list[tuple[str, str]]]:
        with self.database.write() as connection:
            outcomes = process_batch(items, connection, LIBRARY(), NOW)
        assert outcomes.dead_letters == []
        granted = [(r.event.id, r.decision.rule_id) for r in outcomes.rulings if r.outcome == "granted"]
        return outcomes.handled, outcomes.duplicates, granted

    def _items(self, first: int) -> list[InboundEvent]:
        return [
            poll(member, f"e-{n}", name, day)
            for n, (member, name, day) in enumerate(self.sent[first:], first)
        ]

    @rule(batch=st.lists(events, min_size=1, max_size=6))
    def send(self, batch: list[Sent]) -> None:
        first, before = len(self.sent), len(self.model.granted)
        self.sent += batch
        for number, (member, name, day) in enumerate(batch, first):
            self.model.handle(f"e-{number}", member, name, day)
        assert self._handle(self._items(first)) == (len(batch), 0, self.model.granted[before:])

    @rule(data=st.data())
    def send_again(self, data: st.DataObject) -> None:
        first = data.draw(st.integers(0, len(self.sent)))
        assert self._handle(self._items(first)) == (0, len(self.sent) - first, [])

    @rule(ceiling=st.integers(0, 4000))
    def set_the_budget(self, ceiling: int) -> None:
        try:
            with self.database.write() as connection:
                set_budget(connection, "shared", ceiling, TREASURER)
        except BudgetBelowPromises:
            assert ceiling < self.model.spent
        else:
            assert ceiling >= self.model.spent
            self.model.ceiling = ceiling

    @rule(batch=st.lists(events, min_size=1, max_size=3))
    def fail_at_the_end_of_a_batch(self, batch: list[Sent]) -> None:
        items = [poll(member, f"lost-{n}", name, day) for n, (member, name, day) in enumerate(batch)]
        try:
            with self.database.write() as connection:
                process_batch(items, connection, LIBRARY(), NOW)
                raise InterruptedError
        except InterruptedError:
            pass  # the transaction is rolled back: the model knows nothing of it

    @invariant()
    def the_ledger_is_sound_and_says_what_the_model_says(self) -> None:
        if not hasattr(self, "database"):
            return
        with self.database.read() as connection:
            assert verify_ledger(connection).disagreements == ()
            counted = {row.key: row.used for row in connection.execute(select(counters))}
            slots = len(connection.execute(select(limit_slots)).all())
            kept = len(connection.execute(select(grants)).all())
        wanted = {f"cap/goods/{year}/{member}": fen for (member, year), fen in self.model.cap.items()}
        wanted |= {f"quota/a-voucher/{quarter}": used for quarter, used in self.model.quota.items()}
        wanted |= {"budget/shared": self.model.spent}
        assert {key: used for key, used in counted.items() if used} == {k: n for k, n in wanted.items() if n}
        assert kept == slots == len(self.model.granted)

    def teardown(self) -> None:
        if hasattr(self, "database"):
            self.database.close()


TestLedgerMachine = LedgerMachine.TestCase
TestLedgerMachine.settings = settings(
    deadline=None, derandomize=True, max_examples=budget(40), stateful_step_count=20
)
