"""Apply the bank's return file: settle paid orders and make failed ones payable again.

Every line is applied once, however often the file is imported. A line that doesn't match its order is a
difference. A difference refuses the whole file; with ``partly`` it is listed and left out.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from benefits.ledger.posting import post_all, post_moves
from benefits.lifecycle.reversible_grants import find_ended_grants
from benefits.model.chunks import chunks
from benefits.model.faults import MoveRefused
from benefits.model.moves import Move
from benefits.officers import Officer
from benefits.payout.batches import PAYOUT_LOCK, BankAnswer, load_bank_answers
from benefits.payout.faults import BANK_RETURN_FAULTS
from benefits.tables.payout import payout_answers, payout_batches, payout_orders, payout_returns
from core.faults import Fault, FaultError
from core.money import format_yuan
from store import enqueue_for_sealing, insert_into, lock_exclusive

PaymentOutcome = Literal["paid", "failed"]
_Order = Row[Any]  # of payout_orders, with the state of its batch


@dataclass(frozen=True, slots=True)
class BankReturnLine:
    """One line of the bank's return file. ``on`` is the day that the bank states, if any."""

    line: int
    reference: str
    outcome: PaymentOutcome
    amount_fen: int
    bank_reference: str = ""
    on: date | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class BankReturn:
    """The parsed lines of the bank's return file. ``digest`` is the file's SHA-256."""

    digest: str
    lines: tuple[BankReturnLine, ...]


@dataclass(frozen=True, slots=True)
class BankReturnResult:
    """What a return file changed.

    ``already`` counts lines that were imported before; ``open_after`` counts orders without an answer.
    ``differences`` are lines that don't match their order; the field of each is its short code.
    """

    paid: int
    paid_fen: int
    failed: int
    failed_fen: int
    already: int
    open_after: int
    differences: tuple[Fault, ...]


class BankReturnMismatch(FaultError):
    """The bank's return file doesn't match the orders; no line of it was applied."""


def apply_bank_return(
    connection: Connection,
    officer: Officer,
    file: BankReturn,
    *,
    batch_id: str | None = None,
    partly: bool = False,
) -> BankReturnResult:
    """Apply the lines of the bank's return file, each once. ``batch_id`` restricts the import to that batch.

    *Raises*: BankReturnMismatch where lines don't match, unless ``partly``.
    """
    lock_exclusive(connection, PAYOUT_LOCK)
    references = [said.reference for said in file.lines]
    ordered = _ordered(connection, references)
    before = load_bank_answers(connection, ordered)
    differences: list[Fault] = []
    already, new = 0, []
    repeated = _repeated(file.lines)
    for said in file.lines:
        order, answers = ordered.get(said.reference), before.get(said.reference, ())
        difference = repeated.get(said.line) or _misfit(said, order, batch_id, officer)
        if difference is None and _is_known(said, answers):
            already += 1
            continue
        difference = difference or _contradiction(said, ordered[said.reference], answers)
        if difference is None:
            new.append(said)
        else:
            differences.append(_at_line(difference, said))
    answers, refused = _post(connection, officer, file, new, ordered, before)
    differences = sorted([*differences, *refused], key=lambda fault: fault.row or 0)
    if differences and not partly:
        raise BankReturnMismatch(differences)
    _store_answers(connection, officer, file, answers, len(differences))
    return _counted(connection, answers, already, differences, ordered)


def _ordered(connection: Connection, references: Sequence[str]) -> dict[str, _Order]:
    found: dict[str, _Order] = {}
    for some in chunks(sorted(set(references))):
        query = (
            select(payout_orders, payout_batches.c.state.label("batch_state"))
            .join(payout_batches, payout_batches.c.id == payout_orders.c.batch_id)
            .where(payout_orders.c.reference.in_(some))
        )
        found |= {row.reference: row for row in connection.execute(query)}
    return found


def _is_known(said: BankReturnLine, before: Sequence[BankAnswer]) -> bool:
    """Return whether this line was imported before. A day that the bank doesn't state is not compared."""
    if before and said.outcome == before[-1].outcome == "failed":
        return True
    return any(
        (answer.outcome, answer.bank_reference) == (said.outcome, said.bank_reference)
        and said.on in (None, answer.answered_on)
        for answer in before
    )


def _post(
    connection: Connection,
    officer: Officer,
    file: BankReturn,
    new: Sequence[BankReturnLine],
    ordered: Mapping[str, _Order],
    before: Mapping[str, Sequence[BankAnswer]],
) -> tuple[list[BankAnswer], list[Fault]]:
    """Post the new lines; return the answers that were posted, and the faults of those that couldn't be."""
    moves = [
        _move(said, ordered[said.reference], len(before.get(said.reference, ())), officer) for said in new
    ]
    results = post_moves(connection, moves, officer.at)
    answers, refused = [], []
    for said, move, result in zip(new, moves, results, strict=True):
        if isinstance(result, MoveRefused):
            refused.append(_at_line(result.faults[0], said))
            continue
        answer = BankAnswer(
            said.reference,
            len(before.get(said.reference, ())) + 1,
            said.outcome,
            said.amount_fen,
            said.bank_reference,
            said.on or officer.today,
            said.reason,
            file.digest,
            said.line,
            move.id,
        )
        answers.append(answer)
    _return_to_budgets(connection, officer, answers, ordered)
    return answers, refused


