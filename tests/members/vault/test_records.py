"""The vault: what is stored can be read with the key alone, in its own place alone, and is found by hashes."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from random import Random

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from core.faults import FaultError
from members import PERSON_FIELDS, PersonalData
from members.vault import (
    PersonVault,
    Unmasking,
    VaultKeys,
    count_vault_rows,
    erase_vault_person,
    parse_vault_keys,
    read_unmaskings,
    record_unmasking,
    rotate_rows,
    start_rotation,
)
from members.vault.tables import vault_persons
from store import Database
from tests.crowds import at_once
from tests.transactions import read_in, rows_in, write_in

NOW = datetime(2026, 10, 3, tzinfo=UTC)
OLD, NEW = "o" * 64, "n" * 64
ZHANG = PersonalData("张三", "13812345678", "11010519491231002X")


def vault(text: str = OLD) -> PersonVault:
    return PersonVault(VaultKeys(lambda: parse_vault_keys(text, "vault.key")))


def stored(database: Database) -> str:
    return json.dumps([list(map(str, row)) for row in rows_in(database, select(vault_persons))])


def test_what_is_stored_is_read_back_and_nothing_of_it_stands_in_the_table(database: Database) -> None:
    assert write_in(database, vault().store_persons, {"m-1": ZHANG, "m-2": PersonalData()}, NOW) == 1
    assert read_in(database, vault().read_persons, ["m-1", "m-2"]) == {"m-1": ZHANG}
    rows = stored(database)
    assert not any(value in rows for _, value in ZHANG.items())
    with database.write() as connection:
        assert vault().store_persons(connection, {"m-1": ZHANG}, NOW) == 0  # nothing new


def test_the_same_value_twice_has_two_ciphertexts_of_one_length(database: Database) -> None:
    long = PersonalData("阿依古丽·买买提", "13812345678", "11010519491231002X")
    with database.write() as connection:
        vault().store_persons(connection, {"m-1": ZHANG, "m-2": long}, NOW)
        first, second = connection.execute(select(vault_persons).order_by(vault_persons.c.member_id)).all()
    assert first.phone != second.phone
    assert len(first.name) == len(second.name)
    assert first.phone_digest == second.phone_digest != first.name_digest


SWAPS: list[tuple[str, Callable[[dict[str, object]], dict[str, object]]]] = [
    ("another person's name", lambda other: {"name": other["name"]}),
    ("another person's number", lambda other: {"id_number": other["id_number"]}),
    ("a phone in place of the name", lambda _: {"name": vault_persons.c.phone}),
    ("no Base64", lambda _: {"phone": "13812345678"}),
    ("an empty text", lambda _: {"phone": ""}),
    ("another key's id", lambda _: {"key_id": vault(NEW).keys.newest.id}),
]


@pytest.mark.parametrize(("what", "swap"), SWAPS, ids=[what for what, _ in SWAPS])
def test_a_value_in_another_place_can_not_be_read(
    database: Database, what: str, swap: Callable[[dict[str, object]], dict[str, object]]
) -> None:
    with database.write() as connection:
        held = vault(f"{OLD},{NEW}")
        held.store_persons(connection, {"m-1": ZHANG, "m-2": ZHANG}, NOW)
        other = connection.execute(select(vault_persons).where(vault_persons.c.member_id == "m-2")).one()
        connection.execute(
            update(vault_persons).where(vault_persons.c.member_id == "m-1").values(swap(dict(other._mapping)))
        )
        with pytest.raises(FaultError) as refused:
            held.read_persons(connection, ["m-1"])
        assert refused.value.code == "vault.damaged"
        assert held.read_persons(connection, ["m-2"]) == {"m-2": ZHANG}


def test_without_the_right_key_a_row_is_refused(database: Database) -> None:
    with database.write() as connection:
        vault().store_persons(connection, {"m-1": ZHANG}, NOW)
    with database.write() as connection:
        with pytest.raises(FaultError) as refused:
            vault(NEW).read_persons(connection, ["m-1"])
        assert refused.value.code == "vault.unknown_key"
        with pytest.raises(FaultError):
            vault(NEW).store_persons(connection, {"m-2": ZHANG}, NOW)


@pytest.mark.parametrize("text", ["", " \n", "short", f"{OLD} short", "k" * 31])
def test_a_short_key_and_none_are_refused_without_being_quoted(text: str) -> None:
    with pytest.raises(FaultError) as refused:
        parse_vault_keys(text, "vault.key")
    assert refused.value.code == "vault.short_key"
    assert not text.strip() or text.strip() not in str(refused.value)


def test_keys_show_nothing_in_their_repr_and_have_ids_that_tell_nothing() -> None:
    first, second = parse_vault_keys(f"{OLD}\n{NEW},{OLD}", "vault.key")
    assert first.id != second.id
    for secret in (first.encryption, first.name_search, first.phone_search):
        assert repr(secret) not in repr(first)
        assert secret.hex()[:16] != first.id
    assert len({first.encryption, first.name_search, first.phone_search, second.encryption}) == 4


@pytest.mark.both_databases
def test_a_person_is_found_by_name_and_phone_under_every_key(database: Database) -> None:
    both = vault(f"{NEW}\n{OLD}")
    with database.write() as connection:
        vault().store_persons(connection, {"m-1": ZHANG}, NOW)
        start_rotation(connection, both.keys.newest, NOW)
        both.store_persons(connection, {"m-2": ZHANG, "m-3": PersonalData("李四", "13900000000")}, NOW)
        assert len(count_vault_rows(connection)) == 2
        assert both.find_members(connection, "phone", "13812345678") == ["m-1", "m-2"]
        assert both.find_members(connection, "name", "李四") == ["m-3"]
        assert both.find_members(connection, "name", "13900000000") == []
        assert both.find_members(connection, "name", "李") == []


def test_unmaskings_are_only_ever_added(database: Database) -> None:
    seen = Unmasking("m-1", "phone", "li.min", "call back", NOW)
    with database.write() as connection:
        record_unmasking(connection, [seen])
        record_unmasking(connection, [])
    for change in ("UPDATE vault_unmaskings SET officer = 'x'", "DELETE FROM vault_unmaskings"):
        with pytest.raises(DBAPIError, match="only ever added"), database.engine.begin() as connection:
            connection.execute(text(change))
    with database.read() as connection:
        assert read_unmaskings(connection) == read_unmaskings(connection, "m-1") == [seen]
        assert read_unmaskings(connection, "m-2") == []


@pytest.mark.both_databases
def test_writers_of_one_person_at_once_lose_no_field(database: Database) -> None:
    def write(number: int) -> None:
        name = PERSON_FIELDS[number % 3]
        value = PersonalData(**{name: getattr(ZHANG, name)})
        write_in(database, vault().store_persons, {"m-1": value, f"m-{number + 2}": value}, NOW)

    at_once([partial(write, number) for number in range(6)])
    assert read_in(database, vault().read_persons, ["m-1"]) == {"m-1": ZHANG}


def test_any_order_of_acts_equals_a_dictionary(database: Database) -> None:
    rng, model = Random(7), dict[str, PersonalData]()
    names, phones = ["张三", "李四", "欧阳明"], ["13812345678", "13900000000"]
    held = vault(f"{NEW}\n{OLD}")
    with database.write() as connection:
        vault().store_persons(connection, {"m-0": ZHANG}, NOW)
        model["m-0"] = ZHANG
        for turn in range(120):
            member = f"m-{rng.randrange(8)}"
            if turn == 60:
                start_rotation(connection, held.keys.newest, NOW)
            if turn > 60 and rng.random() < 0.2:
                rotate_rows(connection, held, member, NOW, limit=2)
            if rng.random() < 0.2:
                assert erase_vault_person(connection, member) == (member in model)
                model.pop(member, None)
            else:
                person = PersonalData(rng.choice([*names, None]), rng.choice([*phones, None]))
                held.store_persons(connection, {member: person}, NOW)
                if person:
                    model[member] = model.get(member, PersonalData()).updated_by(person)
            assert held.read_persons(connection, [f"m-{n}" for n in range(8)]) == model
            phone = rng.choice(phones)
            assert held.find_members(connection, "phone", phone) == sorted(
                one for one, person in model.items() if person.phone == phone
            )
