"""The key of a form: it was made for one actor's session, and what a form does is done once for it."""

import hashlib
import hmac
import secrets

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.access.actor import Actor
from yihui.bootstrap import Wiring
from yihui.runtime.identity_key import derive_key

_PURPOSE = "forms of officers' pages"
FORM_KEY_FAULTS = FaultTable(
    "form_key",
    {
        "foreign": (
            N_("the form has no key that was made for you"),
            N_("open the page again and send its own form"),
        )
    },
)


def create_form_key(wiring: Wiring, actor: Actor) -> str:
    """Return a new key for a form that is shown to an actor: a page of another site can't know one."""
    number = secrets.token_urlsafe(16)
    return f"{number}.{_sign(wiring, actor, number)}"


def check_form_key(wiring: Wiring, actor: Actor, key: str) -> str:
    """Return the number of a form's key. *Raises*: FaultError unless it was made for this actor's session."""
    number, _, signature = key.partition(".")
    if not hmac.compare_digest(_sign(wiring, actor, number).encode(), signature.encode()):
        raise FaultError(FORM_KEY_FAULTS.build("foreign", field="form_key"))
    return number


def _sign(wiring: Wiring, actor: Actor, number: str) -> str:
    key = derive_key(wiring.login_key, _PURPOSE)
    told = f"{actor.session or ''} {actor.id} {number}"
    return hmac.new(key, told.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:32]
