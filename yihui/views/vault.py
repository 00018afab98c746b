"""Render the vault of persons: its state, a rotation, persons found, unmasked fields."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

from core.civil_time import format_wall_clock
from core.text_marks import N_
from members import PersonalData, PersonField
from members.vault import Unmasking
from yihui.runtime.language import Language
from yihui.services.members.vault import FoundPerson
from yihui.services.members.vault_upkeep import VaultRotation, VaultStatus
from yihui.views.actors import actor_label

PERSON_FIELD_TITLES: Mapping[PersonField, str] = {
    "name": N_("name"),
    "phone": N_("phone number"),
    "id_number": N_("ID number"),
}


def vault_status_json(status: VaultStatus) -> dict[str, object]:
    """Return the state of the vault; it names keys by their ids alone."""
    return {**asdict(status), "waiting_rows": status.waiting_rows}


def vault_status_lines(status: VaultStatus, language: Language) -> Iterator[str]:
    """Yield where the vault is, and a line for each key."""
    yield language.render(N_("database: {target}"), target=status.target)
    if status.key_place is None:
        yield language.render(N_("no key: no names and numbers, pseudonyms alone"))
    else:
        yield language.render(N_("keys: {place}"), place=status.key_place)
    for key_id in dict.fromkeys([*status.held, *status.rows]):
        yield language.render(_key_text(status, key_id), key=key_id, rows=f"{status.rows.get(key_id, 0):,}")
    if status.waiting_rows:
        yield language.render(N_("rows that a rotation left: {rows}"), rows=f"{status.waiting_rows:,}")
    if status.left_in_main:
        left = N_("persons in the main database though the vault has one of its own: {count}")
        yield language.render(left, count=status.left_in_main)


def _key_text(status: VaultStatus, key_id: str) -> str:
    if key_id in status.unknown:
        return N_("{key}: persons: {rows}; this key is not at hand")
    if key_id == status.current:
        return N_("{key}: persons: {rows}; the current key")
    return N_("{key}: persons: {rows}")


def vault_rotation_lines(rotation: VaultRotation, language: Language) -> Iterator[str]:
    """Yield what a rotation has done, and the members whose rows it could not read."""
    if rotation.resumed:
        yield language.render(N_("an interrupted rotation goes on"))
    yield language.render(N_("persons encrypted with the new key: {rows}"), rows=f"{rotation.rows:,}")
    if rotation.files:
        yield language.render(N_("files encrypted with the new key: {files}"), files=f"{rotation.files:,}")
    for digest in rotation.unreadable_files:
        yield language.render(N_("the file {digest} can't be read and stays as it is"), digest=digest)
    for member in rotation.unreadable:
        yield language.render(N_("the row of {member} can't be read; it stays as it is"), member=member)
    if rotation.is_finished:
        yield language.render(
            N_("no row needs the old keys; older backups do (yihui members vault forget-old-keys)")
        )


def person_match_lines(found: Sequence[FoundPerson], language: Language) -> Iterator[str]:
    """Yield a line for each person, masked."""
    for one in found:
        yield "  ".join([one.member_id, *one.masks.values()])
    if not found:
        yield language.render(N_("nobody was found"))


def person_lines(person: PersonalData, language: Language) -> Iterator[str]:
    """Yield a line for each field, in clear: only for an officer who has unmasked it."""
    for field, value in person.items():
        title = language.translate(PERSON_FIELD_TITLES[field])
        yield language.render(N_("{name}: {detail}"), name=title, detail=value)


def unmasking_json(one: Unmasking) -> dict[str, object]:
    """Return an unmasking; it holds no value."""
    return {
        "member": one.member_id,
        "field": one.field,
        "officer": one.officer,
        "reason": one.reason,
        "at": one.at.isoformat(),
    }


def unmasking_lines(found: Sequence[Unmasking], language: Language) -> Iterator[str]:
    """Yield a line for each unmasking."""
    for one in found:
        yield language.render(
            N_("{at}  {officer} saw {field} of {member}: {reason}"),
            at=format_wall_clock(one.at),
            officer=actor_label(one.officer, language),
            field=language.translate(PERSON_FIELD_TITLES[one.field]),
            member=one.member_id,
            reason=one.reason,
        )
    if not found:
        yield language.render(N_("nobody has seen anything in clear"))
