"""Work that takes long has lanes of its own: jobs in the order of their beginning, messages a few at a time."""

import asyncio
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from threading import Event

import pytest

from core.faults import FaultError
from tools.servers.officers import add_officer, appoint
from yihui.access.actor import Actor, ActorKind
from yihui.access.roles import Right
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.http.job_runner import JobRunner, load_job_kinds, split_lanes
from yihui.http.write_queue import MAX_CONCURRENT_MESSAGES, MessageLane
from yihui.services.operation.job_runs import JobKind, JobRun
from yihui.services.operation.jobs import JobRequest, request_job

WANG = Actor("wang", "wang-person", ActorKind.OFFICER)
_WITHIN_S = 60.0


@pytest.fixture
def wiring(tmp_path: Path, migrated_file: Path) -> Iterator[Wiring]:
    path = tmp_path / "jobs.db"
    path.write_bytes(migrated_file.read_bytes())
    made = build_wiring(Settings(f"sqlite:///{path}", tmp_path))
    with made.database.write() as connection:
        add_officer(connection, "wang")
        appoint(connection, "wang", "planner", "370102", until=date(2100, 1, 1))
    yield made
    made.close()


def test_short_jobs_run_while_a_long_one_does_and_long_ones_in_their_order(wiring: Wiring) -> None:
    begun, may_end, ended, done = Event(), Event(), Event(), []

    def long(run: JobRun) -> dict[str, object]:
        begun.set()
        assert may_end.wait(_WITHIN_S)
        done.append(run.job.title)
        return {}

    def short(run: JobRun) -> dict[str, object]:
        done.append(run.job.title)
        if run.job.title == "short 2":
            ended.set()
        return {}

    def last(run: JobRun) -> dict[str, object]:
        done.append(run.job.title)
        ended.set()
        return {}

    def begin(runner: JobRunner, kind: str, title: str) -> None:
        request_job(wiring, WANG, JobRequest(kind, "370102", title, "/desk", {}))
        runner.wake()

    async def serve() -> None:
        runner = JobRunner(wiring, {
            "long": JobKind(Right.PLAN, 1, long, is_long=True),
            "last": JobKind(Right.PLAN, 1, last, is_long=True),
            "short": JobKind(Right.PLAN, 1, short),
        })  # fmt: skip
        async with runner.lifespan():
            begin(runner, "long", "long 1")
            assert await asyncio.to_thread(begun.wait, _WITHIN_S)
            for kind, title in (("last", "long 2"), ("short", "short 1"), ("short", "short 2")):
                begin(runner, kind, title)
            assert await asyncio.to_thread(ended.wait, _WITHIN_S)
            assert done == ["short 1", "short 2"]
            ended.clear()
            may_end.set()
            assert await asyncio.to_thread(ended.wait, _WITHIN_S)

    asyncio.run(serve())
    assert done == ["short 1", "short 2", "long 1", "long 2"]


def test_each_kind_of_job_has_one_lane() -> None:
    long, short = split_lanes(load_job_kinds())
    assert set(long) == {"planning.analysis", "planning.demand", "audit.verification"}
    assert set(short) == {"rules.simulation"}


def test_a_gateway_that_hangs_takes_a_few_threads_and_the_next_message_is_refused_in_time() -> None:
    lane, answer, sent = MessageLane(longest_wait_s=0.05), Event(), Event()

    async def send_many() -> list[bool]:
        hanging = [asyncio.create_task(lane.run(answer.wait, 10)) for _ in range(MAX_CONCURRENT_MESSAGES)]
        await asyncio.sleep(0)
        with pytest.raises(FaultError) as refused:
            await lane.run(answer.wait, 10)
        assert refused.value.faults[0].code == "joining.not_sent"
        late = asyncio.create_task(lane.run_after_answer(sent.set))
        await asyncio.sleep(2 * lane.longest_wait_s)
        answer.set()
        await late
        return list(await asyncio.gather(*hanging))

    assert asyncio.run(send_many()) == [True] * MAX_CONCURRENT_MESSAGES
    assert sent.is_set(), "what was promised waits longer"
