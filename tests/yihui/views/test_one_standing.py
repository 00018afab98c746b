"""Every face shows a grant's state and days from one function: at each step of a life they agree.

The faces: the benefits list (lines and JSON, as HTTP answers), the reasons (JSON and lines), the three
sentences of the hotline, the vouchers, the page of a benefit (lines and JSON). The ledger itself says which
last day is true: it accepts a claim on it and refuses one on the day after.
"""

import re
import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from hashlib import sha256
from itertools import count
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import Connection, select

from benefits import (
    ActRefused,
    BankReturn,
    BankReturnLine,
    BankReturnMismatch,
    MoveRefused,
    Officer,
    PayoutCriteria,
    ReversalCriteria,
    apply_bank_return,
    apply_reversal,
    create_payout_batch,
    release_batch,
    void_grant_remainder,
)
from benefits.lifecycle.claims import lapse_unclaimed, record_claim
from benefits.lifecycle.expiry import expire_due_grants
from benefits.tables.decisions import grants
from benefits.tables.payout import payout_batches, payout_orders
from benefits.vouchers.issuing import issue_voucher_code
from benefits.vouchers.merchants import add_merchant
from benefits.vouchers.redemption import RedemptionRequest, redeem_grant
from benefits.vouchers.refunds import RefundRequest, refund_grant
from events import process_batch
from store import Database, migrate_database, open_database
from tests.benefits.counters import BAKERY, KEY
from tests.benefits.polls import imported, library, poll
from tests.transactions import write_in
from yihui.access.actor import Actor, ActorKind
from yihui.bootstrap import Settings, build_wiring
from yihui.cases.benefits.own_texts import benefit_state_text
from yihui.frame.lines import page_lines
from yihui.frame.looking import show_thing
from yihui.frame.plain import page_json
from yihui.money.vouchers.pages import NOUN
from yihui.runtime.language import load_language
from yihui.services.benefits.benefits import list_member_decisions, load_member_benefits
from yihui.services.benefits.vouchers import list_member_vouchers
from yihui.views.agent_script import render_agent_summary
from yihui.views.benefits import decision_lines, member_benefits_json, member_benefits_lines
from yihui.views.decisions import decision_record_json

pytestmark = pytest.mark.endure

ZH = load_language("zh")
OFFICER = Actor("li.min", "li.min", ActorKind.DEMO)
BEGIN, MEMBER, WORTH = date(2026, 2, 20), "m-1", 300
OVER = frozenset({"expired", "lapsed", "voided", "used", "clawed_back", "reversed", "paid"})
RULES = cache(
    lambda: library(
        voucher=f"""
benefit: {{kind: voucher, amount_fen: {WORTH}, unit: 张, uses: 2}}
limit: {{times: 1, per: [member], every: rule_lifetime}}
claim: {{within: P2D}}
expires: P60D
""",
        cash="""
benefit: {kind: cash, amount_fen: 450}
limit: {times: 1, per: [member], every: rule_lifetime}
claim: {within: P5D}
""",
        once="""
benefit: {kind: voucher, amount_fen: 500, unit: 张}
limit: {times: 1, per: [member], every: rule_lifetime}
expires: P4D
""",
    )
)


def write_days_as_iso(text: str) -> str:
    """Write the days that an agent says, 2026年2月22日, as the other faces do."""
    return re.sub(r"(\d{4})年(\d{1,2})月(\d{1,2})日", lambda day: str(date(*map(int, day.groups()))), text)


def days_in(text: str) -> set[date]:
    days = re.findall(r"\d{4}-\d\d-\d\d", write_days_as_iso(text))
    return {date.fromisoformat(day) for day in days}


