"""A noun of the application: the kind of thing, its page, its listing and its acts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import Any

from yihui.access.roles import Right
from yihui.bootstrap import NOUNS
from yihui.frame.acts import Act, Kind
from yihui.frame.content import ThingPage
from yihui.frame.listing import Listing, Looking
from yihui.frame.todo import ToDo
from yihui.runtime.language import Language


@dataclass(frozen=True, slots=True)
class Noun:
    """One noun. ``path`` is its address below ``/desk`` and ``/api/v1``, and its group of commands.

    ``show`` returns the page of a thing. ``reads`` says whose data it shows, as kind and id: the audit log records
    that before it is shown. ``is_open_to`` returns whether somebody outside of a thing's organisation may see it.
    ``tabs`` are the pages beside it, as path and title. A noun without ``show`` is a listing and no more.
    ``todos`` are what of it waits for officers. ``done`` is what its page says after a page by hand, by that one's name.
    """

    path: str
    title: str
    kind: Kind[Any] | None
    listing: Listing[Any, Any]
    show: Callable[[Looking[Any], Any, Language], ThingPage] | None
    right: Right
    acts: Sequence[Act[Any, Any]] = ()
    tabs: Sequence[tuple[str, str]] = ()
    reads: Callable[[Any], tuple[str, str] | None] | None = None
    is_open_to: Callable[[Looking[Any], Any], bool] | None = None
    todos: Sequence[ToDo] = ()
    done: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> type[int] | type[str]:
        """The type of the keys of its things."""
        return int if self.kind is None else self.kind.key

    def version(self, thing: Any) -> int:
        assert self.kind is not None, self.path
        return self.kind.version(thing)

    def find_act(self, name: str) -> Act[Any, Any]:
        return next(one for one in self.acts if one.name == name)


def load_noun(place: str) -> Noun:
    """Return the noun of a place: a module and, after a colon, its name there, as ``bootstrap.NOUNS`` has them."""
    module, _, name = place.partition(":")
    found: Noun = getattr(import_module(module), name)
    return found


@cache
def load_nouns() -> Mapping[str, Noun]:
    """Return all nouns that the frame makes, by their paths."""
    return {noun.path: noun for noun in map(load_noun, NOUNS)}
