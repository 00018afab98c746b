"""Payments as officers do them: files are read, the batch is written, what is refused is told."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from benefits import (
    ActRefused,
    BankDiffers,
    Batch,
    Difference,
    Imported,
    LeftOut,
    Officer,
    Order,
    PayoutRefused,
    Prepared,
    Wanted,
    answers_to,
    batch_of,
    cancel_batch,
    export_batch,
    orders_of,
    prepare,
    release_batch,
    take_answers,
)
from core.civil_time import civil_date
from core.faults import Fault, InputFaults
from geo.formats.files import refuse_large
from yihui.bootstrap import Wiring
from yihui.files.bank.order_file import order_file
from yihui.files.bank.payees import Payee, read_payees
from yihui.files.bank.return_file import read_return
from yihui.files.bank.terms import Terms, read_terms
from yihui.files.whole_files import check_other, check_place, write_whole
from yihui.views.ledger_texts import in_words

N_ = str  # marks a text for the message catalogue


@contextmanager
def refusals_told(file: str | None = None) -> Iterator[None]:
    """What may not be done, told like every other fault."""
    try:
        yield
    except ActRefused as refused:
        raise InputFaults([_fault(refused)]) from refused
    except PayoutRefused as refused:
        raise InputFaults([_fault(each) for each in refused.refusals]) from refused
    except BankDiffers as differs:
        raise InputFaults([difference_fault(each, file) for each in differs.differences]) from differs


def _fault(refused: ActRefused) -> Fault:
    return Fault(
        refused.message, refused.remedy, field=refused.field, value=refused.value, params=refused.params
    )


def difference_fault(difference: Difference, file: str | None = None) -> Fault:
    return Fault(
        difference.message,
        difference.remedy,
        file=file,
        row=difference.line,
        field=difference.code,
        params=difference.params,
    )


def officer(wiring: Wiring, who: str, reason: str = "") -> Officer:
    """Who acts, now."""
    now = wiring.now()
    return Officer(who, now, civil_date(now), reason)


@dataclass(frozen=True, slots=True)
class Files:
    """The configuration of the bank's files and the accounts, as they were given."""

    terms: Terms
    payees: Mapping[str, Payee] = field(repr=False)

    def content(self, batch: Batch, orders: Sequence[Order]) -> bytes:
        """The bank's file. *Raises*: InputFaults where accounts are missing, all of them at once."""
        missing = sorted({order.member_id for order in orders} - self.payees.keys())
        if missing:
            raise InputFaults([_no_account(member) for member in missing])
        return order_file(batch, orders, self.payees, self.terms)

    def digest(self, batch: Batch, orders: Sequence[Order]) -> str:
        return hashlib.sha256(self.content(batch, orders)).hexdigest()


def terms_from(path: Path) -> Terms:
    return read_terms(_read(path), path.name)


def files_from(bank: Path, payees: Path) -> Files:
    """Both files. *Raises*: InputFaults with all faults."""
    terms = terms_from(bank)
    return Files(terms, read_payees(_read(payees), payees.name, terms))


def _read(path: Path) -> bytes:
    refuse_large(path.stat().st_size, path.name)
    return path.read_bytes()


def _no_account(member: str) -> Fault:
    return Fault(
        N_("no account of {value} is in the file of payees any more"),
        N_("use the file with which the batch was prepared"),
        field="--payees",
        value=member,
    )


def prepare_batch(wiring: Wiring, by: Officer, wanted: Wanted, files: Files) -> Prepared:
    """*Raises*: InputFaults where nothing is to be paid."""
    with refusals_told(), wiring.database.write() as connection:
        return prepare(connection, by, wanted, files.payees.keys(), files.terms.digest, files.digest)


def release(wiring: Wiring, by: Officer, batch_id: str, files: Files) -> Batch:
    """*Raises*: InputFaults."""
    with refusals_told(), wiring.database.write() as connection:
        return release_batch(connection, by, batch_id, files.digest)


def cancel(wiring: Wiring, by: Officer, batch_id: str) -> Batch:
    """*Raises*: InputFaults."""
    with refusals_told(), wiring.database.write() as connection:
        return cancel_batch(connection, by, batch_id)


def export(wiring: Wiring, by: Officer, batch_id: str, files: Files, to: Path, *inputs: Path) -> Batch:
    """Write the file for the bank; only its owner can read it. *Raises*: InputFaults, OSError."""
    check_place(to)
    check_other(to, *inputs)
    with refusals_told(), wiring.database.write() as connection:
        batch = export_batch(connection, by, batch_id, files.digest)
        write_whole(to, files.content(batch, orders_of(connection, batch_id)), private=True)
    return batch


def import_return(
    wiring: Wiring, by: Officer, file: Path, terms: Terms, batch_id: str | None, *, partly: bool
) -> Imported:
    """*Raises*: InputFaults with every line that doesn't fit, unless ``partly``."""
    answers = read_return(_read(file), file.name, terms)
    with refusals_told(file.name), wiring.database.write() as connection:
        return take_answers(connection, by, answers, batch_id=batch_id, partly=partly)


@dataclass(frozen=True, slots=True)
class Shown:
    """A batch with its orders and what the bank said; ``fits`` says whether a file is the batch's own."""

    batch: Batch
    orders: list[dict[str, object]]
    fits: bool | None = None


def show(wiring: Wiring, batch_id: str, file: Path | None) -> Shown:
    """*Raises*: InputFaults where there is no such batch."""
    with refusals_told(), wiring.database.read() as connection:
        batch = batch_of(connection, batch_id)
        orders = orders_of(connection, batch_id)
        answers = answers_to(connection, [order.reference for order in orders])
    shown = [
        {**asdict(order), "answers": [asdict(answer) for answer in answers.get(order.reference, ())]}
        for order in orders
    ]
    fits = None if file is None else hashlib.sha256(_read(file)).hexdigest() == batch.file_digest
    return Shown(batch, shown, fits)


def left_out_json(left: LeftOut, wiring: Wiring) -> dict[str, object]:
    return {
        "grant": left.grant_id,
        "member": left.member_id,
        "amount_fen": left.amount_fen,
        "reason": wiring.say(left.message, **in_words(left.params, wiring.language)),
    }
