"""What officers do with a batch of payments: prepare it, send it back, release it, pay again what the bank returned."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, InstanceOf, PlainSerializer

import benefits
from benefits.officers import Officer
from benefits.payout.accounts import forget_accounts, note_rows, store_accounts
from core.civil_time import civil_date
from core.faults import FaultError
from core.prompts import Prompt
from core.text_marks import N_
from yihui.access.roles import Right
from yihui.access.second_person import Step
from yihui.cases.kernel.forms import ReasonForm, RemarkForm
from yihui.frame.acts import NO_JSON, Act, Change, Doing, Preview
from yihui.frame.cells import Cell, Money, Person, Several
from yihui.frame.fields import FieldKind
from yihui.frame.listing import Looking, NoFilter
from yihui.frame.sheets import SheetForm, read_form_sheet
from yihui.frame.types import CivilDay, Form, FreeText
from yihui.money.payouts.batches import (
    BATCH,
    BATCH_FAULTS,
    BankFile,
    Batch,
    load_bank_file,
    load_layout,
    load_payees,
)
from yihui.money.payouts.payees import Payee, PayeeList, check_for_bank, read_payee_file
from yihui.money.places import find_paid_rules, find_rule_owners
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from benefits import FailedPayment, PaymentOrder, PayoutBatch, PayoutCriteria, PreparedBatch

PAYOUTS_PATH = "money/payouts"
MOST_OFFERED = 100  # rows to choose from
PREPARE_AUDIT, RELEASE_AUDIT = (f"{right}.payout." for right in (Right.PREPARE_MONEY, Right.RELEASE_MONEY))
Rows = Annotated[tuple[str, ...], Field(max_length=MOST_OFFERED), FieldKind.CHOICES]
FurtherRows = Annotated[
    str,
    Field(max_length=2_000),
    Prompt(
        N_("Further rows, by their numbers in the batch"),
        hint=N_("As the list of its payments numbers them, several with 、 between them."),
    ),
]


class PayeesForm(SheetForm):
    """The list of accounts: read once, shown to both officers by bank and last digits."""

    payees: Annotated[
        InstanceOf[PayeeList],
        read_form_sheet(read_payee_file),
        PlainSerializer(lambda found: found.digest, return_type=str),
        FieldKind.FILE,
        Field(repr=False),
        Prompt(
            N_("Accounts (CSV, XLSX)"),
            hint=N_("With the columns 会员代号, 账号, 户名 and, where your bank asks for it, 开户行."),
            metavar="FILE",
        ),
    ]


class PrepareForm(PayeesForm):
    """Which open cash benefits are paid, and to which accounts."""

    rule: Annotated[
        str | None,
        Field(max_length=200),
        Prompt(N_("Only this benefit"), hint=N_("Its name; empty: all of yours.")),
    ] = None
    until: Annotated[CivilDay | None, Prompt(N_("Only what was granted up to this day"))] = None
    despite_debts: Annotated[bool, Prompt(N_("Also those of which something is owed"), is_further=True)] = (
        False
    )
    reason: Annotated[FreeText | None, Prompt(N_("What the payment is for"))] = None


class AgainForm(PayeesForm):
    """Which returned payments of a batch are prepared again, with the mended accounts."""

    rows: Annotated[Rows, Prompt(N_("Payments that the bank returned"))]
    reason: Annotated[FreeText | None, Prompt(N_("What the payment is for"))] = None


class LeaveOutForm(Form):
    """Which rows are left out of a prepared batch."""

    rows: Annotated[Rows, Prompt(N_("Rows to leave out"))] = ()
    further: FurtherRows = ""
    reason: Annotated[FreeText, Prompt(N_("Reason (is recorded)"))]


class ReplyForm(Form):
    """What the first officer answers to the notes of the second one."""

    answer: Annotated[FreeText, Prompt(N_("Answer to the notes (no names or numbers)"))]


class SendBackForm(Form):
    """What the second officer asks, and about which rows."""

    rows: Annotated[Rows, Prompt(N_("Rows in question"))] = ()
    further: FurtherRows = ""
    note: Annotated[FreeText, Prompt(N_("What is to be mended (no names or numbers)"))]


def officer_of(act: Doing[Any, Any], reason: str | None = None) -> Officer:
    """Return who acts as the ledger knows officers."""
    return Officer(act.actor.id, act.now, civil_date(act.now), reason or "")


def create_batch(
    act: Doing[Any, Any],
    wanted: "PayoutCriteria",
    payees: Mapping[str, Payee],
    rows: Mapping[str, int],
    reason: str | None,
) -> "PreparedBatch":
    """Prepare a batch, and keep its accounts with it. *Raises*: FaultError if there is nothing to pay."""
    from events.acts import record_act
    from yihui.services.access.second_person import require_first_person
    from yihui.services.members.vault import require_vault

    connection, by = act.connection, officer_of(act, reason)
    vault, (terms, layout) = require_vault(act.wiring), load_layout(connection)
    require_first_person(act.wiring, connection, by.who)
    file = BankFile(layout, payees)

    def digest(batch: "PayoutBatch", orders: "Sequence[PaymentOrder]") -> str:
        check_for_bank(payees, rows, layout, {one.member_id for one in orders})
        return file.digest(batch, orders)

    made = benefits.create_payout_batch(connection, by, wanted, payees.keys(), terms, digest)
    known = {member: (one.account, one.name, one.bank) for member, one in payees.items()}
    store_accounts(connection, vault.keys.newest, act.wiring.load_key("account"), made.orders, known)
    record_act(
        connection,
        "prepare_payout",
        by.at,
        grants=[one.grant_id for one in made.orders],
        terms_digest=made.batch.terms_digest,
        file_digest=made.batch.file_digest,
        by=by.who,
        reason=by.reason,
    )
    return made


def change_of(act: Doing[Any, Any], made: "PreparedBatch") -> Change:
    """Return what preparing a batch changed, for the audit log of the first owner of its benefits."""
    batch, owners = (
        made.batch,
        find_rule_owners(act.wiring, act.connection, {one.rule_id for one in made.orders}),
    )
    return Change(
        batch.id,
        {"orders": batch.orders, "amount_fen": batch.amount_fen},
        reason=batch.reason,
        organisation=min(frozenset[str]().union(*owners.values())),
        about=(BATCH.name, batch.id),
    )


def _find_wanted(act: Doing[PrepareForm, Batch]) -> "PayoutCriteria":
    """Return which benefits are meant: those of the officer's own units, or one of them by its name."""
    form = act.form
    rules = find_paid_rules(
        Looking(act.wiring, act.connection, act.actor, act.now, NoFilter()), Right.PREPARE_MONEY
    )
    named = (form.rule or "").strip()
    if named:
        known = act.wiring.rulebook.in_force(act.connection).rules
        meant = {one.id for one in known if named in (one.id, one.definition.title)} or {named}
        rules = frozenset(meant) if rules is None else rules & meant
        if not rules:
            raise FaultError(BATCH_FAULTS.build("unknown_rule", field="rule", value=named[:80]))
    return benefits.PayoutCriteria(None, form.until, form.despite_debts, rules=rules)


