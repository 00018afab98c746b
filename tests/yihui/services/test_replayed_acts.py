"""A replay of the journal does again what people and the clock did, and comes to the same ledger on any later day."""

import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Table, delete, select

from benefits import RefundRequest
from benefits.tables.appeals import appeal_answers, appeals, clawbacks, debt_acts
from benefits.tables.decisions import decisions, entries, grants, waiting_list
from benefits.tables.draws import claim_slots, claims, draw_results, lapses, withdrawals
from benefits.tables.payout import payout_batches, payout_orders
from benefits.tables.rulebook import reversals, rule_stops
from benefits.tables.transactions import transactions
from benefits.tables.vouchers import redemptions, refunds, vouchers
from core.civil_time import civil_date
from core.faults import FaultError
from core.money import format_yuan
from events import InboundEvent
from events.replaying import JournalReplaySource
from events.tables import acts
from tests.benefits.counters import BAKERY
from tests.benefits.drawing import DIGITS
from tests.events.passing_days import MEMBERS, RULE_FILES, empty_database, happening, items_of
from tests.guards import lift_guards
from tests.profile import SLOW
from tests.tiers import budget
from tests.transactions import rows_in, value_in, values_in
from tests.yihui.budgets import change_budget, named, set_budget
from tests.yihui.money.payouts.office import FIRST as PREPARING
from tests.yihui.money.payouts.office import SECOND as RELEASING
from tests.yihui.money.payouts.office import open_office, prepare
from tests.yihui.nouns import do, do_own
from tests.yihui.organising import OFFICER, organise
from tests.yihui.own_benefits import give_code
from tests.yihui.services.appeal_answers import answer_appeal, preview_answer
from tests.yihui.shops import open_shop
from yihui.access.actor import Actor, ActorKind
from yihui.access.pending_acts import PendingAct, PendingKind, list_pending_acts
from yihui.bootstrap import Settings, Wiring
from yihui.cases.appeals.own import LODGE
from yihui.frame.fields import TypedFile
from yihui.money.approvals import REVERSALS, STOPS
from yihui.money.debts.pages import SETTLE, WAIVE
from yihui.money.draws.acts import DRAW, FIX, RANK
from yihui.money.payouts import acts as paying
from yihui.money.payouts import bank_acts
from yihui.money.reversals.acts import REVERSE
from yihui.money.vouchers.acts import VOID
from yihui.services.benefits import claims as claiming
from yihui.services.benefits import vouchers as using
from yihui.services.events.replay import ReplayResult, replay_into_scratch
from yihui.services.operation.upkeep import run_upkeep, run_upkeep_and_seal
from yihui.services.rules.documents import RuleFile
from yihui.services.rules.life import RuleService, propose_resuming, stop_rule_at_once

SECOND = Actor("gh-017", "gh-017", ActorKind.DEMO)
FIRST = datetime(2026, 1, 5, 1, tzinfo=UTC)
AFTER_ENTRIES = datetime(2026, 3, 2, 1, tzinfo=UTC)
KINDS = [
    "event", "event", "event", "event", "late", "batch", "claim", "give_up", "draws", "code", "code", "use",
    "use", "refund",
    "reverse", "void", "budget", "upkeep", "prepare", "release", "answer",
    "appeal", "review", "stop", "resume", "resume", "approve",
]  # fmt: skip
_RULES = ["a-place", "b-voucher", "c-cash", "d-lottery"]
_WORDS = "我符合条件，请再看一次"
DAYS = [0, 0, 0, 0, 0, 1, 3, 12]  # that pass before a step
STEPS = st.lists(
    st.tuples(st.sampled_from(KINDS), st.integers(0, 1000), st.sampled_from(DAYS)),
    min_size=1,
    max_size=20,
)


_PAYEES = "会员代号,账号,户名\n" + "".join(
    f"{member},62220202001122{number:05},张三\n" for number, member in enumerate(MEMBERS)
)


