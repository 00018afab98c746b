"""A batch of payments as its acts and its page find it: its orders, whose they are, and their accounts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import benefits
from benefits.payout.accounts import StoredAccount, load_accounts, read_payees
from benefits.tables.decisions import grants
from benefits.tables.payout import payout_batches, payout_layouts, payout_orders, payout_payees
from core.faults import FaultError, FaultTable
from core.text_marks import N_
from store import in_json_array, json_array
from yihui.access.roles import Right
from yihui.bootstrap import Wiring
from yihui.frame.acts import Doing, Kind
from yihui.frame.listing import Looking, RowSlice, find_selected
from yihui.money.payouts.layout import LAYOUT_FAULTS, BankLayout
from yihui.money.payouts.order_file import render_order_file
from yihui.money.payouts.payees import Payee
from yihui.money.places import find_paid_rules, find_rule_owners

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select

    from benefits import FailedPayment, PaymentOrder, PayoutBatch
    from benefits.payout.batches import BankAnswer

BATCH_FAULTS = FaultTable(
    "payout_batch",
    {
        "accounts_gone": (
            N_(
                "the accounts of batch {value} are no longer there: the bank has answered, or 30 days have passed"
            ),
            N_(
                "ask the bank for its answer, or cancel a batch that was never released; then prepare anew what was not paid"
            ),
        ),
        "account_altered": (
            N_("the account of payment {value} is not the one that is shown: it was changed in the database"),
            N_("cancel the batch, tell who runs the database, and prepare the payments anew"),
        ),
        "unknown_rule": (
            N_("no benefit of yours is called {value}"),
            N_("write its name as the list of rules has it, or leave it empty"),
        ),
        "other_batch": (
            N_("the file answers the batch {other}, not this one"),
            N_("open that batch, and store its answer there"),
        ),
        "other_file": (
            N_("the file is not the batch's own: it was changed, or belongs to another batch"),
            N_("make the bank's file anew"),
        ),
        "no_rows": (N_("no row is chosen"), N_("choose at least one")),
        "no_row": (N_("the batch has no row {value}"), N_("look its number up in the list of its payments")),
        "asked": (
            N_("batch {value} was sent back with notes that nobody has answered"),
            N_("who prepared it answers them, leaves these rows out or cancels it"),
        ),
        "not_own": (
            N_("only {who}, who prepared the batch, can answer its notes"),
            N_("ask them, or leave these rows out"),
        ),
        "not_asked": (N_("no note of batch {value} waits for an answer"), N_("load the batch again")),
        "all_rows": (N_("nothing would be left of the batch"), N_("cancel it instead")),
        "unknown_payment": (N_("there is no payment {value}"), N_("look for it in the list")),
        "not_failed": (
            N_(
                "payment {value} is not among those that failed: it was prepared again, was ended, or never failed"
            ),
            N_("load the list again and select what is still there"),
        ),
    },
)


@dataclass(frozen=True)
class Batch:
    """A batch with its orders, the owners of their rules, their accounts and the bank's answers."""

    batch: "PayoutBatch"
    orders: "Sequence[PaymentOrder]"
    owners: Sequence[str]
    accounts: Mapping[str, StoredAccount]
    answers: "Mapping[str, Sequence[BankAnswer]]"
    failed: "Sequence[FailedPayment]"  # those that the bank returned and that can be paid again

    @property
    def id(self) -> str:
        return self.batch.id

    @property
    def version(self) -> int:
        """Return a number that changes when somebody decides on the batch, asks something, or the bank answers."""
        at = [one.noted_at.timestamp() for one in self.accounts.values() if one.noted_at is not None]
        said = int(max(at, default=0) * 1_000_000)
        return 1 + (self.batch.state != "prepared") + said + sum(map(len, self.answers.values()))

    @cached_property
    def noted(self) -> "Sequence[PaymentOrder]":
        """The orders about which the second officer asks something that nobody has answered."""
        return [one for one in self.orders if self.is_asked(one.reference)]

    def is_asked(self, reference: str) -> bool:
        """Return whether a note stands at a row: who prepared the batch wasn't the last to write there."""
        found = self.accounts.get(reference)
        return found is not None and bool(found.note) and found.noted_by != self.batch.prepared_by

    def notes(self, reference: str) -> str:
        found = self.accounts.get(reference)
        return found.note if found is not None else ""


def load_batch(at: Doing[Any, Any] | Looking[Any], key: str, lock: bool) -> Batch:
    """Return a batch. *Raises*: FaultError if there is none."""
    connection = at.connection
    if lock:
        from benefits.payout.batches import PAYOUT_LOCK
        from store import lock_exclusive

        lock_exclusive(connection, PAYOUT_LOCK)
    batch = benefits.load_payout_batch(connection, key)
    orders = benefits.list_batch_orders(connection, key)
    owners = find_rule_owners(at.wiring, connection, {one.rule_id for one in orders})
    references = [one.reference for one in orders]
    failed = benefits.list_failed_payments(connection, "failed", {one.rule_id for one in orders})
    return Batch(
        batch,
        orders,
        sorted(frozenset[str]().union(*owners.values())),
        load_accounts(connection, references),
        benefits.load_bank_answers(connection, references),
        [one for one in failed if one.batch_id == key],
    )


