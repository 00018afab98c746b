"""Find out who sent a request: an officer with a session, a program with a key, or the user of a demo."""

from fastapi import Request

from yihui.access.actor import Actor, ActorKind
from yihui.access.senders import KEY_PREFIX
from yihui.http.guard.refusals import note_actor
from yihui.http.login.login_request import find_login
from yihui.http.site import Site
from yihui.services.access.sender_access import find_sender_actor

_DEMO = Actor("demo", "demo", ActorKind.DEMO)


def find_actor(site: Site, request: Request) -> Actor | None:
    """Return who sent the request; None if nobody is logged in.

    An officer's session comes first. A request with a sender's key is the sender's, or nobody's if the key is
    wrong. A demo installation that is served to its own machine knows one user, who may do everything.
    """
    actor = _find(site, request)
    if actor is not None:
        note_actor(request, actor.id)
    return actor


def _find(site: Site, request: Request) -> Actor | None:
    if site.actor_finder is not None:
        return site.actor_finder(request)
    login = find_login(site, request)
    if login is not None:
        return login.actor
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and text.startswith(KEY_PREFIX):
        return find_sender_actor(site.wiring, text)
    return _DEMO if site.is_local and site.wiring.settings.is_demo else None
