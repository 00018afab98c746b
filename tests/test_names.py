"""Public names use the words of the field: none is a word that the glossary bans."""

import re

from tests.banned_names import BANNED_BARE, BANNED_PARTS, BANNED_WORDS, EXCEPTIONS
from tests.sources import ROOT, public_names, python_files, text_of

ROOMS = ("core", "geo", "rules", "maps", "members", "benefits", "events", "store", "yihui", "bench", "tools")
_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z0-9]+|[A-Z]+")


def is_banned(name: str, sort: str) -> bool:
    """Return whether the glossary bans a public name of this sort."""
    words = [word.lower() for word in _WORD.findall(name)]
    if name.lower() in BANNED_WORDS:
        return sort != "method" or name.lower() not in {"word", "words"}
    if name.startswith("found_organisation"):  # the glossary's own exemption: founding one
        return False
    if sort in ("function", "method") and words[0] in BANNED_WORDS - {"word", "words"}:
        return True
    if sort == "method":
        return False
    return name.lower() in BANNED_BARE or not BANNED_PARTS.isdisjoint(words)


def banned_in(code: str) -> list[str]:
    """Return the banned public names of a module."""
    return [name for name, sort in public_names(code) if not name.startswith("_") and is_banned(name, sort)]


def test_no_public_name_is_banned() -> None:
    found = {
        f"{path.relative_to(ROOT).as_posix()}: {name}"
        for path in python_files(*ROOMS)
        for name in banned_in(text_of(path))
    }
    assert found == set(EXCEPTIONS)
    assert len(EXCEPTIONS) <= 20
