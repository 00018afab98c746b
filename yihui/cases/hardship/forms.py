"""What officers write into case files, visits and lines of income."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from core.money import format_yuan
from core.prompts import Prompt
from core.text_marks import N_
from members.hardship.case import RECEIPTS
from members.hardship.faults import HARDSHIP_FAULTS
from members.hardship.household import (
    CAUSES,
    MEASURES,
    MOST_PERSONS,
    RELATIONS,
    Cause,
    Level,
    MeasureKind,
    Relation,
)
from yihui.cases.kernel.forms import REASON
from yihui.frame.fields import FieldFaultError
from yihui.frame.papers import PaperForm
from yihui.frame.types import (
    CivilDay,
    Fen,
    Form,
    FreeText,
    MemberId,
    OrganisationCode,
    Picture,
    RecordNumber,
    read_text,
    read_words,
)

LONGEST_PLAN, LONGEST_NAME = 1_000, 50
MOST_YUAN = 100_000  # of a visit, and of a line of income
_IMPERSONAL = N_("No names and no numbers: it stays in the history.")


def _require_sum(fen: int) -> int:
    if not 0 < fen <= MOST_YUAN * 100:
        fault = HARDSHIP_FAULTS.build("amount", value=format_yuan(fen), most=format_yuan(MOST_YUAN * 100))
        raise FieldFaultError([fault])
    return fen


Sum = Annotated[Fen, AfterValidator(_require_sum)]
_Name = Annotated[str | None, Field(max_length=LONGEST_NAME, repr=False), BeforeValidator(read_words)]
_Plan = Annotated[str, Field(max_length=LONGEST_PLAN), BeforeValidator(read_text)]
_Causes = Annotated[tuple[Cause, ...], Field(min_length=1), Prompt(N_("Causes"), labels=CAUSES)]
_LEVEL = Prompt(N_("Level"))
_PLAN = Prompt(N_("Plan: how the household is helped"), hint=_IMPERSONAL, rows=3)
_INCOME = Prompt(N_("Income a month"))
_NAME = Prompt(N_("Name (stored encrypted)"))
_VISIT = Prompt(N_("Visit"))


class OtherPerson(Form):
    """A person of the household besides the worker."""

    relation: Annotated[Relation, Prompt(N_("Relation"), labels=RELATIONS)]
    name: Annotated[_Name, _NAME] = None
    income: Annotated[Fen, _INCOME]
    member: Annotated[MemberId | None, Prompt(N_("Which member, if one"))] = None


_Others = Annotated[tuple[OtherPerson, ...], Field(max_length=MOST_PERSONS - 1)]


class OpenForm(Form):
    """A case file as an officer opens it. ``level`` is proposed; another officer confirms it."""

    organisation: Annotated[OrganisationCode, Prompt(N_("Organisation that keeps the file"))]
    member: Annotated[
        MemberId, Prompt(N_("Worker"), hint=N_("By name, phone, card or the end of the ID number."))
    ]
    name: Annotated[_Name, _NAME] = None
    income: Annotated[Fen, _INCOME]
    others: Annotated[_Others, Prompt(N_("The others of the household"))] = ()
    level: Annotated[Level, _LEVEL]
    causes: _Causes
    plan: Annotated[_Plan, _PLAN] = ""


class ChangeForm(Form):
    """What is different now; None: as before."""

    causes: Annotated[tuple[Cause, ...] | None, Prompt(N_("Causes"), labels=CAUSES)] = None
    plan: Annotated[_Plan | None, _PLAN] = None
    reason: Annotated[FreeText, REASON]


class PersonsForm(Form):
    """The household as it is now. A person who stays in place and comes without a name keeps the stored one."""

    name: Annotated[
        _Name, Prompt(N_("The worker's name (stored encrypted)"), hint=N_("Empty: as before."))
    ] = None
    income: Annotated[Fen, Prompt(N_("The worker's income a month"))]
    others: Annotated[
        _Others,
        Prompt(
            N_("The others of the household"),
            hint=N_("A person who stays keeps the stored name if the field is empty."),
        ),
    ] = ()
    reason: Annotated[FreeText, REASON]


class MeasureForm(Form):
    """What was done for the household today."""

    kind: Annotated[MeasureKind, Prompt(N_("Measure"), labels=MEASURES)]
    text: Annotated[FreeText, Prompt(N_("What was done"), hint=_IMPERSONAL)]


class LevelForm(Form):
    """The level that a household is in, or would be."""

    level: Annotated[Level, _LEVEL]
    reason: Annotated[FreeText, REASON]


class PlanForm(Form):
    """A visit: to whom how much is given, and when."""

    member: Annotated[MemberId, Prompt(N_("Given to"))]
    on: Annotated[CivilDay, Prompt(N_("Day"))]
    amount: Annotated[Sum, Prompt(N_("Amount"))]
    purpose: Annotated[FreeText, Prompt(N_("Occasion"), hint=_IMPERSONAL)]


class ReleaseForm(Form):
    """The visit whose money is released."""

    visit: Annotated[RecordNumber, _VISIT]
    reason: Annotated[FreeText | None, REASON] = None


class EndForm(Form):
    """The visit on which nothing was handed over."""

    visit: Annotated[RecordNumber, _VISIT]
    reason: Annotated[FreeText, REASON]


class ReceiptForm(Form):
    """The receipt of a visit, signed or photographed."""

    visit: Annotated[RecordNumber, _VISIT]
    kind: Annotated[Literal["signed", "photographed"], Prompt(N_("Kind of receipt"), labels=RECEIPTS)]
    picture: Annotated[Picture, Prompt(N_("Photograph or scan of the receipt"))]


class PhotoForm(PaperForm):
    """A photograph of the household, with what it shows."""

    reason: Annotated[FreeText, REASON]


class DeletionForm(Form):
    """The photograph that is deleted."""

    photo: Annotated[
        RecordNumber,
        Prompt(
            N_("Photograph"), hint=N_("It can't be brought back; the history keeps who deleted it, and why.")
        ),
    ]
    reason: Annotated[FreeText, REASON]


class LineForm(Form):
    """A line of income as an organisation decides it: a head and month, from a day on, by a document."""

    organisation: Annotated[
        OrganisationCode, Prompt(N_("Organisation that decides it; it holds for those below it too"))
    ]
    line: Annotated[Sum, Prompt(N_("Line a head and month"))]
    since: Annotated[CivilDay, Prompt(N_("First day on which it holds"))]
    document: Annotated[FreeText, Prompt(N_("Document that decides it, with its number"))]