class FacesMachine(RuleBasedStateMachine):
    """``begin_with`` gives a migrated database and its path."""

    begin_with: Callable[[], tuple[Database, Path]]

    @initialize()
    def begin(self) -> None:
        self.database, path = type(self).begin_with()
        self.today, self.numbers = BEGIN, count(1)
        self.wiring = build_wiring(Settings(str(path), path.parent), lambda: self.now)
        self.wiring.__dict__["database"] = self.database
        self.wiring.__dict__["voucher_key"] = KEY
        with self.database.write() as connection:
            process_batch([imported(MEMBER), poll(MEMBER, "e-1", day=BEGIN)], connection, RULES(), self.now)
            add_merchant(connection, BAKERY, self.now)
            self.ids = dict(connection.execute(select(grants.c.rule_id, grants.c.id)).all())  # type: ignore[arg-type]
        assert len(self.ids) == 3
        self.codes: dict[str, str] = {}
        self.uses: list[str] = []

    @property
    def now(self) -> datetime:
        return datetime.combine(self.today, time(4), UTC)

    @property
    def officer(self) -> Officer:
        return Officer("li.min", self.now, self.today, "示例")

    def tried(self, work: Callable[[Connection], object]) -> object:
        try:
            return write_in(self.database, work)
        except (MoveRefused, ActRefused, BankReturnMismatch):
            return None

    @rule(which=st.sampled_from(["voucher", "cash", "once"]))
    def claim(self, which: str) -> None:
        self.tried(lambda c: record_claim(c, self.ids[which], self.now, self.today, MEMBER))

    @rule(which=st.sampled_from(["voucher", "once"]))
    def take_a_code(self, which: str) -> None:
        made = self.tried(lambda c: issue_voucher_code(c, KEY, self.ids[which], self.today, self.now))
        if made is not None:
            self.codes[which] = made.code  # type: ignore[attr-defined]

    @rule(which=st.sampled_from(["voucher", "once"]), amount=st.sampled_from([100, 200, WORTH]))
    def use(self, which: str, amount: int) -> None:
        if which in self.codes:
            wish = RedemptionRequest(
                BAKERY, f"r-{next(self.numbers)}", self.codes[which], self.now, self.today, amount
            )
            done = self.tried(lambda c: redeem_grant(c, KEY, wish, self.now))
            if done is not None:
                self.uses.append(done.id)  # type: ignore[attr-defined]

    @rule(reusable=st.booleans())
    def bring_back(self, reusable: bool) -> None:
        if self.uses:
            wish = RefundRequest(
                BAKERY.id, f"b-{next(self.numbers)}", self.uses.pop(), self.today, None, reusable
            )
            self.tried(lambda c: refund_grant(c, wish, self.now))

    @rule(which=st.sampled_from(["voucher", "cash", "once"]))
    def void(self, which: str) -> None:
        self.tried(lambda c: void_grant_remainder(c, self.officer, self.ids[which]))

    @rule(which=st.sampled_from(["voucher", "cash", "once"]))
    def take_back(self, which: str) -> None:
        wanted = ReversalCriteria(which, decision=self.ids[which])
        self.tried(lambda c: apply_reversal(c, self.officer, wanted))

    @rule()
    def prepare_the_payment(self) -> None:
        self.tried(
            lambda c: create_payout_batch(
                c, self.officer, PayoutCriteria(), [MEMBER], "t" * 64, lambda *_: "f" * 64
            )
        )

    @rule()
    def release_the_payment(self) -> None:
        second = Officer("wang.wei", self.now, self.today, "示例")
        with self.database.read() as connection:
            query = select(payout_batches.c.id).where(payout_batches.c.state == "prepared")
            waiting = connection.execute(query).scalars().all()
        for batch in waiting:
            self.tried(lambda c, batch=batch: release_batch(c, second, batch, lambda *_: "f" * 64))  # type: ignore[misc]

    @rule(outcome=st.sampled_from(["paid", "failed"]))
    def the_bank_answers(self, outcome: str) -> None:
        with self.database.read() as connection:
            query = select(payout_orders).where(payout_orders.c.state.in_(("open", "paid")))
            orders = connection.execute(query).all()
        for order in orders:
            said = (
                BankReturnLine(2, order.reference, "paid", order.amount_fen, "F1")
                if outcome == "paid"
                else BankReturnLine(2, order.reference, "failed", order.amount_fen, "", None, "户名不符")
            )
            file = BankReturn(sha256(repr(said).encode()).hexdigest(), (said,))
            self.tried(lambda c, file=file: apply_bank_return(c, self.officer, file))  # type: ignore[misc]

    @rule(days=st.sampled_from([1, 3, 7, 55]))
    def let_days_pass(self, days: int) -> None:
        self.today += timedelta(days=days)

    @rule()
    def the_daily_job_runs(self) -> None:
        write_in(self.database, lapse_unclaimed, self.now, self.today)
        write_in(self.database, expire_due_grants, self.today, self.now)

    @invariant()
    def all_faces_agree(self) -> None:
        if not hasattr(self, "database"):
            return
        found = load_member_benefits(self.wiring, MEMBER)
        listed = {str(each["id"]): each for each in member_benefits_json(found)}
        held = {one.grant.id: one for one in found.grants}
        lines = dict(zip(held, member_benefits_lines(found, ZH), strict=False))
        owned = {each.grant_id for each in list_member_vouchers(self.wiring, MEMBER)}
        for record in list_member_decisions(self.wiring, MEMBER, None, None):
            id_ = record.why.id
            shown = listed[id_]
            told = decision_record_json(record, ZH)
            page = show_thing(self.wiring, OFFICER, NOUN, id_, ZH)
            state, last = shown["state"], shown["last_day"]
            assert told["state"] == state
            plain = page_json(page.page)
            assert (plain["state"], plain.get("last_day")) == (state, last)
            if told["grants"]:
                assert [(g["state"], g["last_day"]) for g in told["grants"]] == [(state, last)]  # type: ignore[attr-defined]
            what, why, do = render_agent_summary(record, ZH)
            standing = benefit_state_text(held[id_], ZH).replace(" ", "")  # the agent's days have none
            assert record.why.outcome == "reversed" or standing in write_days_as_iso(what).replace(" ", "")
            usable = state in ("claimable", "partly_used", "handed_out", "promised")
            texts = [lines[id_], what, why, do, *page_lines(page.page, id_, 1, ZH, page.names)]
            assert not any("与封存时一致" in text for text in texts), "nothing was sealed yet"
            if usable and last is None:
                assert id_ == self.ids["cash"], "only cash has no last day"
            elif usable:
                assert date.fromisoformat(str(last)) >= self.today
                assert date.fromisoformat(str(last)) in days_in(lines[id_])
                assert days_in(do) <= {date.fromisoformat(str(last))}, (do, last)
            else:
                assert id_ not in owned
                assert (
                    days_in(do) <= {self.today}
                    and max(days_in("".join((lines[id_], what, why)))) <= self.today
                )
            if state in ("expired", "lapsed"):
                assert date.fromisoformat(str(last)) in days_in(why)
                assert date.fromisoformat(str(last)) < self.today
            everything = "".join([*texts, *decision_lines([record], ZH, agent=False)])
            assert "unclaimed" not in everything
            self.assert_the_ledger_agrees(id_, str(state), last)

    def assert_the_ledger_agrees(self, id_: str, state: str, last: object) -> None:
        """A claim is accepted up to the last day where one is needed; a code is given while it is usable."""
        if state == "claimable":
            day = date.fromisoformat(str(last))
            assert self.would(lambda c: record_claim(c, id_, self.now, day))
            assert not self.would(lambda c: record_claim(c, id_, self.now, day + timedelta(days=1)))
        if id_ != self.ids["cash"] and state in OVER - {"used"}:
            assert not self.would(lambda c: issue_voucher_code(c, KEY, id_, self.today, self.now, anew=True))

    def would(self, work: Callable[[Connection], object]) -> bool:
        """Return whether the ledger accepts this; nothing of it stays."""
        with self.database.write() as connection:
            step = connection.begin_nested()
            try:
                work(connection)
            except MoveRefused:
                return False
            finally:
                step.rollback()
            return True

    def teardown(self) -> None:
        if hasattr(self, "database"):
            self.database.close()


def test_all_faces_agree_at_every_step_of_every_life() -> None:
    with tempfile.TemporaryDirectory(prefix="yihui-faces-") as folder:
        empty, path = Path(folder) / "empty.db", Path(folder) / "life.db"
        database = open_database(str(empty))
        migrate_database(database)
        database.close()

        def begin() -> tuple[Database, Path]:
            for end in ("", "-wal", "-shm"):
                Path(f"{path}{end}").unlink(missing_ok=True)
            return open_database(str(shutil.copy(empty, path))), path

        machine = type("Faces", (FacesMachine,), {"begin_with": staticmethod(begin)})
        run_state_machine_as_test(
            machine,
            settings=settings(derandomize=True, database=None, max_examples=8, stateful_step_count=12),
        )
