"""Make the code with which people join an organisation, replace it, revoke it; say whose workers find it."""

import re

from core.faults import FaultError
from core.text_marks import N_
from yihui.cases.organisations.acts import ORGANISATION, RIGHT
from yihui.cases.organisations.forms import LinkForm, RevokeForm, TakersForm
from yihui.cases.organisations.links import LINK_FAULTS, find_link
from yihui.cases.organisations.state import OrganisationState
from yihui.frame.acts import Act, Change, Doing

_SIGN = re.compile(r"[、，,；;\n]")


def _issue(act: Doing[LinkForm, OrganisationState]) -> Change:
    """Make the code of an organisation; one that holds stays, unless it is to be replaced."""
    from members import claim_signing_key, issue_link, replace_link

    code, who, now = act.thing.code, act.actor.id, act.now
    claim_signing_key(act.connection, act.wiring.load_signing_key(), now)
    link = find_link(act.connection, code)
    if link is None:
        link = issue_link(act.connection, code, who, now)
    elif act.form.anew:
        link = replace_link(act.connection, link.link, who, now)
    return Change(code, {"link": link.link[:8]}, reason=act.form.reason or "")


def _revoke(act: Doing[RevokeForm, OrganisationState]) -> Change:
    """Revoke the code of an organisation without a new one. *Raises*: FaultError if none holds."""
    from members import revoke_link

    code = act.thing.code
    if (link := find_link(act.connection, code)) is None:
        raise FaultError(LINK_FAULTS.build("no_link", field="code", value=code))
    revoke_link(act.connection, link.link, act.actor.id, act.now)
    return Change(code, {"revoked": link.link[:8]}, reason=act.form.reason or "")


def _take(act: Doing[TakersForm, OrganisationState]) -> Change:
    """Record the employers and platforms whose workers join, in place of those before."""
    from members.joining.repository import append_taken_names

    code, typed = act.thing.code, _SIGN.split(act.form.names or "")
    names = [name for one in dict.fromkeys(typed) if (name := one.strip())]
    append_taken_names(act.connection, code, names, act.actor.id, act.now)
    return Change(code, {"takes": names}, reason=act.form.reason or "")


LINK = Act("link", N_("Make its code for joining"), LinkForm, _issue, RIGHT, f"{RIGHT.value}.issue_link",
           N_("The code holds; print it."), ORGANISATION)  # fmt: skip
REVOKE_LINK = Act("revoke-link", N_("Revoke its code for joining"), RevokeForm, _revoke, RIGHT,
                  f"{RIGHT.value}.revoke_link", N_("The code was revoked."), ORGANISATION, is_grave=True)  # fmt: skip
TAKE = Act("take", N_("Say whose workers it takes"), TakersForm, _take, RIGHT, f"{RIGHT.value}.say_takers",
           N_("From now on they find it when they look for their union."), ORGANISATION,
           begin=lambda one: {"names": "、".join(one.takes)})  # fmt: skip
