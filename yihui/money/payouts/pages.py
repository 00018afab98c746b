"""Batches of payments at every door: their list, the page on which the second officer decides, and the acts."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

from benefits.tables.payout import payout_batches
from core.civil_time import end_of_day
from core.faults import Fault, FaultError
from core.money import format_yuan
from core.prompts import Prompt
from core.text_marks import N_
from yihui.access.roles import Right
from yihui.cases.kernel.scope import is_own_step
from yihui.frame.cells import Chip, Link, Money, Officer, Several
from yihui.frame.content import Advice, Event, Fact, Facts, Section, TableColumn, ThingPage, Timeline
from yihui.frame.listing import Listing, Looking, RowSlice
from yihui.frame.noun import Noun
from yihui.frame.todo import ToDo, Waiting
from yihui.frame.types import Form
from yihui.money.payouts import acts, bank_acts
from yihui.money.payouts.batches import BATCH, Batch, find_batches, has_notes, load_payees
from yihui.money.payouts.sections import build_batch_sections
from yihui.money.tabs import MONEY_TABS
from yihui.runtime.errors import fault_line
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from benefits import PayoutBatch

_CHIPS = {
    "prepared": Chip("prepared", N_("prepared"), "waiting"),
    "released": Chip("released", N_("released"), "good"),
    "cancelled": Chip("cancelled", N_("cancelled")),
}
_SENT_BACK = Chip("sent_back", N_("sent back"), "bad")


class BatchFilter(Form):
    """Batches of a state."""

    state: Annotated[
        Literal["prepared", "released", "cancelled"] | None,
        Prompt(N_("State"), labels={code: chip.title for code, chip in _CHIPS.items()}),
    ] = None


def find_listed(look: Looking[BatchFilter]) -> "RowSlice[PayoutBatch]":
    """Find the batches of which the officer may see the money of every benefit, the newest first."""
    state = look.filter.state
    conditions = () if state is None else (payout_batches.c.state == state,)
    return find_batches(look, Right.READ_MONEY, *conditions)


def find_to_release(look: Looking[Any], language: Language) -> "RowSlice[Waiting]":
    """Find the batches that a colleague prepared and the officer may release."""
    c = payout_batches.c
    mine = c.prepared_by == look.actor.id
    found = find_batches(look, Right.RELEASE_MONEY, c.state == "prepared", ~mine, ~has_notes())
    return found.map(lambda one: _wait(one, language))


def find_sent_back(look: Looking[Any], language: Language) -> "RowSlice[Waiting]":
    """Find the batches that the second officer sent back with notes."""
    found = find_batches(look, Right.PREPARE_MONEY, payout_batches.c.state == "prepared", has_notes())
    return found.map(lambda one: _wait(one, language))


def _wait(one: "PayoutBatch", language: Language) -> Waiting:
    return Waiting(
        render_title(one, language), f"/desk/{acts.PAYOUTS_PATH}/{one.id}", end_of_day(one.prepared_on)
    )


def render_title(batch: "PayoutBatch", language: Language) -> str:
    text = (
        N_("{reason}: {count} payments, {yuan} yuan") if batch.reason else N_("{count} payments, {yuan} yuan")
    )
    given = {"reason": batch.reason, "count": batch.orders, "yuan": format_yuan(batch.amount_fen)}
    return language.render(text, **given)


def show_batch(look: Looking[Any], one: Batch, language: Language) -> ThingPage:
    """Return a batch with its totals, what to look at, and its first rows."""
    batch = one.batch
    is_own = is_own_step(look, batch.prepared_by)
    persons = len({order.member_id for order in one.orders})
    given = {"count": persons, "yuan": format_yuan(batch.amount_fen)}
    wrong = _find_faults(look, one)
    sections: list[Section] = [
        *(Advice(fault_line(fault, language).message) for fault in wrong),
        *build_batch_sections(look, one, language),
        _build_checks(one),
        _build_history(one),
    ]
    own = N_("You prepared this batch: another officer releases it.")
    return ThingPage(
        render_title(batch, language),
        sections,
        _SENT_BACK if batch.state == "prepared" and one.noted else _CHIPS[batch.state],
        language.translate(own) if batch.state == "prepared" and is_own else "",
        acts=[acts.CANCEL.name] if wrong else _list_acts(one, is_own),
        buttons={"release": language.render(N_("Release {count} persons · {yuan} yuan"), **given)},
    )


def _find_faults(look: Looking[Any], one: Batch) -> Sequence[Fault]:
    """Return why a batch can't be released with the accounts that its page shows."""
    try:
        if one.batch.state == "prepared":
            load_payees(look.wiring, look.connection, one)
    except FaultError as refused:
        return refused.faults
    return ()


