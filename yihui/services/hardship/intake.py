"""Check what officers write into a case file: every fault at once, and nothing personal in its history."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection

from core.faults import Fault, FaultError
from core.money import AMOUNT_FAULTS, parse_amount
from members import read_member_changes
from members.hardship.case import HardshipFile
from members.hardship.faults import HARDSHIP_FAULTS
from members.hardship.household import CAUSES, LEVELS, MOST_PERSONS, RELATIONS, SELF, HouseholdPerson
from members.hardship.repository import find_files_of_members
from members.privacy import has_personal_number
from yihui.bootstrap import Wiring
from yihui.services.access.reach import Reach, find_member_place

LONGEST_PLAN, LONGEST_TEXT, LONGEST_NAME = 1_000, 200, 50
MOST_YUAN = 1_000_000
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_PARTS = ("relation", "member", "income", "name")


@dataclass(frozen=True, slots=True)
class WrittenPerson:
    """A person as an officer wrote it: the income is in yuan a month."""

    relation: str
    member: str = ""
    income: str = ""
    name: str = ""


def parse_person(text: str) -> WrittenPerson:
    """Parse ``relation=spouse,member=ID,income=YUAN,name=NAME``. *Raises*: FaultError."""
    pairs = [part.partition("=") for part in text.split(",")]
    values = {name.strip(): value.strip() for name, _, value in pairs}
    if len(values) != len(pairs) or not values.keys() <= set(_PARTS) or not values.get("relation"):
        raise FaultError(HARDSHIP_FAULTS.build("bad_person", field="person"))
    return WrittenPerson(**values)


@dataclass(frozen=True, slots=True)
class CheckedHousehold:
    """The persons of a household without names, and the names by their places."""

    persons: tuple[HouseholdPerson, ...]
    names: Mapping[int, str]

    def data(self) -> list[dict[str, Any]]:
        """Return the persons as an event holds them."""
        return [asdict(one) for one in self.persons]


def check_household(
    wiring: Wiring,
    connection: Connection,
    reach: Reach,
    written: Sequence[WrittenPerson],
    file: HardshipFile | None = None,
) -> CheckedHousehold:
    """Return the persons of a household. *Raises*: FaultError with every fault; none quotes a name."""
    faults = list(_list_faults(written))
    persons: list[HouseholdPerson] = []
    names: dict[int, str] = {}
    for place, one in enumerate(written[:MOST_PERSONS], 1):
        person, wrong = _check_person(one, place)
        faults += wrong
        persons.append(person)
        if one.name.strip():
            names[place] = one.name.strip()
    members = [one.member_id for one in persons if one.member_id is not None]
    faults += _member_faults(connection, reach, members, file)
    if names and wiring.vault is None:
        faults.append(HARDSHIP_FAULTS.build("no_vault", field="name"))
    if faults:
        raise FaultError(faults)
    return CheckedHousehold(tuple(persons), names)


def _list_faults(written: Sequence[WrittenPerson]) -> Sequence[Fault]:
    faults = []
    if not written or written[0].relation != SELF or not written[0].member.strip():
        faults.append(HARDSHIP_FAULTS.build("no_worker", field="person-1"))
    if any(one.relation == SELF for one in written[1:]):
        faults.append(HARDSHIP_FAULTS.build("two_workers", field="person"))
    if len(written) > MOST_PERSONS:
        faults.append(
            HARDSHIP_FAULTS.build("too_many", field="person", value=len(written), most=MOST_PERSONS)
        )
    return faults


def _check_person(one: WrittenPerson, place: int) -> tuple[HouseholdPerson, list[Fault]]:
    where = f"person-{place}"
    faults = check_codes("relation", [one.relation], RELATIONS)
    fen = 0
    if one.income.strip() not in ("", "0"):
        amount = parse_amount(one.income)
        fen = amount.fen or 0
        if amount.fault not in (None, "zero"):
            faults.append(AMOUNT_FAULTS.build(amount.fault, field=where, value=one.income[:20], unit="yuan"))
        elif fen > MOST_YUAN * 100:
            faults.append(AMOUNT_FAULTS.build("too_large", field=where, value=one.income[:20], unit="yuan"))
    name = one.name.strip()
    if len(name) > LONGEST_NAME:
        faults.append(HARDSHIP_FAULTS.build("too_long", field=where, value=len(name), most=LONGEST_NAME))
    if _CONTROL.search(name):
        faults.append(HARDSHIP_FAULTS.build("control", field=where))
    return HouseholdPerson(one.relation, one.member.strip() or None, fen), [
        fault.at(field=where) for fault in faults
    ]


def _member_faults(
    connection: Connection, reach: Reach, members: Sequence[str], file: HardshipFile | None
) -> list[Fault]:
    """Return the faults of a household's members: unknown, outside the reach, twice, or in another file."""
    faults = []
    there = find_files_of_members(connection, members)
    for member in dict.fromkeys(members):
        if members.count(member) > 1:
            faults.append(HARDSHIP_FAULTS.build("twice", field="member", value=member[:64]))
        if not _is_within(connection, reach, member):
            faults.append(HARDSHIP_FAULTS.build("unknown_member", field="member", value=_shown(member)))
        elif there.get(member, file.number if file else None) != (file.number if file else None):
            faults.append(
                HARDSHIP_FAULTS.build("has_case", field="member", value=member[:64], case=there[member])
            )
    return faults


def _shown(member: str) -> str:
    return "***" if has_personal_number(member) else member[:64]


def _is_within(connection: Connection, reach: Reach, member: str) -> bool:
    if reach.is_everywhere:
        return bool(read_member_changes(connection, [member])[member])
    return find_member_place(connection, reach, member) is not None


def check_codes(name: str, codes: Sequence[str], known: Collection[str]) -> list[Fault]:
    """Return a fault for each code that is not one of the known ones."""
    return [
        HARDSHIP_FAULTS.build("unknown_code", field=name, value=code[:40], known=", ".join(known))
        for code in codes
        if code not in known
    ]


def check_level(level: str) -> list[Fault]:
    """Return the fault of a level that is none."""
    return check_codes("level", [level], LEVELS)


def check_causes(causes: Sequence[str]) -> list[Fault]:
    """Return the faults of a household's causes; there must be one."""
    if not causes:
        return [HARDSHIP_FAULTS.build("no_cause", field="cause", known=", ".join(CAUSES))]
    return check_codes("cause", causes, CAUSES)


def check_text(name: str, text: str, most: int, *, missing: str = "no_text") -> list[Fault]:
    """Return the faults of a text that stays in a case file's history, where nothing personal may stand."""
    if not text.strip():
        return [HARDSHIP_FAULTS.build(missing, field=name)]
    faults = []
    if len(text.strip()) > most:
        faults.append(HARDSHIP_FAULTS.build("too_long", field=name, value=len(text.strip()), most=most))
    if _CONTROL.search(text):
        faults.append(HARDSHIP_FAULTS.build("control", field=name))
    elif has_personal_number(text):
        faults.append(HARDSHIP_FAULTS.build("personal", field=name, value="***"))
    return faults


def check_reason(reason: str) -> list[Fault]:
    """Return the faults of a reason that an act needs."""
    return check_text("reason", reason, LONGEST_TEXT, missing="no_reason")


def raise_faults(faults: Sequence[Fault]) -> None:
    """*Raises*: FaultError if there are any."""
    if faults:
        raise FaultError(list(faults))
