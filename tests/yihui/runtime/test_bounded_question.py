"""`BoundedQuestion` asks what may never answer: once at a time, and callers wait in bounds."""

from threading import Event

import pytest

from yihui.runtime.bounded_question import BoundedQuestion

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
