"""Who may open each part of the member's page: the member who is logged in, or somebody who logs in.

Every route below ``/me`` stands here with its reason. None takes a member's id from an address or a form: the session says
who it is. What another member has is not found.
"""

from collections.abc import Mapping
from types import MappingProxyType

PUBLIC_MEMBER_PAGES: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("GET", "/me/login"): "somebody logs in; the answer is the same for every phone",
        ("POST", "/me/login"): "somebody asks for a code; throttled by number and by network",
        ("GET", "/me/login/code"): "the code's form; the browser's cookie says which code",
        ("POST", "/me/login/code"): "somebody enters a code; the tenth wrong one ends it",
        (
            "POST",
            "/me/logout",
        ): "whoever has a session ends it; without one the phone's store is cleared all the same",
        ("POST", "/me/preferences"): "how the page looks; a cookie that says nothing about anybody",
    }
)
OWN_MEMBER_PAGES: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("GET", "/me"): "the member's own first page",
        ("GET", "/me/account"): "her phones",
        ("POST", "/me/account/sessions"): "she ends her own sessions; another member's are not found",
    }
)