@dataclass
class Town:
    """A town whose clock runs, and the acts that may happen in it."""

    folder: Path
    target: str = ""  # a PostgreSQL database instead of a file
    now: datetime = FIRST
    told: int = 0
    wiring: Wiring = field(init=False)

    def __post_init__(self) -> None:
        target = self.target or str(empty_database(self.folder / "town.db"))
        rules = self.folder / "rules"
        rules.mkdir()
        for name, text in RULE_FILES:
            (rules / name).write_text(text, "utf-8")
        self.wiring = Wiring(Settings(target, self.folder / "data", rules=(rules,)), lambda: self.now)
        set_budget(self.wiring, "small", "25")
        open_shop(self.wiring, BAKERY)
        open_office(self.wiring)
        self.send(items_of([]))

    def send(self, items: Sequence[InboundEvent]) -> None:
        for _ in self.wiring.runner.run_events(items):
            pass

    def live(self, kind: str, pick: int, days: int) -> None:
        self.now += timedelta(days=days, seconds=1)
        with suppress(FaultError, LookupError):
            getattr(self, kind)(pick)

    def _tell(self, pick: int, day: date) -> InboundEvent:
        self.told += 1
        what = ["x", "x", "x", "y", "moved", "z", "z", "moved", "left", "back"][pick % 10]
        return happening(self.told, what, MEMBERS[pick // 10 % len(MEMBERS)], day)

    def event(self, pick: int) -> None:
        self.send([self._tell(pick, civil_date(self.now))])

    def late(self, pick: int) -> None:
        self.send([self._tell(pick, max(civil_date(self.now) - timedelta(days=pick % 30), date(2026, 1, 5)))])

    def batch(self, pick: int) -> None:
        today = civil_date(self.now)
        self.send([self._tell(pick * 7 + n, today - timedelta(days=3 - n)) for n in range(4)])

    def claim(self, pick: int) -> None:
        claiming.claim_grant(self.wiring, self._any(pick, claim_slots, "decision_id"))

    def give_up(self, pick: int) -> None:
        table = [waiting_list, entries][pick % 2]
        id_ = self._any(pick, table)
        claiming.give_up_participation(self.wiring, id_, self._member_of(table, id_))

    def _member_of(self, table: Table, id_: str) -> str:
        return str(value_in(self.wiring.database, select(table.c.member_id).where(table.c.id == id_)))

    def draws(self, pick: int) -> None:
        self.now = max(self.now, AFTER_ENTRIES) if pick % 2 else self.now
        if pick % 3 == 0:
            organise(self.wiring, RANK, "e-ranked")
            return
        if pick % 3 == 1:
            tomorrow = (self.now + timedelta(days=1)).isoformat()
            organise(self.wiring, FIX, "d-lottery", draw_at=tomorrow, source="排列5", digits="14")
        self.now += timedelta(days=2)
        organise(self.wiring, DRAW, "d-lottery", number=DIGITS)

    def code(self, pick: int) -> None:
        grant = self._any(pick, grants, kind="voucher")
        give_code(self.wiring, self._member_of(grants, grant), grant, anew=pick % 2 == 0)

    def use(self, pick: int) -> None:
        grant = self._any(pick, vouchers, "grant_id")
        held = using.list_member_vouchers(self.wiring, self._member_of(grants, grant))
        code = next((one.issued_code.code for one in held if one.grant_id == grant and one.issued_code), None)
        wish = using.MerchantRedemption(f"r-{pick}", code or "", [None, 100][pick % 2])
        using.redeem_voucher(self.wiring, using.merchant_by_id(BAKERY.id), wish)

    def refund(self, pick: int) -> None:
        use = self._any(pick, redemptions)
        wish = RefundRequest(
            BAKERY.id, f"b-{pick}", use, civil_date(self.now), [None, 50][pick % 2], reusable=pick % 3 > 0
        )
        using.refund_voucher_use(self.wiring, using.merchant_by_id(BAKERY.id), wish)

    def reverse(self, pick: int) -> None:
        rule = _RULES[pick % 4]
        day = civil_date(self.now) - timedelta(days=pick % 30)
        organise(self.wiring, REVERSE, rule, since=day.isoformat(), reason="发错")
        with self.wiring.database.read() as connection:
            waiting = list_pending_acts(connection, {PendingKind.MASS_REVERSAL})
        for one in waiting:
            self._confirm(one)

    def void(self, pick: int) -> None:
        do(self.wiring, OFFICER, VOID, self._any(pick, grants), reason="作废")

    def budget(self, pick: int) -> None:
        change_budget(self.wiring, "small", str(pick % 30))

    def _confirm(self, proposed: object) -> None:
        if isinstance(proposed, PendingAct):
            noun = STOPS if proposed.kind is PendingKind.STOP_LIFT else REVERSALS
            do(self.wiring, SECOND, noun.find_act("confirm"), proposed.number)

    def prepare(self, pick: int) -> None:
        prepare(self.wiring, payees=_PAYEES, rule=["c-cash", None][pick % 2])

    def release(self, pick: int) -> None:
        batch = self._any(pick, payout_batches, state="prepared")
        if pick % 5 == 4:
            do(self.wiring, PREPARING, paying.CANCEL, batch, seen=1, reason="发放")
        else:
            do(self.wiring, RELEASING, paying.RELEASE, batch, seen=1, reason="发放")

    def answer(self, pick: int) -> None:
        """Let the bank answer all open orders of a batch: with an even pick the first one fails."""
        with self.wiring.database.read() as connection:
            query = select(payout_orders).where(payout_orders.c.state == "open")
            orders = connection.execute(query.order_by(payout_orders.c.reference)).all()
        states = ["退汇" if pick % 2 == 0 and number == 0 else "成功" for number in range(len(orders))]
        lines = [
            f"{order.reference},{format_yuan(order.amount_fen)},{state},,\n"
            for order, state in zip(orders, states, strict=True)
        ]
        file = TypedFile("return.csv", ("附言,金额,状态,原因,日期\n" + "".join(lines)).encode())
        batch = self._any(pick, payout_batches, state="released")
        do(self.wiring, PREPARING, bank_acts.ANSWER, batch, answer=file, partly=True)

    def debt(self, pick: int) -> None:
        """Settle a part of a debt, or waive the rest."""
        debt = self._any(pick, clawbacks)
        if pick % 2:
            do(self.wiring, named("li.min"), WAIVE, debt, reason="生活困难")
        else:
            do(self.wiring, named("li.min"), SETTLE, debt, amount="1.50", reason="已退回")

    def appeal(self, pick: int) -> None:
        decision = self._any(pick, decisions)
        do_own(self.wiring, self._member_of(decisions, decision), LODGE, decision, text=_WORDS)

    def review(self, pick: int) -> None:
        verdict = "rejected" if pick % 2 else "upheld"
        answer_appeal(self.wiring, self._any(pick, appeals), verdict, "gh-017", "已核对")

    def stop(self, pick: int) -> None:
        stop_rule_at_once(self.wiring, _RULES[pick % 4], "li.min", "面额写错了")

    def resume(self, pick: int) -> None:
        stopped = self._any(pick, rule_stops, "rule_id")
        self._confirm(propose_resuming(self.wiring, stopped, "li.min", "已核对"))

    def approve(self, _: int) -> None:
        text = RULE_FILES[1][1].replace("b-voucher", "f-gift")
        service = RuleService(self.wiring)
        service.submit_file(RuleFile("f-gift.yaml", text), "li.min")
        service.approve("f-gift", "gh-017", seen=True)

    def upkeep(self, _: int) -> None:
        run_upkeep(self.wiring)

    def _any(self, pick: int, table: Table, column: str = "id", **only: str) -> str:
        ids = sorted(values_in(self.wiring.database, select(table.c[column]).filter_by(**only)))
        if not ids:
            raise LookupError(table.name)
        return str(ids[pick % len(ids)])

    def replay(self, days_later: int) -> ReplayResult:
        self.now += timedelta(days=days_later)
        target = str(empty_database(self.folder / f"scratch-{days_later}.db"))
        return replay_into_scratch(
            self.wiring, target, JournalReplaySource(self.wiring.database), is_whole=True
        )


def _live(folder: str, steps: Sequence[tuple[str, int, int]]) -> Town:
    town = Town(Path(folder))
    for step in steps:
        town.live(*step)
    return town


@pytest.mark.deeper
@settings(
    derandomize=True,
    max_examples=budget(8),
    phases=[Phase.generate],  # a failed life is long to shrink
    suppress_health_check=SLOW,
)
@given(steps=STEPS, later=st.integers(0, 400))
def test_the_journal_replayed_on_any_later_day_gives_the_same_ledger(steps, later: int) -> None:
    with TemporaryDirectory() as folder:
        town = _live(folder, steps)
        done = town.replay(later)
        town.wiring.close()
    assert done.difference is None
    assert done.refused == 0


_DONE = [claims, lapses, withdrawals, draw_results, redemptions, refunds, reversals, appeal_answers]


@pytest.mark.endure
def test_a_long_life_with_every_kind_of_act_is_replayed(tmp_path: Path) -> None:
    chance = random.Random(14)
    town = _live(
        str(tmp_path),
        [(chance.choice(KINDS), chance.randrange(1000), chance.choice(DAYS)) for _ in range(180)],
    )
    with town.wiring.database.read() as connection:
        left = [table.name for table in _DONE if not connection.execute(select(table)).first()]
        kinds = set(connection.execute(select(transactions.c.kind)).scalars())
        acts_done = set(connection.execute(select(acts.c.kind)).scalars())
    assert (left, {"expire", "void", "reverse", "redeem", "refund", "issue"} - kinds) == ([], set())
    assert acts_done >= {"sweep", "claim", "give_up", "budget", "commit_draw", "draw", "rank", "issue_code"}
    done = town.replay(333)
    town.wiring.close()
    assert (done.difference, done.refused) == (None, 0)


def test_payments_by_bank_and_debts_are_done_again_in_a_replay(tmp_path: Path) -> None:
    granted = [("event", 10 * n, 0) for n in range(2)]
    bank = [(kind, pick, 1) for pick in (0, 1) for kind in ("prepare", "release", "answer")]
    cancelled = [("event", 33, 0), ("prepare", 1, 0), ("release", 4, 0)]
    owed = [("event", 8, 0), ("debt", 0, 0), ("debt", 1, 0)]
    town = _live(str(tmp_path), [*granted, *bank, *owed, *cancelled])
    with town.wiring.database.read() as connection:
        ended = connection.execute(select(debt_acts.c.kind, debt_acts.c.amount_fen)).all()
        tries = connection.execute(select(payout_orders.c.attempt, payout_orders.c.state)).all()
        journalled = "".join(connection.execute(select(acts.c.terms)).scalars())
    done = town.replay(5)
    town.wiring.close()
    assert {tuple(one) for one in ended} == {("settled", 150), ("waived", 250)}
    assert {(1, "failed"), (1, "paid"), (2, "paid"), (1, "cancelled")} == {tuple(one) for one in tries}
    assert "62220202001122" not in journalled and "张三" not in journalled
    assert (done.difference, done.refused) == (None, 0)


def test_appeals_and_what_officers_do_with_rules_are_done_again_in_a_replay(tmp_path: Path) -> None:
    refused = [("event", 10 * n, 0) for n in range(3)]  # the budget is empty at the fourth
    held = [("stop", 1, 0), ("event", 33, 0), ("resume", 1, 3), ("stop", 0, 0), ("event", 50, 0)]
    town = _live(str(tmp_path), [*refused, ("approve", 0, 0), *held])
    with town.wiring.database.read() as connection:
        query = select(decisions.c.member_id, decisions.c.id).filter_by(rule_id="f-gift", outcome="refused")
        wrong = connection.execute(query.order_by(decisions.c.id)).all()
    town.live("budget", 29, 0)
    for (member, decision), verdict in zip(wrong, ("upheld", "rejected"), strict=True):
        lodged = do_own(town.wiring, member, LODGE, decision, text=_WORDS)
        seen = preview_answer(town.wiring, lodged, verdict, "gh-017", "已核对")
        assert ("granted" in seen.get("anew", "")) is (verdict == "upheld"), seen
        answer_appeal(town.wiring, lodged, verdict, "gh-017", "已核对")
    with town.wiring.database.read() as connection:
        answers = connection.execute(select(appeal_answers.c.verdict, appeal_answers.c.decision_id)).all()
        journalled = "".join(connection.execute(select(acts.c.terms)).scalars())
    done = town.replay(5)
    town.wiring.close()
    assert {(one.verdict, one.decision_id is None) for one in answers} == {
        ("upheld", False),
        ("rejected", True),
    }
    assert (_WORDS in journalled, done.difference, done.refused) == (False, None, 0)


def test_acts_that_were_not_recorded_are_shown_as_differences_in_groups(tmp_path: Path) -> None:
    town = _live(str(tmp_path), [("event", 0, 0), *(("claim", n, 0) for n in range(4))])
    with town.wiring.database.write() as connection:
        lift_guards(connection)
        connection.execute(delete(acts).where(acts.c.kind == "claim"))
    difference = town.replay(0).difference
    town.wiring.close()
    assert difference is not None
    assert [(group.table, group.how, group.count) for group in difference.groups] == [
        ("claims", "missing", 1)
    ]


def test_what_is_due_by_the_clock_is_done_once_a_day_in_the_background(tmp_path: Path) -> None:
    town = _live(str(tmp_path), [("event", 0, 0)])
    town.now += timedelta(days=20)
    for kind, lapsed in (("first", 1), ("again", 1), ("the next day", 2)):
        if kind == "the next day":
            town.now += timedelta(days=1)
        run_upkeep_and_seal(town.wiring)
        assert len(rows_in(town.wiring.database, select(lapses))) == lapsed, kind
        if kind == "first":  # granted and claimable until twelve days ago, but on the ledger's day it is open
            town.send([happening(900, "x", "m-1", civil_date(FIRST))])
    done = town.replay(9)
    town.wiring.close()
    assert done.difference is None


@pytest.mark.endure
@pytest.mark.needs("postgres")
def test_a_life_in_postgresql_is_replayed_into_sqlite(tmp_path: Path, migrated_server: str) -> None:
    chance = random.Random(4)
    town = Town(tmp_path, target=migrated_server)
    for _ in range(40):
        town.live(chance.choice(KINDS), chance.randrange(1000), chance.choice(DAYS))
    done = town.replay(33)
    town.wiring.close()
    assert (done.difference, done.refused) == (None, 0)
