"""A noun of the application: the kind of thing, its page, its listing and its acts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from yihui.access.roles import Right
from yihui.bootstrap import NOUNS, OWN_NOUNS
from yihui.frame.acts import HERSELF, Act, Kind
from yihui.frame.content import ThingPage
from yihui.frame.listing import Listing, Looking, NoFilter, RowSlice
from yihui.frame.todo import ToDo
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from members.attachments import Attachment


# Of a noun of the member's page without a list: its pages are by hand, or it is one page about herself.
BY_HAND = Listing[Any, Any]("", NoFilter, lambda _: RowSlice((), 0), (), "")


@dataclass(frozen=True, slots=True)
class Noun:
    """One noun. ``path`` is its address below ``/desk`` and ``/api/v1``, and its group of commands.

    ``show`` returns the page of a thing. ``reads`` says whose data it shows, as kind and id: the audit log records
    that before it is shown. ``is_open_to`` returns whether somebody outside of a thing's organisation may see it.
    ``tabs`` are the pages beside it, as path and title. A noun without ``show`` is a listing and no more.
    ``todos`` are what of it waits for officers. ``papers`` returns the documents of a thing that its page may show.
    ``place`` is the organisation for which its rights must hold, where that is one for all of it.

    What a member does herself is a noun of its own, below ``/me``: of its ``tabs`` the first is the page above, which
    shows the things of a noun by hand, others are buttons of its list; ``beside`` are the paths of other nouns whose
    things its page shows, too.
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
    papers: "Callable[[Looking[Any], Any], Sequence[Attachment]] | None" = None
    beside: Sequence[str] = ()
    place: str | None = None

    @property
    def key(self) -> type[int] | type[str]:
        """The type of the keys of its things."""
        return int if self.kind is None else self.kind.key

    @property
    def has_number(self) -> bool:
        """Whether readers call its things by the number that the list shows; else by their titles."""
        return any(one.name == "number" and one.is_on_page for one in self.listing.columns)

    @property
    def done_texts(self) -> Mapping[str, str]:
        """What is said after each of its acts, by the act's name."""
        return {one.name: one.done for one in self.acts}

    @property
    def is_her_page(self) -> bool:
        """Whether it is one page about the member herself, which has no list."""
        return self.kind is HERSELF and self.show is not None

    @property
    def is_by_hand(self) -> bool:
        """Whether the frame makes its acts alone."""
        return self.listing is BY_HAND and not self.is_her_page

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


@cache
def load_own_nouns() -> Mapping[str, Noun]:
    """Return all nouns of the member's page, by their paths."""
    return {noun.path: noun for noun in map(load_noun, OWN_NOUNS)}


def find_result(act: Act[Any, Any]) -> Noun:
    """Return the noun whose thing an act makes that leads to another one."""
    return (load_own_nouns() if act.right is Right.OWN else load_nouns())[act.leads_to]
