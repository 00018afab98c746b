"""The page that follows a log-in: a path of this site, whatever the address of the log-in says."""

import re
from urllib.parse import unquote

DEFAULT_NEXT = "/desk"
_PATH = re.compile(r"/(?![/\\])[A-Za-z0-9._~!$&'()*+,;=:@%/?\-]*")
_LONGEST = 500
_MOST_DECODINGS = 4


def safe_next_path(text: str) -> str:
    """Return the path if a browser stays on this site with it, else the officers' first page.

    It is refused if it leaves the site in any reading: with backslashes, control characters or a scheme, or
    after it was decoded once or several times.

    >>> safe_next_path("/desk/rules?id=7"), safe_next_path("//evil.example"), safe_next_path("/%5Cevil.example")
    ('/desk/rules?id=7', '/desk', '/desk')
    """
    if len(text) > _LONGEST or not _PATH.fullmatch(text):
        return DEFAULT_NEXT
    decoded = text
    for _ in range(_MOST_DECODINGS):
        if not _stays_here(decoded):
            return DEFAULT_NEXT
        once = unquote(decoded)
        if once == decoded:
            return text
        decoded = once
    return DEFAULT_NEXT  # nobody encodes so often


def _stays_here(path: str) -> bool:
    place = re.split("[?#]", path, maxsplit=1)[0]
    has_control = any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 for c in path)
    return (
        place[:1] == "/" and "//" not in place and "\\" not in place and ".." not in place and not has_control
    )
