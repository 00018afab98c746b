"""Find which sender sent a request: by ``Authorization: Bearer`` alone."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from fastapi import Request
from sqlalchemy import Connection

from core.faults import FaultError
from yihui.access.actor import ActorKind
from yihui.access.roles import Right
from yihui.access.senders import SENDER_KEY_FAULTS, UNBOUND_SENDER, Sender, SenderUse, has_key_text
from yihui.http.guard.allowances import client_address
from yihui.http.login.login_request import find_actor
from yihui.http.site import Site
from yihui.runtime.networks import client_prefix
from yihui.services.access.authorisation import authorise_everywhere
from yihui.services.access.sender_keys import identify_sender, record_key_use, require_sender

_BEARER = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] ([!-~]+)")
_KEY_PARAMETERS = frozenset({"access_token", "authorization", "api_key", "apikey", "token", "key"})
_SIGNED_TOKEN = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
_WRONG_KEY_CODES = frozenset({"sender_key.wrong", "voucher.merchant"})
Owner = TypeVar("Owner")


@dataclass(frozen=True, slots=True)
class SenderRequest:
    """The sender of a request, and how to ask again within the transaction of what the request does."""

    site: Site
    use: SenderUse
    sender: Sender
    key: str | None = field(default=None, repr=False)

    def require(self, connection: Connection) -> Sender:
        """Return the sender as of now. A revocation that was committed before this call counts.

        *Raises*: FaultError if its key was revoked or has ended meanwhile.
        """
        if self.key is None:
            return self.sender
        return require_sender(connection, self.key, self.use, self.site.wiring)


def authenticate_sender(site: Site, request: Request, use: SenderUse) -> Sender:
    """Return the sender of a request to the routes of a use; a demo's own user is bound by nothing.

    *Raises*: FaultError: 401 without a valid key, 400 for one in the address, 429 for many wrong ones from one
    network, 403 for a key with other uses.
    """
    return open_sender_request(site, request, use).sender


def open_sender_request(site: Site, request: Request, use: SenderUse) -> SenderRequest:
    """Return the sender of a request, to be asked again when it acts. *Raises*: as ``authenticate_sender``."""
    refuse_key_in_address(request)
    key = read_bearer(request)
    if key is None:
        return SenderRequest(site, use, _without_key(site, request, use))
    sender = identify_by_key(site, request, lambda: identify_sender(site.wiring, key, use))
    if site.key_uses.is_due(key, site.wiring.now()):  # not within the last minute
        record_key_use(site.wiring, key)
    return SenderRequest(site, use, sender, key)


def refuse_key_in_address(request: Request) -> None:
    """Refuse a request whose address holds a key: proxies and browsers log addresses.

    *Raises*: FaultError. The key is neither logged nor sent back.
    """
    for name, value in request.query_params.multi_items():
        if (
            has_key_text(value)
            or has_key_text(name)
            or (
                name.lower() in _KEY_PARAMETERS
                and (value.lower().startswith("bearer") or _SIGNED_TOKEN.fullmatch(value))
            )
        ):
            raise FaultError(SENDER_KEY_FAULTS.build("in_address", field="Authorization"))
    if has_key_text(request.url.path):
        raise FaultError(SENDER_KEY_FAULTS.build("in_address", field="Authorization"))


def read_bearer(request: Request) -> str | None:
    """Return the key of the Authorization header exactly as it was sent; None without such a header.

    *Raises*: FaultError for several headers, or for one that is not ``Bearer`` and one word of ASCII.
    """
    sent = request.headers.getlist("authorization")
    if not sent:
        return None
    if len(sent) > 1:
        raise FaultError(SENDER_KEY_FAULTS.build("several", field="Authorization", count=len(sent)))
    found = _BEARER.fullmatch(sent[0])
    if found is None:
        raise FaultError(SENDER_KEY_FAULTS.build("wrong"))
    return found[1]


def identify_by_key(site: Site, request: Request, identify: Callable[[], Owner]) -> Owner:
    """Return whose key a request has. Wrong keys are counted by network; a right one is never refused.

    *Raises*: what ``identify`` raises for a wrong key; FaultError for too many of them.
    """
    try:
        return identify()
    except FaultError as error:
        network = client_prefix(client_address(request.scope))
        if error.code in _WRONG_KEY_CODES and not site.wrong_key_throttle.admit(network, site.wiring.now()):
            raise FaultError(SENDER_KEY_FAULTS.build("too_many")) from error
        raise


def _without_key(site: Site, request: Request, use: SenderUse) -> Sender:
    """Return who may go on without a key: a demo's own user, and for layers an officer who may read stations."""
    actor = find_actor(site, request)
    if actor is not None and actor.kind is ActorKind.DEMO:
        return UNBOUND_SENDER
    if actor is not None and use is SenderUse.GIS:
        authorise_everywhere(site.wiring, actor, Right.READ_STATIONS, [None])
        return Sender(actor.id, uses=(SenderUse.GIS,))
    raise FaultError(SENDER_KEY_FAULTS.build("missing", field="Authorization"))
