"""Choose an organisation, a station or an area by its name: what matches a text, and the only one's code.

What lies in the officer's own subtrees comes first; elsewhere is searched only if nothing there matches, since
members are transferred, and cases dispatched, to units of others. Widths of characters make no difference.
Names and codes are public.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from core.civil_time import civil_date
from core.faults import FaultError, FaultTable
from core.simplified import to_simplified
from core.text_marks import N_
from members.organisations.search import OrganisationQuery, find_organisations
from yihui.access.actor import Actor
from yihui.access.decide import subtrees
from yihui.access.roles import Right
from yihui.bootstrap import PROVINCE_CODE, Wiring
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.organisations.district_names import full_area_name
from yihui.services.stations.texts import StationTexts

MOST_CHOICES = 20
MOST_CHARACTERS = 100
_MOST_NAMED = 6  # in the text of a fault
_CODE = re.compile(r"[0-9][0-9-]*")
_LEVEL = re.compile(r"(特别行政区|自治区|自治州|自治县|地区|[省市区县盟旗])$")
_NAMED = re.compile(r"(.*)\(([^()\s]+)\)")
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
            N_("no province, city or county is called “{value}”"),
            N_("write its whole name, such as 历下区 or 济南市历下区, or its six-digit code"),
        ),
        "several_areas": (
            N_("“{value}” may be any of these: {names}"),
            N_("write the name of its city in front, or its six-digit code"),
        ),
        "below_county": (
            N_("{value} is the code of a place in {county}, and no county"),
            N_("ask about the county: {instead}"),
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


def find_organisation_choices(
    wiring: Wiring, actor: Actor, text: str, *, is_whole: bool = False
) -> list[NamedChoice]:
    """Return the organisations of today whose name contains a text, or is it; or whose code begins with it."""
    sought = _squeeze(text)
    if not sought:
        return []
    today = civil_date(wiring.now())
    is_code = _CODE.fullmatch(_plain(sought)) is not None
    scope = OfficerScope(subtrees(actor, Right.READ_ORGANISATIONS, today), today)
    with wiring.database.read() as connection:
        for within in dict.fromkeys((scope.find_paths(connection), None)):
            query = OrganisationQuery(
                today,
                name=None if is_code else sought,
                is_whole=is_whole,
                code=_plain(sought) if is_code else None,
                limit=MOST_CHOICES,
                within=within,
            )
            if found := find_organisations(connection, query):
                return [NamedChoice(one.code, one.name) for one in found]
    return []


def find_station_choices(
    wiring: Wiring, actor: Actor, text: str, stations: StationTexts, *, is_whole: bool = False
) -> list[NamedChoice]:
    """Return the stations whose number, name or address contains a text, or whose number or name is it."""
    today, plain = civil_date(wiring.now()), _plain(text)
    scope = OfficerScope(subtrees(actor, Right.READ_STATIONS, today), today)

    def iter_matches(*, only_own: bool) -> Iterator[NamedChoice]:
        for one in stations.iter_matches(_squeeze(text)):
            matches = not is_whole or plain in (one.id, _plain(one.name))
            if matches and (not only_own or scope.covers_district(one.district)):
                yield NamedChoice(one.id, one.name)

    own = list(islice(iter_matches(only_own=True), MOST_CHOICES))
    return own or list(islice(iter_matches(only_own=False), MOST_CHOICES))


def find_area_choices(places: Mapping[str, str], text: str, own: Collection[str] = ()) -> list[NamedChoice]:
    """Return the areas whose name contains a text, or whose code begins with it; first those of the codes ``own``."""
    sought = _plain(to_simplified(text)).replace(" ", "")
    matching = (
        NamedChoice(code, full_area_name(code, places))
        for code in sorted(places, key=lambda code: (code not in own, code))
        if sought and (sought in places[code] or code.startswith(sought) or _is_called(code, places, sought))
    )
    return list(islice(matching, MOST_CHOICES))


def resolve_area(places: Mapping[str, str], text: str, own: Collection[str] = ()) -> str:
    """Return the code of an area, or the beginning of one, that was typed as it is or by name. *Raises*: FaultError.

    Areas elsewhere count only if none of the codes ``own`` has the name.
    """
    sought = _plain(to_simplified(text)).replace(" ", "")
    if not sought or _CODE.fullmatch(sought):
        return sought
    if (named := _NAMED.fullmatch(sought)) and _is_called(named[2], places, named[1]):
        return named[2]
    return _pick("no_area", text, find_named_areas(places, text, own), "several_areas")


def find_named_areas(places: Mapping[str, str], text: str, own: Collection[str]) -> Sequence[NamedChoice]:
    """Return the areas that a name may mean: of the codes ``own``, else of the province, if it can be one of them."""
    sought = _plain(to_simplified(text)).replace(" ", "")
    whole = [
        NamedChoice(code, full_area_name(code, places))
        for code in sorted(places)
        if _is_called(code, places, sought)
    ]
    found = whole or find_area_choices(places, sought, own)
    here = [one for one in found if one.id[:2] == PROVINCE_CODE[:2]]
    return [one for one in found if one.id in own] or here or found


def list_planned_areas(places: Mapping[str, str], scope: OfficerScope) -> dict[str, str]:
    """Return the areas that an officer may plan, by code: those of the subtrees and all below, in the province."""
    inside = sorted(code for code in places if code[:2] == PROVINCE_CODE[:2] and scope.covers_district(code))
    return {code: full_area_name(code, places) for code in inside}


def resolve_planned_area(places: Mapping[str, str], text: str, own: Collection[str] = ()) -> str:
    """Return the code of the area that a planner names, as `resolve_area`. *Raises*: FaultError, for a township too."""
    try:
        code = resolve_area(places, text, own)
    except FaultError as error:
        raise FaultError([fault.at(field="--area") for fault in error.faults]) from error
    if code not in places and (county := code[:6]) in places:
        name = full_area_name(county, places)
        raise FaultError(
            CHOICE_FAULTS.build("below_county", field="--area", value=code, county=name, instead=county)
        )
    return code


def _is_called(code: str, places: Mapping[str, str], sought: str) -> bool:
    """Return whether an area has a name, with or without those around it: 市中区, 枣庄市中区, 山东枣庄市中…"""
    ends = _short_and_whole(places.get(code, ""))
    if not sought.endswith(tuple(ends)):
        return False
    spellings = {""}
    for above in dict.fromkeys((f"{code[:2]}0000", f"{code[:4]}00")):
        if above != code and above in places:
            spellings |= {f"{begin}{end}" for begin in spellings for end in _short_and_whole(places[above])}
    return code in places and sought in {f"{begin}{end}" for begin in spellings for end in ends}


def _short_and_whole(name: str) -> set[str]:
    """Return a name, and what is left of it without the word for its level: 历下 and 历下区."""
    short = _LEVEL.sub("", name)
    return {name, short} if len(short) > 1 else {name}


def resolve_organisation(wiring: Wiring, actor: Actor, text: str) -> str:
    """Return the code of what was typed: a code, a choice's text, or a name. *Raises*: FaultError.

    A whole name counts before names that contain it, wherever they are.
    """
    sought = _plain(text)
    if not sought or _CODE.fullmatch(sought):
        return sought
    if (named := _NAMED.fullmatch(sought)) and _CODE.fullmatch(named[2]):
        by_code = find_organisation_choices(wiring, actor, named[2])
        if any(_is_named(named, one) for one in by_code):
            return named[2]
    whole = find_organisation_choices(wiring, actor, text, is_whole=True)
    return _pick("no_organisation", text, whole or find_organisation_choices(wiring, actor, text))


def resolve_station(wiring: Wiring, actor: Actor, text: str, stations: StationTexts) -> str:
    """Return the number of what was typed: a number, a choice's text, or a name. *Raises*: FaultError.

    A whole name counts before names that contain it, wherever they are.
    """
    sought = _plain(text)
    if named := _NAMED.fullmatch(sought):
        by_number = find_station_choices(wiring, actor, named[2], stations, is_whole=True)
        if any(_is_named(named, one) for one in by_number):
            return named[2]
    whole = find_station_choices(wiring, actor, text, stations, is_whole=True)
    if any(one.id == sought for one in whole):
        return sought
    if not whole and sought.isascii():  # a number that isn't in the register is refused by the act itself
        return sought
    return _pick("no_station", text, whole or find_station_choices(wiring, actor, text, stations))


def _is_named(named: re.Match[str], choice: NamedChoice) -> bool:
    """Return whether a text of the form ``name(id)`` means a choice: a bracket may be a part of a name."""
    return choice.id == named[2] and _plain(choice.name) == named[1].strip()


def _pick(none: str, text: str, found: Sequence[NamedChoice], several: str = "several") -> str:
    sought = _squeeze(text)
    if not found:
        raise FaultError(CHOICE_FAULTS.build(none, value=sought))
    if len(found) == 1:
        return found[0].id
    names = "、".join(one.text for one in found[:_MOST_NAMED]) + ("…" if len(found) > _MOST_NAMED else "")
    raise FaultError(CHOICE_FAULTS.build(several, value=sought, names=names))


def _squeeze(text: str) -> str:
    """Return a text as it is searched for."""
    return " ".join(text.replace("\0", "").split())[:MOST_CHARACTERS]


def _plain(text: str) -> str:
    """Return a text as it is compared: of one width."""
    return _squeeze(unicodedata.normalize("NFKC", text))