def _return_to_budgets(
    connection: Connection, officer: Officer, answers: Sequence[BankAnswer], ordered: Mapping[str, _Order]
) -> None:
    """Void what bounced of grants that an officer had ended meanwhile: it is not paid again."""
    failed = {answer: ordered[answer.reference].grant_id for answer in answers if answer.outcome == "failed"}
    ended = find_ended_grants(connection, set(failed.values()))
    moves = [
        Move(
            "void",
            grant,
            answer.amount_fen,
            "issued",
            "reversed",
            f"payout/answer/{answer.reference}/{answer.number}\0void",
            officer.today,
            act_id=answer.transaction_id,
        )
        for answer, grant in failed.items()
        if grant in ended
    ]
    post_all(connection, moves, officer.at)


def _move(said: BankReturnLine, order: _Order, before: int, officer: Officer) -> Move:
    paid = said.outcome == "paid"
    return Move(
        "settle" if paid else "bounce",
        order.grant_id,
        said.amount_fen,
        "settled" if order.state == "paid" else "redeemed",
        "settled" if paid else "issued",
        f"payout/answer/{said.reference}/{before + 1}",
        said.on or officer.today,
        reason=said.reason,
        act_id=order.batch_id,
    )


def _store_answers(
    connection: Connection, officer: Officer, file: BankReturn, answers: Sequence[BankAnswer], left_out: int
) -> None:
    row = {
        "id": file.digest,
        "lines": len(file.lines),
        "left_out": left_out,
        "imported_by": officer.who,
        "imported_at": officer.at,
        "imported_on": officer.today,
    }
    done = connection.execute(insert_into(connection, payout_returns).on_conflict_do_nothing(), row)
    ids = [f"{answer.reference}:{answer.number}" for answer in answers]
    enqueue_for_sealing(
        connection,
        {"payout_returns": [file.digest] if done.rowcount else [], "payout_answers": ids},
        officer.at,
    )
    if not answers:
        return
    names = [column.name for column in payout_answers.columns]
    connection.execute(
        insert(payout_answers), [{name: getattr(answer, name) for name in names} for answer in answers]
    )
    changed = update(payout_orders).where(payout_orders.c.reference == bindparam("reference_"))
    connection.execute(
        changed.values(state=bindparam("state_")),
        [{"reference_": answer.reference, "state_": answer.outcome} for answer in answers],
    )


def _counted(
    connection: Connection,
    answers: Sequence[BankAnswer],
    already: int,
    differences: Sequence[Fault],
    ordered: Mapping[str, _Order],
) -> BankReturnResult:
    paid = [answer for answer in answers if answer.outcome == "paid"]
    failed = [answer for answer in answers if answer.outcome == "failed"]
    touched = sorted({order.batch_id for order in ordered.values()})
    still = select(payout_orders.c.reference).where(
        payout_orders.c.batch_id.in_(touched), payout_orders.c.state == "open"
    )
    return BankReturnResult(
        len(paid),
        sum(answer.amount_fen for answer in paid),
        len(failed),
        sum(answer.amount_fen for answer in failed),
        already,
        len(connection.execute(still).all()),
        tuple(differences),
    )


# --- lines that don't match their order


def _repeated(lines: Sequence[BankReturnLine]) -> dict[int, Fault]:
    """Return a difference for each surplus line on one order.

    If all lines on an order are equal, the first one is applied; if they differ, none is.
    """
    by_reference: defaultdict[str, list[BankReturnLine]] = defaultdict(list)
    for said in lines:
        by_reference[said.reference].append(said)
    found = {}
    for several in by_reference.values():
        first, *more = several
        if any(replace(said, line=first.line) != first for said in more):
            more = several
        for said in more:
            others = "、".join(str(s.line) for s in several if s.line != said.line)
            found[said.line] = BANK_RETURN_FAULTS.build("duplicate", reference=said.reference, others=others)
    return found


def _misfit(
    said: BankReturnLine, order: _Order | None, batch_id: str | None, officer: Officer
) -> Fault | None:
    build, reference = BANK_RETURN_FAULTS.build, said.reference[:40]
    if order is None:
        return build("unknown_reference", reference=reference)
    if batch_id is not None and order.batch_id != batch_id:
        return build("other_batch", reference=reference, batch=order.batch_id, wanted=batch_id)
    if order.batch_state != "released":
        return build("not_released", reference=reference)
    if said.amount_fen != order.amount_fen:
        ordered, answered = format_yuan(order.amount_fen), format_yuan(said.amount_fen)
        return build("other_amount", reference=reference, ordered=ordered, said=answered)
    if said.on is not None and said.on > officer.today:
        return build("future", reference=reference, day=said.on)
    return None


def _contradiction(said: BankReturnLine, order: _Order, before: Sequence[BankAnswer]) -> Fault | None:
    """Return a difference for a new line that contradicts an earlier answer of the bank."""
    if order.state == "failed":
        return BANK_RETURN_FAULTS.build("after_failure", reference=said.reference)
    if order.state == "paid" and said.outcome == "paid":
        return BANK_RETURN_FAULTS.build("paid_twice", reference=said.reference, day=before[-1].answered_on)
    return None


def _at_line(fault: Fault, said: BankReturnLine) -> Fault:
    return fault.at(row=said.line, field=fault.short_code)
