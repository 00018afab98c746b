"""Forms that many cases have."""

from typing import Annotated

from core.prompts import Prompt
from core.text_marks import N_
from yihui.frame.types import Form, FreeText

REASON = Prompt(N_("Reason (is recorded)"))
APPEAL_WORDS = Prompt(N_("Tell the union what is wrong. Leave out ID numbers and phone numbers."), rows=5)
MEMBER_REASON = Prompt(N_("Reason (the member reads it)"))


class ReasonForm(Form):
    """The reason for an act."""

    reason: Annotated[FreeText, REASON]


class MemberReasonForm(Form):
    """The reason for an act, as the member whose thing it is reads it."""

    reason: Annotated[FreeText, MEMBER_REASON]


class NamelessReasonForm(Form):
    """The reason for an act on one person's record."""

    reason: Annotated[FreeText, Prompt(N_("Reason (is recorded; no names or numbers)"))]


class RemarkForm(Form):
    """An optional remark on an act."""

    reason: Annotated[FreeText | None, Prompt(N_("Remark (is recorded)"))] = None
