"""The vault under crashes: a process killed (SIGKILL) in the middle of a rotation, a move or an erasure."""

import os
import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from events import InboundEvent, validate_event
from events.envelope import Event
from members import PersonalData
from members.vault import PersonVault, VaultKeys, count_vault_rows
from members.vault.tables import vault_persons
from store import ProcessLock, migrate_database, open_database
from tests.events.killing import Bomb
from tests.transactions import read_in, values_in
from tests.yihui.nouns import reveal
from tests.yihui.services.hotline_desk import AGENT
from yihui.bootstrap import Settings, Wiring
from yihui.cases.members.acts import UNMASK
from yihui.services.members.erasure import erase_member_data
from yihui.services.members.vault import find_persons, store_known_persons
from yihui.services.members.vault_upkeep import (
    create_vault_key,
    forget_old_keys,
    load_vault_status,
    move_to_separate_vault,
    rotate_vault,
)

NOW = datetime(2026, 10, 3, tzinfo=UTC)
PERSONS = {f"m-{number:02}": PersonalData("张三", f"138{number:08}") for number in range(20)}


@pytest.fixture
def vault_target(target: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of the vault's own that holds nothing, of the same kind as the main one."""
    if target.startswith("postgresql"):
        url = str(request.getfixturevalue("postgres_database"))
        database = open_database(url)
        migrate_database(database)
        database.close()
        return url
    return str(tmp_path / "vault.db")


@pytest.fixture
def open_wiring(target: str, tmp_path: Path) -> Iterator[Callable[..., Wiring]]:
    """Opens wirings over the one database, each as a process of its own would; closes them afterwards."""
    opened: list[Wiring] = []

    def open_(vault: str | None = None) -> Wiring:
        opened.append(Wiring(Settings(target, tmp_path, vault=vault), lambda: NOW))
        return opened[-1]

    yield open_
    for wiring in opened:
        wiring.close()


def enrol(wiring: Wiring, *members: str) -> None:
    """Make members known, with what the vault holds of them."""
    items = []
    for member in members:
        data = {"organisation": "370202", "joined_on": "2020-05-01"}
        event = validate_event(
            {
                "specversion": "1.0",
                "id": f"imported-{member}",
                "source": "/rolls",
                "type": "member.imported",
                "subject": member,
                "time": "2020-05-01T00:00:00+08:00",
                "data": data,
            },
            NOW,
        )
        assert isinstance(event, Event)
        items.append(InboundEvent(event, member))
    for _ in wiring.runner.run_events(items):
        pass
    store_known_persons(wiring, {member: PERSONS.get(member, PersonalData("李四")) for member in members})


def is_killed(work: Callable[[], object]) -> bool:
    """Do the work in a process of its own, which may kill itself; return whether it did."""
    process = os.fork()
    if process == 0:
        try:
            work()
            os._exit(0)
        finally:
            os._exit(1)
    _, status = os.waitpid(process, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "the process failed by itself"
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def read_all(wiring: Wiring) -> dict[str, PersonalData]:
    vault = PersonVault(VaultKeys(wiring.vault_key_store.load))
    return read_in(wiring.vault_database, vault.read_persons, PERSONS)


@pytest.mark.parametrize("is_separate", [False, pytest.param(True, marks=pytest.mark.endure)])
def test_a_rotation_killed_anywhere_goes_on_and_loses_nobody(
    open_wiring: Callable[..., Wiring], vault_target: str, is_separate: bool
) -> None:
    own = vault_target if is_separate else None
    first = open_wiring(own)
    create_vault_key(first)
    enrol(first, *PERSONS)
    first.close()

    def rotate(kill_at: int) -> None:
        wiring = Wiring(first.settings, lambda: NOW)
        Bomb(wiring.vault_database, kill_at)
        rotate_vault(wiring, batch=4)

    kills = 0
    for kill_at in range(1, 400, 7):
        if not is_killed(lambda at=kill_at: rotate(at)):
            break
        kills += 1
        seen = open_wiring(own)
        assert read_all(seen) == PERSONS
        assert len(load_vault_status(seen).held) <= 2
        assert [one.member_id for one in find_persons(seen, "13800000007")] == ["m-07"]
        seen.close()
    assert kills > 4
    seen = open_wiring(own)
    status = load_vault_status(seen)
    assert (status.rows, status.waiting_rows) == ({status.held[0]: len(PERSONS)}, 0)
    assert forget_old_keys(seen) == [status.held[1]]
    assert read_all(seen) == PERSONS


@pytest.mark.endure
def test_an_erasure_killed_anywhere_can_be_repeated(
    open_wiring: Callable[..., Wiring], vault_target: str
) -> None:
    first = open_wiring(vault_target)
    create_vault_key(first)
    cuts = list(range(1, 100, 14))
    enrol(first, *(f"m-{at}" for at in cuts), "m-stays")
    first.close()

    def erase(member: str, kill_at: int) -> None:
        wiring = Wiring(first.settings, lambda: NOW)
        for database in (wiring.database, wiring.vault_database):
            Bomb(database, kill_at)
        erase_member_data(wiring, member, "li.min", "asked for it")

    kills = sum(is_killed(lambda at=at: erase(f"m-{at}", at)) for at in cuts)
    assert kills > 2
    again = open_wiring(vault_target)
    for at in cuts:
        erase_member_data(again, f"m-{at}", "li.min", "asked for it")
    assert values_in(again.vault_database, select(vault_persons.c.member_id)) == ["m-stays"]
    with again.database.read() as connection:
        acts = "SELECT count(DISTINCT detail) FROM rule_acts WHERE act = 'erased'"
        assert connection.exec_driver_sql(acts).scalar_one() == len(cuts)


def test_a_move_to_a_database_of_its_own_killed_anywhere_goes_on(
    open_wiring: Callable[..., Wiring], vault_target: str
) -> None:
    first = open_wiring()
    create_vault_key(first)
    enrol(first, *PERSONS)
    first.close()
    settings = Settings(first.settings.database, first.settings.data_folder, vault=vault_target)
    Wiring(settings, lambda: NOW).vault_database.close()  # migrated

    def move(kill_at: int) -> None:
        wiring = Wiring(settings, lambda: NOW)
        for database in (wiring.database, wiring.vault_database):
            Bomb(database, kill_at)
        move_to_separate_vault(wiring)

    kills = sum(is_killed(lambda at=at: move(at)) for at in range(1, 12, 2))
    assert kills > 2
    last = open_wiring(vault_target)
    move_to_separate_vault(last)
    assert read_all(last) == PERSONS
    assert read_in(last.database, count_vault_rows) == {}


def test_one_rotation_runs_at_a_time(open_wiring: Callable[..., Wiring]) -> None:
    wiring = open_wiring()
    create_vault_key(wiring)
    lock = ProcessLock(open_wiring().vault_database, "vault-rotation")
    assert lock.acquire()
    with pytest.raises(Exception, match="another process"):
        rotate_vault(wiring)
    lock.close()
    assert rotate_vault(wiring).is_finished


def test_whom_the_main_database_does_not_know_the_vault_never_holds(
    open_wiring: Callable[..., Wiring],
) -> None:
    wiring = open_wiring()
    create_vault_key(wiring)
    enrol(wiring, "m-01")
    assert store_known_persons(wiring, {"m-99": PersonalData("王五")}) == 0
    erase_member_data(wiring, "m-01", "li.min", "asked for it")
    assert store_known_persons(wiring, PERSONS) == 0


def test_nothing_is_shown_whose_unmasking_is_not_on_record(open_wiring: Callable[..., Wiring]) -> None:
    wiring = open_wiring()
    create_vault_key(wiring)
    enrol(wiring, "m-01")
    with wiring.database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE vault_unmaskings")
    with pytest.raises(Exception, match="vault_unmaskings"):
        reveal(wiring, AGENT, UNMASK, "m-01", field="phone", reason="call back")
