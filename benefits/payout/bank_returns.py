"""What the bank says of payments: paid is settled, failed goes back to what can be paid again.

Every line of the bank's file is taken once, however often the file comes. A line that doesn't fit is a
difference: it stops the whole file, or (``partly``) is listed and left out.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from sqlalchemy import Connection, bindparam, insert, select, update

from benefits.ledger.posting import post_all
from benefits.model.chunks import portions
from benefits.model.move_refusals import NotAllowed
from benefits.model.moves import Move
from benefits.officer_acts import Officer
from benefits.payout.batches import WORK, Answer, answers_to
from benefits.sealing.queue import to_seal
from benefits.tables.payout import payout_answers, payout_batches, payout_orders, payout_returns
from store import insert_into, one_at_a_time

N_ = str  # marks a text for the message catalogue

Outcome = Literal["paid", "failed"]


@dataclass(frozen=True, slots=True)
class Said:
    """One line of the bank's file. ``on`` is the day that the bank names, if it does."""

    line: int
    reference: str
    outcome: Outcome
    amount_fen: int
    bank_reference: str = ""
    on: date | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class BankFile:
    """The bank's file, read. ``digest`` is its SHA-256."""

    digest: str
    lines: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """A line that doesn't fit what was ordered."""

    line: int
    code: str
    message: str
    remedy: str
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file changed. ``already`` counts lines that had been imported before; ``open_after`` orders without an answer."""

    paid: int
    paid_fen: int
    failed: int
    failed_fen: int
    already: int
    open_after: int
    differences: tuple[Difference, ...]


class BankDiffers(Exception):
    """The bank's file doesn't fit what was ordered; nothing of it was taken."""

    def __init__(self, differences: Sequence[Difference]) -> None:
        self.differences = tuple(differences)
        super().__init__(f"{len(differences)} lines of the bank's file differ")


@dataclass(frozen=True, slots=True)
class _Ordered:
    """An order as the bank's line meets it."""

    reference: str
    batch_id: str
    batch_state: str
    grant_id: str
    amount_fen: int
    state: str


def take_answers(
    connection: Connection,
    officer: Officer,
    file: BankFile,
    *,
    batch_id: str | None = None,
    partly: bool = False,
) -> Imported:
    """Take what the bank says, each line once; ``batch_id`` where only that batch is meant.

    *Raises*: BankDiffers where lines don't fit, unless ``partly``.
    """
    one_at_a_time(connection, WORK)
    references = [said.reference for said in file.lines]
    ordered = _ordered(connection, references)
    before = answers_to(connection, ordered)
    differences, already, new = [], 0, []
    repeated = _repeated(file.lines)
    for said in file.lines:
        difference = repeated.get(said.line) or _misfit(said, ordered.get(said.reference), batch_id, officer)
        if difference is not None:
            differences.append(difference)
        elif _is_known(said, before.get(said.reference, ())):
            already += 1
        elif ordered[said.reference].state == "failed":
            differences.append(_after_failure(said))
        elif ordered[said.reference].state == "paid" and said.outcome == "paid":
            differences.append(_paid_otherwise(said, before[said.reference][-1]))
        else:
            new.append(said)
    results = _post(connection, officer, file, new, ordered, before)
    taken = [(said, result) for said, result in results if isinstance(result, Answer)]
    differences += [_not_allowed(said, r) for said, r in results if isinstance(r, NotAllowed)]
    differences.sort(key=lambda item: item.line)
    if differences and not partly:
        raise BankDiffers(differences)
    _keep(connection, officer, file, [answer for _, answer in taken], len(differences))
    return _counted(connection, taken, already, differences, ordered)


def _ordered(connection: Connection, references: Sequence[str]) -> dict[str, _Ordered]:
    found: dict[str, _Ordered] = {}
    for some in portions(sorted(set(references))):
        query = (
            select(
                payout_orders.c.reference,
                payout_orders.c.batch_id,
                payout_batches.c.state.label("batch_state"),
                payout_orders.c.grant_id,
                payout_orders.c.amount_fen,
                payout_orders.c.state,
            )
            .join(payout_batches, payout_batches.c.id == payout_orders.c.batch_id)
            .where(payout_orders.c.reference.in_(some))
        )
        found |= {row.reference: _Ordered(*row) for row in connection.execute(query)}
    return found


