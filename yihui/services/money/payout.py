"""Payout operations for officers: read files, prepare, release, export or cancel batches, import returns."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import benefits
from core.faults import FaultError
from core.sheets.files import read_bounded_file
from yihui.access.roles import Right
from yihui.access.second_person import Step
from yihui.bootstrap import Wiring
from yihui.files.tables import SheetReader
from yihui.files.whole_files import check_output_not_input, check_output_path, write_atomically
from yihui.runtime.errors import fault_line

if TYPE_CHECKING:
    from benefits import (
        BankReturnResult,
        ExcludedGrant,
        Officer,
        PaymentOrder,
        PayoutBatch,
        PayoutCriteria,
        PreparedBatch,
    )
    from yihui.files.bank.payees import Payee
    from yihui.files.bank.terms import BankTerms


@dataclass(frozen=True, slots=True)
class BankFiles:
    """The configuration of the bank's files and the payees' accounts, as the officer gave them."""

    terms: BankTerms
    payees: Mapping[str, Payee] = field(repr=False)

    def render(self, batch: PayoutBatch, orders: Sequence[PaymentOrder]) -> bytes:
        """Render the order file for the bank. *Raises*: FaultError with every missing account."""
        from yihui.files.bank.order_file import render_order_file

        missing = sorted({order.member_id for order in orders} - self.payees.keys())
        if missing:
            gone = benefits.PAYOUT_FAULTS.build("account_gone", field="--payees")
            raise FaultError([gone.at(value=member) for member in missing])
        return render_order_file(batch, orders, self.payees, self.terms)

    def digest(self, batch: PayoutBatch, orders: Sequence[PaymentOrder]) -> str:
        """Return the SHA-256 of the order file."""
        return hashlib.sha256(self.render(batch, orders)).hexdigest()


def read_bank_terms(path: Path) -> BankTerms:
    """Read the configuration of the bank's files. *Raises*: FaultError with all of its faults."""
    from yihui.files.bank.terms import parse_bank_terms

    return parse_bank_terms(read_bounded_file(path), path.name)


def read_bank_files(bank: Path, payees: Path, sheets: SheetReader) -> BankFiles:
    """Read the configuration and the payees. *Raises*: FaultError with all faults."""
    from yihui.files.bank.payees import read_payees

    terms = read_bank_terms(bank)
    return BankFiles(terms, read_payees(read_bounded_file(payees), payees.name, terms, sheets))


def prepare_payout_batch(
    wiring: Wiring, by: Officer, wanted: PayoutCriteria, files: BankFiles
) -> PreparedBatch:
    """Prepare a batch. *Raises*: FaultError if there is nothing to pay."""
    from events.acts import record_act
    from yihui.access.acting import state_act
    from yihui.services.access.acting import open_act
    from yihui.services.access.second_person import require_first_person

    with open_act(wiring) as connection:
        require_first_person(wiring, connection, by.who)
        made = benefits.create_payout_batch(
            connection, by, wanted, files.payees.keys(), files.terms.digest, files.digest
        )
        state_act("payout_batch", made.batch.id, by.reason)
        record_act(
            connection,
            "prepare_payout",
            by.at,
            grants=[order.grant_id for order in made.orders],
            terms_digest=made.batch.terms_digest,
            file_digest=made.batch.file_digest,
            by=by.who,
            reason=by.reason,
        )
        return made


def release_payout_batch(wiring: Wiring, by: Officer, batch_id: str, files: BankFiles) -> PayoutBatch:
    """Release a prepared batch. *Raises*: FaultError."""
    from events.acts import record_act
    from yihui.services.access.act_places import place_of_batch
    from yihui.services.access.acting import open_act
    from yihui.services.access.second_person import require_second_person

    with open_act(wiring) as connection:
        done = benefits.release_batch(connection, by, batch_id, files.digest)
        first = Step(done.prepared_by, done.prepared_at, Right.PREPARE_MONEY)
        second = Step(by.who, by.at, Right.RELEASE_MONEY)
        require_second_person(wiring, connection, first, second, place_of_batch(wiring, connection, batch_id))
        terms = {"batch": batch_id, "file_digest": done.file_digest, "by": by.who, "reason": by.reason}
        record_act(connection, "release_payout", by.at, **terms)
        return done


