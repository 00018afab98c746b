"""What the forms of cases have in common, and those that many cases have."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict

from core.prompts import Prompt
from core.text_marks import N_
from yihui.frame.types import FreeText

REASON = Prompt(N_("Reason (is recorded)"))


class CaseForm(BaseModel):
    """A form; what it doesn't ask for is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class NothingForm(CaseForm):
    """An act that says no more than that it is done."""


class ReasonForm(CaseForm):
    """Why an act is done."""

    reason: Annotated[FreeText, REASON]


class RemarkForm(CaseForm):
    """What may be said of an act."""

    reason: Annotated[FreeText | None, Prompt(N_("Remark (is recorded)"))] = None
