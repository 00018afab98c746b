"""The vault of persons: store, find and unmask persons, create and rotate the vault's key."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import Connection

from benefits import Officer, lock_rulebook_shared
from benefits.officers import OFFICER_FAULTS, ActRefused
from core.civil_time import civil_date
from core.faults import FaultError, FaultTable
from core.text_marks import N_
from members import (
    PersonalData,
    PersonField,
    find_known_members,
    identify_member,
    mask_person,
    parse_name,
    parse_phone,
)
from members.vault import (
    VAULT_FAULTS,
    PersonVault,
    Unmasking,
    erase_vault_person,
    read_unmaskings,
    record_unmasking,
)
from yihui.bootstrap import Wiring
from yihui.services.access.acting import record_unrecorded_act

_BATCH = 500
_FEWEST_DIGITS_OF_ID_NUMBER, _FEWEST_DIGITS_OF_PHONE = 15, 7

VAULT_ACT_FAULTS = FaultTable(
    "vault_act",
    {
        "no_field": (
            N_("{field} is not known of this member"),
            N_("the roll or her request to join brings it"),
        ),
        "no_query": (N_("nothing was typed"), N_("type a name, a phone number or an ID number")),
    },
)


@dataclass(frozen=True, slots=True)
class FoundPerson:
    """A person that a search found: the pseudonym, and what the vault holds of the person, masked."""

    member_id: str
    masks: Mapping[PersonField, str]


def require_vault(wiring: Wiring) -> PersonVault:
    """Return the vault. *Raises*: FaultError if there is no key."""
    if wiring.vault is None:
        raise FaultError(VAULT_FAULTS.build("no_key", field=wiring.vault_key_store.place))
    return wiring.vault


def read_member_phone(wiring: Wiring, member: str) -> str | None:
    """Return a member's phone number; None if the vault holds none. *Raises*: FaultError if there is no key."""
    with wiring.vault_database.read() as connection:
        person = require_vault(wiring).read_persons(connection, [member]).get(member)
    return None if person is None else person.phone


def store_known_persons(wiring: Wiring, persons: Mapping[str, PersonalData]) -> int:
    """Store persons who are members, in batches; return the number of rows that were written.

    Each batch holds the lock that an erasure takes exclusively: nobody is stored again while being erased.
    """
    vault, written = require_vault(wiring), 0
    waiting = iter(persons.items())
    while batch := dict(islice(waiting, _BATCH)):
        with wiring.database.write() as connection:
            lock_rulebook_shared(connection)
            known = find_known_members(connection, batch)
            some = {member: person for member, person in batch.items() if member in known}
            with open_vault_beside(wiring, connection) as vault_connection:
                written += vault.store_persons(vault_connection, some, wiring.now())
    return written


@contextmanager
def open_vault_beside(wiring: Wiring, connection: Connection) -> Iterator[Connection]:
    """Open a transaction of a separate vault, or go on with that of the main database."""
    if not wiring.has_separate_vault:
        yield connection
        return
    with wiring.vault_database.write() as vault_connection:
        yield vault_connection


def erase_from_separate_vault(wiring: Wiring, member_id: str) -> int:
    """Delete a person's row in a vault of its own; return the number of rows."""
    if not wiring.has_separate_vault:
        return 0
    with wiring.vault_database.write() as connection:
        return erase_vault_person(connection, member_id)


def record_unmaskings(
    connection: Connection, member: str, person: PersonalData, fields: Sequence[PersonField], officer: Officer
) -> None:
    """Record that an officer sees fields. *Raises*: ActRefused if the reason holds the person's own data."""
    if any(value.casefold() in officer.reason.casefold() for _, value in person.items()):
        raise ActRefused(OFFICER_FAULTS.build("personal_reason", field="--reason", value="…"))
    record_unmasking(
        connection, [Unmasking(member, field, officer.who, officer.reason, officer.at) for field in fields]
    )


def list_unmaskings(wiring: Wiring, member: str | None) -> list[Unmasking]:
    """List who saw which field of one member, or of all, in clear."""
    with wiring.vault_database.read() as connection:
        return read_unmaskings(connection, member)


def find_persons(wiring: Wiring, text: str) -> list[FoundPerson]:
    """Find persons by an ID number, a phone number or a whole name: what it is, its digits say.

    An ID number is found without a vault too, by its pseudonym.

    *Raises*: FaultError for an invalid text; without a key for names and phone numbers.
    """
    if not text.strip():
        raise FaultError(VAULT_ACT_FAULTS.build("no_query"))
    digits = sum(letter.isdigit() for letter in text)
    if digits >= _FEWEST_DIGITS_OF_ID_NUMBER:
        member = identify_member(text, wiring.identity_key, civil_date(wiring.now())).member_id
        with wiring.database.read() as connection:
            members = sorted(find_known_members(connection, [member]))
        return mask_members(wiring, members)
    vault = require_vault(wiring)
    record_unrecorded_act(wiring)
    by_phone = digits >= _FEWEST_DIGITS_OF_PHONE
    value = parse_phone(text) if by_phone else parse_name(text)
    with wiring.vault_database.read() as connection:
        members = vault.find_members(connection, "phone" if by_phone else "name", value)
    return mask_members(wiring, members)


def load_masked_person(wiring: Wiring, member: str) -> Mapping[PersonField, str]:
    """Return what the vault holds of a member, masked; nothing without a key."""
    return mask_members(wiring, [member])[0].masks


def mask_members(wiring: Wiring, members: Sequence[str]) -> list[FoundPerson]:
    """Return what the vault holds of some members, masked; nothing without a key."""
    if wiring.vault is None:
        return [FoundPerson(member, {}) for member in members]
    with wiring.vault_database.read() as connection:
        persons = wiring.vault.read_persons(connection, members)
    return [FoundPerson(member, mask_person(persons.get(member, PersonalData()))) for member in members]
