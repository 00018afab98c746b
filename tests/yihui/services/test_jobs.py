"""Background jobs run once, with the rights of their officer when they run, and end when they are cancelled."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from core.faults import FaultError
from store import StoreError
from tests.yihui.services.joining_people import Clock
from tools.servers.officers import add_officer, appoint
from yihui.access.actor import Actor, ActorKind
from yihui.access.job_tables import job_files
from yihui.access.roles import Right
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.runtime.progress import begin_step, show_progress
from yihui.services.operation.job_runs import (
    MAX_ATTEMPTS,
    SHARES,
    STALE_AFTER,
    JobInterrupted,
    JobKind,
    JobRun,
    observe_job,
    run_next_job,
)
from yihui.services.operation.jobs import (
    GIVEN,
    JOB_FAULTS,
    MAX_MADE_BYTES,
    MAX_WAITING,
    MOST_JOBS_WITH_FILES,
    Job,
    JobFile,
    JobRequest,
    JobState,
    cancel_job,
    find_latest_job,
    find_latest_result,
    list_jobs,
    list_made_files,
    load_made_file,
    request_job,
    require_job,
    store_made_files,
)

WANG = Actor("wang", "wang-person", ActorKind.OFFICER)
LIU = Actor("liu", "liu-person", ActorKind.OFFICER)
PAGE = "/desk/planning/1"


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime(2026, 10, 9, 1, tzinfo=UTC))


@pytest.fixture
def wiring(target: str, tmp_path: Path, clock: Clock) -> Iterator[Wiring]:
    made = build_wiring(Settings(target, tmp_path), now=clock)
    with made.database.write() as connection:
        add_officer(connection, "wang")
        appoint(connection, "wang", "planner", "370102", until=date(2026, 10, 9))
    yield made
    made.close()


def count(run: JobRun) -> dict[str, object]:
    for _ in range(2):
        run.step()
    return {"by": run.actor.id, **run.job.parameters}


KINDS = {"count": JobKind(Right.PLAN, 2, count)}


def ask(
    wiring: Wiring, place: str = "370102", actor: Actor = WANG, kind: str = "count", *files: JobFile
) -> str:
    return request_job(wiring, actor, JobRequest(kind, place, "数一数", PAGE, {"n": 3}, files))


def give(wiring: Wiring, kind: str = "count") -> str:
    """Begin a job that is given a file."""
    return ask(wiring, "370102", WANG, kind, JobFile("given.csv", "text/csv", "座位".encode()))


def state_of(wiring: Wiring, id_: str) -> Job:
    return require_job(wiring, WANG, id_)


def test_a_job_runs_once_and_its_result_is_found_again(wiring: Wiring) -> None:
    id_ = ask(wiring)
    assert run_next_job(wiring, KINDS) == id_
    found = state_of(wiring, id_)
    assert (found.state, found.done, found.total) == (JobState.DONE, 2, 2)
    assert find_latest_result(wiring, "wang", PAGE) == {"by": "wang", "n": 3}
    assert run_next_job(wiring, KINDS) is None


def test_jobs_run_in_the_order_in_which_they_were_begun(wiring: Wiring) -> None:
    ids = [ask(wiring) for _ in range(MAX_WAITING)]
    latest = find_latest_job(wiring, "wang", PAGE)
    assert latest is not None and latest.id == ids[-1], "the clock stood still between them"
    assert [run_next_job(wiring, KINDS) for _ in ids] == ids
    assert [one.id for one in list_jobs(wiring, WANG)] == ids[::-1]


def test_a_job_acts_with_the_rights_of_its_officer_when_it_runs(wiring: Wiring, clock: Clock) -> None:
    id_ = ask(wiring)
    clock.now += timedelta(days=1)  # the role ended at midnight
    run_next_job(wiring, KINDS)
    found = state_of(wiring, id_)
    assert found.state is JobState.FAILED and found.faults[0].code.startswith("authorisation.")
    assert find_latest_result(wiring, "wang", PAGE) is None


def test_a_job_needs_an_officer_with_the_right_at_its_place(wiring: Wiring) -> None:
    for place, actor in (("370202", WANG), ("370100", WANG), ("370000", WANG), ("370102", LIU)):
        id_ = ask(wiring, place, actor)
        run_next_job(wiring, KINDS)
        assert require_job(wiring, actor, id_).state is JobState.FAILED


def test_a_waiting_job_is_cancelled_at_once_and_a_running_one_after_its_step(wiring: Wiring) -> None:
    waiting = ask(wiring)
    cancel_job(wiring, WANG, waiting)
    assert state_of(wiring, waiting).state is JobState.CANCELLED
    assert run_next_job(wiring, KINDS) is None
    running = ask(wiring)

    def cancelled_by_its_officer(run: JobRun) -> dict[str, object]:
        run.step()
        cancel_job(wiring, WANG, run.job.id)
        run.step()
        raise AssertionError("the work went on")

    run_next_job(wiring, {"count": JobKind(Right.PLAN, 2, cancelled_by_its_officer)})
    assert state_of(wiring, running).state is JobState.CANCELLED
    with pytest.raises(FaultError, match="has ended already"):
        cancel_job(wiring, WANG, running)


def test_work_that_reports_its_progress_moves_the_bar_and_ends_inside_of_a_step(wiring: Wiring) -> None:
    seen: list[int] = []

    def work(run: JobRun) -> dict[str, object]:
        with observe_job(run, 2):
            advance = begin_step(4)
            for done in range(5):
                advance(done)
                seen.append(state_of(wiring, run.job.id).done)
            with show_progress("not on standard error", 10) as advance:
                advance(5)
                seen.append(state_of(wiring, run.job.id).done)
                cancel_job(wiring, WANG, run.job.id)
                advance(6)
                raise AssertionError("the work went on")
        return {}

    id_ = ask(wiring)
    run_next_job(wiring, {"count": JobKind(Right.PLAN, SHARES, work)})
    found = state_of(wiring, id_)
    assert seen == [0, 12, 25, 37, 50, 75]
    assert (found.state, found.done, found.total) == (JobState.CANCELLED, 80, 100)


def test_the_end_of_the_site_interrupts_work_inside_of_a_step(wiring: Wiring) -> None:
    looks: list[int] = []

    def is_stopping() -> bool:
        looks.append(1)
        return len(looks) == 3

    def work(run: JobRun) -> dict[str, object]:
        with observe_job(run):
            advance = begin_step(1_000_000)
            for done in range(10):
                advance(done)
            raise AssertionError("the work went on")

    id_ = ask(wiring)
    run_next_job(wiring, {"count": JobKind(Right.PLAN, SHARES, work)}, is_stopping)
    assert state_of(wiring, id_).state is JobState.WAITING


def test_another_officers_job_is_unknown(wiring: Wiring) -> None:
    id_ = ask(wiring)
    for act in (require_job, cancel_job):
        with pytest.raises(FaultError, match="there is no job"):
            act(wiring, LIU, id_)
    assert list_jobs(wiring, LIU) == []


def test_an_error_of_the_work_is_shown_without_its_text(wiring: Wiring) -> None:
    def broken(run: JobRun) -> dict[str, object]:
        raise ValueError("张三 13800000000")

    id_ = ask(wiring)
    run_next_job(wiring, {"count": JobKind(Right.PLAN, 2, broken)})
    found = state_of(wiring, id_)
    assert found.state is JobState.FAILED
    assert "ValueError" in found.faults[0].text and "张三" not in found.faults[0].text


def test_a_job_that_the_end_of_the_site_interrupts_is_begun_again(wiring: Wiring) -> None:
    id_ = ask(wiring)
    for _ in range(MAX_ATTEMPTS + 1):
        assert run_next_job(wiring, KINDS, lambda: True) == id_
    assert (state_of(wiring, id_).state, state_of(wiring, id_).attempts) == (JobState.WAITING, 0)
    run_next_job(wiring, KINDS)
    assert state_of(wiring, id_).state is JobState.DONE


def test_a_job_whose_runner_died_is_begun_again_but_not_for_ever(wiring: Wiring, clock: Clock) -> None:
    class Killed(BaseException):
        """The process ends in the middle of the work."""

    def killed(run: JobRun) -> dict[str, object]:
        raise Killed

    id_ = ask(wiring)
    for _ in range(MAX_ATTEMPTS):
        with pytest.raises(Killed):
            run_next_job(wiring, {"count": JobKind(Right.PLAN, 2, killed)})
        assert state_of(wiring, id_).state is JobState.RUNNING
        assert run_next_job(wiring, KINDS) is None  # its runner may be alive
        clock.now += STALE_AFTER + timedelta(seconds=1)
    assert run_next_job(wiring, KINDS) is None
    found = state_of(wiring, id_)
    assert found.state is JobState.FAILED and "begun 3 times" in found.faults[0].text


def test_a_runner_that_lost_its_job_to_another_one_changes_nothing(wiring: Wiring, clock: Clock) -> None:
    id_ = ask(wiring)

    def slow(run: JobRun) -> dict[str, object]:
        clock.now += STALE_AFTER + timedelta(seconds=1)
        assert run_next_job(wiring, KINDS) == id_  # another process takes it over and ends it
        return {"by": "the slow one"}

    run_next_job(wiring, {"count": JobKind(Right.PLAN, 2, slow)})
    assert find_latest_result(wiring, "wang", PAGE) == {"by": "wang", "n": 3}


def test_one_officer_fills_only_a_part_of_the_queue(wiring: Wiring) -> None:
    for _ in range(MAX_WAITING):
        ask(wiring)
    with pytest.raises(FaultError, match="not finished yet"):
        ask(wiring)


def test_a_kind_that_this_site_does_not_run_is_left_to_others(wiring: Wiring) -> None:
    id_ = ask(wiring)
    assert run_next_job(wiring, {}) is None
    assert state_of(wiring, id_).state is JobState.WAITING


def given_to(wiring: Wiring) -> set[str]:
    """Return the jobs whose given files are stored."""
    with wiring.database.read() as connection:
        return set(connection.execute(select(job_files.c.job).where(job_files.c.role == GIVEN)).scalars())


ENDINGS = (
    "done",
    "fault",
    "error",
    "no JSON",
    "cancelled while it runs",
    "cancelled before",
    "no right",
    "abandoned",
)


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_was_given_to_a_job_is_deleted_however_it_ends(
    wiring: Wiring, clock: Clock, ending: str
) -> None:
    def work(run: JobRun) -> dict[str, object]:
        if ending == "fault":
            raise FaultError(JOB_FAULTS.build("unknown", field="job", value="1"))
        if ending == "error":
            raise ZeroDivisionError
        if ending == "no JSON":
            return {"share": float("nan")}
        if ending == "cancelled while it runs":
            cancel_job(wiring, WANG, run.job.id)
        if ending == "abandoned":
            raise StoreError("the database is away")
        run.step()
        return {}

    id_ = give(wiring)
    assert given_to(wiring) == {id_}
    if ending == "cancelled before":
        cancel_job(wiring, WANG, id_)
    clock.now += timedelta(days=ending == "no right")
    for _ in range(MAX_ATTEMPTS if ending == "abandoned" else 1):
        with suppress(StoreError):
            run_next_job(wiring, {"count": JobKind(Right.PLAN, 1, work)})
        clock.now += STALE_AFTER + timedelta(seconds=1)
    run_next_job(wiring, KINDS)
    assert state_of(wiring, id_).state.is_ended
    assert given_to(wiring) == set()


def test_an_interrupted_job_finds_what_it_was_given_again(wiring: Wiring) -> None:
    def work(run: JobRun) -> dict[str, object]:
        store_made_files(wiring, run.job.id, run.job.officer, [JobFile("made.csv", "text/csv", b"1")])
        raise JobInterrupted

    id_ = give(wiring)
    run_next_job(wiring, {"count": JobKind(Right.PLAN, 1, work)})
    assert state_of(wiring, id_).state is JobState.WAITING
    assert given_to(wiring) == {id_}


def ended_job_with_files(wiring: Wiring, *contents: bytes, is_kept: bool = False) -> str:
    """Run a job that is given a file and writes one for each content."""

    def work(run: JobRun) -> dict[str, object]:
        made = [JobFile(f"{number}.csv", "text/csv", one) for number, one in enumerate(contents)]
        kept = [JobFile("map.json", "application/json", bytes(MAX_MADE_BYTES))] if is_kept else []
        store_made_files(wiring, run.job.id, run.job.officer, made, kept)
        return {}

    id_ = give(wiring)
    run_next_job(wiring, {"count": JobKind(Right.PLAN, 1, work)})
    return id_


def names_of(wiring: Wiring, job: str) -> list[str]:
    return [one.name for one in list_made_files(wiring, job)]


def test_the_files_of_a_job_are_read_again_byte_by_byte(wiring: Wiring) -> None:
    content = bytes(range(256)) + "座位".encode()
    id_ = ended_job_with_files(wiring, content, b"")
    assert {one.name: one.size_bytes for one in list_made_files(wiring, id_)} == {"0.csv": 262, "1.csv": 0}
    assert load_made_file(wiring, id_, "0.csv") == JobFile("0.csv", "text/csv", content)
    for job, name in ((id_, "given.csv"), (id_, "2.csv"), ("0" * 32, "0.csv")):
        with pytest.raises(FaultError, match="there is no file"):
            load_made_file(wiring, job, name)
    store_made_files(wiring, id_, "wang", [JobFile("again.csv", "text/csv", b"2")])
    assert names_of(wiring, id_) == ["again.csv"], "a later attempt takes the place of an earlier one"


def test_a_job_that_writes_too_much_fails_and_stores_nothing(wiring: Wiring) -> None:
    id_ = ended_job_with_files(wiring, b"small", bytes(MAX_MADE_BYTES - 4))
    found = state_of(wiring, id_)
    assert found.state is JobState.FAILED and "65 MB together; the most are 64" in found.faults[0].text
    assert names_of(wiring, id_) == []


def test_files_of_older_jobs_of_the_same_officer_are_deleted(wiring: Wiring, clock: Clock) -> None:
    with wiring.database.write() as connection:
        add_officer(connection, "liu")
    others = ask(wiring, actor=LIU)
    run_next_job(wiring, KINDS)
    store_made_files(wiring, others, "liu", [JobFile("others.csv", "text/csv", b"1")])
    first, second, *rest = [ended_job_with_files(wiring, b"1") for _ in range(MOST_JOBS_WITH_FILES + 1)]
    assert [names_of(wiring, one) for one in (others, first, second)] == [["others.csv"], [], ["0.csv"]]
    clock.now += timedelta(days=30)
    assert {tuple(names_of(wiring, one)) for one in (second, *rest)} == {("0.csv",)}, "on the last day"
    clock.now += timedelta(seconds=1)
    store_made_files(wiring, others, "liu", [JobFile("new.csv", "text/csv", b"1")])
    assert {tuple(names_of(wiring, one)) for one in (second, *rest)} == {()}
    assert names_of(wiring, others) == ["new.csv"]


def test_what_a_page_needs_of_a_job_stays_as_long_as_its_result(wiring: Wiring, clock: Clock) -> None:
    first = ended_job_with_files(wiring, b"1", is_kept=True)
    assert names_of(wiring, first) == ["0.csv", "map.json"], "its size doesn't count"
    for _ in range(MOST_JOBS_WITH_FILES):
        ended_job_with_files(wiring, b"1")
    assert [(one.name, one.is_kept) for one in list_made_files(wiring, first)] == [("map.json", True)]
    assert load_made_file(wiring, first, "map.json").media_type == "application/json"
    clock.now += timedelta(days=30, seconds=1)
    ended_job_with_files(wiring, b"1")
    assert names_of(wiring, first) == []


def test_a_file_given_to_a_job_that_never_runs_is_deleted_after_three_days(
    wiring: Wiring, clock: Clock
) -> None:
    id_ = give(wiring, "elsewhere")
    clock.now += timedelta(days=3)
    ask(wiring)
    assert given_to(wiring) == {id_}
    clock.now += timedelta(seconds=1)
    ask(wiring)
    assert given_to(wiring) == set()
