"""Post moves of grants: every move after a grant's promise goes through this module.

    moved = post_move(connection, Move("redeem", grant, 2_000, "issued", "redeemed",
                                       "redeem/shop-7/000123", date(2026, 5, 1)), now)

moves 20 yuan from issued to redeemed, once: repeated with the same request key it changes nothing
and returns the same transaction as ``already``. A refused move raises ``MoveRefused`` and changes nothing.

Everything runs in the caller's transaction. The lock order, everywhere: limits' slots, a batch's own and
scarce counters as it reads them, ``grant_balances`` by id, and last the shared counters by key. Two
writers of one grant wait for each other at its row of ``grant_balances``. Budgets get back what ended as
the last step, by an ``UPDATE`` that needs no lock before (as batches raise them: decision 0017). A caller
that makes several calls and needs locks locks all grants first (``positions.lock_grant_positions``). So
give moves that belong together to one call of ``post_moves``. On PostgreSQL two requests with one key for
two grants may collide: the second transaction fails as lost and its caller tries it again
(``events.retries.run_in_transaction``).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from benefits.ledger.counting import lower_counters
from benefits.ledger.positions import (
    GrantPosition,
    GrantPositions,
    GrantTerms,
    lock_grant_positions,
    read_grant_terms,
)
from benefits.messages.payloads import move_outbox_row
from benefits.model.accounts import (
    BUDGET_PREFIX,
    FEN,
    OPEN_STAGES,
    STAGES,
    Posting,
    returned_account,
    stage_account,
)
from benefits.model.chunks import chunks
from benefits.model.faults import MOVE_FAULTS, MoveRefused
from benefits.model.moves import ALLOWED_MOVES, ENDING_KINDS, Move, StageTransfer, Transaction
from benefits.model.terms import TERM_SEPARATOR
from benefits.tables.decisions import postings
from benefits.tables.transactions import grant_balances, transactions
from store import (
    OUTBOX_BATCHES,
    append_batch,
    append_rows,
    enqueue_for_sealing,
    in_json_array,
    json_array,
    write_before_shared_locks,
)

Row = dict[str, object]
_DONE = select(transactions).where(in_json_array(transactions.c.id, "ids"))
_PROMISED_FROM = select(postings.c.transaction_id, postings.c.unit, postings.c.account).where(
    in_json_array(postings.c.transaction_id, "ids"), postings.c.amount < 0
)
_MOVED = (
    grant_balances.update()
    .where(grant_balances.c.grant_id == bindparam("grant_"), grant_balances.c.unit == bindparam("unit_"))
    .values({stage: bindparam(f"{stage}_") for stage in STAGES})
)
MoveResult = Transaction | MoveRefused
_BIGGEST = 2**63 - 1


def post_move(connection: Connection, move: Move, now: datetime) -> Transaction:
    """Post one move, once.

    *Raises*: MoveRefused, and nothing has happened. Its codes: amount, unknown, foreign, unit, order,
    early, expired, lapsed, void, used_up, over_amount, nothing_there, request_reused.
    """
    return post_all(connection, [move], now)[0]


def post_all(connection: Connection, moves: Sequence[Move], now: datetime) -> list[Transaction]:
    """Post moves of which none may be refused. *Raises*: MoveRefused; then the caller rolls back."""
    done = []
    for result in post_moves(connection, moves, now):
        if isinstance(result, MoveRefused):
            raise result
        done.append(result)
    return done


def post_moves(
    connection: Connection,
    moves: Sequence[Move],
    now: datetime,
    terms: Mapping[str, GrantTerms] | None = None,
) -> list[MoveResult]:
    """Post many moves in their order and return one result for each; a refused one stops none of the others.

    ``terms`` are those of all grants concerned, where the caller has read them in this transaction.
    """
    if not moves:
        return []
    desk = _open_session(connection, moves, terms)
    results = [desk.result(move) for move in moves]
    desk.record(connection, now)
    return results


@dataclass(slots=True)
class _PostingSession:
    """The state of one call: locked at the start, changed in memory, written at the end."""

    grants: Mapping[str, GrantTerms]
    positions: GrantPositions
    funding: Mapping[tuple[str, str], str]  # grant and unit → the account that it was promised from
    done: dict[str, Transaction]
    doing: list[tuple[Move, Transaction]] = field(default_factory=list)
    given_back: Counter[str] = field(default_factory=Counter)  # fen, by budget's account

    def result(self, move: Move) -> MoveResult:
        try:
            return self._again(move) or self._do(move)
        except MoveRefused as refusal:
            return refusal

    def _again(self, move: Move) -> Transaction | None:
        before = self.done.get(move.id)
        if before is None:
            return None
        asked = (move.kind, move.grant_id, move.member_id or before.member_id)
        if asked != (before.kind, before.grant_id, before.member_id) or not _same_amounts(move, before):
            raise MoveRefused(MOVE_FAULTS.build("request_reused", key=move.request_key))
        return replace(before, already=True)

    def _do(self, move: Move) -> Transaction:
        grant = self.grants.get(move.grant_id)
        if grant is None:
            raise MoveRefused(MOVE_FAULTS.build("unknown", grant=move.grant_id))
        standing = self.positions[move.grant_id]
        check_move(move, grant, standing)
        lines = tuple(_lines(move, standing))
        for line in lines:
            standing[line.unit].move(line.amount, line.from_, line.to)
            if move.returns_to_funding and line.unit == FEN:
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
        append_rows(connection, transactions, rows)
        append_rows(
            connection, postings, [row for m, t in self.doing for row in self._posting_rows(m, t, now)]
        )
        self._write_positions(connection)
        append_batch(connection, OUTBOX_BATCHES, [move_outbox_row(*one, now) for one in self.doing], now)
        enqueue_for_sealing(connection, {"transactions": [made.id for _, made in self.doing]}, now)
        _return_to_budgets(connection, self.given_back)

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
            yield Posting(stage_account(moved.from_, made.rule_id), -moved.amount, moved.unit)
            yield Posting(stage_account(moved.to, made.rule_id), moved.amount, moved.unit)
            if move.returns_to_funding:
                yield Posting(returned_account(made.rule_id), -moved.amount, moved.unit)
                yield Posting(self.funding[made.grant_id, moved.unit], moved.amount, moved.unit)

    def _write_positions(self, connection: Connection) -> None:
        changed = sorted({(t.grant_id, line.unit) for _, t in self.doing for line in t.moved})
        rows = [
            {
                "grant_": grant,
                "unit_": unit,
                **{f"{name}_": amount for name, amount in self.positions[grant][unit].as_row().items()},
            }
            for grant, unit in changed
        ]
        connection.execute(_MOVED, rows)


def _open_session(
    connection: Connection, moves: Sequence[Move], terms: Mapping[str, GrantTerms] | None
) -> _PostingSession:
    """Lock the grants by id, then read which moves were done already; budgets are changed last."""
    ids = sorted({move.grant_id for move in moves})
    rows = read_grant_terms(connection, ids) if terms is None else {id_: terms[id_] for id_ in ids}
    ending = sorted({move.grant_id for move in moves if _needs_funding(move) and move.grant_id in rows})
    funding = _funding(connection, ending)
    standing: GrantPositions = {}
    for some in chunks([id_ for id_ in ids if id_ in rows]):
        standing |= lock_grant_positions(connection, {id_: rows[id_] for id_ in some})
    return _PostingSession(rows, standing, funding, _done(connection, [move.id for move in moves], rows))


def _needs_funding(move: Move) -> bool:
    """Return whether a move gives back to the account that the grant was promised from, or may make that due again."""
    return move.returns_to_funding or move.kind == "refund"


def _funding(connection: Connection, grant_ids: Sequence[str]) -> dict[tuple[str, str], str]:
    """Return the account that each grant was promised from, by unit."""
    rows = connection.execute(_PROMISED_FROM, {"ids": json_array(grant_ids)}) if grant_ids else ()
    return {(grant_id, unit): account for grant_id, unit, account in rows}


def _return_to_budgets(connection: Connection, given_back: Mapping[str, int]) -> None:
    """Give back to the budgets what ended, in the order of keys."""
    back = {key: fen for key, fen in given_back.items() if key.startswith(BUDGET_PREFIX)}
    if back:
        write_before_shared_locks(connection)
        lower_counters(connection, back)


def _done(
    connection: Connection, ids: Sequence[str], known: Mapping[str, GrantTerms]
) -> dict[str, Transaction]:
    """Return the transactions that these requests did before; read under lock, so that none is in progress."""
    found: dict[str, Transaction] = {}
    for some in chunks(sorted(set(ids))):
        rows = connection.execute(_DONE, {"ids": json_array(some)}).all()
        if not rows:
            continue
        lines = _moved_lines(connection, [row.id for row in rows])
        grants = {
            **known,
            **read_grant_terms(connection, {r.grant_id for r in rows if r.grant_id} - known.keys()),
        }
        for row in rows:
            grant = grants[row.grant_id]
            found[row.id] = Transaction(
                row.id,
                row.kind,
                grant.id,
                grant.member_id,
                grant.rule_id,
                row.occurred_on,
                lines.get(row.id, ()),
            )
    return found


def _moved_lines(connection: Connection, ids: Sequence[str]) -> dict[str, tuple[StageTransfer, ...]]:
    """Return the transfers between stages; postings back to the funding are left out."""
    query = select(postings).where(postings.c.transaction_id.in_(ids))
    by_id: defaultdict[str, list[tuple[str, int, str]]] = defaultdict(list)
    for row in connection.execute(query.order_by(postings.c.transaction_id, postings.c.line)):
        stage = row.account.partition("/")[0]
        if stage in STAGES:
            by_id[row.transaction_id].append((stage, row.amount, row.unit))
    return {
        id_: tuple(
            StageTransfer(unit, amount, from_, to)  # type: ignore[arg-type]
            for (from_, _, _), (to, amount, unit) in zip(lines[::2], lines[1::2], strict=True)
        )
        for id_, lines in by_id.items()
    }


def _same_amounts(move: Move, before: Transaction) -> bool:
    """Return whether a repeated request matches the recorded transaction.

    A request for everything matches whatever was moved to its stage.
    """
    if move.amount is None:
        return {line.to for line in before.moved} == {move.to}
    return set(move.requested_transfers()) == set(before.moved)


def _lines(move: Move, standing: Mapping[str, GrantPosition]) -> Iterable[StageTransfer]:
    if move.amount is not None:
        yield from move.requested_transfers()
        return
    for unit, position in sorted(standing.items()):
        for stage in move.source_stages:
            if position.at(stage):
                yield StageTransfer(unit, position.at(stage), stage, move.to)


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


def check_move(move: Move, grant: GrantTerms, standing: Mapping[str, GrantPosition]) -> None:
    """Check a move against a grant's terms and positions. *Raises*: MoveRefused."""
    if move.member_id is not None and move.member_id != grant.member_id:
        raise MoveRefused(MOVE_FAULTS.build("foreign", grant=grant.id))
    _check_order(move)
    _check_amount(move)
    if move.occurred_on < grant.granted_on and move.kind not in ENDING_KINDS:
        raise MoveRefused(MOVE_FAULTS.build("early", grant=grant.id, day=grant.granted_on))
    _check_day(move, grant)
    _check_room(move, grant, standing)


