"""Who may open each part of the member's page: the member who is logged in, or somebody who logs in.

Every route below ``/me`` stands here with its reason. None takes a member's id from an address or a form: the session says
who it is. What another member has is not found.
"""

from collections.abc import Mapping
from functools import cache

from yihui.frame.rights import list_own_routes

PUBLIC_MEMBER_PAGES: Mapping[tuple[str, str], str] = {
    ("GET", "/me/login"): "somebody logs in; the answer is the same for every phone",
    ("POST", "/me/handover"): "a host app's backend sends a token that it signed; the token is checked",
    ("GET", "/me/enter/{ticket}"): "a host app's user; the ticket opens once",
    ("POST", "/me/enter/{ticket}"): "the same, when the member goes on",
    ("POST", "/me/login"): "somebody asks for a code; throttled by number and by network",
    ("GET", "/me/login/code"): "the code's form; the browser's cookie says which code",
    ("POST", "/me/login/code"): "somebody enters a code; the tenth wrong one ends it",
    ("POST", "/me/logout"): "whoever has a session ends it; without one the phone's store is cleared too",
    ("GET", "/me/join"): "somebody looks for her organisation, or scanned its code",
    ("POST", "/me/join"): "somebody begins to join; throttled by number and by network",
    ("GET", "/me/join/code"): "the request of this phone; the browser's cookie says which one",
    ("POST", "/me/join/code"): "somebody proves her phone and joins; the fifth wrong code ends the request",
    ("POST", "/me/join/transfer"): "the person of this phone's proven request transfers",
    ("POST", "/me/join/withdraw"): "the person of this phone's request takes it back",
    ("POST", "/me/preferences"): "how the page looks; a cookie that says nothing about anybody",
}
OWN_MEMBER_PAGES: Mapping[tuple[str, str], str] = {
    ("GET", "/me"): "the member's own first page",
    ("GET", "/me/card"): "her card",
    ("GET", "/me/card/tokens"): "the pictures of the coming minutes, for the page's own script",
    ("GET", "/me/messages"): "what happened to her; only up to when she has read is stored",
    ("GET", "/me/data/export"): "all of it as a file, after a fresh code",
    ("GET", "/me/data/deletion"): "what goes and what stays, after a fresh code",
    ("GET", "/me/data/deletion/confirm"): "the last question before her data go, after a fresh code",
    ("POST", "/me/data/deletion"): "she deletes her data, after a fresh code, if nothing is under way",
    ("GET", "/me/benefits/{grant}"): "a benefit of the member's own",
    ("GET", "/me/benefits/{grant}/last-day.ics"): "the last day of a benefit of the member's own",
    ("GET", "/me/benefits/{grant}/places"): "where a benefit of the member's own can be used",
    ("GET", "/me/decisions"): "the decisions about the member",
    ("GET", "/me/decisions/{decision}"): "a decision about the member",
    ("GET", "/me/apply"): "what she can apply for, and what she applied for",
    ("GET", "/me/files/{number}"): "a file of her own",
    ("GET", "/me/files/{number}/pages/{page}"): "a page of a file of her own",
    ("POST", "/me/uploads"): "a file for a form of her own",
    ("GET", "/me/uploads/{upload}"): "how much of an upload of her own has arrived",
    ("PATCH", "/me/uploads/{upload}"): "a part of an upload of her own",
    (
        "GET",
        "/me/decisions/undecided/{rule}",
    ): "why a rule, which is public, decided nothing about the member",
}


@cache
def list_own_pages() -> Mapping[tuple[str, str], str]:
    """Return every page and form of a member's own with its reason: those by hand, and those of the nouns."""
    return {**OWN_MEMBER_PAGES, **list_own_routes()}