def cancel_payout_batch(wiring: Wiring, by: Officer, batch_id: str) -> PayoutBatch:
    """Cancel a batch that was not released. *Raises*: FaultError."""
    from events.acts import record_act
    from yihui.services.access.acting import open_act

    with open_act(wiring) as connection:
        done = benefits.cancel_batch(connection, by, batch_id)
        record_act(connection, "cancel_payout", by.at, batch=batch_id, by=by.who, reason=by.reason)
        return done


def export_payout_batch(
    wiring: Wiring, by: Officer, batch_id: str, files: BankFiles, to: Path, *inputs: Path
) -> PayoutBatch:
    """Write the file for the bank; only its owner can read it. *Raises*: FaultError, OSError."""
    from yihui.services.access.acting import open_act

    check_output_path(to)
    check_output_not_input(to, *inputs)
    with open_act(wiring) as connection:
        batch = benefits.record_batch_export(connection, by, batch_id, files.digest)
        write_atomically(to, files.render(batch, benefits.list_batch_orders(connection, batch_id)))
    return batch


def import_bank_return(
    wiring: Wiring,
    by: Officer,
    file: Path,
    terms: BankTerms,
    batch_id: str | None,
    *,
    partly: bool,
    sheets: SheetReader,
) -> BankReturnResult:
    """Import the bank's return file.

    *Raises*: FaultError with every line that doesn't fit, unless ``partly``.
    """
    from events.acts import record_act
    from yihui.files.bank.return_file import read_bank_return
    from yihui.services.access.acting import open_act

    answers = read_bank_return(read_bounded_file(file), file.name, terms, sheets, by.today)
    try:
        with open_act(wiring) as connection:
            found = benefits.apply_bank_return(connection, by, answers, batch_id=batch_id, partly=partly)
            known = {"batch": batch_id, "partly": partly, "by": by.who, "reason": by.reason}
            record_act(connection, "bank_return", by.at, file=asdict(answers), **known)
    except benefits.BankReturnMismatch as differs:
        raise differs.at(file=file.name) from differs
    return replace(found, differences=tuple(fault.at(file=file.name) for fault in found.differences))


@dataclass(frozen=True, slots=True)
class BatchDetails:
    """A batch with its orders and the bank's answers; ``fits`` says whether a given file is the batch's own."""

    batch: PayoutBatch
    orders: list[dict[str, object]]
    fits: bool | None = None


def load_batch_details(wiring: Wiring, batch_id: str, file: Path | None) -> BatchDetails:
    """Load a batch, its orders and the bank's answers. *Raises*: FaultError if there is no such batch."""
    with wiring.database.read() as connection:
        batch = benefits.load_payout_batch(connection, batch_id)
        orders = benefits.list_batch_orders(connection, batch_id)
        answers = benefits.load_bank_answers(connection, [order.reference for order in orders])
    shown = [
        {**asdict(order), "answers": [asdict(answer) for answer in answers.get(order.reference, ())]}
        for order in orders
    ]
    fits = None if file is None else hashlib.sha256(read_bounded_file(file)).hexdigest() == batch.file_digest
    return BatchDetails(batch, shown, fits)


def left_out_json(left: ExcludedGrant, wiring: Wiring) -> dict[str, object]:
    """Return a grant that was left out of a batch as JSON data, with the reason."""
    return {
        "grant": left.grant_id,
        "member": left.member_id,
        "amount_fen": left.amount_fen,
        "reason": fault_line(left.fault, wiring.language).message,
    }


def list_prepared_batches(wiring: Wiring) -> list[PayoutBatch]:
    """List all batches, the newest first."""
    with wiring.database.read() as connection:
        return benefits.list_payout_batches(connection)
