"""Store, read, find and erase persons in the vault, and record who saw them; the caller opens the transaction."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update

from core.faults import Fault
from members.persons import PERSON_FIELDS, PersonalData, PersonField
from members.vault.keys import FoundField, VaultKey, VaultKeys, VaultRefused
from members.vault.tables import vault_keys, vault_persons, vault_unmaskings
from store import in_json_array, insert_into, json_array, lock_exclusive, lock_shared
from store.folds import FOLD_FAULTS

KEYS_LOCK = "vault keys"
TAIL_CHARACTERS = 6  # of an ID number, by which a person is found
_ROWS = select(vault_persons).where(in_json_array(vault_persons.c.member_id, "members"))
_UPDATE = (
    update(vault_persons)
    .where(vault_persons.c.member_id == bindparam("of_member"))
    .values({column.name: bindparam(column.name) for column in vault_persons.c if column.name != "member_id"})
)


class PersonVault:
    """The vault with its keys. Rows are written under the key that the database calls current."""

    def __init__(self, keys: VaultKeys) -> None:
        self.keys = keys

    def store_persons(
        self, connection: Connection, persons: Mapping[str, PersonalData], now: datetime
    ) -> int:
        """Store what is known of some members; an unknown field leaves the stored one as it is.

        Concurrent writers of one member wait for each other; neither loses a field. Return the number of
        rows that were written.

        *Raises*: VaultRefused if a key is missing or a stored row is damaged.
        """
        known = {member: person for member, person in sorted(persons.items()) if person}
        if not known:
            return 0
        key = self.lock_current_key(connection, now)
        rows = [{"member_id": member, **encrypt_person(key, member, known[member], now)} for member in known]
        fresh = insert_into(connection, vault_persons).on_conflict_do_nothing()
        there = self._lock_rows(connection, known)
        new = [row for row in rows if row["member_id"] not in there]
        if new:
            connection.execute(fresh, new)
            there = self._lock_rows(connection, known)  # another writer may have been faster
        changed = []
        for member, row in there.items():
            stored = self.decrypt_row(row)
            if (merged := stored.updated_by(known[member])) != stored:
                changed.append({"of_member": member, **encrypt_person(key, member, merged, now)})
        if changed:
            connection.execute(_UPDATE, changed)
        return len(new) + len(changed)

    def read_persons(self, connection: Connection, members: Iterable[str]) -> dict[str, PersonalData]:
        """Return what the vault holds of some members, in clear. *Raises*: VaultRefused."""
        return {member: self.decrypt_row(row) for member, row in self.read_rows(connection, members).items()}

    def read_rows(
        self, connection: Connection, members: Iterable[str]
    ) -> dict[str, Row[*tuple[object, ...]]]:
        """Return the rows of some members as they are stored."""
        found = connection.execute(_ROWS, {"members": json_array(members)})
        return {row.member_id: row for row in found}

    def find_members(self, connection: Connection, column: FoundField, value: str) -> list[str]:
        """Return the members with a parsed name, phone number or end of an ID number, in order of their ids.

        The search covers the rows of every key at hand, so that a rotation hides no member. A row that was written
        without the key finds nobody.
        """
        digests = [key.digest(column, value) for key in self.keys]
        digest = vault_persons.c[f"{column}_digest"]
        query = select(vault_persons).where(digest.in_(digests)).order_by(vault_persons.c.member_id)
        return [row.member_id for row in connection.execute(query) if self._is_own(row)]

    def check_rows(self, connection: Connection) -> Iterator[Fault]:
        """Yield a fault for each row that was written without the key, or by whose hashes another person is found."""
        query = select(vault_persons).order_by(vault_persons.c.member_id)
        for row in connection.execute(query.execution_options(yield_per=1_000)):
            if not self._is_own(row):
                yield FOLD_FAULTS.build("mark", table=vault_persons.name, which=row.member_id)

    def _is_own(self, row: Row[*tuple[object, ...]]) -> bool:
        """Return whether the key wrote a row's values for this member, and its hashes are theirs."""
        stored = row._mapping
        try:
            hashes = _hash_found(self.keys.require(stored["key_id"]), self.decrypt_row(row))
        except VaultRefused:
            return False
        return all(stored[name] == value for name, value in hashes.items())

    def decrypt_row(self, row: Row[*tuple[object, ...]]) -> PersonalData:
        """Return a row in clear. *Raises*: VaultRefused."""
        stored = row._mapping
        key = self.keys.require(stored["key_id"])
        values = {
            name: key.decrypt(stored["member_id"], name, stored[name])
            for name in PERSON_FIELDS
            if stored[name] is not None
        }
        return PersonalData(**values)

    def lock_current_key(self, connection: Connection, now: datetime) -> VaultKey:
        """Return the key for new rows, and let no rotation begin before this transaction ends.

        The first writer makes its newest key the current one. *Raises*: VaultRefused without that key.
        """
        if read_current_key_id(connection) is None:
            lock_exclusive(connection, KEYS_LOCK)
            if read_current_key_id(connection) is None:
                connection.execute(insert(vault_keys).values(key_id=self.keys.newest.id, started_at=now))
        else:
            lock_shared(connection, KEYS_LOCK)
        return self.keys.require(read_current_key_id(connection) or "")

    def _lock_rows(
        self, connection: Connection, members: Iterable[str]
    ) -> dict[str, Row[*tuple[object, ...]]]:
        """Return the rows of some members and lock them, in order of their ids."""
        query = _ROWS.order_by(vault_persons.c.member_id).with_for_update()
        found = connection.execute(query, {"members": json_array(members)})
        return {row.member_id: row for row in found}


