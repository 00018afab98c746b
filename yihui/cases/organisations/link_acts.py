"""How people join an organisation: its code, whose workers find it, what they agree to before an ID number is taken."""

import re
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

from core.faults import FaultError
from core.text_marks import N_
from members.joining.faults import JOINING_FAULTS
from yihui.access.joining_folds import TAKERS_ACT, WITHDRAW_CONSENT_ACT, WRITE_CONSENT_ACT
from yihui.cases.organisations.acts import ORGANISATION, RIGHT
from yihui.cases.organisations.forms import ConsentForm, LinkForm, RevokeForm, TakersForm
from yihui.cases.organisations.links import LINK_FAULTS, find_link
from yihui.cases.organisations.state import OrganisationState
from yihui.frame.acts import Act, Change, Doing, Preview
from yihui.frame.content import Fact, Facts
from yihui.frame.fields import fields_of
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from members.joining.consents import ConsentText

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


def _write_consent(act: Doing[ConsentForm, OrganisationState]) -> Change:
    """Store what a person agrees to from now on who joins here or below, unless a nearer union has its own text."""
    from members.joining.consents import append_consent

    code = act.thing.code
    made = append_consent(act.connection, code, _read_consent(act.form), act.actor.id, act.now)
    return Change(code, {"digest": made.digest, "version": made.version})


def _withdraw_consent(act: Doing[RevokeForm, OrganisationState]) -> Change:
    """Let the text of the nearest union above hold, if there is one. *Raises*: FaultError without a text of its own."""
    from members.joining.consents import append_consent

    code = act.thing.code
    if not act.thing.has_own_consent:
        raise FaultError(JOINING_FAULTS.build("no_own_consent", field="code", value=code))
    made = append_consent(act.connection, code, None, act.actor.id, act.now)
    return Change(code, {"version": made.version}, reason=act.form.reason or "")


def _read_consent(form: ConsentForm) -> "ConsentText":
    from members.joining.consents import ConsentText

    return ConsentText(**form.model_dump())


def list_consent_facts(text: "ConsentText") -> Iterator[Fact]:
    """Yield what a text says, under the titles that its officer and the person who joins read."""
    for one in fields_of(ConsentForm):
        yield Fact(one.name, one.prompt.title, getattr(text, one.name))


def _preview_consent(act: Doing[ConsentForm, OrganisationState], _: Language) -> Preview:
    return Preview((Facts(N_("About your ID number"), list(list_consent_facts(_read_consent(act.form)))),))


LINK = Act("link", N_("Make its code for joining"), LinkForm, _issue, RIGHT, f"{RIGHT.value}.issue_link",
           N_("The code holds; print it."), ORGANISATION)  # fmt: skip
REVOKE_LINK = Act("revoke-link", N_("Revoke its code for joining"), RevokeForm, _revoke, RIGHT,
                  f"{RIGHT.value}.revoke_link", N_("The code was revoked."), ORGANISATION, is_grave=True)  # fmt: skip
TAKE = Act("take", N_("Say whose workers it takes"), TakersForm, _take, RIGHT, TAKERS_ACT,
           N_("From now on they find it when they look for their union."), ORGANISATION,
           begin=lambda one: {"names": "、".join(one.takes)})  # fmt: skip
CONSENT = Act("consent", N_("Write what a person agrees to who joins online"), ConsentForm, _write_consent, RIGHT,
              WRITE_CONSENT_ACT, N_("From now on it is shown before an ID number is typed."), ORGANISATION,
              begin=lambda one: asdict(one.consent.text) if one.consent and one.consent.text else {},
              preview=_preview_consent)  # fmt: skip
WITHDRAW_CONSENT = Act("withdraw-consent", N_("Withdraw what a person agrees to who joins online"), RevokeForm,
                       _withdraw_consent, RIGHT, WITHDRAW_CONSENT_ACT,
                       N_("The text was withdrawn; that of the nearest union above holds, if there is one."),
                       ORGANISATION, is_grave=True)  # fmt: skip
