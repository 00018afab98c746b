"""The whole life of benefits against a model that fits on a page.

Granted and refused, handed out, redeemed, refunded, ended, voided, taken back, with budgets that change
and days that pass: whatever is done in whatever order, every grant stands where the model says, the
budget says what is promised and not back, and the ledger proves itself.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import count

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from benefits import (
    BudgetBelowPromises,
    MoveRefused,
    Officer,
    ReversalCriteria,
    apply_reversal,
    read_grant_positions,
    seal_batches,
    set_budget,
    verify_ledger,
)
from benefits.lifecycle.expiry import OFFLINE_GRACE_DAYS, expire_due_grants
from benefits.tables.decisions import counters, limit_slots
from benefits.vouchers.issuing import issue_voucher_code
from benefits.vouchers.merchants import add_merchant
from benefits.vouchers.redemption import RedemptionRequest, redeem_grant
from benefits.vouchers.refunds import RefundRequest, refund_grant, void_grant_remainder
from events import process_batch
from store import Database, open_database
from tests.benefits.counters import BAKERY, KEY
from tests.benefits.machines import new_database
from tests.benefits.polls import imported, library, poll
from tests.reused import ReusedDatabases
from tests.tiers import budget
from tests.transactions import write_in
from tools.servers.deciding import TREASURER

MEMBERS = ["m-1", "m-2"]
WORTH, TIMES, USES, DAYS, BEGIN = 300, 3, 2, 3, date(2026, 2, 20)
RULES = cache(
    lambda: library(
        **{
            kind: f"""
among: event.poll == '{kind}'
benefit: {{kind: {kind}, amount_fen: {WORTH}{more}}}
limit: {{times: {TIMES}, per: [member], every: month}}
budget: shared
expires: P{DAYS}D
"""
            for kind, more in (("voucher", f", unit: 张, uses: {USES}"), ("cash", ""))
        }
    )
)


@dataclass
class Grant:
    """Fen by where they are; ``slot`` is the place that it took of the member's month. Cash has no last day."""

    kind: str
    day: date
    slot: tuple[str, str, str]
    promised: int = WORTH
    issued: int = 0
    redeemed: int = 0
    ended: int = 0
    code: str | None = None
    taken_back: bool = False
    ended_by_officer: bool = False
    uses: list["Used"] = field(default_factory=list)

    @property
    def last(self) -> date:
        return date.max if self.kind == "cash" else self.day + timedelta(days=DAYS)

    @property
    def open(self) -> int:
        return self.promised + self.issued

    @property
    def may_be_used(self) -> bool:
        """A use is free again once it came back whole; what came back can be used once for each time."""
        return sum(1 - max(use.came_back, use.left == 0) for use in self.uses) < USES

    def end(self) -> None:
        self.ended += self.open
        self.promised = self.issued = 0


@dataclass
class Used:
    """A redemption: of which grant, how it was asked for, what is left of it after refunds, and how often
    something of it came back to the member.
    """

    id: str
    grant: str
    asked: RedemptionRequest
    left: int
    came_back: int = 0


