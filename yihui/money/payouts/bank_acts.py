"""What goes to the bank and comes back: the file of a released batch, its answer, and whether a file is the released one."""

from dataclasses import asdict
from hashlib import sha256
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

import benefits
from benefits.payout.accounts import forget_accounts
from core.civil_time import civil_date
from core.faults import Fault, FaultError
from core.prompts import Prompt
from core.sheets.listed_rows import HiddenRows
from core.text_marks import N_
from yihui.access.roles import Right
from yihui.files.tables import SheetReader
from yihui.frame.acts import NO_JSON, Act, Change, Doing, Preview
from yihui.frame.cells import Link, Money
from yihui.frame.content import Advice, Download, Fact, Facts, Table, TableColumn
from yihui.frame.sheets import SheetForm
from yihui.frame.types import Form, SentFile
from yihui.money.payouts.acts import PAYOUTS_PATH, PREPARE_AUDIT, RELEASE_AUDIT, officer_of
from yihui.money.payouts.batches import BATCH, BATCH_FAULTS, Batch, load_bank_file, load_layout
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from benefits import BankReturn

_MEDIA = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


class AnswerForm(SheetForm):
    """The bank's file about a batch."""

    answer: Annotated[SentFile, Field(repr=False), Prompt(N_("The bank's return file"), metavar="FILE")]
    partly: Annotated[bool, Prompt(N_("Store what fits and leave the other lines out"))] = False


class CompareForm(Form):
    """A file that may be the one that was released."""

    compared: Annotated[
        SentFile, Field(repr=False), Prompt(N_("The bank's file"), option="--of", metavar="FILE")
    ]


def _record_export(act: Doing[Form, Batch]) -> Change:
    one = act.thing
    if one.batch.state == "released":
        file = load_bank_file(act.wiring, act.connection, one)
        benefits.record_batch_export(act.connection, officer_of(act), one.id, file.digest)
    else:
        benefits.record_batch_export(act.connection, officer_of(act), one.id, lambda *_: "")
    return Change(one.id)


def _give_file(act: Doing[Form, Batch]) -> Download:
    one = act.thing
    file = load_bank_file(act.wiring, act.connection, one)
    kind = file.layout.format
    return Download(f"{one.id}.{kind}", _MEDIA[kind], file.render(one.batch, one.orders))


def _read_answer(act: Doing[AnswerForm, Batch]) -> "tuple[BankReturn, str]":
    """Return the lines of the bank's file, and the batch that it answers where that is another one. *Raises*: ActRefused."""
    from yihui.money.payouts.return_file import read_bank_return

    form, one = act.form, act.thing
    sheets = SheetReader(HiddenRows(form.hidden_rows))
    (_, layout), today = load_layout(act.connection, one.batch.terms_digest), civil_date(act.now)
    answers = read_bank_return(form.answer.content, form.answer.name, layout, sheets, today)
    batches = {said.reference.rpartition("-")[0] for said in answers.lines}
    if one.id in batches:
        return answers, ""
    benefits.load_payout_batch(act.connection, min(batches))  # one that isn't there is told as such
    return answers, min(batches)


def _take_answer(act: Doing[AnswerForm, Batch]) -> Change:
    from events.acts import record_act
    from yihui.frame.doing import require_previewed

    one, form, by = act.thing, act.form, officer_of(act)
    answers, other = _read_answer(act)
    if other:
        raise FaultError(BATCH_FAULTS.build("other_batch", field="answer", other=other))
    require_previewed(act, answers.digest)
    try:
        found = benefits.apply_bank_return(act.connection, by, answers, batch_id=one.id, partly=form.partly)
    except benefits.BankReturnMismatch as differs:
        raise differs.at(file=form.answer.name) from differs
    known = {"batch": one.id, "partly": form.partly, "by": by.who, "reason": by.reason}
    record_act(act.connection, "bank_return", by.at, file=asdict(answers), **known)
    forget_accounts(act.connection, one.id)
    return Change(one.id, {"paid": found.paid, "failed": found.failed, "left_out": len(found.differences)})


def _preview_answer(act: Doing[AnswerForm, Batch], language: Language) -> Preview:
    """Say what the bank's file would store; of another batch's file where that one is."""
    from yihui.runtime.errors import fault_line

    answers, other = _read_answer(act)
    if other:
        said = language.render(N_("The file answers the batch {other}, not this one."), other=other)
        open_it = Link(
            f"/desk/{PAYOUTS_PATH}/{other}/answer", language.translate(N_("Store it there")), other
        )
        return Preview([Advice(said), Facts("", [Fact("batch", N_("Its batch"), open_it)])])
    with act.connection.begin_nested() as tried:
        try:
            found = benefits.apply_bank_return(
                act.connection, officer_of(act), answers, batch_id=act.thing.id, partly=act.form.partly
            )
        except benefits.BankReturnMismatch as differs:
            raise differs.at(file=act.form.answer.name) from differs
        tried.rollback()
    facts = (
        Fact("paid", N_("Paid"), found.paid),
        Fact("paid_fen", N_("Amount that was paid"), Money(found.paid_fen)),
        Fact("failed", N_("Returned by the bank"), found.failed),
        Fact("failed_fen", N_("Amount that was returned"), Money(found.failed_fen)),
        Fact("already", N_("Known already"), found.already),
        Fact("open", N_("Without an answer"), found.open_after),
        Fact("left_out_lines", N_("Lines that are left out"), len(found.differences)),
    )
    columns = (
        TableColumn[Fault]("row", N_("Row"), lambda one: one.row),
        TableColumn[Fault]("reason", N_("Why"), lambda one: fault_line(one, language).text()),
    )
    left = [Table("left_out", N_("Left out"), columns, found.differences, "")] if found.differences else []
    return Preview([Facts("", facts), *left], digest=answers.digest)


def _compare(act: Doing[CompareForm, Batch]) -> Change:
    if sha256(act.form.compared.content).hexdigest() != act.thing.batch.file_digest:
        raise FaultError(BATCH_FAULTS.build("other_file", field="compared"))
    return Change(act.thing.id)


EXPORT = Act("export", N_("Make the bank's file"), Form, _record_export, Right.RELEASE_MONEY, f"{RELEASE_AUDIT}export",
             N_("The bank's file was written: always the same bytes."), BATCH, button=N_("Download the bank's file"),
             doors=NO_JSON, file=_give_file)  # fmt: skip
ANSWER = Act("answer", N_("Take the bank's answer"), AnswerForm, _take_answer, Right.PREPARE_MONEY,
             f"{PREPARE_AUDIT}return", N_("The bank's answers were stored."), BATCH, button=N_("Store the answers"),
             doors=NO_JSON, checks_version=True, preview=_preview_answer, tries=True)  # fmt: skip
COMPARE = Act("compare", N_("Compare a file with what was released"), CompareForm, _compare, Right.READ_MONEY,
              f"{Right.READ_MONEY}.payout.compare", N_("The file is the batch's own, byte for byte."), BATCH,
              doors=NO_JSON,
              reveal=lambda act: [Facts("", [Fact("file_fits", N_("The batch's own file, byte for byte"), True)])])  # fmt: skip
