"""Forms that many cases have."""

from typing import Annotated

from core.prompts import Prompt
from core.text_marks import N_
from yihui.frame.types import Form, FreeText

REASON = Prompt(N_("Reason (is recorded)"))


class ReasonForm(Form):
    """Why an act is done."""

    reason: Annotated[FreeText, REASON]


class NamelessReasonForm(Form):
    """Why an act on one person's record is done."""

    reason: Annotated[FreeText, Prompt(N_("Reason (is recorded; no names or numbers)"))]


class RemarkForm(Form):
    """What may be said of an act."""

    reason: Annotated[FreeText | None, Prompt(N_("Remark (is recorded)"))] = None