def _check_order(move: Move) -> None:
    allowed = ALLOWED_MOVES[move.kind]
    if move.from_ is None:
        fits = move.amount is None and {(stage, move.to) for stage in OPEN_STAGES} <= allowed
    else:
        fits = (move.from_, move.to) in allowed
    if not fits:
        raise MoveRefused(MOVE_FAULTS.build("order", kind=move.kind, from_=move.from_, to=move.to))


def _check_amount(move: Move) -> None:
    """Check that the amounts are whole, above zero, and not too large for any database."""
    wrong = move.amount is not None and not _is_amount(move.amount)
    if wrong or (move.worth_fen != 0 and not _is_amount(move.worth_fen)):
        raise MoveRefused(
            MOVE_FAULTS.build("amount", amount=str(move.amount if wrong else move.worth_fen)[:40])
        )


def _is_amount(amount: object) -> bool:
    return type(amount) is int and 0 < amount <= _BIGGEST


def _check_day(move: Move, grant: GrantTerms) -> None:
    """Check the last days of issuing and redeeming; an end, a refund or a payment has none."""
    last = None if grant.claimed_on else grant.claim_by  # a claimed grant can be issued later
    if move.kind == "issue" and last is not None and move.occurred_on > last:
        raise MoveRefused(MOVE_FAULTS.build("lapsed", day=last))
    timely = move.kind not in ("issue", "redeem")
    if not timely and grant.expires_on is not None and move.occurred_on > grant.expires_on:
        raise MoveRefused(MOVE_FAULTS.build("expired", day=grant.expires_on))