def _prepare(act: Doing[PrepareForm, Batch]) -> Change:
    from yihui.frame.doing import require_previewed

    form = act.form
    made = create_batch(act, _find_wanted(act), form.payees.payees, form.payees.rows, form.reason)
    require_previewed(act, _digest(made, form.payees))
    return change_of(act, made)


def _digest(made: "PreparedBatch", payees: PayeeList) -> str:
    """Return what a preview stands for: the same benefits, amounts, accounts and layout."""
    said = [
        payees.digest,
        made.batch.terms_digest,
        *(f"{one.grant_id} {one.amount_fen}" for one in made.orders),
    ]
    return sha256("\n".join(said).encode()).hexdigest()


def _preview_prepared(act: Doing[PrepareForm, Batch], language: Language) -> Preview:
    wanted, form = _find_wanted(act), act.form
    return _preview(act, wanted, form.payees, form.reason, language)


def _preview(
    act: Doing[Any, Any], wanted: "PayoutCriteria", list_: PayeeList, reason: str | None, language: Language
) -> Preview:
    """Prepare a batch and take it back; return what it would hold and whom it would leave out."""
    from yihui.money.payouts.batches import load_batch
    from yihui.money.payouts.sections import build_batch_sections, build_left_out

    with act.connection.begin_nested() as tried:
        made = create_batch(act, wanted, list_.payees, list_.rows, reason)
        look = Looking(act.wiring, act.connection, act.actor, act.now, NoFilter())
        sections = [
            *act.form.list_notes(language),
            *build_batch_sections(look, load_batch(act, made.batch.id, False), language, is_stored=False),
            *build_left_out(made.left_out, language),
        ]
        tried.rollback()
    return Preview(sections, (BATCH.name, "new"), _digest(made, list_))


