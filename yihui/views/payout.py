"""Show payout batches, their orders and the bank's answers as lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from core.money import format_yuan
from core.text_marks import N_
from yihui.runtime.errors import fault_line
from yihui.runtime.language import Language
from yihui.services.money.payout import BatchDetails

if TYPE_CHECKING:
    from benefits import BankReturnResult, PayoutBatch

_STATES = {
    "prepared": N_("prepared"),
    "released": N_("released"),
    "cancelled": N_("cancelled"),
    "open": N_("under way"),
    "paid": N_("paid by the bank"),
    "failed": N_("failed"),
}


def payout_batch_line(batch: PayoutBatch, language: Language) -> str:
    """Return a batch as one line: its state, orders, sum and the digest of its file."""
    return language.render(
        N_("{id}  {state}  orders: {orders}  sum: {yuan} yuan  file: {digest}"),
        id=batch.id,
        state=language.translate(_STATES[batch.state]),
        orders=batch.orders,
        yuan=format_yuan(batch.amount_fen),
        digest=batch.file_digest,
    )


def left_out_lines(left: Sequence[dict[str, object]], limit: int, language: Language) -> Iterator[str]:
    """Yield the first grants that were left out of a batch, with the reason, and how many more there are."""
    for item in left[:limit]:
        yield language.render(N_("left out: {member}: {reason}"), **item)
    if len(left) > limit:
        yield language.render(N_("… and {count} more, see --json"), count=len(left) - limit)


def bank_return_lines(found: BankReturnResult, language: Language) -> Iterator[str]:
    """Yield the differences between the bank's file and the ledger, and the counts."""
    for fault in found.differences:
        yield fault_line(fault, language).text()
    yield language.render(
        N_(
            "paid: {paid} ({paid_yuan} yuan), failed: {failed} ({failed_yuan} yuan), known already: {already}; without an answer: {open}; differences: {count}"
        ),
        paid=found.paid,
        failed=found.failed,
        already=found.already,
        paid_yuan=format_yuan(found.paid_fen),
        failed_yuan=format_yuan(found.failed_fen),
        open=found.open_after,
        count=len(found.differences),
    )


def batch_details_lines(found: BatchDetails, language: Language) -> Iterator[str]:
    """Yield a batch, its orders, and whether the given file is the batch's own."""
    yield payout_batch_line(found.batch, language)
    for order in found.orders:
        state = language.translate(_STATES[str(order["state"])])
        amount = format_yuan(int(str(order["amount_fen"])))
        yield f"  {order['reference']}  {order['member_id']}  {amount:>12}  {state}  {order['title']}"
    if found.fits is not None:
        same = N_("the file is the batch's own, byte for byte")
        other = N_("the file is not the batch's own: it was changed, or belongs to another batch")
        yield language.translate(same if found.fits else other)
