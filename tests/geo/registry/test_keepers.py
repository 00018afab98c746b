"""Keepers' keys: one station each, kept by digest only. On both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from core.faults import FaultError
from geo.registry.keys import (
    find_keeper_key,
    issue_keeper_key,
    load_keeper_keys,
    normalise_keeper_key,
    revoke_keeper_key,
)
from geo.registry.tables import keeper_keys
from store import Database
from tests.geo.registry.test_stations import AT, bring_in, station

LATER = AT + timedelta(hours=1)


@pytest.fixture(autouse=True)
def register(database: Database) -> None:
    bring_in(database, station("a"), station("b"))


@pytest.mark.both_databases
def test_a_key_opens_its_own_station_until_it_is_revoked(database: Database) -> None:
    with database.write() as connection:
        one, other = issue_keeper_key(connection, "a", AT), issue_keeper_key(connection, "a", AT)
        assert find_keeper_key(connection, one.text) == one.key and one.key.station == "a"
        assert revoke_keeper_key(connection, one.key.id, LATER).revoked_at == LATER
        revoked = find_keeper_key(connection, one.text)
        assert revoked is not None and revoked.revoked_at == LATER
        assert find_keeper_key(connection, other.text) == other.key
        assert revoke_keeper_key(connection, one.key.id, LATER + timedelta(hours=1)).revoked_at == LATER
        assert {key.id: key.revoked_at for key in load_keeper_keys(connection, "a")} == {
            one.key.id: LATER,
            other.key.id: None,
        }
        assert load_keeper_keys(connection, "b") == []


def test_what_is_not_the_whole_key_is_none(database: Database) -> None:
    with database.write() as connection:
        key = issue_keeper_key(connection, "a", AT).text
        digest = connection.execute(select(keeper_keys.c.digest)).scalar_one()
        id, _, secret = key.partition("-")
        for wrong in (
            id,
            f"{id}-",
            secret,
            f"{key}a",
            key.upper(),
            f"{id}-{digest}",
            digest,
            "",
            "-",
            "\ud800",
        ):
            assert find_keeper_key(connection, wrong) is None


def test_a_key_holds_160_bits_of_chance_and_its_row_none_of_them(database: Database) -> None:
    asked: list[int] = []

    def dice(size: int) -> bytes:
        asked.append(size)
        return b"\x5a" * size

    with database.write() as connection:
        issued = issue_keeper_key(connection, "a", AT, random_bytes=dice)
        row = connection.execute(select(keeper_keys)).one()
    assert asked == [5, 20]
    assert issued.text.startswith(f"{issued.key.id}-")
    assert issued.text.partition("-")[2] not in "".join(map(str, row))


def test_no_key_for_a_station_that_is_not_there_and_none_that_was_never_issued_ends(
    database: Database,
) -> None:
    with database.write() as connection:
        with pytest.raises(FaultError, match="there is no station c"):
            issue_keeper_key(connection, "c", AT)
        with pytest.raises(FaultError, match="there is no keeper's key aaaaaaaa"):
            revoke_keeper_key(connection, "aaaaaaaa", AT)


@pytest.mark.parametrize(
    "typed",
    [
        "abcdefgh-22223333",
        " ABCDEFGH 2222 3333\u3000",
        "https://yihui.example/keep#abcdefgh-22223333",
        "abcdefgh\u20142222\u20113333",  # what a phone's keyboard makes of a hyphen
        "abcdefgh22223333",
    ],
)
def test_a_key_is_read_as_people_type_it(typed: str) -> None:
    assert normalise_keeper_key(typed) == "abcdefgh-22223333"
