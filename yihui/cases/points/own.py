"""What a member does herself with her points: spend them at a counter."""

import hashlib
from typing import Annotated

from benefits import SpendingRequest
from core.civil_time import civil_date
from core.prompts import Prompt
from core.text_marks import N_
from yihui.access.roles import Right
from yihui.cases.kernel.sealing import seal
from yihui.frame.acts import HERSELF, MEMBER, Act, Change, Doing
from yihui.frame.noun import BY_HAND, Noun
from yihui.frame.types import Form, FreeText, WholeNumber
from yihui.services.benefits.points import spend_in


class SpendingForm(Form):
    """How many points are spent, and on what."""

    points: Annotated[WholeNumber, Prompt(N_("How many points?"))]
    purpose: Annotated[FreeText, Prompt(N_("For what?"))]


def _spend(act: Doing[SpendingForm, str]) -> Change:
    """Spend points on the day on which the form arrived. *Raises*: FaultError if she has too few."""
    form, member = act.form, act.actor.id
    day = civil_date(act.now)
    key = hashlib.sha256(act.once.encode()).hexdigest()  # the ledger knows it for ever, and spends once
    request = SpendingRequest(member, form.points, form.purpose, key, day)
    spend_in(act.connection, request, act.now)
    return Change(member, {"points": form.points})


_SPENT = N_(
    "The points are spent. Show the newest line under “What changed my points” to whoever gives you the thing."
)
SPEND = Act("spend", N_("Spend points"), SpendingForm, _spend, Right.OWN, "members.change.spend_points", _SPENT,
            HERSELF, makes=True, button=N_("Spend these points"), doors=MEMBER, after=seal,
            help=N_("Agree at the counter first what you get; what was spent can't be undone here."))  # fmt: skip
POINTS = Noun("points", N_("My points"), HERSELF, BY_HAND, None, Right.OWN, (SPEND,))