def _list_acts(one: Batch, is_own: bool) -> list[str]:
    if one.batch.state == "prepared":
        release = () if one.noted else (acts.RELEASE.name,)
        reply = (acts.REPLY.name,) if one.noted else ()
        steps = reply if is_own else (*release, acts.SEND_BACK.name)
        return [*steps, acts.LEAVE_OUT.name, acts.CANCEL.name]
    if one.batch.state != "released":
        return []
    states = {order.state for order in one.orders}
    again = (acts.AGAIN.name,) if one.failed else ()
    export = (bank_acts.EXPORT.name,) if "open" in states else ()
    return [*export, bank_acts.ANSWER.name, *again, bank_acts.COMPARE.name]


def _build_checks(one: Batch) -> Facts:
    """Return what proves the batch, for programs: pages leave digests out."""
    batch = one.batch
    facts = (
        Fact("id", N_("Batch"), batch.id),
        Fact("file_digest", N_("Digest of the bank's file"), batch.file_digest, is_on_page=False),
        Fact("terms_digest", N_("Digest of the layout"), batch.terms_digest, is_on_page=False),
        Fact("units", N_("Of which units"), Several(tuple(one.owners)), is_on_page=False),
    )
    return Facts("", facts)


def _build_history(one: Batch) -> Timeline:
    batch = one.batch
    events = [Event(batch.prepared_at, "prepared", N_("prepared"), batch.prepared_by, batch.reason)]
    asked = {
        (each.noted_at, each.noted_by): each.note
        for each in one.accounts.values()
        if each.note and each.noted_at and each.noted_by
    }
    events += [
        Event(at, "answered", N_("answered"), by, note)
        if by == batch.prepared_by
        else Event(at, "sent_back", N_("sent back"), by, note)
        for (at, by), note in asked.items()
        if at and by
    ]
    if batch.decided_at is not None and batch.decided_by is not None:
        title = _CHIPS[batch.state].title
        events.append(
            Event(batch.decided_at, batch.state, title, batch.decided_by, batch.decided_reason or "")
        )
    if batch.exported_at is not None:
        by = batch.decided_by or batch.prepared_by
        events.append(Event(batch.exported_at, "exported", N_("the bank's file was made last"), by))
    return Timeline(sorted(events, key=lambda event: event.at, reverse=True))


_column = TableColumn["PayoutBatch"]
NOUN = Noun(
    acts.PAYOUTS_PATH,
    N_("Payouts"),
    BATCH,
    Listing(
        N_("List the batches of payments, the newest first."),
        BatchFilter,
        find_listed,
        (
            _column("id", N_("Batch"), lambda one: Link(f"/desk/{acts.PAYOUTS_PATH}/{one.id}", one.id)),
            _column("state", N_("State"), lambda one: _CHIPS[one.state]),
            _column("reason", N_("What the payment is for"), lambda one: one.reason),
            _column("orders", N_("Payments"), lambda one: one.orders),
            _column("amount_fen", N_("Amount"), lambda one: Money(one.amount_fen)),
            _column("prepared_on", N_("Prepared"), lambda one: one.prepared_on),
            _column("prepared_by", N_("by"), lambda one: Officer(one.prepared_by)),
            _column("decided_by", N_("Decided by"), lambda one: one.decided_by and Officer(one.decided_by)),
        ),
        N_("There are no such batches. Prepare one."),
    ),
    show_batch,
    Right.READ_MONEY,
    (
        acts.PREPARE,
        acts.RELEASE,
        acts.SEND_BACK,
        acts.REPLY,
        acts.LEAVE_OUT,
        acts.CANCEL,
        bank_acts.EXPORT,
        bank_acts.ANSWER,
        acts.AGAIN,
        bank_acts.COMPARE,
    ),
    MONEY_TABS,
    reads=lambda one: (BATCH.name, one.id),
    todos=(
        ToDo(
            N_("payout batches to release"),
            f"/desk/{acts.PAYOUTS_PATH}?state=prepared",
            Right.RELEASE_MONEY,
            find_to_release,
        ),
        ToDo(
            N_("payout batches that were sent back"),
            f"/desk/{acts.PAYOUTS_PATH}?state=prepared",
            Right.PREPARE_MONEY,
            find_sent_back,
        ),
    ),
)
