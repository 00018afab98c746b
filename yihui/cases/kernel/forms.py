"""Forms that many cases have."""

from typing import Annotated

from core.prompts import Prompt
from core.text_marks import N_
from yihui.frame.types import Form, FreeText

REASON = Prompt(N_("Reason (is recorded)"))


class ReasonForm(Form):
    """Why an act is done."""

    reason: Annotated[FreeText, REASON]


class RemarkForm(Form):
    """What may be said of an act."""

    reason: Annotated[FreeText | None, Prompt(N_("Remark (is recorded)"))] = None
