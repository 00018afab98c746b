"""Many at once who join the same person: one member, one event."""

import subprocess
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from core.faults import FaultError
from members import identify_member
from tests.yihui.services.joining_people import (
    HERE,
    THERE,
    Clock,
    changes_of,
    found_tree,
    join,
    joining_wiring,
    member_event,
    person,
    prove,
)
from yihui.bootstrap import Wiring
from yihui.services.joining.joining import confirm_joining, transfer_joining

CROWD, PROCESSES = 16, 8
_CONFIRM = """
import sys
from pathlib import Path
from datetime import timedelta
from tests.yihui.services.joining_people import NOW, Clock, joining_wiring
from yihui.services.joining.joining import confirm_joining
wiring = joining_wiring(sys.argv[1], Path(sys.argv[2]), Clock(NOW + timedelta(days=2)), rules=())
print("ready", flush=True)
sys.stdin.readline()
print(confirm_joining(wiring, sys.argv[3]).request.state)
wiring.close()
"""


def join_and_leave(wiring: Wiring, clock: Clock) -> None:
    """Make the person a former member, who comes back without a review."""
    member = join(wiring, person()).request.member_id
    assert member is not None
    member_event(wiring, "member.left", member, "2026-10-03")
    clock.now += timedelta(days=2)


def prove_many(wiring: Wiring, clock: Clock, count: int, *organisations: str) -> list[str]:
    """The same person proven in many requests."""
    ids = []
    for number in range(count):
        ids.append(prove(wiring, person(), organisations[number % len(organisations)]).request.id)
        clock.now += timedelta(hours=3)
    return ids


def outcome(wiring: Wiring, id: str) -> str:
    try:
        return confirm_joining(wiring, id).request.state
    except FaultError as refused:
        return refused.faults[0].code


@pytest.mark.both_databases
def test_sixteen_threads_that_join_one_person_make_one_member(target: str, tmp_path: Path) -> None:
    clock = Clock()
    wiring = joining_wiring(target, tmp_path, clock, codes_per_day=100, rules=())
    found_tree(wiring)
    join_and_leave(wiring, clock)
    ids = prove_many(wiring, clock, 8, HERE, THERE)
    clock.now -= timedelta(hours=12)
    gate = threading.Barrier(CROWD)

    def confirm(id: str) -> str:
        gate.wait(60)
        return outcome(wiring, id)

    with ThreadPoolExecutor(CROWD) as pool:
        states = Counter(pool.map(confirm, ids * 2))
    member = identify_member(person().id_number, wiring.identity_key).member_id
    assert changes_of(wiring, "member.joined") == [member, member]
    assert states == {"joined": 2, "already_member": 6, "joining.elsewhere": 8}
    wiring.close()


@pytest.mark.endure
def test_eight_processes_that_join_one_person_make_one_member(target: str, tmp_path: Path) -> None:
    clock = Clock()
    wiring = joining_wiring(target, tmp_path, clock, codes_per_day=100, rules=())
    found_tree(wiring)
    join_and_leave(wiring, clock)
    ids = prove_many(wiring, clock, PROCESSES, HERE)
    with ThreadPoolExecutor(PROCESSES) as pool:
        states = Counter(pool.map(lambda id: confirm_elsewhere(target, tmp_path, id), ids))
    member = identify_member(person().id_number, wiring.identity_key).member_id
    assert changes_of(wiring, "member.joined") == [member, member]
    assert states == {"joined": 1, "already_member": PROCESSES - 1}
    wiring.close()


_gate = threading.Barrier(PROCESSES)


def confirm_elsewhere(target: str, folder: Path, id: str) -> str:
    """Confirm in a process of its own, which waits until all are ready."""
    command = [sys.executable, "-c", _CONFIRM, target, str(folder), id]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        _gate.wait(120)
        said, _ = process.communicate("go\n", timeout=120)
    return said.strip()


def test_one_person_transferred_by_many_at_once_moves_once(target: str, tmp_path: Path) -> None:
    clock = Clock()
    wiring = joining_wiring(target, tmp_path, clock, codes_per_day=100, rules=())
    found_tree(wiring)
    join(wiring, person())
    clock.now += timedelta(minutes=2)
    ids = prove_many(wiring, clock, 4, THERE)
    gate = threading.Barrier(len(ids))

    def move(id: str) -> str:
        gate.wait(60)
        try:
            return transfer_joining(wiring, id).request.state
        except FaultError as refused:
            return refused.faults[0].code

    with ThreadPoolExecutor(len(ids)) as pool:
        states = Counter(pool.map(move, ids))
    assert states == {"transferred": 1, "joining.own_organisation": 3}
    assert len(changes_of(wiring, "member.transferred")) == 1
    wiring.close()
