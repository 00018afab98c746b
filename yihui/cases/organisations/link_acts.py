"""Make the code with which people join an organisation, replace it, and revoke it."""

from core.faults import FaultError
from core.text_marks import N_
from yihui.cases.organisations.acts import ORGANISATION, RIGHT
from yihui.cases.organisations.forms import LinkForm, RevokeForm
from yihui.cases.organisations.links import LINK_FAULTS, find_link
from yihui.cases.organisations.state import OrganisationState
from yihui.frame.acts import Act, Change, Doing


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


LINK = Act("link", N_("Make its code for joining"), LinkForm, _issue, RIGHT, f"{RIGHT.value}.issue_link",
           N_("The code holds; print it."), ORGANISATION)  # fmt: skip
REVOKE_LINK = Act("revoke-link", N_("Revoke its code for joining"), RevokeForm, _revoke, RIGHT,
                  f"{RIGHT.value}.revoke_link", N_("The code was revoked."), ORGANISATION, is_grave=True)  # fmt: skip