class LifeMachine(RuleBasedStateMachine):
    """``begin_with`` gives an empty migrated database."""

    grants, uses = Bundle("grants"), Bundle("uses")
    begin_with: Callable[[], Database]

    @initialize(target=uses, amount=st.integers(1, WORTH))
    def begin(self, amount: int) -> Used | None:
        """With a benefit that is used in part already, so that days, refunds and ends soon meet."""
        self.database = type(self).begin_with()
        self.today, self.numbers = BEGIN, count(1)
        self.event_day = date.min
        self.model: dict[str, Grant] = {}
        self.slots: Counter[tuple[str, str, str]] = Counter()
        self.ceiling: int | None = None
        with self.database.write() as connection:
            process_batch([imported(member) for member in MEMBERS], connection, RULES(), self.now)
            add_merchant(connection, BAKERY, self.now)
        self.first = self.ask(MEMBERS[0], "voucher")
        return self.take_a_code_and_use_it(self.first, amount)

    @rule(amount=st.integers(1, WORTH))
    def use_the_first(self, amount: int) -> None:
        self.use(self.first, amount)

    @property
    def now(self) -> datetime:
        return datetime.combine(self.today, time(4), UTC)  # noon in Shanghai

    @property
    def officer(self) -> Officer:
        return Officer("li.min", self.now, self.today, "示例")

    @property
    def promised(self) -> int:
        return sum(WORTH - grant.ended for grant in self.model.values())

    def _allowed(self, work: Callable[..., object], *arguments: object, **more: object) -> object:
        """The answer, or None where it is refused."""
        try:
            return write_in(self.database, work, *arguments, **more)
        except MoveRefused:
            return None

    @rule(target=uses, id=grants, amount=st.integers(1, WORTH))
    def take_a_code_and_use_it(self, id: str, amount: int) -> Used | None:
        self.take_a_code(id)
        return self.use(id, amount)

    @rule(
        target=grants, member=st.sampled_from(MEMBERS), kind=st.sampled_from(["voucher", "voucher", "cash"])
    )
    def ask(self, member: str, kind: str) -> str:
        if self.today > self.event_day:  # the first event of a day ends what is over by then
            self.event_day = self.today
            self.end_what_is_over()
        number, slot = f"e-{next(self.numbers)}", (kind, member, f"{self.today:%Y-%m}")
        item = poll(member, number, kind, self.today)
        with self.database.write() as connection:
            (ruling,) = process_batch([item], connection, RULES(), self.now).rulings
        with self.database.write() as connection:
            assert process_batch([item], connection, RULES(), self.now).duplicates == 1
        fits = self.ceiling is None or self.promised + WORTH <= self.ceiling
        assert (ruling.outcome == "granted") == (self.slots[slot] < TIMES and fits)
        if ruling.outcome == "granted":
            self.slots[slot] += 1
            self.model[ruling.id] = Grant(kind, self.today, slot)
        return str(ruling.id)

    @rule(id=grants)
    def take_a_code(self, id: str) -> None:
        made = self._allowed(issue_voucher_code, KEY, id, self.today, self.now)
        grant = self.model.get(id)
        if grant is None:
            assert made is None  # it was refused: there is nothing
        elif grant.code:
            assert made is not None
            assert made.code == grant.code  # type: ignore[attr-defined]
        else:
            is_usable = grant.kind == "voucher" and grant.promised > 0 and self.today <= grant.last
            assert (made is not None) == is_usable
            if made is not None:
                grant.code = made.code  # type: ignore[attr-defined]
                grant.issued, grant.promised = grant.promised, 0

    @rule(target=uses, id=grants, amount=st.integers(-1, WORTH + 1))
    def use(self, id: str, amount: int) -> Used | None:
        grant = self.model.get(id)
        if grant is None or grant.code is None:
            return None
        wish = RedemptionRequest(BAKERY, f"r-{next(self.numbers)}", grant.code, self.now, self.today, amount)
        done = self._allowed(redeem_grant, KEY, wish, self.now)
        is_usable = 0 < amount <= grant.issued and self.today <= grant.last and grant.may_be_used
        assert (done is not None) == is_usable
        if done is None:
            return None
        grant.issued -= amount
        grant.redeemed += amount
        grant.uses.append(Used(done.id, id, wish, amount))  # type: ignore[attr-defined]
        return grant.uses[-1]

    @rule(used=uses)
    def ask_the_till_again(self, used: Used | None) -> None:
        """Whenever it is asked again, it gets the answer of then; with another amount it gets none."""
        if used is not None:
            again = self._allowed(redeem_grant, KEY, used.asked, self.now)
            assert again.already  # type: ignore[union-attr]
            assert again.id == used.id  # type: ignore[union-attr]
            assert self._allowed(redeem_grant, KEY, replace(used.asked, amount=1_000), self.now) is None

    @rule(used=uses, amount=st.none() | st.integers(-1, WORTH + 1), reusable=st.booleans())
    def bring_back(self, used: Used | None, amount: int | None, reusable: bool) -> None:
        if used is None:
            return
        wish = RefundRequest(BAKERY.id, f"b-{next(self.numbers)}", used.id, self.today, amount, reusable)
        done = self._allowed(refund_grant, wish, self.now)
        back = used.left if amount is None else amount
        assert (done is not None) == (0 < back <= used.left)
        if done is not None:
            assert self._allowed(refund_grant, wish, self.now).already  # type: ignore[union-attr]
            used.left -= back
            grant = self.model[used.grant]
            grant.redeemed -= back
            if reusable and not grant.ended_by_officer and self.today <= grant.last:
                grant.issued += back
                used.came_back += 1
            else:
                grant.ended += back

    @rule(days=st.sampled_from([1, DAYS, DAYS + 1, DAYS + OFFLINE_GRACE_DAYS, DAYS + OFFLINE_GRACE_DAYS + 1]))
    def let_days_pass(self, days: int) -> None:
        self.today += timedelta(days=days)
        write_in(self.database, expire_due_grants, self.today, self.now)
        self.end_what_is_over()

    def end_what_is_over(self) -> None:
        for grant in self.model.values():
            if grant.promised and self.today > grant.last:
                grant.end()
            if grant.issued and self.today > grant.last + timedelta(days=OFFLINE_GRACE_DAYS):
                grant.end()

    @rule(id=grants)
    def void_it(self, id: str) -> None:
        grant = self.model.get(id)
        made = self._allowed(void_grant_remainder, self.officer, id)
        assert (made is not None) == (grant is not None and grant.open > 0)
        if grant is not None:
            grant.ended_by_officer = grant.ended_by_officer or made is not None
            if grant.open == WORTH:  # nothing of it was used
                self.slots[grant.slot] -= 1
                grant.taken_back = True
            grant.end()

    @rule(id=consumes(grants))
    def take_back_what_was_granted_wrongly(self, id: str) -> None:
        """What was not used at all goes back with its place; of the rest what is left goes back."""
        grant = self.model.get(id)
        rule_id = grant.kind if grant else "voucher"
        done = write_in(self.database, apply_reversal, self.officer, ReversalCriteria(rule_id, decision=id))
        if grant is not None:
            grant.ended_by_officer = grant.ended_by_officer or bool(grant.open or grant.redeemed)
        if grant is None or not grant.open:
            assert done.grants == 0
            return
        assert (done.grants, done.amount_fen, done.spent_fen) == (1, grant.open, grant.redeemed)
        if grant.open == WORTH:
            self.slots[grant.slot] -= 1
            grant.taken_back = True
        grant.end()

    @rule(ceiling=st.integers(0, 20).map(lambda n: n * 100))
    def set_the_budget(self, ceiling: int) -> None:
        try:
            write_in(self.database, set_budget, "shared", ceiling, TREASURER)
        except BudgetBelowPromises:
            assert ceiling < self.promised
        else:
            assert ceiling >= self.promised
            self.ceiling = ceiling

    @rule()
    def seal_what_waits(self) -> None:
        write_in(self.database, seal_batches, self.now, at_most=5)

    @invariant()
    def the_ledger_is_sound_and_says_what_the_model_says(self) -> None:
        if not hasattr(self, "database"):
            return
        with self.database.read() as connection:
            assert verify_ledger(connection).disagreements == ()
            used = connection.execute(
                select(counters.c.used).where(counters.c.key == "budget/shared")
            ).scalar()
            kept = len(connection.execute(select(limit_slots)).all())
            stand = {
                id: units["fen"] for id, units in read_grant_positions(connection, list(self.model)).items()
            }
        assert (used or 0) == self.promised
        assert kept == self.slots.total()
        for id, grant in self.model.items():
            found = stand[id]
            assert (found.promised, found.issued, found.redeemed, found.expired + found.reversed) == (
                grant.promised, grant.issued, grant.redeemed, grant.ended
            )  # fmt: skip

    def teardown(self) -> None:
        if hasattr(self, "database"):
            self.database.close()


def lives(begin_with: Callable[[], Database], examples: int, steps: int) -> None:
    machine = type("Life", (LifeMachine,), {"begin_with": staticmethod(begin_with)})
    run_state_machine_as_test(
        machine,
        settings=settings(
            deadline=None, derandomize=True, database=None, max_examples=examples, stateful_step_count=steps
        ),
    )


@pytest.mark.deeper
def test_every_life_on_sqlite_comes_to_what_the_model_says() -> None:
    lives(new_database, examples=budget(25), steps=30)


@pytest.mark.endure
@pytest.mark.needs("postgres")
def test_some_lives_on_postgresql_come_to_the_same(reused: ReusedDatabases) -> None:
    with ExitStack() as lent:
        lives(lambda: open_database(lent.enter_context(reused.lent())), examples=4, steps=20)
