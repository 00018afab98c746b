"""Store, read and delete the names of a household's persons, encrypted with the vault's keys.

They lie beside the case files and not in their histories, so that they can be deleted while those stay.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from members.hardship.tables import hardship_files, hardship_names
from members.vault import VaultKeys
from members.vault.keys import VaultKey
from members.vault.rotation import lock_old_rows

_BATCH = 500


def store_names(
    connection: Connection, key: VaultKey, number: int, names: Mapping[int, str], now: datetime
) -> None:
    """Replace the names of a case file's persons, by their places; a name can't be read in another place."""
    connection.execute(delete(hardship_names).where(hardship_names.c.file_number == number))
    rows = [
        {
            "file_number": number,
            "place": place,
            "key_id": key.id,
            "name": key.encrypt(_owner(number), str(place), name),
            "recorded_at": now,
        }
        for place, name in sorted(names.items())
    ]
    if rows:
        connection.execute(insert(hardship_names), rows)


def _owner(number: int) -> str:
    return f"hardship {number}"


def read_names(connection: Connection, keys: VaultKeys, numbers: Sequence[int]) -> dict[int, dict[int, str]]:
    """Return the names of some case files' persons in clear, by their places. *Raises*: VaultRefused."""
    found: dict[int, dict[int, str]] = {number: {} for number in numbers}
    for start in range(0, len(numbers), _BATCH):
        some = numbers[start : start + _BATCH]
        for row in connection.execute(select(hardship_names).where(hardship_names.c.file_number.in_(some))):
            key = keys.require(row.key_id)
            found[row.file_number][row.place] = key.decrypt(_owner(row.file_number), str(row.place), row.name)
    return found


def erase_names(connection: Connection, member_id: str) -> int:
    """Delete the names in all case files of a worker; return how many there were."""
    own = select(hardship_files.c.number).where(hardship_files.c.member_id == member_id)
    if connection.dialect.name == "sqlite":  # overwrite with zeros what is deleted
        connection.exec_driver_sql("PRAGMA secure_delete = ON")
    return connection.execute(delete(hardship_names).where(hardship_names.c.file_number.in_(own))).rowcount


def rotate_names(connection: Connection, keys: VaultKeys, key: VaultKey) -> int:
    """Encrypt some names of other keys at hand with ``key``; return how many; 0 when none is left.

    *Raises*: VaultRefused if a row was changed.
    """
    c = hardship_names.c
    rows = lock_old_rows(connection, hardship_names, keys, key, [c.file_number, c.place])
    for row in rows:
        owner, column = _owner(row.file_number), str(row.place)
        name = keys.require(row.key_id).decrypt(owner, column, row.name)
        here = update(hardship_names).where(c.file_number == row.file_number, c.place == row.place)
        connection.execute(here.values(key_id=key.id, name=key.encrypt(owner, column, name)))
    return len(rows)