def _check_room(move: Move, grant: GrantTerms, standing: Mapping[str, GrantPosition]) -> None:
    if move.amount is None:
        if not any(position.at(stage) for position in standing.values() for stage in move.source_stages):
            raise _nothing_there(move, grant, standing)
        return
    for line in move.requested_transfers():
        if line.unit not in standing:
            raise MoveRefused(
                MOVE_FAULTS.build(
                    "unit", grant=grant.id, unit=line.unit, units=TERM_SEPARATOR.join(sorted(standing)) or "—"
                )
            )
        left = standing[line.unit].at(line.from_)
        if not left:
            raise _nothing_there(move, grant, standing)
        if line.amount > left:
            raise MoveRefused(MOVE_FAULTS.build("over_amount", amount=line.amount, left=left, unit=line.unit))


def _nothing_there(move: Move, grant: GrantTerms, standing: Mapping[str, GrantPosition]) -> MoveRefused:
    """Return the refusal that a person at the till understands best."""
    in_use = move.from_ in (None, *OPEN_STAGES)
    if in_use and not any(position.open_amount for position in standing.values()):
        if any(position.reversed for position in standing.values()):
            return MoveRefused(MOVE_FAULTS.build("void"))
        if any(position.expired for position in standing.values()):
            lapsed = grant.claim_by is not None and grant.claimed_on is None
            if lapsed and move.occurred_on <= (grant.expires_on or move.occurred_on):
                return MoveRefused(MOVE_FAULTS.build("lapsed", day=grant.claim_by))
            day = grant.expires_on or grant.claim_by
            return MoveRefused(MOVE_FAULTS.build("expired", day=day.isoformat() if day else "—"))
        if standing:
            return MoveRefused(MOVE_FAULTS.build("used_up"))
    told_ = TERM_SEPARATOR.join(
        f"{stage} {position.at(stage)} {unit}"
        for unit, position in sorted(standing.items())
        for stage in STAGES
        if position.at(stage)
    )
    return MoveRefused(MOVE_FAULTS.build("nothing_there", stage=move.from_ or "open", standing=told_ or "—"))
