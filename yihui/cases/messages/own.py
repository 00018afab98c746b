"""What a member does herself about her messages: choose which reminders reach her phone."""

from typing import Annotated

from core.prompts import Prompt
from core.text_marks import N_
from members.reminders.queue import record_reminder_choices
from members.reminders.reminder import REMINDER_KINDS
from yihui.access.roles import Right
from yihui.frame.acts import HERSELF, MEMBER, Act, Change, Doing
from yihui.frame.fields import FieldKind
from yihui.frame.noun import BY_HAND, Noun
from yihui.frame.types import Form
from yihui.views.reminders import REMINDER_KIND_TEXTS


class ReminderForm(Form):
    """Which reminders a member wants; she ticks them on the page of her messages."""

    benefit: Annotated[bool, Prompt(REMINDER_KIND_TEXTS["benefit"]), FieldKind.HIDDEN] = False
    claim: Annotated[bool, Prompt(REMINDER_KIND_TEXTS["claim"]), FieldKind.HIDDEN] = False
    application: Annotated[bool, Prompt(REMINDER_KIND_TEXTS["application"]), FieldKind.HIDDEN] = False


def _choose(act: Doing[ReminderForm, str]) -> Change:
    """Record which reminders the member wants; the day of a choice that stays as it was stays, too."""
    wanted = {kind: bool(getattr(act.form, kind)) for kind in REMINDER_KINDS}
    record_reminder_choices(act.connection, act.actor.id, wanted, act.now)
    return Change(act.actor.id, act.form.model_dump())


CHOOSE = Act("reminders", N_("Reminders on my phone"), ReminderForm, _choose, Right.OWN, "reminders.choose",
             N_("Your choice of reminders counts from now on."), HERSELF, makes=True, doors=MEMBER,
             button=N_("Store my choice"))  # fmt: skip
REMINDERS = Noun("messages", N_("Messages"), HERSELF, BY_HAND, None, Right.OWN, (CHOOSE,))
