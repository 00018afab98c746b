"""A noun of the application: the kind of thing, its page, its listing and its acts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from yihui.access.roles import Right
from yihui.frame.acts import Act, Kind
from yihui.frame.content import ThingPage
from yihui.frame.listing import Listing, Looking
from yihui.runtime.language import Language


@dataclass(frozen=True, slots=True)
class Noun:
    """One noun. ``path`` is its address below ``/desk`` and ``/api/v1``, and its group of commands.

    ``show`` returns the page of a thing. ``tabs`` are the listings beside it, as path and title.
    """

    path: str
    title: str
    kind: Kind[Any]
    listing: Listing[Any, Any]
    show: Callable[[Looking[Any], Any, Language], ThingPage]
    right: Right
    acts: Sequence[Act[Any, Any]]
    tabs: Sequence[tuple[str, str]] = ()

    def find_act(self, name: str) -> Act[Any, Any]:
        return next(one for one in self.acts if one.name == name)


def load_noun(place: str) -> Noun:
    """Return the noun of a module: the name that ``bootstrap.NOUNS`` has."""
    found: Noun = import_module(place).NOUN
    return found
