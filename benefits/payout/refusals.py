"""Reasons for which a payout step is refused, as templates of the message catalogue."""

from collections.abc import Sequence

from benefits.officer_acts import ActRefused
from core.text_marks import N_


class PayoutRefused(Exception):
    """A refused payout step with all its refusals; nothing was changed."""

    def __init__(self, refusals: Sequence[ActRefused]) -> None:
        self.refusals = tuple(refusals)
        super().__init__("; ".join(map(str, self.refusals[:5])))


def unknown_batch_refusal(batch_id: str) -> ActRefused:
    return ActRefused(
        N_("there is no batch {value}"), N_("look for it with `yihui payout list`"), "batch", batch_id[:40]
    )


def nothing_payable_refusal() -> ActRefused:
    return ActRefused(
        N_("nothing is to be paid: no cash benefit is open that has an account and is in no other batch"),
        N_("see what was left out and why; add missing accounts to the file of payees"),
        "--payees",
        "",
    )


def only_owed_refusal(number: int) -> ActRefused:
    return ActRefused(
        N_("nothing is to be paid but benefits of which something is owed: {value}"),
        N_("settle or waive the debts (`yihui benefits debts` lists them), or say --despite-debts"),
        "--despite-debts",
        str(number),
    )


def batch_decided_refusal(batch_id: str, state: str, who: str) -> ActRefused:
    messages = {
        "released": N_("batch {value} was released by {who} already"),
        "cancelled": N_("batch {value} was cancelled by {who} already"),
    }
    return ActRefused(
        messages[state],
        N_("what was decided stays; prepare a new batch if something is left to pay"),
        "batch",
        batch_id,
        who=who,
    )


def batch_not_released_refusal(batch_id: str) -> ActRefused:
    return ActRefused(
        N_("batch {value} was not released; only a released one leaves for the bank"),
        N_("somebody other than who prepared it releases it with `yihui payout release`"),
        "batch",
        batch_id,
    )


def same_officer_refusal(batch_id: str, who: str) -> ActRefused:
    return ActRefused(
        N_("{who} prepared batch {value} and can't release it"),
        N_("ask somebody else to check and release it"),
        "--by",
        batch_id,
        who=who,
    )


def file_differs_refusal(batch_id: str) -> ActRefused:
    return ActRefused(
        N_(
            "the file of batch {value} would not be the one that was prepared: payees or configuration differ"
        ),
        N_(
            "use the same payees and configuration; to correct an account, cancel the batch and prepare another"
        ),
        "--payees",
        batch_id,
    )


def orders_differ_refusal(batch_id: str) -> ActRefused:
    return ActRefused(
        N_("the orders of batch {value} are not those that were prepared: somebody changed the database"),
        N_("pay nothing; run `yihui ledger verify` and restore the database from a backup"),
        "batch",
        batch_id,
    )


def order_reversed_refusal(reference: str, grant_id: str) -> ActRefused:
    return ActRefused(
        N_("order {value} can't be paid: grant {grant} was taken back or has ended since"),
        N_("cancel the batch and prepare another; what was taken back is left out then"),
        "order",
        reference,
        grant=grant_id,
    )
