"""Choose an organisation, a station or an area by its name: what matches a text, and the code of the only one that does.

What lies in the officer's own subtrees comes first; elsewhere is searched only if nothing there matches, since
members are transferred, and cases dispatched, to units of others. Names and codes are public.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from core.civil_time import civil_date
from core.faults import FaultError, FaultTable
from core.text_marks import N_
from members.organisations.search import OrganisationQuery, find_organisations
from yihui.access.actor import Actor
from yihui.access.decide import subtrees
from yihui.access.roles import Right
from yihui.bootstrap import Wiring
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.stations.texts import StationTexts

MOST_CHOICES = 20
MOST_CHARACTERS = 100
_MOST_NAMED = 6  # in the text of a fault
_CODE = re.compile(r"[0-9][0-9-]*")
_NAMED = re.compile(r".*\(([^()\s]+)\)")
CHOICE_FAULTS = FaultTable(
    "choice",
    {
        "no_organisation": (
            N_("no organisation is called “{value}”"),
            N_("type a part of its name and choose it from the list, or type its code"),
        ),
        "no_station": (
            N_("no station is called “{value}”"),
            N_("type a part of its name and choose it from the list, or type its number"),
        ),
        "no_area": (
            N_("no city or county is called “{value}”"),
            N_("type a part of its name and choose it from the list, or type its code"),
        ),
        "several": (
            N_("“{value}” may be any of these: {names}"),
            N_("type the whole name, or choose it from the list"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class NamedChoice:
    """An organisation or a station as a list offers it."""

    id: str
    name: str

    @property
    def text(self) -> str:
        """The name with the id: what :func:`resolve_organisation` and :func:`resolve_station` read back."""
        return f"{self.name}（{self.id}）"


def find_organisation_choices(wiring: Wiring, actor: Actor, text: str) -> list[NamedChoice]:
    """Return the organisations of today whose name contains a text, or whose code begins with it."""
    sought = _plain(text)
    if not sought:
        return []
    today = civil_date(wiring.now())
    is_code = _CODE.fullmatch(sought) is not None
    scope = OfficerScope(subtrees(actor, Right.READ_ORGANISATIONS, today), today)
    with wiring.database.read() as connection:
        for within in dict.fromkeys((scope.find_paths(connection), None)):
            query = OrganisationQuery(
                today,
                name=None if is_code else sought,
                code=sought if is_code else None,
                limit=MOST_CHOICES,
                within=within,
            )
            if found := find_organisations(connection, query):
                return [NamedChoice(one.code, one.name) for one in found]
    return []


def find_station_choices(
    wiring: Wiring, actor: Actor, text: str, stations: StationTexts
) -> list[NamedChoice]:
    """Return the stations whose number, name or address contains a text."""
    today = civil_date(wiring.now())
    scope = OfficerScope(subtrees(actor, Right.READ_STATIONS, today), today)

    def iter_matches(*, only_own: bool) -> Iterator[NamedChoice]:
        for one in stations.iter_matches(_plain(text)):
            if not only_own or scope.covers_district(one.district):
                yield NamedChoice(one.id, one.name)

    own = list(islice(iter_matches(only_own=True), MOST_CHOICES))
    return own or list(islice(iter_matches(only_own=False), MOST_CHOICES))


def find_area_choices(places: Mapping[str, str], text: str) -> list[NamedChoice]:
    """Return the cities and counties whose name contains a text, or whose code begins with it."""
    sought = _plain(text)
    matching = (
        NamedChoice(code, name)
        for code, name in sorted(places.items())
        if sought and (sought in name or code.startswith(sought))
    )
    return list(islice(matching, MOST_CHOICES))


def resolve_area(places: Mapping[str, str], text: str) -> str:
    """Return the code of an area, or the beginning of one, that was typed as it is or by name. *Raises*: FaultError."""
    sought = _plain(text)
    if not sought or _CODE.fullmatch(sought):
        return sought
    if (named := _NAMED.fullmatch(sought)) and named[1] in places:
        return named[1]
    return _pick("no_area", sought, find_area_choices(places, sought))


def resolve_organisation(wiring: Wiring, actor: Actor, text: str) -> str:
    """Return the code of what was typed: a code, a choice's text, or a name. *Raises*: FaultError."""
    sought = _plain(text)
    if not sought or _CODE.fullmatch(sought):
        return sought
    if (named := _NAMED.fullmatch(sought)) and _CODE.fullmatch(named[1]):
        return named[1]
    return _pick("no_organisation", sought, find_organisation_choices(wiring, actor, sought))


def resolve_station(wiring: Wiring, actor: Actor, text: str, stations: StationTexts) -> str:
    """Return the number of what was typed: a number, a choice's text, or a name. *Raises*: FaultError."""
    sought = _plain(text)
    named = _NAMED.fullmatch(sought)
    known = {sought, named[1] if named else sought}
    found = find_station_choices(wiring, actor, named[1] if named else sought, stations)
    if exact := next((one.id for one in found if one.id in known), None):
        return exact
    if sought.isascii() or not sought:  # a number that isn't in the register is refused by the act itself
        return sought
    return _pick("no_station", sought, found)


def _pick(none: str, text: str, found: Sequence[NamedChoice]) -> str:
    if not found:
        raise FaultError(CHOICE_FAULTS.build(none, value=text))
    same = [one for one in found if one.name == text] or list(found)
    if len(same) == 1:
        return same[0].id
    names = "、".join(one.text for one in same[:_MOST_NAMED]) + ("…" if len(same) > _MOST_NAMED else "")
    raise FaultError(CHOICE_FAULTS.build("several", value=text, names=names))


def _plain(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).replace("\0", "")
    return " ".join(plain.split())[:MOST_CHARACTERS]
