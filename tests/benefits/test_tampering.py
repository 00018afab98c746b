"""What the database's verification finds of a tampering, an export's finds as well, in the same words."""

import pytest
from sqlalchemy import Connection, text

from store import Database
from tests.benefits.exported import offline, online
from tests.benefits.tamperings import TAMPERED_LIVES, TAMPERINGS, FoundBy, Tampering, live
from tests.benefits.test_every_byte import _foreign_keys_off, _without_guards
from tests.tiers import ENDURES


@pytest.mark.parametrize("life", TAMPERED_LIVES)
def test_a_tampering_is_found_in_the_database(life: str, database: Database) -> None:
    live(database, life)
    _foreign_keys_off(database)
    otherwise = {}
    with database.write() as connection:
        _without_guards(connection, TAMPERED_LIVES[life])
        assert online(connection) == []
        for one in (one for one in TAMPERINGS if one.life == life):
            with connection.begin_nested() as attempt:
                assert _tamper(connection, one), f"{one.name}: nothing was changed"
                found = online(connection)
                attempt.rollback()
            if bool(found) != (one.found_by is not FoundBy.NOBODY):
                otherwise[one.name] = found
    assert otherwise == {}


@pytest.mark.deeper
@pytest.mark.parametrize("life", TAMPERED_LIVES if ENDURES else ["moved"])
def test_a_tampering_is_found_in_an_export_alike(life: str, till: Database) -> None:
    live(till, life)
    _foreign_keys_off(till)
    with till.write() as connection:
        _without_guards(connection, TAMPERED_LIVES[life])
        assert offline(connection) == offline(connection, seals=False) == []
        tried = [one for one in TAMPERINGS if one.life == life][:: 1 if ENDURES else 4]
        assert tried
        otherwise = {one.name: said for one in tried if (said := _told_otherwise(connection, one))}
    assert otherwise == {}


def _tamper(connection: Connection, one: Tampering) -> int:
    return sum(connection.execute(text(statement)).rowcount for statement in one.statements)


def _told_otherwise(connection: Connection, one: Tampering) -> str:
    """What an export tells otherwise than listed; empty if nothing."""
    with connection.begin_nested() as attempt:
        _tamper(connection, one)
        found, exported = online(connection), offline(connection)
        plain = offline(connection, seals=False)
        attempt.rollback()
    if exported != ([] if one.found_by is FoundBy.DATABASE else found):
        return f"the export: {exported}, the database: {found}"
    return "" if bool(plain) == (one.found_by is FoundBy.ALL) else f"without seals: {plain}"
