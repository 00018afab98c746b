"""Moves in any order, repeated and impossible ones as well, against a small obvious model."""

from datetime import date

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from benefits import (
    Move,
    MoveRefused,
    list_account_balances,
    post_move,
    read_grant_positions,
    seal_batches,
    verify_ledger,
)
from benefits.model.accounts import STAGES
from benefits.model.moves import ALLOWED_MOVES, ENDING_KINDS
from tests.benefits.machines import new_database
from tests.tiers import budget
from tests.transactions import read_in, write_in
from tools.servers.deciding import NOW, Wish, give, used

pytestmark = pytest.mark.deeper
AMOUNT = 5
KINDS = st.sampled_from(sorted(ALLOWED_MOVES))
STAGE = st.sampled_from(STAGES)


class PostingMachine(RuleBasedStateMachine):
    """The model: fen by stage for each grant, requests that were done, what is used of the budget."""

    grants = Bundle("grants")
    requests = Bundle("requests")

    @initialize()
    def begin(self) -> None:
        self.database = new_database()
        self.model: dict[str, dict[str, int]] = {}
        self.done: dict[str, Move] = {}
        self.budget = 0

    @rule(target=grants)
    def promise(self) -> str:
        (ruling,) = give(self.database, Wish(kind="voucher", amount_fen=AMOUNT, budget="b"))
        self.model[ruling.id] = {**dict.fromkeys(STAGES, 0), "promised": AMOUNT}
        self.budget += AMOUNT
        return ruling.id

    @rule(
        target=requests,
        grant=grants,
        kind=KINDS,
        amount=st.none() | st.integers(0, AMOUNT + 1),
        stages=st.tuples(STAGE, STAGE) | st.none(),
        gives_back=st.booleans(),
    )
    def move(
        self, grant: str, kind: str, amount: int | None, stages: tuple[str, str] | None, gives_back: bool
    ) -> Move:
        """Mostly a move that its kind may make, sometimes any."""
        from_, to = stages or min(ALLOWED_MOVES[kind], key=lambda pair: -self.model[grant][pair[0]])  # type: ignore[index]
        key = f"request-{len(self.done)}-{grant}-{kind}-{amount}-{from_}-{to}"
        move = Move(kind, grant, amount, from_, to, key, date(2026, 6, 1), gives_back=gives_back)  # type: ignore[arg-type]
        self._try(move)
        return move

    @rule(move=requests)
    def again(self, move: Move) -> None:
        """A caller who has not heard the answer asks again."""
        if move.request_key in self.done:
            assert write_in(self.database, post_move, move, NOW).already
        else:
            self._try(move)

    @rule()
    def seal(self) -> None:
        write_in(self.database, seal_batches, NOW, at_most=2)

    def _try(self, move: Move) -> None:
        stands = self.model[move.grant_id]
        amount = stands[move.from_] if move.amount is None else move.amount  # type: ignore[index]
        may = (move.from_, move.to) in ALLOWED_MOVES[move.kind] and 0 < amount <= stands[move.from_]  # type: ignore[index]
        try:
            write_in(self.database, post_move, move, NOW)
        except MoveRefused:
            assert not may, move
            return
        assert may, move
        stands[move.from_] -= amount  # type: ignore[index]
        stands[move.to] += amount
        self.done[move.request_key] = move
        if move.kind in ENDING_KINDS and move.gives_back:
            self.budget -= amount

    @invariant()
    def the_books_say_what_the_model_says(self) -> None:
        if not getattr(self, "model", None):
            return
        with self.database.read() as connection:
            kept = read_grant_positions(connection, self.model)
            accounts = {balance.account: balance.amount for balance in list_account_balances(connection)}
        assert {id_: kept[id_]["fen"].as_row() for id_ in self.model} == self.model
        for stage in STAGES:
            assert accounts.get(f"{stage}/pack", 0) == sum(stands[stage] for stands in self.model.values())
        assert accounts["budget/b"] == -self.budget == -used(self.database)["budget/b"]

    def teardown(self) -> None:
        if hasattr(self, "database"):
            assert read_in(self.database, verify_ledger).disagreements == ()
            self.database.close()


TestPostingMachine = PostingMachine.TestCase
TestPostingMachine.settings = settings(
    deadline=None, derandomize=True, max_examples=budget(20), stateful_step_count=25
)