BATCH = Kind(
    "payout_batch",
    load_batch,
    lambda one: one.version,
    lambda one: next(iter(one.owners), None),
    lambda one, _: one.owners,
    key=str,
    needs_all=True,
)


def select_covered(look: Looking[Any], selected: "Select[Any]", right: Right) -> "Select[Any]":
    """Return those of some batches of which the officer holds a right for every benefit."""
    from sqlalchemy import exists

    rules = find_paid_rules(look, right)
    if rules is None:
        return selected
    others = exists().where(
        payout_orders.c.batch_id == payout_batches.c.id,
        grants.c.id == payout_orders.c.grant_id,
        ~in_json_array(grants.c.rule_id, "rules"),
    )
    return selected.where(~others).params(rules=json_array(sorted(rules)))


def find_batches(look: Looking[Any], right: Right, *conditions: Any) -> "RowSlice[PayoutBatch]":
    """Find the batches of the officer's benefits that meet some conditions, the newest first."""
    from sqlalchemy import select

    selected = select(payout_batches).order_by(payout_batches.c.number.desc()).where(*conditions)
    return find_selected(
        look, select_covered(look, selected, right), lambda row: benefits.PayoutBatch(**row._mapping)
    )


def has_notes() -> Any:
    """Return the condition that the second officer sent a batch back with notes that nobody has answered."""
    from sqlalchemy import exists

    return exists().where(
        payout_orders.c.batch_id == payout_batches.c.id,
        payout_payees.c.reference == payout_orders.c.reference,
        payout_payees.c.note != "",
        payout_payees.c.noted_by != payout_batches.c.prepared_by,
    )


def load_layout(connection: "Connection", digest: str | None = None) -> tuple[str, BankLayout]:
    """Return the bank's layout that counts now, or that of a digest, with the digest under which it is stored.

    *Raises*: FaultError without one, or if somebody changed it in the database.
    """
    from sqlalchemy import select

    c = payout_layouts.c
    query = select(c.digest, c.layout).order_by(c.number.desc()).limit(1)
    if digest is not None:
        query = query.where(c.digest == digest)
    found = connection.execute(query).one_or_none()
    if found is None:
        raise FaultError(LAYOUT_FAULTS.build("none", field="layout"))
    if sha256(found.layout.encode()).hexdigest() != found.digest:
        raise FaultError(LAYOUT_FAULTS.build("altered", field="layout", value=found.digest[:8]))
    return found.digest, BankLayout.model_validate_json(found.layout)


def find_released_layout(connection: "Connection", before: int) -> str | None:
    """Return the digest of the layout of the last released batch before the one of a number."""
    from sqlalchemy import select

    c = payout_batches.c
    query = select(c.terms_digest).where(c.state == "released", c.number < before)
    return connection.execute(query.order_by(c.number.desc()).limit(1)).scalar()


@dataclass(frozen=True, slots=True)
class BankFile:
    """Writes the file of a batch for the bank from the accounts at hand."""

    layout: BankLayout
    payees: Mapping[str, Payee]

    def render(self, batch: "PayoutBatch", orders: "Sequence[PaymentOrder]") -> bytes:
        """Return the bank's file. *Raises*: FaultError if an account is gone."""
        if any(one.member_id not in self.payees for one in orders):
            raise FaultError(BATCH_FAULTS.build("accounts_gone", field="batch", value=batch.id))
        return render_order_file(batch, orders, self.payees, self.layout)

    def digest(self, batch: "PayoutBatch", orders: "Sequence[PaymentOrder]") -> str:
        return sha256(self.render(batch, orders)).hexdigest()


def load_bank_file(wiring: Wiring, connection: "Connection", one: Batch) -> BankFile:
    """Return what writes the file of a batch as it was prepared. *Raises*: FaultError without its accounts or the key."""
    _, layout = load_layout(connection, one.batch.terms_digest)
    return BankFile(layout, load_payees(wiring, connection, one))


def load_payees(wiring: Wiring, connection: "Connection", one: Batch) -> Mapping[str, Payee]:
    """Return the accounts of a batch by member, as far as they are still there.

    *Raises*: FaultError without the key, or if before the release another account is shown than is stored.
    """
    from yihui.services.members.vault import require_vault

    stored = read_payees(connection, require_vault(wiring).keys, one.id)
    members = {order.reference: order.member_id for order in one.orders}
    if one.batch.state == "prepared":
        key = wiring.load_key("account")
        altered = [
            BATCH_FAULTS.build("account_altered", field="payment", value=reference)
            for reference, payee in stored.items()
            if not one.accounts[reference].shows(key, members[reference], payee)
        ]
        if altered:
            raise FaultError(altered)
    return {members[reference]: Payee(*payee) for reference, payee in stored.items()}
