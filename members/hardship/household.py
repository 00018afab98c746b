"""Who lives in a household, why it is in hardship, and its income per head against a line. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from core.text_marks import N_

MOST_PERSONS = 12
SELF = "self"
# As members.message_fields.HardshipLevel without "none".
Level = Literal["一般困难", "相对困难", "深度困难", "意外致困"]
Relation = Literal["spouse", "child", "parent", "other"]  # of the others of a household to the worker
Cause = Literal[
    "illness", "disability", "schooling", "job_loss", "accident", "disaster", "low_income", "other"
]
MeasureKind = Literal["allowance", "medical_aid", "schooling", "job", "training", "policy", "other"]
RELATIONS: Mapping[str, str] = {
    SELF: N_("the worker"),
    "spouse": N_("spouse"),
    "child": N_("child"),
    "parent": N_("parent"),
    "other": N_("another person of the household"),
}
CAUSES: Mapping[str, str] = {
    "illness": N_("illness"),
    "disability": N_("disability"),
    "schooling": N_("costs of schooling"),
    "job_loss": N_("loss of a job"),
    "accident": N_("accident"),
    "disaster": N_("disaster"),
    "low_income": N_("low income"),
    "other": N_("another cause"),
}
MEASURES: Mapping[str, str] = {
    "allowance": N_("allowance"),
    "medical_aid": N_("help with medical costs"),
    "schooling": N_("help with schooling"),
    "job": N_("help to find a job"),
    "training": N_("training"),
    "policy": N_("help with another office's programme"),
    "other": N_("another measure"),
}


@dataclass(frozen=True, slots=True)
class HouseholdPerson:
    """One person of a household. The name lies encrypted beside the case, under the person's place in the list."""

    relation: str
    member_id: str | None = None
    monthly_income_fen: int = 0


@dataclass(frozen=True, slots=True)
class IncomeAgainstLine:
    """A household's monthly income per head, and the line that it is held against; None where none is set."""

    per_head_fen: int
    line_fen: int | None

    @property
    def percent_of_line(self) -> int | None:
        """Return the income in percent of the line, rounded down; None without a line."""
        return None if not self.line_fen else self.per_head_fen * 100 // self.line_fen

    @property
    def is_below(self) -> bool | None:
        """Return whether the income is below the line; an income that equals the line is not."""
        return None if self.line_fen is None else self.per_head_fen < self.line_fen


def compute_income_per_head_fen(persons: Sequence[HouseholdPerson]) -> int:
    """Return the monthly income per head, rounded down to the fen. *Units*: fen."""
    assert persons, "a household has at least one person"
    return sum(one.monthly_income_fen for one in persons) // len(persons)


def compare_income(persons: Sequence[HouseholdPerson], line_fen: int | None) -> IncomeAgainstLine:
    """Return a household's income per head against a line. *Units*: fen a month."""
    return IncomeAgainstLine(compute_income_per_head_fen(persons), line_fen)
