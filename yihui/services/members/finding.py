"""Find members by what people say of themselves: a name, a phone, a card or an ID number, or its last six characters.

Names and numbers are found by their keyed digests in the vault. Only members of the officer's subtrees are shown, and
each that is shown counts as read.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Literal

from sqlalchemy import Connection, select

from core.civil_time import civil_date
from core.faults import Fault, FaultError, FaultTable
from core.simplified import list_spellings
from core.text_marks import N_
from members import find_known_members, identify_member
from members.cards.numbers import parse_card_number
from members.persons import normalize_id_number, parse_name, parse_phone
from members.tables import cards, memberships
from members.vault.keys import FoundField
from yihui.access.actor import Actor
from yihui.access.decide import subtrees
from yihui.access.roles import Right
from yihui.bootstrap import Wiring
from yihui.frame.content import NamedIds
from yihui.frame.found_names import load_names
from yihui.frame.names import PersonLabel
from yihui.runtime.language import Language
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.desk.form_submissions import record_member_readings
from yihui.services.members.organisations import find_covered_members, holds_on

MOST_FOUND = 20
_EXAMINED = 400  # of those who have a name; who belongs to others is left out
_MOST_NAMED = 6  # in the text of a fault
_ID = re.compile(r"(?![0-9-]*$)[A-Za-z0-9][A-Za-z0-9._:-]*")
_CHOICE = re.compile(r".*\(([^()\s]+)\)")
_ID_TAIL = re.compile(r"[0-9]{5}[0-9X]")
_ACTORS = ("who", "officer")  # in the faults of a second step
_PAST_ALL = "\U0010ffff"
FINDING_FAULTS = FaultTable(
    "finding",
    {
        "nobody": (
            N_("none of your members has this name or number"),
            N_("type a whole name, a phone or card number, or the last six characters of an ID number"),
        ),
        "several": (
            N_("several members have it: {names}"),
            N_("choose one of the list, or type a phone or card number"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class FoundMember:
    """A member who was found: the masked name, the card's number and the organisation's name, as far as they are known."""

    id: str
    name: str
    card: str
    organisation: str

    @property
    def title(self) -> str:
        return self.name or self.id

    @property
    def detail(self) -> str:
        """What tells the member from others of the same name."""
        return " · ".join(filter(None, (self.card and f"…{self.card[-4:]}", self.organisation)))

    @property
    def choice(self) -> str:
        """The text by which :func:`resolve_member` finds the member again."""
        return f"{self.name} {self.organisation}（{self.card or self.id}）".strip()


def find_members(wiring: Wiring, actor: Actor, text: str, limit: int = MOST_FOUND + 1) -> list[FoundMember]:
    """Return the members of the officer's subtrees whom a text names, or whose ids begin with it; all count as read."""
    if not text.strip():
        return []
    with wiring.database.read() as connection:
        scope = _build_scope(wiring, actor)
        found = _find_own(wiring, connection, scope, text) or _list_by_id(connection, scope, text)
    return load_found_members(wiring, actor, found[:limit])


def load_found_members(wiring: Wiring, actor: Actor, members: Sequence[str]) -> list[FoundMember]:
    """Return some members as an officer reads them; the audit log says so first."""
    record_member_readings(wiring, actor, Right.READ_MEMBERS, members)
    with wiring.database.read() as connection:
        names = load_names(wiring, connection, actor, NamedIds(frozenset(), frozenset(members), frozenset()))
    known = [(member, names.persons.get(member, PersonLabel())) for member in members]
    return [
        FoundMember(member, one.name, one.card, names.organisation(one.organisation)) for member, one in known
    ]


