"""Work in a thread of its own goes on after trouble, says it, and ends when told to; one question is asked once."""

from threading import Event

import pytest

from events.stream.faults import no_stream
from yihui.runtime.background_job import BackgroundJob, BoundedQuestion, JobsFailed, run_each_job


class Work:
    """Fails so often with what it was given, then counts."""

    def __init__(self, *troubles: Exception) -> None:
        self.troubles = list(troubles)
        self.times = 0
        self.was_done = Event()

    def __call__(self) -> None:
        self.times += 1
        if self.troubles:
            raise self.troubles.pop(0)
        self.was_done.set()


@pytest.mark.parametrize(("within_s", "times"), [(None, 2), (10, 1)])
def test_what_waits_when_it_is_told_to_stop_is_still_done_but_in_no_hurry(
    within_s: float | None, times: int
) -> None:
    work = Work()
    steady = BackgroundJob(work, 3600, "work waits")
    steady.start()
    assert work.was_done.wait(10)
    steady.stop(within_s=within_s)
    assert work.times == times


def test_in_a_hurry_work_that_hangs_is_not_waited_for() -> None:
    begun, never = Event(), Event()

    def hang() -> None:
        begun.set()
        never.wait(60)

    steady = BackgroundJob(hang, 3600, "work waits")
    steady.start()
    assert begun.wait(10)
    steady.stop(within_s=0.01)
    never.set()


def test_trouble_is_told_without_an_unknown_error_s_own_words_and_passes() -> None:
    work = Work(ValueError("11010519491231002X"), no_stream("unreachable", "kafka:9092"))
    steady = BackgroundJob(work, 0.0, "work waits")
    told: list[str | None] = []
    steady.start()
    assert work.was_done.wait(10)
    steady.stop()
    assert steady.trouble is None
    for trouble in (ValueError("11010519491231002X"), no_stream("unreachable", "kafka:9092")):
        once = BackgroundJob(Work(trouble, trouble, trouble), 3600, "work waits")
        once.start()
        once.stop()
        told.append(once.trouble)
    assert told == ["ValueError", "the broker at kafka:9092 can't be reached"]


def test_each_job_runs_though_earlier_ones_fail_and_the_error_names_those() -> None:
    first, second, third = Work(ValueError("11010519491231002X")), Work(), Work(OSError())
    counted: list[str] = []
    jobs = {"first": first, "second": second, "third": third}
    with pytest.raises(JobsFailed, match="first, third; the others ran") as error:
        run_each_job(jobs, counted.append)
    assert [work.times for work in jobs.values()] == [1, 1, 1] and counted == ["first", "third"]
    assert "11010519491231002X" not in str(error.value)
    run_each_job(jobs, counted.append)
    assert counted == ["first", "third"]


def test_no_further_job_begins_once_the_process_is_ending() -> None:
    ending, done = Event(), list[str]()

    def end() -> None:
        done.append("first")
        ending.set()

    run_each_job({"first": end, "second": lambda: done.append("second")}, done.append, ending.is_set)
    assert done == ["first"]


_LONG_S = 30.0


def test_a_question_that_hangs_is_not_asked_twice_and_ends_the_wait_in_time() -> None:
    asked: list[int] = []
    is_asked, may_answer = Event(), Event()

    def ask() -> int:
        asked.append(len(asked))
        is_asked.set()
        assert may_answer.wait(_LONG_S)
        return len(asked)

    question = BoundedQuestion(ask, 0.01)
    hanging = question.begin()
    assert is_asked.wait(_LONG_S)
    assert question.answer() is None
    assert question.begin() is hanging
    may_answer.set()
    assert hanging.result(_LONG_S) == 1
    assert question.answer(_LONG_S) == 2


def test_what_the_question_raises_is_raised_where_it_is_answered() -> None:
    def fail() -> int:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        BoundedQuestion(fail, _LONG_S).answer()
