"""Payments one by one: the list of all, those that the bank returned or did not answer, and what is done with one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

import benefits
from benefits.payout.accounts import StoredAccount, load_accounts
from benefits.payout.batches import list_grant_orders
from benefits.tables.decisions import grants
from benefits.tables.payout import payout_orders
from core.civil_time import end_of_day
from core.faults import FaultError
from core.money import format_yuan
from core.prompts import Prompt
from core.text_marks import N_
from store import in_json_array, json_array
from yihui.access.roles import Right
from yihui.cases.kernel.forms import MemberReasonForm
from yihui.frame.acts import NO_JSON, Act, Change, Doing, Kind
from yihui.frame.cells import Cell, Choice, Link, Money, Person
from yihui.frame.content import Fact, Facts, Table, TableColumn, ThingPage
from yihui.frame.listing import Listing, Looking, RowSlice, find_selected
from yihui.frame.noun import Noun
from yihui.frame.todo import ToDo, Waiting
from yihui.frame.types import Form, FreeText
from yihui.money.payouts.acts import PAYOUTS_PATH, change_of, create_batch, officer_of
from yihui.money.payouts.batches import BATCH_FAULTS
from yihui.money.payouts.layout import OTHER_BANK_REASON
from yihui.money.payouts.payees import Payee, check_payee, plain_account
from yihui.money.payouts.sections import PAYMENTS_PATH, account_text, order_chip
from yihui.money.places import find_paid_rules, find_rule_owners
from yihui.money.tabs import MONEY_TABS
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from sqlalchemy import Select

    from benefits import FailedPayment
    from benefits.payout.batches import BankAnswer

PAYMENT_KIND = "payment"
_STATES = {
    "failed": N_("returned, to be paid again"),
    "unanswered": N_("without an answer of the bank"),
    "open": N_("under way"),
    "paid": N_("paid by the bank"),
}
_Account = Annotated[str, Field(min_length=1, max_length=60, repr=False)]


@dataclass(frozen=True, slots=True)
class Payment:
    """One order with its account, the bank's answers, and every order for the same benefit."""

    reference: str
    batch_id: str
    grant_id: str
    member_id: str
    title: str
    amount_fen: int
    state: str
    owners: Sequence[str]
    account: StoredAccount | None
    answers: "Sequence[BankAnswer]"
    attempts: Sequence[tuple[str, Any]]
    can_be_paid_again: bool

    @property
    def version(self) -> int:
        return len(self.answers) + len(self.attempts)


class PaymentFilter(Form):
    """Payments of a state, or of a batch."""

    state: Annotated[
        Literal["failed", "unanswered", "open", "paid"] | None, Prompt(N_("State"), labels=_STATES)
    ] = None
    batch: Annotated[str | None, Field(max_length=16), Prompt(N_("Batch"))] = None


class MendForm(Form):
    """The right account of a returned payment."""

    account: Annotated[_Account, Prompt(N_("Account"))]
    name: Annotated[_Account, Prompt(N_("Name of its holder"))]
    bank: Annotated[str, Field(max_length=60, repr=False), Prompt(N_("Bank"))] = ""
    reason: Annotated[FreeText, Prompt(N_("What was mended (is recorded)"))]


def load_payment(at: Doing[Any, Any] | Looking[Any], key: str, lock: bool) -> Payment:
    """Return a payment. *Raises*: FaultError if there is none."""
    from sqlalchemy import select

    connection, o = at.connection, payout_orders.c
    if lock:
        from benefits.payout.batches import PAYOUT_LOCK
        from store import lock_exclusive

        lock_exclusive(connection, PAYOUT_LOCK)
    query = select(
        o.batch_id, o.state, o.amount_fen, o.grant_id, grants.c.member_id, grants.c.rule_id, grants.c.title
    )
    row = connection.execute(
        query.join(grants, grants.c.id == o.grant_id).where(o.reference == key)
    ).one_or_none()
    if row is None:
        raise FaultError(BATCH_FAULTS.build("unknown_payment", field="payment", value=key[:40]))
    owners = find_rule_owners(at.wiring, connection, [row.rule_id])[row.rule_id]
    failed = benefits.list_failed_payments(connection, "failed", [row.rule_id])
    return Payment(
        key,
        row.batch_id,
        row.grant_id,
        row.member_id,
        row.title,
        row.amount_fen,
        row.state,
        sorted(owners),
        load_accounts(connection, [key]).get(key),
        benefits.load_bank_answers(connection, [key]).get(key, ()),
        list_grant_orders(connection, row.grant_id),
        any(one.reference == key for one in failed),
    )


PAYMENT = Kind(
    PAYMENT_KIND,
    load_payment,
    lambda one: one.version,
    lambda one: next(iter(one.owners), None),
    lambda one, _: one.owners,
    key=str,
    needs_all=True,
)