def _release(act: Doing[RemarkForm, Batch]) -> Change:
    from events.acts import record_act

    by, one = officer_of(act, act.form.reason), act.thing
    if one.batch.state == "prepared":
        file = load_bank_file(act.wiring, act.connection, one)
        done = benefits.release_batch(act.connection, by, one.id, file.digest)
    else:
        done = benefits.release_batch(act.connection, by, one.id, lambda *_: "")
    record_act(
        act.connection,
        "release_payout",
        by.at,
        batch=one.id,
        file_digest=done.file_digest,
        by=by.who,
        reason=by.reason,
    )
    return Change(one.id, {"state": done.state}, {"state": one.batch.state}, by.reason)


def _cancel(act: Doing[ReasonForm, Batch]) -> Change:
    one = act.thing
    cancel(act, one, act.form.reason)
    return Change(one.id, {"state": "cancelled"}, {"state": one.batch.state}, act.form.reason)


def cancel(act: Doing[Any, Any], one: Batch, reason: str) -> None:
    """Cancel a batch, and forget its accounts. *Raises*: FaultError once somebody has decided."""
    from events.acts import record_act

    by = officer_of(act, reason)
    benefits.cancel_batch(act.connection, by, one.id)
    forget_accounts(act.connection, one.id)
    record_act(act.connection, "cancel_payout", by.at, batch=one.id, by=by.who, reason=by.reason)


def require_prepared(one: Batch, _: object = None) -> None:
    """Refuse what is done before a batch is decided on. *Raises*: FaultError."""
    if one.batch.state != "prepared":
        who = one.batch.decided_by
        raise FaultError(benefits.PAYOUT_FAULTS.build(one.batch.state, field="batch", value=one.id, who=who))


def _send_back(act: Doing[SendBackForm, Batch]) -> Change:
    one = act.thing
    rows = _choose_rows(one, act.form)
    note_rows(act.connection, rows, act.form.note, act.actor.id, act.now)
    return Change(one.id, {"rows": len(rows)})  # the note lies with the account, and is erased with it


def _reply(act: Doing[ReplyForm, Batch]) -> Change:
    """Write the answer below each note that stands: the batch waits for the second officer again."""
    one, who = act.thing, act.thing.batch.prepared_by
    if act.actor.id.casefold() != who.casefold():
        raise FaultError(BATCH_FAULTS.build("not_own", field="batch", value=one.id, who=who))
    if not one.noted:
        raise FaultError(BATCH_FAULTS.build("not_asked", field="batch", value=one.id))
    asked: dict[str, list[str]] = {}
    for order in one.noted:
        asked.setdefault(one.notes(order.reference), []).append(order.reference)
    for note, rows in asked.items():
        note_rows(act.connection, rows, f"{note}\n→ {act.form.answer}", who, act.now)
    return Change(one.id, {"rows": len(one.noted)})


def _require_answered(one: Batch, _: object = None) -> None:
    """Refuse a release while notes stand. *Raises*: FaultError."""
    if one.batch.state == "prepared" and one.noted:
        raise FaultError(BATCH_FAULTS.build("asked", field="batch", value=one.id))


def _choose_rows(one: Batch, form: LeaveOutForm | SendBackForm) -> Sequence[str]:
    """Return the references of rows, chosen or by number. *Raises*: FaultError for none, and those of no row."""
    known, lines = {order.reference for order in one.orders}, {str(o.line): o.reference for o in one.orders}
    numbers = [number.lstrip("0") for number in re.split(r"[、，,\s]+", form.further) if number]
    strange = [one for one in numbers if one not in lines]
    faults = [BATCH_FAULTS.build("no_row", field="further", value=one[:40]) for one in strange]
    if (not form.rows and not numbers) or not known.issuperset(form.rows):
        faults.append(BATCH_FAULTS.build("no_rows", field="rows"))
    if faults:
        raise FaultError(faults)
    return list(dict.fromkeys([*form.rows, *(lines[number] for number in numbers)]))


def _leave_out(act: Doing[LeaveOutForm, Batch]) -> Change:
    """Cancel a batch and prepare another of its other rows, with the same accounts."""
    one, reason = act.thing, act.form.reason
    gone = _choose_rows(one, act.form)
    stay = frozenset(order.grant_id for order in one.orders if order.reference not in gone)
    if not stay:
        raise FaultError(BATCH_FAULTS.build("all_rows", field="rows"))
    payees = load_payees(act.wiring, act.connection, one)
    cancel(act, one, reason)
    wanted = benefits.PayoutCriteria(despite_debts=True, grants=stay)
    made = create_batch(act, wanted, payees, {}, one.batch.reason)
    before = {"batch": one.id, "orders": one.batch.orders}
    return replace(change_of(act, made), before=before, reason=reason, also=[(BATCH.name, one.id)])