def _is_known(said: Said, before: Sequence[Answer]) -> bool:
    """Whether the bank has said this already; a day that it doesn't name is none to compare."""
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
    file: BankFile,
    new: Sequence[Said],
    ordered: Mapping[str, _Ordered],
    before: Mapping[str, Sequence[Answer]],
) -> list[tuple[Said, Answer | NotAllowed]]:
    moves = [
        _move(said, ordered[said.reference], len(before.get(said.reference, ())), officer) for said in new
    ]
    results = post_all(connection, moves, officer.at)
    found: list[tuple[Said, Answer | NotAllowed]] = []
    for said, move, result in zip(new, moves, results, strict=True):
        if isinstance(result, NotAllowed):
            found.append((said, result))
            continue
        answer = Answer(
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
        found.append((said, answer))
    return found


def _move(said: Said, order: _Ordered, before: int, officer: Officer) -> Move:
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


def _keep(
    connection: Connection, officer: Officer, file: BankFile, answers: Sequence[Answer], left_out: int
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
    to_seal(
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
    taken: Sequence[tuple[Said, Answer]],
    already: int,
    differences: Sequence[Difference],
    ordered: Mapping[str, _Ordered],
) -> Imported:
    paid = [answer for _, answer in taken if answer.outcome == "paid"]
    failed = [answer for _, answer in taken if answer.outcome == "failed"]
    touched = sorted({order.batch_id for order in ordered.values()})
    still = select(payout_orders.c.reference).where(
        payout_orders.c.batch_id.in_(touched), payout_orders.c.state == "open"
    )
    return Imported(
        len(paid),
        sum(answer.amount_fen for answer in paid),
        len(failed),
        sum(answer.amount_fen for answer in failed),
        already,
        len(connection.execute(still).all()),
        tuple(differences),
    )


# --- lines that don't fit


def _repeated(lines: Sequence[Said]) -> dict[int, Difference]:
    """Lines on one order: the first counts where all say the same, none where they don't."""
    by_reference: defaultdict[str, list[Said]] = defaultdict(list)
    for said in lines:
        by_reference[said.reference].append(said)
    found = {}
    for several in by_reference.values():
        first, *more = several
        if any(replace(said, line=first.line) != first for said in more):
            more = several
        for said in more:
            others = "、".join(str(s.line) for s in several if s.line != said.line)
            found[said.line] = Difference(
                said.line,
                "duplicate",
                N_("order {reference} stands in line {others} as well"),
                N_("ask the bank which of them holds; an order has one line"),
                {"reference": said.reference, "others": others},
            )
    return found


def _misfit(said: Said, order: _Ordered | None, batch_id: str | None, officer: Officer) -> Difference | None:
    params = {"reference": said.reference[:40]}
    if order is None:
        return Difference(
            said.line,
            "unknown_reference",
            N_("there is no order {reference}"),
            N_("check whether the file is the bank's answer to one of our batches"),
            params,
        )
    if batch_id is not None and order.batch_id != batch_id:
        return Difference(
            said.line,
            "other_batch",
            N_("order {reference} belongs to batch {batch}, not to {wanted}"),
            N_("import the file for its own batch, or leave --batch out"),
            {**params, "batch": order.batch_id, "wanted": batch_id},
        )
    if order.batch_state != "released":
        return Difference(
            said.line,
            "not_released",
            N_("order {reference} never left: its batch was not released"),
            N_("ask the bank how it came by this order; tell who supervises payments"),
            params,
        )
    if said.amount_fen != order.amount_fen:
        return Difference(
            said.line,
            "other_amount",
            N_("order {reference} is over {ordered} fen, the bank says {said}"),
            N_("ask the bank; nothing is settled in part"),
            {**params, "ordered": str(order.amount_fen), "said": str(said.amount_fen)},
        )
    if said.on is not None and said.on > officer.today:
        return Difference(
            said.line,
            "future",
            N_("order {reference} is said to be of {day}, which is yet to come"),
            N_("check the day in the bank's file"),
            {**params, "day": said.on.isoformat()},
        )
    return None


def _after_failure(said: Said) -> Difference:
    return Difference(
        said.line,
        "after_failure",
        N_("order {reference} had failed; now the bank says that it was paid"),
        N_("stop its next payment at once and ask the bank: it may pay twice"),
        {"reference": said.reference},
    )


def _paid_otherwise(said: Said, before: Answer) -> Difference:
    return Difference(
        said.line,
        "paid_twice",
        N_("order {reference} was paid already on {day}; now the bank says so under another number or day"),
        N_("ask the bank at once: it may have paid twice"),
        {"reference": said.reference, "day": before.answered_on.isoformat()},
    )


def _not_allowed(said: Said, refusal: NotAllowed) -> Difference:
    return Difference(said.line, refusal.code, refusal.message, refusal.remedy, refusal.params)