def _require_failed(one: Payment, _: object = None) -> None:
    """Refuse what is done with a returned payment alone. *Raises*: FaultError."""
    if not one.can_be_paid_again:
        raise FaultError(BATCH_FAULTS.build("not_failed", field="payment", value=one.reference))


def _mend(act: Doing[MendForm, Payment]) -> Change:
    """Prepare a batch of this payment alone, to the account that was typed."""
    form, one = act.form, act.thing
    payee = Payee(plain_account(form.account), form.name.strip(), form.bank.strip())
    if faults := list(check_payee(payee, ("account", "name", "bank"))):
        raise FaultError(faults)
    wanted = benefits.PayoutCriteria(grants=frozenset({one.grant_id}))
    made = create_batch(act, wanted, {one.member_id: payee}, {}, form.reason)
    return replace(change_of(act, made), also=[(PAYMENT_KIND, one.reference)])


def _end(act: Doing[MemberReasonForm, Payment]) -> Change:
    """End a payment that is not due any more: its money returns to its budget."""
    from events.acts import record_act

    one, by = act.thing, officer_of(act, act.form.reason)
    voided = benefits.void_grant_remainder(act.connection, by, one.grant_id)
    number = benefits.find_act_number(act.connection, voided.id)
    record_act(act.connection, "void", by.at, grant=one.grant_id, number=number, by=by.who, reason=by.reason)
    return Change(one.reference, reason=by.reason, about=("grant", one.grant_id))


MEND = Act("mend", N_("Mend the account and pay again"), MendForm, _mend, Right.PREPARE_MONEY,
           f"{Right.PREPARE_MONEY}.payout.mend", N_("The batch was prepared; another officer releases it."), PAYMENT,
           button=N_("Prepare it again"), doors=NO_JSON, leads_to=PAYOUTS_PATH, ready=_require_failed)  # fmt: skip
END = Act("end", N_("End a payment that is not due any more"), MemberReasonForm, _end, Right.REVERSE,
          f"{Right.REVERSE}.payout.end", N_("The payment was ended; its money is back in the budget."), PAYMENT,
          button=N_("End it"), is_grave=True, ready=_require_failed)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """A payment in a list."""

    reference: str
    batch_id: str
    member_id: str
    title: str
    amount_fen: int
    state: str
    account: str
    reason: str


def find_payments(look: Looking[PaymentFilter]) -> RowSlice[PaymentRow]:
    """Find the payments of the officer's benefits, the newest first; those that did not arrive by batch."""
    asked = look.filter
    if asked.state in ("failed", "unanswered"):
        found = [
            one
            for one in _list_shortfalls(look, asked.state, Right.READ_MONEY)
            if asked.batch in (None, one.batch_id)
        ]
        return _complete(look, look.cut(found).map(_row_of_failure))
    selected = _select_orders(look, Right.READ_MONEY)
    if asked.state is not None:
        selected = selected.where(payout_orders.c.state == asked.state)
    if asked.batch is not None:
        selected = selected.where(payout_orders.c.batch_id == asked.batch.strip().upper())
    return _complete(look, find_selected(look, selected, _row_of_order))


def _select_orders(look: Looking[Any], right: Right) -> "Select[Any]":
    from sqlalchemy import select

    o = payout_orders.c
    selected = (
        select(o.reference, o.batch_id, grants.c.member_id, grants.c.title, o.amount_fen, o.state)
        .join(grants, grants.c.id == o.grant_id)
        .order_by(o.batch_id.desc(), o.line)
    )
    rules = find_paid_rules(look, right)
    if rules is None:
        return selected
    covered = in_json_array(grants.c.rule_id, "rules")
    return selected.where(covered).params(rules=json_array(sorted(rules)))


def _list_shortfalls(look: Looking[Any], kind: "benefits.Shortfall", right: Right) -> "list[FailedPayment]":
    return benefits.list_failed_payments(look.connection, kind, find_paid_rules(look, right))


def _row_of_order(row: Any) -> PaymentRow:
    return PaymentRow(
        row.reference, row.batch_id, row.member_id, row.title, row.amount_fen, row.state, "", ""
    )


def _row_of_failure(one: "FailedPayment") -> PaymentRow:
    state = "failed" if one.answered_on else "open"
    return PaymentRow(
        one.reference, one.batch_id, one.member_id, one.title, one.amount_fen, state, "", one.reason
    )


def _complete(look: Looking[Any], found: RowSlice[PaymentRow]) -> RowSlice[PaymentRow]:
    """Return rows with their accounts and the bank's reasons."""
    references = [one.reference for one in found.rows]
    accounts = load_accounts(look.connection, references)
    answers = benefits.load_bank_answers(look.connection, references)

    def complete(one: PaymentRow) -> PaymentRow:
        known, said = accounts.get(one.reference), answers.get(one.reference)
        text = account_text(known.bank, known.last_digits) if known is not None else ""
        return replace(one, account=text, reason=one.reason or (said[-1].reason if said else ""))

    return found.map(complete)


