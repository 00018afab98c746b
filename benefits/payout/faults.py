"""Faults of payouts: of batches, of the grants that they leave out, and of the bank's return file."""

from core.faults import FaultTable
from core.text_marks import N_

_DECIDED = N_("what was decided stays; prepare a new batch if something is left to pay")

PAYOUT_FAULTS = FaultTable(
    "payout",
    {
        "unknown_batch": (N_("there is no batch {value}"), N_("look for it with `yihui payout list`")),
        "nothing_payable": (
            N_("nothing is to be paid: no cash benefit is open that has an account and is in no other batch"),
            N_("see what was left out and why; add missing accounts to the file of payees"),
        ),
        "only_owed": (
            N_("nothing is to be paid but benefits of which something is owed: {value}"),
            N_("settle or waive the debts (/desk/money/debts lists them), or say --despite-debts"),
        ),
        "released": (N_("batch {value} was released by {who} already"), _DECIDED),
        "cancelled": (N_("batch {value} was cancelled by {who} already"), _DECIDED),
        "not_released": (
            N_("batch {value} was not released; only a released one leaves for the bank"),
            N_("somebody other than who prepared it releases it with `yihui payout release`"),
        ),
        "same_officer": (
            N_("{who} prepared batch {value} and can't release it"),
            N_("ask somebody else to check and release it"),
        ),
        "file_differs": (
            N_(
                "the file of batch {value} would not be the one that was prepared: payees or configuration differ"
            ),
            N_(
                "use the same payees and configuration; to correct an account, cancel the batch and prepare another"
            ),
        ),
        "orders_differ": (
            N_("the orders of batch {value} are not those that were prepared: somebody changed the database"),
            N_("pay nothing; run `yihui ledger verify` and restore the database from a backup"),
        ),
        "order_reversed": (
            N_("order {value} can't be paid: grant {grant} was taken back or has ended since"),
            N_("cancel the batch and prepare another; what was taken back is left out then"),
        ),
        "no_account": (N_("no account of {member} is in the file of payees"), ""),
        "not_open": (
            N_(
                "benefit {value} can't be paid: it was paid, is in another batch, was taken back or has ended"
            ),
            N_("load the list again and select what is still there"),
        ),
        "owed": (
            N_(
                "{member} owes {yuan} yuan of it (debt {debt}): settle or waive that first, or say --despite-debts"
            ),
            "",
        ),
        "account_gone": (
            N_("no account of {value} is in the file of payees any more"),
            N_("use the file with which the batch was prepared"),
        ),
    },
)
BANK_RETURN_FAULTS = FaultTable(
    "bank_return",
    {
        "duplicate": (
            N_("order {reference} stands in line {others} as well"),
            N_("ask the bank which of them holds; an order has one line"),
        ),
        "unknown_reference": (
            N_("there is no order {reference}"),
            N_("check whether the file is the bank's answer to one of our batches"),
        ),
        "other_batch": (
            N_("order {reference} belongs to batch {batch}, not to {wanted}"),
            N_("import the file for its own batch, or leave --batch out"),
        ),
        "not_released": (
            N_("order {reference} never left: its batch was not released"),
            N_("ask the bank how it came by this order; tell who supervises payments"),
        ),
        "other_amount": (
            N_("order {reference} is over {ordered} yuan, the bank says {said} yuan"),
            N_("ask the bank; nothing is settled in part"),
        ),
        "future": (
            N_("order {reference} is said to be of {day}, which is yet to come"),
            N_("check the day in the bank's file"),
        ),
        "after_failure": (
            N_("order {reference} had failed; now the bank says that it was paid"),
            N_("stop its next payment at once and ask the bank: it may pay twice"),
        ),
        "paid_twice": (
            N_(
                "order {reference} was paid already on {day}; now the bank says so under another number or day"
            ),
            N_("ask the bank at once: it may have paid twice"),
        ),
    },
)
