"""An act: one declaration of a thing that one kind of actor does. From it follow its form, route and command."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydantic import BaseModel

from yihui.access.audit import MEMBER_OBJECT
from yihui.access.roles import Right
from yihui.bootstrap import Wiring
from yihui.frame.cells import Cell
from yihui.frame.content import Download, Section
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from yihui.access.actor import Actor
    from yihui.access.second_person import Step
    from yihui.frame.fields import FormField
    from yihui.frame.listing import Looking

FormT = TypeVar("FormT", bound=BaseModel)
ThingT = TypeVar("ThingT")
Key = int | str
Data = Mapping[str, Any]
_NOTHING: Data = MappingProxyType({})


class Door(Enum):
    """Where an act or a listing is offered."""

    DESK = auto()
    API = auto()
    COMMAND = auto()
    MEMBER = auto()  # her page: she does it herself, with what is hers


OFFICERS = frozenset({Door.DESK, Door.API, Door.COMMAND})
MEMBER = frozenset({Door.MEMBER})
NO_JSON = frozenset({Door.DESK, Door.COMMAND})  # such as of a file: it comes by a page or a path


@dataclass(frozen=True)  # without slots, as a subscribed class is called
class Kind(Generic[ThingT]):
    """One kind of thing: its name in the audit log, and how it is found by its key, a number unless said.

    ``load`` returns the thing for who does or looks, and locks it if it is to be changed. ``version`` is what a form says it saw.
    ``organisation`` is the one for which a right must hold; ``further`` are others of which one is enough as well.
    ``place`` finds it by the key, before the thing is looked up, where already whether there is one is nobody
    else's to know. With ``needs_all`` a right must hold for every one of them. ``member`` is whose thing it is: her organisation of today counts, and elsewhere it is unknown. What
    she does herself (``Right.OWN``) she does with her own; all else is to her as if it weren't there.

    *Raises* (``load``, ``place``): FaultError if there is none.
    """

    name: str
    load: Callable[["Doing[Any, Any] | Looking[Any]", Any, bool], ThingT]
    version: Callable[[ThingT], int]
    organisation: Callable[[ThingT], str | None] = lambda _: None
    further: Callable[[ThingT, Right], Sequence[str]] = lambda *_: ()
    key: type[int] | type[str] = int
    place: Callable[["Connection", Any], str | None] | None = None
    member: Callable[[ThingT], str] | None = None
    needs_all: bool = False

    def organisations(self, thing: ThingT, right: Right) -> Sequence[str]:
        """Return the organisations of a thing, of which it is enough to hold a right for one; none: it has no place."""
        first = self.organisation(thing)
        return () if first is None else tuple(dict.fromkeys((first, *self.further(thing, right))))


# Of what a member does with herself; it is always there.
HERSELF = Kind[str](MEMBER_OBJECT, lambda _, key, __: key, lambda _: 1, key=str, member=lambda member: member)


@dataclass(frozen=True)  # without slots, as a subscribed class is called
class Doing(Generic[FormT, ThingT]):
    """One act in its transaction: who does it, what was typed, and the locked thing (None: a new one).

    ``once`` is the key that stands for this one wish, empty without one; ``previewed`` the digest of what its preview showed.
    """

    wiring: Wiring
    connection: "Connection"
    actor: "Actor"
    now: datetime
    form: FormT
    found: ThingT | None
    seen: int | None = None
    once: str = ""
    previewed: str = ""

    @property
    def thing(self) -> ThingT:
        assert self.found is not None, "an act without a thing"
        return self.found


@dataclass(frozen=True, slots=True)
class Change:
    """What an act did: to the thing of which key (empty: it is gone), and what the audit log says of it before and after.

    ``about`` is the kind and the key that the audit log names where they are another thing's; ``also`` are further
    records that get an entry of their own. ``audit`` is the act's name there where it is not that of the act.
    """

    key: Key
    after: Data = field(default_factory=lambda: _NOTHING)
    before: Data = field(default_factory=lambda: _NOTHING)
    reason: str = ""
    organisation: str | None = None
    about: tuple[str, str] | None = None
    also: Sequence[tuple[str, str]] = ()
    audit: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """What an act would do, as parts of a page; ``reads`` is whose data it shows, as kind and id.

    ``digest`` stands for what it found: an act that finds something else is refused (``require_previewed``).
    """

    sections: Sequence[Section]
    reads: tuple[str, str] | None = None
    digest: str = ""


@dataclass(frozen=True)  # without slots, as a subscribed class is called
class Act(Generic[FormT, ThingT]):
    """One act on a kind of thing; with ``makes`` it makes a new one.

    ``audit`` is its name in the audit log, ``done`` what its page says afterwards, ``help`` its command's help where the
    title says too little. ``ticked`` is the sentence
    that an officer confirms at the desk. ``leads_to`` is the path of another noun whose thing it makes. ``begin``
    returns what the form holds at first, and ``offered`` what there is to choose from, by field and value. ``places``
    are the organisations for which the actor needs the right; without it, one of the thing's is enough; an act that ``is_whole`` needs it for the whole union. ``second_to``
    returns the first step, whose person may not do this one; ``ready`` refuses before that what its state doesn't
    allow. ``is_grave``: its button warns. ``is_fresh``: the actor must have logged in a short time ago. ``prepare``
    takes locks before the thing is loaded. ``checks_version``: the act itself refuses a version that was changed since, for
    what a quicker phone did already is no fault. ``preview`` returns what the act would do, whose reading counts as that of
    the right ``reading``; it only reads, unless it ``tries``: does the act and takes it back. ``reveal`` returns what
    an act shows that changes nothing and is recorded; with ``is_once``, what it makes and shows a single time. ``file`` is the file that it gives. ``after`` follows the commit. ``around`` runs the act within
    something of its own, such as a file that is stored and taken back if the act is refused. ``page`` is a page by
    hand beside the thing's, to which the desk leads, and which begins the form.

    At the member's door: ``help`` stands above its form. ``asks`` returns fields that the thing asks for, such as a
    poll's questions, and of a thing that is gone those that any would ask; they are typed into the field ``answers``.
    ``papers`` names the form by which files of hers wait for it; of these it needs ``least_papers``.
    ``accepts_event``: what it does is an event, which is processed at once. ``is_secret``: her phone keeps
    nothing of what is typed for a thing.
    """

    name: str
    title: str
    form: type[FormT]
    do: Callable[[Doing[FormT, ThingT]], Change]
    right: Right
    audit: str
    done: str
    kind: Kind[ThingT]
    makes: bool = False
    button: str = ""
    help: str = ""
    ticked: str = ""
    doors: frozenset[Door] = OFFICERS
    begin: Callable[[ThingT], Mapping[str, object]] | None = None
    offered: Callable[[ThingT], Mapping[str, Mapping[str, Cell]]] | None = None
    places: Callable[[Doing[FormT, ThingT]], Sequence[str | None]] | None = None
    is_whole: bool = False
    leads_to: str = ""
    second_to: Callable[[ThingT], "Step"] | None = None
    is_fresh: bool = False
    is_grave: bool = False
    prepare: Callable[[Wiring, "Connection"], object] | None = None
    checks_version: bool = False
    ready: Callable[[ThingT, int | None], object] | None = None
    reading: Right | None = None
    preview: Callable[[Doing[FormT, ThingT], Language], Preview] | None = None
    tries: bool = False
    reveal: Callable[[Doing[FormT, ThingT]], Sequence[Section]] | None = None
    is_once: bool = False
    file: Callable[[Doing[FormT, ThingT]], Download] | None = None
    after: Callable[[Wiring], object] | None = None
    around: Callable[[Wiring, FormT, Callable[[], Key]], Key] | None = None
    page: str = ""
    asks: "Callable[[ThingT | None, Language], Sequence[FormField]] | None" = None
    accepts_event: bool = False
    is_secret: Callable[[ThingT], bool] | None = None
    papers: str = ""
    least_papers: int = 0

    @property
    def needs_version(self) -> bool:
        """Return whether whoever acts has to say which version of the thing was seen."""
        return not self.makes and not self.leads_to and self.reveal is None and self.file is None
