"""Name an actor as readers see it: a user of the operating system is marked, since nobody logged in."""

from core.text_marks import N_
from yihui.runtime.language import Language

_CONSOLE = "console:"


def actor_label(who: str, language: Language) -> str:
    """Return the actor's id; with a mark if it is a user of the operating system."""
    if not who.startswith(_CONSOLE):
        return who
    return language.render(N_("{who} (not logged in)"), who=who)
