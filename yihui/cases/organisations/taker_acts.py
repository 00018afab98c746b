"""Say whose workers an organisation takes, so that they find it when they look for their union."""

import re

from core.text_marks import N_
from yihui.cases.organisations.acts import ORGANISATION, RIGHT
from yihui.cases.organisations.forms import TakersForm
from yihui.cases.organisations.state import OrganisationState
from yihui.frame.acts import Act, Change, Doing

_SIGN = re.compile(r"[、，,；;\n]")


def _begin(one: OrganisationState) -> dict[str, object]:
    """Return what the organisation said last, to be changed."""
    return {"names": "、".join(one.taker.names), "takes_all": one.taker.takes_all} if one.taker else {}


def _say(act: Doing[TakersForm, OrganisationState]) -> Change:
    """Record the names of employers and platforms in place of those before."""
    from members.joining.takers import Taker, append_taker

    form, code = act.form, act.thing.code
    names = tuple(dict.fromkeys(name for one in _SIGN.split(form.names or "") if (name := one.strip())))
    append_taker(act.connection, Taker(code, names, form.takes_all), act.actor.id, act.now)
    return Change(code, {"takes": list(names), "takes_all": form.takes_all}, reason=form.reason or "")


TAKE = Act("take", N_("Say whose workers it takes"), TakersForm, _say, RIGHT, f"{RIGHT.value}.say_takers",
           N_("From now on they find it when they look for their union."), ORGANISATION, begin=_begin)  # fmt: skip
