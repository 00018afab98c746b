"""The one way in for everything that happens to a grant after its promise.

    moved = post(connection, Move("redeem", grant, 2_000, "issued", "redeemed",
                                  "redeem/shop-7/000123", date(2026, 5, 1)), now)

moves 20 yuan from issued to redeemed, once: repeated with the same request key it changes nothing
and gives ``AlreadyDone``. Refused, it raises ``NotAllowed`` and nothing has happened.

All in the caller's transaction. The lock order, everywhere: limits' slots, a batch's own and scarce counters
as it reads them, ``grant_balances`` by id, and last everybody's counters by key. Two writers of one grant
wait for each other at its row of ``grant_balances``; budgets get back what ended in the end, by an ``UPDATE``
that needs no lock before (as batches raise them: decision 0017). Whoever locks more than one call needs locks
all grants first (``positions.lock``). So give what belongs together to one call of ``post_all``. On PostgreSQL two requests with one key for two grants
may collide: the second one's transaction fails as lost and is tried again by its caller
(``events.retries.in_transaction``).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select

from benefits.ledger.move_checks import check_move
from benefits.ledger.positions import GrantTerms, Position, Positions, lock, terms_of
from benefits.messages.outbox import told
from benefits.model.accounts import BUDGET, FEN, STAGES, Posting, account_of, returned
from benefits.model.chunks import portions
from benefits.model.move_refusals import NotAllowed
from benefits.model.moves import AlreadyDone, Move, Moved, Transaction
from benefits.sealing.queue import to_seal
from benefits.tables.decisions import counters, postings
from benefits.tables.transactions import grant_balances, transactions
from store import outbox

Row = dict[str, object]


Result = Transaction | AlreadyDone | NotAllowed


def post(connection: Connection, move: Move, now: datetime) -> Transaction | AlreadyDone:
    """Do one move, once.

    *Raises*: NotAllowed, then nothing has happened. Its codes: amount, unknown, foreign, unit, order,
    early, expired, lapsed, void, used_up, over_amount, nothing_there, request_reused.
    """
    (result,) = post_all(connection, [move], now)
    if isinstance(result, NotAllowed):
        raise result
    return result


def post_all(connection: Connection, moves: Sequence[Move], now: datetime) -> list[Result]:
    """Do many moves, in their order; one result for each. One that is refused stops none of the others."""
    if not moves:
        return []
    desk = _open_desk(connection, moves)
    results = [desk.result(move) for move in moves]
    desk.record(connection, now)
    return results


@dataclass(slots=True)
class _Desk:
    """What a call works on: all locked, changed in memory, written at the end."""

    grants: Mapping[str, GrantTerms]
    positions: Positions
    funding: Mapping[tuple[str, str], str]  # grant and unit → the account that it was promised from
    done: dict[str, Transaction]
    doing: list[tuple[Move, Transaction]] = field(default_factory=list)
    given_back: Counter[str] = field(default_factory=Counter)  # fen, by budget's account

    def result(self, move: Move) -> Result:
        try:
            return self._again(move) or self._do(move)
        except NotAllowed as refusal:
            return refusal

    def _again(self, move: Move) -> AlreadyDone | None:
        before = self.done.get(move.id)
        if before is None:
            return None
        asked = (move.kind, move.grant_id, move.member_id or before.member_id)
        if asked != (before.kind, before.grant_id, before.member_id) or not _same_amounts(move, before):
            raise NotAllowed("request_reused", key=move.request_key)
        return AlreadyDone(
            before.id,
            before.kind,
            before.grant_id,
            before.member_id,
            before.rule_id,
            before.occurred_on,
            before.moved,
        )

    def _do(self, move: Move) -> Transaction:
        grant = self.grants.get(move.grant_id)
        if grant is None:
            raise NotAllowed("unknown", grant=move.grant_id)
        standing = self.positions[move.grant_id]
        check_move(move, grant, standing)
        lines = tuple(_lines(move, standing))
        for line in lines:
            standing[line.unit].move(line.amount, line.from_, line.to)
            if move.returns and line.unit == FEN:
                self.given_back[self.funding[grant.id, FEN]] += line.amount
        made = Transaction(
            move.id, move.kind, grant.id, grant.member_id, grant.rule_id, move.occurred_on, lines
        )
        self.done[move.id] = made
        self.doing.append((move, made))
        return made

    def record(self, connection: Connection, now: datetime) -> None:
        if not self.doing:
            return
        rows = [_transaction_row(move, now) for move, _ in self.doing]
        connection.execute(insert(transactions), rows)
        connection.execute(
            insert(postings), [row for m, t in self.doing for row in self._posting_rows(m, t, now)]
        )
        self._write_positions(connection)
        connection.execute(insert(outbox), [told(move, made, now) for move, made in self.doing])
        to_seal(connection, {"transactions": [made.id for _, made in self.doing]}, now)
        _lower(connection, self.given_back)

    def _posting_rows(self, move: Move, made: Transaction, now: datetime) -> Iterable[Row]:
        for number, line in enumerate(self._postings(move, made), 1):
            yield {
                "transaction_id": made.id,
                "line": number,
                "account": line.account,
                "amount": line.amount,
                "unit": line.unit,
                "recorded_at": now,
            }

    def _postings(self, move: Move, made: Transaction) -> Iterable[Posting]:
        for moved in made.moved:
            yield Posting(account_of(moved.from_, made.rule_id), -moved.amount, moved.unit)
            yield Posting(account_of(moved.to, made.rule_id), moved.amount, moved.unit)
            if move.returns:
                yield Posting(returned(made.rule_id), -moved.amount, moved.unit)
                yield Posting(self.funding[made.grant_id, moved.unit], moved.amount, moved.unit)

    def _write_positions(self, connection: Connection) -> None:
        changed = sorted({(t.grant_id, line.unit) for _, t in self.doing for line in t.moved})
        update = (
            grant_balances.update()
            .where(
                grant_balances.c.grant_id == bindparam("grant_"), grant_balances.c.unit == bindparam("unit_")
            )
            .values({stage: bindparam(f"{stage}_") for stage in STAGES})
        )
        rows = [
            {
                "grant_": grant,
                "unit_": unit,
                **{f"{name}_": amount for name, amount in self.positions[grant][unit].as_row().items()},
            }
            for grant, unit in changed
        ]
        connection.execute(update, rows)


def _open_desk(connection: Connection, moves: Sequence[Move]) -> _Desk:
    """Lock the grants by id; then look what was done already. Budgets are changed last."""
    ids = sorted({move.grant_id for move in moves})
    rows: dict[str, GrantTerms] = {}
    for some in portions(ids):
        rows |= terms_of(connection, some)
    ending = sorted({move.grant_id for move in moves if move.returns and move.grant_id in rows})
    funding = _funding(connection, ending)
    standing: Positions = {}
    for some in portions([id_ for id_ in ids if id_ in rows]):
        standing |= lock(connection, {id_: rows[id_] for id_ in some})
    return _Desk(rows, standing, funding, _done(connection, [move.id for move in moves], rows))


def _funding(connection: Connection, grant_ids: Sequence[str]) -> dict[tuple[str, str], str]:
    """What each grant was promised from, by unit."""
    found: dict[tuple[str, str], str] = {}
    for some in portions(grant_ids):
        lines = select(postings.c.transaction_id, postings.c.unit, postings.c.account).where(
            postings.c.transaction_id.in_(some), postings.c.amount < 0
        )
        found |= {(row.transaction_id, row.unit): row.account for row in connection.execute(lines)}
    return found


def _lower(connection: Connection, given_back: Mapping[str, int]) -> None:
    """Budgets get back what ended, in the order of keys."""
    rows = [{"key_": key, "back": given_back[key]} for key in sorted(given_back) if key.startswith(BUDGET)]
    if rows:
        lowered = counters.update().where(counters.c.key == bindparam("key_"))
        connection.execute(lowered.values(used=counters.c.used - bindparam("back")), rows)


def _done(
    connection: Connection, ids: Sequence[str], known: Mapping[str, GrantTerms]
) -> dict[str, Transaction]:
    """What was done under these requests; looked for under lock, so that nobody is doing it now."""
    found: dict[str, Transaction] = {}
    for some in portions(sorted(set(ids))):
        rows = connection.execute(select(transactions).where(transactions.c.id.in_(some))).all()
        lines = _moved_lines(connection, [row.id for row in rows])
        grants = {
            **known,
            **terms_of(connection, {r.grant_id for r in rows if r.grant_id} - known.keys()),
        }
        for row in rows:
            grant = grants[row.grant_id]
            found[row.id] = Transaction(
                row.id, row.kind, grant.id, grant.member_id, grant.rule_id, row.occurred_on, lines[row.id]
            )
    return found


def _moved_lines(connection: Connection, ids: Sequence[str]) -> dict[str, tuple[Moved, ...]]:
    """The pairs of lines between stages; what went back to its funding is no stage."""
    query = select(postings).where(postings.c.transaction_id.in_(ids))
    by_id: defaultdict[str, list[tuple[str, int, str]]] = defaultdict(list)
    for row in connection.execute(query.order_by(postings.c.transaction_id, postings.c.line)):
        stage = row.account.partition("/")[0]
        if stage in STAGES:
            by_id[row.transaction_id].append((stage, row.amount, row.unit))
    return {
        id_: tuple(
            Moved(unit, amount, from_, to)  # type: ignore[arg-type]
            for (from_, _, _), (to, amount, unit) in zip(lines[::2], lines[1::2], strict=True)
        )
        for id_, lines in by_id.items()
    }


def _same_amounts(move: Move, before: Transaction) -> bool:
    """Whether a repeated request asks for what was done; one for all there is asks for whatever was there."""
    if move.amount is None:
        return {line.to for line in before.moved} == {move.to}
    return set(move.wished()) == set(before.moved)


def _lines(move: Move, standing: Mapping[str, Position]) -> Iterable[Moved]:
    if move.amount is not None:
        yield from move.wished()
        return
    for unit, position in sorted(standing.items()):
        for stage in move.stages:
            if position.at(stage):
                yield Moved(unit, position.at(stage), stage, move.to)


def _transaction_row(move: Move, now: datetime) -> Row:
    return {
        "id": move.id,
        "kind": move.kind,
        "grant_id": move.grant_id,
        "act_id": move.act_id,
        "occurred_on": move.occurred_on,
        "reason": move.reason,
        "recorded_at": now,
    }