def _find_waiting(look: Looking[Any], language: Language, kind: "benefits.Shortfall") -> RowSlice[Waiting]:
    found = _list_shortfalls(look, kind, Right.PREPARE_MONEY)

    def wait(one: "FailedPayment") -> Waiting:
        title = language.render(N_("{title}, {yuan} yuan"), title=one.title, yuan=format_yuan(one.ledger_fen))
        path = f"/desk/{PAYMENTS_PATH}/{one.reference}"
        return Waiting(title, path, end_of_day(one.answered_on or one.released_on), one.member_id)

    return look.cut(found).map(wait)


def _reason_cell(reason: str) -> Cell:
    """Return the bank's reason; what stands in place of one that isn't kept is said in the reader's language."""
    return Choice(reason, reason) if reason == OTHER_BANK_REASON else reason


def show_payment(look: Looking[Any], one: Payment, language: Language) -> ThingPage:
    """Return a payment with its account and what the bank said of every attempt."""
    facts = [
        Fact("benefit", N_("Benefit"), Link(f"/desk/money/vouchers/{one.reference}", one.title)),
        Fact("amount_fen", N_("Amount"), Money(one.amount_fen)),
        Fact("batch", N_("Batch"), Link(f"/desk/{PAYOUTS_PATH}/{one.batch_id}", one.batch_id)),
    ]
    if one.account is not None and (text := account_text(one.account.bank, one.account.last_digits)):
        facts.append(Fact("account", N_("Account"), text))
    if one.account is not None and one.account.note:
        facts.append(Fact("note", N_("Note"), one.account.note))
    answer = TableColumn["BankAnswer"]
    answers = Table(
        "answers",
        N_("The bank's answers"),
        (
            answer("answered_on", N_("Day"), lambda said: said.answered_on),
            answer("outcome", N_("The bank's answer"), lambda said: order_chip(said.outcome)),
            answer("reason", N_("The bank's reason"), lambda said: _reason_cell(said.reason)),
        ),
        one.answers,
        N_("The bank has not answered yet."),
    )
    attempt = TableColumn[tuple[str, Any]]
    attempts = Table(
        "attempts",
        N_("Every attempt"),
        (
            attempt("batch", N_("Batch"), lambda pair: Link(f"/desk/{PAYOUTS_PATH}/{pair[0]}", pair[0])),
            attempt("amount_fen", N_("Amount"), lambda pair: Money(pair[1].amount_fen)),
            attempt("state", N_("State"), lambda pair: order_chip(pair[1].state)),
        ),
        one.attempts,
        "",
    )
    return ThingPage(
        one.title,
        (Facts("", facts), answers, attempts),
        order_chip(one.state),
        person=one.member_id,
        acts=(MEND.name, END.name) if one.can_be_paid_again else (),
    )


_column = TableColumn[PaymentRow]
NOUN = Noun(
    PAYMENTS_PATH,
    N_("Payments"),
    PAYMENT,
    Listing(
        N_("List the payments, the newest first: of a batch, or those that did not arrive."),
        PaymentFilter,
        find_payments,
        (
            _column(
                "member",
                N_("Member"),
                lambda one: Link(f"/desk/{PAYMENTS_PATH}/{one.reference}", Person(one.member_id)),
            ),
            _column("reference", N_("Payment"), lambda one: one.reference, is_on_page=False),
            _column("row", N_("Row"), lambda one: int(one.reference.rpartition("-")[2])),
            _column("benefit", N_("Benefit"), lambda one: one.title),
            _column("amount_fen", N_("Amount"), lambda one: Money(one.amount_fen)),
            _column("account", N_("Account"), lambda one: one.account),
            _column("state", N_("State"), lambda one: order_chip(one.state)),
            _column("reason", N_("The bank's reason"), lambda one: _reason_cell(one.reason)),
            _column(
                "batch", N_("Batch"), lambda one: Link(f"/desk/{PAYOUTS_PATH}/{one.batch_id}", one.batch_id)
            ),
        ),
        N_("There are no such payments."),
        lambda look, rows: [
            ("payout_batch", batch, None) for batch in sorted({one.batch_id for one in rows})
        ],
    ),
    show_payment,
    Right.READ_MONEY,
    (MEND, END),
    MONEY_TABS,
    reads=lambda one: ("member", one.member_id),
    todos=(
        ToDo(
            N_("payments that the bank refused"),
            f"/desk/{PAYMENTS_PATH}?state=failed",
            Right.PREPARE_MONEY,
            lambda look, language: _find_waiting(look, language, "failed"),
        ),
        ToDo(
            N_("payments without an answer of the bank"),
            f"/desk/{PAYMENTS_PATH}?state=unanswered",
            Right.PREPARE_MONEY,
            lambda look, language: _find_waiting(look, language, "unanswered"),
        ),
    ),
)