def encrypt_person(key: VaultKey, member: str, person: PersonalData, now: datetime) -> dict[str, object]:
    """Return the columns of a person's row, without the member."""
    values: dict[str, object] = dict.fromkeys(PERSON_FIELDS)
    values.update({name: key.encrypt(member, name, value) for name, value in person.items()})
    return {**values, **_hash_found(key, person), "key_id": key.id, "recorded_at": now}


def _hash_found(key: VaultKey, person: PersonalData) -> dict[str, str | None]:
    """Return the columns by which a person is found."""
    found: Mapping[FoundField, str | None] = {
        "name": person.name,
        "phone": person.phone,
        "id_tail": person.id_number and person.id_number[-TAIL_CHARACTERS:],
    }
    return {
        f"{name}_digest": None if value is None else key.digest(name, value) for name, value in found.items()
    }


def read_current_key_id(connection: Connection) -> str | None:
    """Return the id of the key under which rows are written; None before the first row."""
    query = select(vault_keys.c.key_id).order_by(vault_keys.c.number.desc()).limit(1)
    found: str | None = connection.execute(query).scalar()
    return found


def count_vault_rows(connection: Connection) -> dict[str, int]:
    """Return the number of rows of each key id."""
    query = select(vault_persons.c.key_id, func.count().label("rows")).group_by(vault_persons.c.key_id)
    return {row.key_id: row.rows for row in connection.execute(query)}


def erase_vault_person(connection: Connection, member_id: str) -> int:
    """Delete a person's row, which takes no key; return the number of rows. The list of unmaskings stays."""
    return connection.execute(delete(vault_persons).where(vault_persons.c.member_id == member_id)).rowcount


def read_vault_rows(connection: Connection, limit: int) -> list[dict[str, object]]:
    """Return some rows as they are, encrypted."""
    query = select(vault_persons).order_by(vault_persons.c.member_id).limit(limit).with_for_update()
    return [dict(row._mapping) for row in connection.execute(query)]


def insert_vault_rows(connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
    """Insert rows of another database as they are; members who are there already keep their rows."""
    if rows:
        connection.execute(insert_into(connection, vault_persons).on_conflict_do_nothing(), rows)


@dataclass(frozen=True, slots=True)
class Unmasking:
    """One field of one person, seen in clear: by whom, when and why."""

    member_id: str
    field: PersonField
    officer: str
    reason: str
    at: datetime


def record_unmasking(connection: Connection, unmaskings: Iterable[Unmasking]) -> None:
    """Record who sees what, in the transaction that reads it and before it is shown."""
    rows = [asdict(one) for one in unmaskings]
    if rows:
        connection.execute(insert(vault_unmaskings), rows)


def read_unmaskings(connection: Connection, member_id: str | None = None) -> list[Unmasking]:
    """Return the unmaskings of one member, or of all, in order."""
    query = select(
        *(vault_unmaskings.c[name] for name in ("member_id", "field", "officer", "reason", "at"))
    ).order_by(vault_unmaskings.c.sequence)
    if member_id is not None:
        query = query.where(vault_unmaskings.c.member_id == member_id)
    return [Unmasking(*row) for row in connection.execute(query)]
