"""Who may open each part of the member's page: the member who is logged in, or somebody who logs in.

Every route below ``/me`` stands here with its reason. None takes a member's id from an address or a form: the session says
who it is. What another member has is not found.
"""

from collections.abc import Mapping
from types import MappingProxyType

PUBLIC_MEMBER_PAGES: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("GET", "/me/login"): "somebody logs in; the answer is the same for every phone",
        ("POST", "/me/preferences"): "how the page looks; a cookie that says nothing about anybody",
    }
)
OWN_MEMBER_PAGES: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("GET", "/me"): "the member's own first page",
    }
)
