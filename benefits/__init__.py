"""benefits: what has been promised, paid, used, left; and can it be proved."""

from benefits.accounts import Posting, promise
from benefits.books import ConditionRead, Grant, Why, grants_of, why
from benefits.budgets import Budget, BudgetBelowPromises, budgets, set_budget
from benefits.export import canonical_lines
from benefits.ledger import admit_and_record
from benefits.ruling import Reason, Ruling, ruling_id
from benefits.verification import Disagreement, Verification, verify

__all__ = [
    "Budget",
    "BudgetBelowPromises",
    "ConditionRead",
    "Disagreement",
    "Grant",
    "Posting",
    "Reason",
    "Ruling",
    "Verification",
    "Why",
    "admit_and_record",
    "budgets",
    "canonical_lines",
    "grants_of",
    "promise",
    "ruling_id",
    "set_budget",
    "verify",
    "why",
]
