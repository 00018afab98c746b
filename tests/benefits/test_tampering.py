"""What the database's verification finds of a tampering, an export's finds as well, in the same words."""

import pytest
from sqlalchemy import Connection, text

from store import Database
from tests.benefits.exported import offline, online
from tests.benefits.tamperings import TAMPERED_LIVES, TAMPERINGS, FoundBy, Tampering, live
from tests.benefits.test_every_byte import _foreign_keys_off, _without_guards


def test_there_are_sixty_tamperings_each_with_a_name_and_a_reason() -> None:
    assert len(TAMPERINGS) >= 60
    assert len({one.name for one in TAMPERINGS}) == len(TAMPERINGS)
    unseen = {one.name: one.why for one in TAMPERINGS if one.found_by in (FoundBy.DATABASE, FoundBy.NOBODY)}
    assert all(unseen.values())
    assert {one.life for one in TAMPERINGS} == set(TAMPERED_LIVES)


@pytest.mark.parametrize("life", TAMPERED_LIVES)
def test_a_tampering_is_found_in_the_database_and_in_its_export_alike(life: str, database: Database) -> None:
    live(database, life)
    _foreign_keys_off(database)
    with database.write() as connection:
        _without_guards(connection, TAMPERED_LIVES[life])
        assert (online(connection), offline(connection)) == ([], [])
        assert offline(connection, seals=False) == []
        tried = [one for one in TAMPERINGS if one.life == life]
        otherwise = {one.name: said for one in tried if (said := _told_otherwise(connection, one))}
    assert otherwise == {}


def _told_otherwise(connection: Connection, one: Tampering) -> str:
    """What is found otherwise than listed; empty if nothing."""
    with connection.begin_nested() as attempt:
        changed = sum(connection.execute(text(statement)).rowcount for statement in one.statements)
        found, exported = online(connection), offline(connection)
        plain = offline(connection, seals=False)
        attempt.rollback()
    if not changed:
        return "nothing was changed"
    if bool(found) != (one.found_by is not FoundBy.NOBODY):
        return f"the database: {found}"
    if exported != ([] if one.found_by is FoundBy.DATABASE else found):
        return f"the export: {exported}, the database: {found}"
    return "" if bool(plain) == (one.found_by is FoundBy.ALL) else f"without seals: {plain}"
