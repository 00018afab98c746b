"""Payments of an officer's subtrees that didn't arrive: list them, and prepare selected ones again in a new batch."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from benefits import (
    FailedPayment,
    Officer,
    PayoutCriteria,
    PreparedBatch,
    Shortfall,
    count_failed_payments,
    list_failed_payments,
)
from core.faults import FaultError, FaultTable
from core.money import format_yuan
from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.money.desk import find_covered_rules
from yihui.services.money.payout import BankFiles, prepare_payout_batch

FAILED_PAYMENT_FAULTS = FaultTable(
    "failed_payment",
    {
        "none": (N_("no payment is selected"), N_("tick at least one")),
        "unknown": (
            N_(
                "payment {value} is not among those that failed: it was prepared again, was ended, or never failed"
            ),
            N_("load the list again and select what is still there"),
        ),
        "changed": (
            N_("the list has changed since you opened it: now it holds {count} payments, {yuan} yuan"),
            N_("check it once more"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class FailedPaymentFilter:
    """Which failed payments to show; an empty field leaves all."""

    batch: str = ""
    reason: str | None = None

    def matches(self, one: FailedPayment) -> bool:
        return self.batch in ("", one.batch_id) and self.reason in (None, one.reason)


@dataclass(frozen=True, slots=True)
class FailedPaymentGroup:
    """The failed payments of a batch for which the bank gave the same reason."""

    batch_id: str
    reason: str
    payments: int
    ledger_fen: int


def list_covered_failures(wiring: Wiring, scope: OfficerScope, shortfall: Shortfall) -> list[FailedPayment]:
    """List the payments of one kind for rules of which every owner lies in the subtrees."""
    with wiring.database.read() as connection:
        rules = None
        if not scope.is_everywhere:
            rules = find_covered_rules(
                wiring, connection, scope, count_failed_payments(connection, shortfall)
            )
        return list_failed_payments(connection, shortfall, rules)


def count_covered_failures(
    wiring: Wiring, connection: Connection, scope: OfficerScope, shortfall: Shortfall
) -> int:
    """Count the payments of one kind for rules of which every owner lies in the subtrees."""
    counts = count_failed_payments(connection, shortfall)
    covered = find_covered_rules(wiring, connection, scope, counts)
    return sum(count for rule, count in counts.items() if rule in covered)


def group_failures(payments: Sequence[FailedPayment]) -> list[FailedPaymentGroup]:
    """Group payments by batch and the bank's reason, in the order of the batches."""
    groups: dict[tuple[str, str], list[FailedPayment]] = {}
    for one in payments:
        groups.setdefault((one.batch_id, one.reason), []).append(one)
    return [
        FailedPaymentGroup(batch, reason, len(found), sum(one.ledger_fen for one in found))
        for (batch, reason), found in groups.items()
    ]


def summarise_failures(payments: Sequence[FailedPayment]) -> str:
    """Return number and sum of payments as a form repeats them: ``3:60000``."""
    return f"{len(payments)}:{sum(one.ledger_fen for one in payments)}"


def select_failures(
    payments: Sequence[FailedPayment], references: Sequence[str], all_as_shown: str
) -> list[FailedPayment]:
    """Return the payments with these references, or all of them if they are still as they were shown.

    *Raises*: FaultError for each reference that isn't there; if none is selected; if the list has changed.
    """
    if all_as_shown:
        if summarise_failures(payments) != all_as_shown:
            yuan = format_yuan(sum(one.ledger_fen for one in payments))
            raise FaultError(
                FAILED_PAYMENT_FAULTS.build("changed", field="all", count=len(payments), yuan=yuan)
            )
        return list(payments)
    by_reference = {one.reference: one for one in payments}
    if strange := [one for one in references if one not in by_reference]:
        raise FaultError(
            [FAILED_PAYMENT_FAULTS.build("unknown", field="payment", value=one[:40]) for one in strange]
        )
    if not references:
        raise FaultError(FAILED_PAYMENT_FAULTS.build("none", field="payment"))
    return [by_reference[one] for one in dict.fromkeys(references)]


def prepare_failures_again(
    wiring: Wiring, by: Officer, selected: Sequence[FailedPayment], files: BankFiles
) -> PreparedBatch:
    """Prepare a batch of exactly these payments. *Raises*: FaultError if one of them can't be paid."""
    wanted = PayoutCriteria(grants=frozenset(one.grant_id for one in selected))
    return prepare_payout_batch(wiring, by, wanted, files)
