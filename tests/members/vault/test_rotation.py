"""Rotation in steps: whatever is done between two of them, every row stays readable and is re-encrypted once."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select, update

from core.faults import FaultError
from members import PersonalData
from members.vault import (
    PersonVault,
    VaultKeys,
    count_vault_rows,
    finish_rotation,
    parse_vault_keys,
    read_current_key_id,
    rotate_rows,
    start_rotation,
)
from members.vault.rotation import count_old_rows
from members.vault.tables import vault_keys, vault_persons
from store import Database
from tests.transactions import read_in, write_in

NOW = datetime(2026, 10, 3, tzinfo=UTC)
OLD, NEW = "o" * 64, "n" * 64
PERSONS = {f"m-{number:02}": PersonalData("张三", f"138{number:08}") for number in range(12)}


def vault(*keys: str) -> PersonVault:
    return PersonVault(VaultKeys(lambda: parse_vault_keys("\n".join(keys), "vault.key")))


@pytest.fixture
def filled(database: Database) -> Database:
    write_in(database, vault(OLD).store_persons, PERSONS, NOW)
    return database


def read_all(database: Database, with_keys: PersonVault) -> dict[str, PersonalData]:
    return read_in(database, with_keys.read_persons, PERSONS)


def test_rows_are_readable_between_all_steps_and_the_old_key_retires_last(filled: Database) -> None:
    both = vault(NEW, OLD)
    after, steps = "", 0
    write_in(filled, start_rotation, both.keys.newest, NOW)
    while True:
        assert read_all(filled, both) == PERSONS
        step = write_in(filled, rotate_rows, both, after, NOW, limit=5)
        if step is None:
            break
        after, steps = step.last, steps + 1
        assert write_in(filled, finish_rotation, NOW) == (steps == 3)
    assert steps == 3
    assert read_all(filled, vault(NEW)) == PERSONS
    with filled.read() as connection:
        assert count_vault_rows(connection) == {both.keys.newest.id: 12}
        retired = dict(connection.execute(select(vault_keys.c.key_id, vault_keys.c.retired_at)).all())
    assert retired == {vault(OLD).keys.newest.id: NOW, both.keys.newest.id: None}


def test_an_interrupted_batch_changes_nothing_and_can_be_done_again(filled: Database) -> None:
    both = vault(NEW, OLD)
    write_in(filled, start_rotation, both.keys.newest, NOW)
    with pytest.raises(RuntimeError), filled.write() as connection:
        rotate_rows(connection, both, "", NOW)
        raise RuntimeError
    with filled.write() as connection:
        assert count_old_rows(connection) == 12
        start_rotation(connection, both.keys.newest, NOW)  # again: the same key
        rotate_rows(connection, both, "", NOW)
        assert finish_rotation(connection, NOW)


def test_who_holds_the_old_key_alone_can_not_write_after_the_start(filled: Database) -> None:
    write_in(filled, start_rotation, vault(NEW).keys.newest, NOW)
    with pytest.raises(FaultError) as refused, filled.write() as connection:
        vault(OLD).store_persons(connection, {"m-99": PersonalData("李四")}, NOW)
    assert refused.value.code == "vault.unknown_key"


def test_a_process_reads_its_keys_again_when_another_one_has_rotated(filled: Database) -> None:
    held = [OLD]
    running = PersonVault(VaultKeys(lambda: parse_vault_keys("\n".join(held), "vault.key")))
    held.insert(0, NEW)  # another process writes the file
    with filled.write() as connection:
        start_rotation(connection, vault(NEW).keys.newest, NOW)
        running.store_persons(connection, {"m-99": PersonalData("李四")}, NOW)
        assert count_vault_rows(connection)[vault(NEW).keys.newest.id] == 1
    assert read_all(filled, running) == PERSONS


def test_a_damaged_row_is_named_and_left_and_the_old_key_stays(filled: Database) -> None:
    both = vault(NEW, OLD)
    with filled.write() as connection:
        connection.execute(
            update(vault_persons)
            .where(vault_persons.c.member_id == "m-03")
            .values(name=vault_persons.c.phone)
        )
        start_rotation(connection, both.keys.newest, NOW)
        step = rotate_rows(connection, both, "", NOW)
        assert step is not None
        assert (step.rows, step.unreadable) == (12, ("m-03",))
        assert not finish_rotation(connection, NOW)
        assert count_old_rows(connection) == 1


def test_the_first_writer_makes_its_key_the_current_one(database: Database) -> None:
    with database.write() as connection:
        assert read_current_key_id(connection) is None
        assert count_old_rows(connection) == 0
        vault(NEW, OLD).store_persons(connection, PERSONS, NOW)
        assert read_current_key_id(connection) == vault(NEW).keys.newest.id
