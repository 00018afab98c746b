"""Each listed tampering is found in the database, by a grant's own checks and in an export."""

import pytest
from sqlalchemy import Connection, select, text

from benefits.tables.decisions import grants
from benefits.verification.grant import check_grant
from benefits.verification.verify import accept_export
from store import Database
from tests.benefits.exported import export_lines, offline, online
from tests.benefits.tamperings import TAMPERED_LIVES, TAMPERINGS, FoundBy, Tampering, live
from tests.benefits.test_every_byte import _foreign_keys_off, _without_guards
from tests.tiers import ENDURES

# What the checks of one grant find, which its dossier shows.
IN_DOSSIERS = frozenset(
    {
        "the title of a grant", "the member of a grant", "the last day of a grant", "a decision removed",
        "a transaction removed", "a transaction added", "the amount of a posting", "a reversal removed",
        "where a grant stands", "the digests of a seal", "all seals removed", "the day of a claim",
        "the amount of a redemption", "the amount of a refund", "the points of a spending",
        "the amount of a payment", "the state of a payment", "who released a batch", "the outcome that a bank told",
        "what a member owes", "what was settled of a debt", "the queue to be sealed emptied",
        "the words of explanations", "forged words that look erased", "the text of a rule that decided",
    }
)  # fmt: skip


@pytest.mark.parametrize("life", TAMPERED_LIVES)
def test_a_tampering_is_found_in_the_database(life: str, database: Database) -> None:
    live(database, life)
    _foreign_keys_off(database)
    otherwise, hidden = {}, []
    with database.write() as connection:
        _without_guards(connection, TAMPERED_LIVES[life])
        assert online(connection) == _shown_by_grants(connection) == []
        for one in (one for one in TAMPERINGS if one.life == life):
            with connection.begin_nested() as attempt:
                assert _tamper(connection, one), f"{one.name}: nothing was changed"
                found = online(connection)
                if one.name in IN_DOSSIERS and not _shown_by_grants(connection):
                    hidden.append(one.name)
                attempt.rollback()
            if bool(found) != (one.found_by is not FoundBy.NOBODY):
                otherwise[one.name] = found
    assert (otherwise, hidden) == ({}, [])


def _shown_by_grants(connection: Connection) -> list[str]:
    """What the checks of each grant by itself find, as its dossier shows it."""
    ids = connection.execute(select(grants.c.id)).scalars().all()
    return [str(fault) for id_ in ids for fault in check_grant(connection, id_).faults]


@pytest.mark.deeper
@pytest.mark.parametrize("life", TAMPERED_LIVES if ENDURES else ["moved"])
def test_a_tampering_is_found_in_an_export_alike(life: str, till: Database) -> None:
    live(till, life)
    _foreign_keys_off(till)
    with till.write() as connection:
        _without_guards(connection, TAMPERED_LIVES[life])
        assert offline(connection) == offline(connection, seals=False) == []
        assert all(accept_export(export_lines(connection, seals=seals)) for seals in (False, True))
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
