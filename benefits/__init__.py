"""benefits: what has been promised, paid, used, left; and can it be proved."""

from benefits.accounts import Posting, promise
from benefits.acts import Act, ActRefused, Officer, acts, alone
from benefits.appeals import (
    Answer,
    Appeal,
    appeals_of,
    erase_words,
    lodge,
    open_appeal,
    record_answer,
    reject_appeal,
    taken_anew,
)
from benefits.books import ConditionRead, Grant, Why, grants_of, why
from benefits.budgets import Budget, BudgetBelowPromises, budgets, set_budget
from benefits.export import canonical_lines
from benefits.holding import Held, Holding, count_held, held_for, holding, release
from benefits.kept_rules import Approval, Ground, KeptRule, keep_rules, kept_rules
from benefits.ledger import admit_and_record
from benefits.moves import ALLOWED, AlreadyDone, Move, Moved, Transaction
from benefits.not_allowed import NotAllowed
from benefits.payout import (
    LeftOut,
    Payable,
    Prepared,
    Wanted,
    cancel_batch,
    export_batch,
    payable,
    prepare,
    release_batch,
)
from benefits.payout_answers import BankDiffers, BankFile, Difference, Imported, Said, take_answers
from benefits.payout_batches import Batch, Order, answers_to, batch_of, batches, orders_for, orders_of
from benefits.payout_words import PayoutRefused
from benefits.positions import Position, positions
from benefits.posting import post, post_all
from benefits.reversal import Reversed, TakenBack, Wrong, reverse, to_take_back
from benefits.rulebook import Stop, enter, epoch, lift_stop, retire, stop, stops
from benefits.ruling import Reason, Ruling, ruling_id
from benefits.sealing_queue import to_seal
from benefits.verification import Disagreement, Verification, verify
from benefits.versions import (
    Cut,
    Submission,
    Version,
    approve,
    cuts,
    may_approve,
    reject,
    submit,
    version_of,
    versions,
)

__all__ = [
    "ALLOWED",
    "Act",
    "ActRefused",
    "AlreadyDone",
    "Answer",
    "Appeal",
    "Approval",
    "BankDiffers",
    "BankFile",
    "Batch",
    "Budget",
    "BudgetBelowPromises",
    "ConditionRead",
    "Cut",
    "Difference",
    "Disagreement",
    "Grant",
    "Ground",
    "Held",
    "Holding",
    "Imported",
    "KeptRule",
    "LeftOut",
    "Move",
    "Moved",
    "NotAllowed",
    "Officer",
    "Order",
    "Payable",
    "PayoutRefused",
    "Position",
    "Posting",
    "Prepared",
    "Reason",
    "Reversed",
    "Ruling",
    "Said",
    "Stop",
    "Submission",
    "TakenBack",
    "Transaction",
    "Verification",
    "Version",
    "Wanted",
    "Why",
    "Wrong",
    "acts",
    "admit_and_record",
    "alone",
    "answers_to",
    "appeals_of",
    "approve",
    "batch_of",
    "batches",
    "budgets",
    "cancel_batch",
    "canonical_lines",
    "count_held",
    "cuts",
    "enter",
    "epoch",
    "erase_words",
    "export_batch",
    "grants_of",
    "held_for",
    "holding",
    "keep_rules",
    "kept_rules",
    "lift_stop",
    "lodge",
    "may_approve",
    "open_appeal",
    "orders_for",
    "orders_of",
    "payable",
    "positions",
    "post",
    "post_all",
    "prepare",
    "promise",
    "record_answer",
    "reject",
    "reject_appeal",
    "release",
    "release_batch",
    "retire",
    "reverse",
    "ruling_id",
    "set_budget",
    "stop",
    "stops",
    "submit",
    "take_answers",
    "taken_anew",
    "to_seal",
    "to_take_back",
    "verify",
    "version_of",
    "versions",
    "why",
]