def _find_again(act: Doing[AgainForm, Batch]) -> "PayoutCriteria":
    failed = {one.reference: one.grant_id for one in act.thing.failed}
    if strange := [one for one in act.form.rows if one not in failed]:
        raise FaultError([BATCH_FAULTS.build("not_failed", field="rows", value=one[:40]) for one in strange])
    if not act.form.rows:
        raise FaultError(BATCH_FAULTS.build("no_rows", field="rows"))
    return benefits.PayoutCriteria(grants=frozenset(failed[one] for one in act.form.rows))


def _pay_again(act: Doing[AgainForm, Batch]) -> Change:
    from yihui.frame.doing import require_previewed

    form = act.form
    made = create_batch(act, _find_again(act), form.payees.payees, form.payees.rows, form.reason)
    require_previewed(act, _digest(made, form.payees))
    return change_of(act, made)


def _preview_again(act: Doing[AgainForm, Batch], language: Language) -> Preview:
    return _preview(act, _find_again(act), act.form.payees, act.form.reason, language)


def describe_row(order: "PaymentOrder | FailedPayment", account: str = "") -> Cell:
    """Return a row as it is chosen: who, what, how much, to which account."""
    return Several(
        (Person(order.member_id), order.title, Money(order.amount_fen), *filter(None, (account,))), " · "
    )


def _offer(one: Batch) -> Mapping[str, Mapping[str, Cell]]:
    noted = {order.reference for order in one.noted}
    rows = sorted(one.orders, key=lambda order: (order.reference not in noted, order.line))[:MOST_OFFERED]
    return {"rows": {order.reference: describe_row(order) for order in rows}}


def _offer_failed(one: Batch) -> Mapping[str, Mapping[str, Cell]]:
    return {"rows": {each.reference: describe_row(each) for each in one.failed[:MOST_OFFERED]}}


PREPARE = Act("prepare", N_("Prepare a batch"), PrepareForm, _prepare, Right.PREPARE_MONEY, f"{PREPARE_AUDIT}prepare",
              N_("The batch was prepared; another officer releases it."), BATCH, makes=True, button=N_("Prepare it"),
              doors=NO_JSON, preview=_preview_prepared, tries=True)  # fmt: skip
RELEASE = Act("release", N_("Release it"), RemarkForm, _release, Right.RELEASE_MONEY, f"{RELEASE_AUDIT}release",
              N_("The batch was released; the bank's file can be made now."), BATCH,
              help=N_("Release a batch that another officer prepared; after that it can't be changed."),
              ready=_require_answered,
              second_to=lambda one: Step(one.batch.prepared_by, one.batch.prepared_at, Right.PREPARE_MONEY))  # fmt: skip
SEND_BACK = Act("send-back", N_("Send it back with a note"), SendBackForm, _send_back, Right.RELEASE_MONEY,
                f"{RELEASE_AUDIT}send_back", N_("The batch was sent back; who prepared it finds the note at its rows."),
                BATCH, button=N_("Send it back"), offered=_offer, ready=require_prepared,
                second_to=lambda one: Step(one.batch.prepared_by, one.batch.prepared_at, Right.PREPARE_MONEY))  # fmt: skip
REPLY = Act("reply", N_("Answer the notes"), ReplyForm, _reply, Right.PREPARE_MONEY, f"{PREPARE_AUDIT}answer",
            N_("The notes were answered; another officer releases the batch."), BATCH, button=N_("Answer the notes"),
            ready=require_prepared)  # fmt: skip
LEAVE_OUT = Act("leave-out", N_("Leave rows out"), LeaveOutForm, _leave_out, Right.PREPARE_MONEY,
                f"{PREPARE_AUDIT}leave_out",
                N_("A new batch without these rows was prepared; the other one was cancelled."), BATCH,
                begin=lambda one: {"rows": tuple(order.reference for order in one.noted)}, offered=_offer,
                ready=require_prepared)  # fmt: skip
CANCEL = Act("cancel", N_("Cancel it"), ReasonForm, _cancel, Right.PREPARE_MONEY, f"{PREPARE_AUDIT}cancel",
             N_("The batch was cancelled."), BATCH, is_grave=True)  # fmt: skip
AGAIN = Act("again", N_("Pay returned payments again"), AgainForm, _pay_again, Right.PREPARE_MONEY,
            f"{PREPARE_AUDIT}pay_again", N_("The batch was prepared; another officer releases it."), BATCH,
            button=N_("Prepare a batch of them"), doors=NO_JSON,
            begin=lambda one: {"rows": tuple(each.reference for each in one.failed[:MOST_OFFERED])},
            offered=_offer_failed, preview=_preview_again, tries=True)  # fmt: skip