def resolve_member(wiring: Wiring, actor: Actor, text: str) -> str:
    """Return the id of the one member of the officer's subtrees whom a text names; an id stays as it is.

    *Raises*: FaultError if it names nobody there, or several.
    """
    sought = unicodedata.normalize("NFKC", text).strip()
    if chosen := _CHOICE.fullmatch(sought):
        sought = chosen[1]
    with wiring.database.read() as connection:
        found = _find_own(wiring, connection, _build_scope(wiring, actor), sought)
    if len(found) == 1:
        return found[0]
    if found:
        names = "、".join(one.choice for one in load_found_members(wiring, actor, found[:_MOST_NAMED]))
        raise FaultError(FINDING_FAULTS.build("several", names=names))
    if _ID.fullmatch(sought) and not _ID_TAIL.fullmatch(sought.upper()):
        return sought  # whether there is one, the act itself says, and whether it may be told
    raise FaultError(FINDING_FAULTS.build("nobody"))


def describe_member(wiring: Wiring, actor: Actor, member: str) -> str:
    """Return the text by which a member of the officer's subtrees is chosen; of anybody else the id as it is."""
    with wiring.database.read() as connection:
        covered = find_covered_members(connection, _build_scope(wiring, actor), [member])
    return load_found_members(wiring, actor, [member])[0].choice if covered else member


def name_persons(wiring: Wiring, actor: Actor, faults: Sequence[Fault], language: Language) -> list[Fault]:
    """Return faults that quote the officer's members, who count as read, and the actors of two steps by name, not by id."""
    quoted = [{"value": one.value or "", **one.params} for one in faults]
    texts = frozenset(text for values in quoted for text in values.values())
    with wiring.database.read() as connection:
        names = load_names(wiring, connection, actor, NamedIds(texts, texts, frozenset()))
    named = [member for member, label in names.persons.items() if label.name]
    record_member_readings(wiring, actor, Right.READ_MEMBERS, named)

    def name(key: str, text: str) -> str:
        if key in _ACTORS:
            return names.officer(text, language)
        return names.person(text, language) if text in named else text

    return [
        replace(one, params={key: name(key, text) for key, text in values.items()})
        for one, values in zip(faults, quoted, strict=True)
    ]


def _build_scope(wiring: Wiring, actor: Actor) -> OfficerScope:
    today = civil_date(wiring.now())
    return OfficerScope(subtrees(actor, Right.READ_MEMBERS, today), today)


def _find_own(wiring: Wiring, connection: Connection, scope: OfficerScope, text: str) -> list[str]:
    """Return the ids of the members of some subtrees whom a text names, in order; none for a text that names nobody."""
    found: set[str] = set()
    for value, column in _parse(wiring, text):
        if column == "card":
            query = select(cards.c.member_id).where(cards.c.number == value)
            found.update(connection.execute(query).scalars())
        elif column == "member":
            found |= find_known_members(connection, [value])
        elif wiring.vault is not None:
            with wiring.vault_database.read() as vault:
                found.update(wiring.vault.find_members(vault, column, value))
    named = sorted(found)[:_EXAMINED]
    covered = find_covered_members(connection, scope, named)
    return [member for member in named if member in covered]


def _parse(wiring: Wiring, text: str) -> Iterator[tuple[str, FoundField | Literal["card", "member"]]]:
    """Yield what a text may be: a value in its usual form, and of which kind it is."""
    number = normalize_id_number(text)
    if _ID_TAIL.fullmatch(number):
        yield number, "id_tail"
    with suppress(FaultError):
        yield parse_card_number(text), "card"
    with suppress(FaultError):
        yield parse_phone(text), "phone"
    with suppress(FaultError):
        yield identify_member(number, wiring.identity_key).member_id, "member"
    for typed in list_spellings(text):
        with suppress(FaultError):
            yield parse_name(typed if typed.isascii() else "".join(typed.split())), "name"


def _list_by_id(connection: Connection, scope: OfficerScope, text: str) -> list[str]:
    """Return the members of today whose ids begin with a text."""
    one, beginning = memberships.c, text.lower()
    query = select(one.member_id).where(one.member_id >= beginning, one.member_id < beginning + _PAST_ALL)
    query = query.where(holds_on(scope.day), scope.organisation_condition(connection, one.organisation))
    return list(connection.execute(query.order_by(one.member_id).limit(MOST_FOUND + 1)).scalars())
