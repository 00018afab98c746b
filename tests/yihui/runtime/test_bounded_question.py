"""A question to what may never answer: asked once at a time, waited for in bounds, and anew where that is asked."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from yihui.runtime.bounded_question import BoundedQuestion

_LONG_S = 30.0


class Slow:
    """Answers with the number of the question, once it may."""

    def __init__(self) -> None:
        self.count = 0
        self.asked, self.may_answer = Event(), Event()

    def __call__(self) -> int:
        self.count += 1
        number = self.count
        self.asked.set()
        assert self.may_answer.wait(_LONG_S)
        return number


def test_whoever_asks_meanwhile_gets_the_same_answer_unless_anew() -> None:
    slow = Slow()
    question = BoundedQuestion(slow, _LONG_S)
    earlier = question.begin()
    assert slow.asked.wait(_LONG_S)
    assert question.begin() is earlier
    with ThreadPoolExecutor(1) as pool:
        later = pool.submit(question.answer, anew=True)
        slow.may_answer.set()
        assert (earlier.result(), later.result()) == (1, 2)


def test_a_question_that_hangs_is_not_asked_twice_and_ends_the_wait_in_time() -> None:
    slow = Slow()
    question = BoundedQuestion(slow, 0.01)
    assert question.answer() is None
    assert question.answer(anew=True) is None
    assert slow.count == 1
    slow.may_answer.set()


def test_what_the_question_raises_is_raised_where_it_is_answered() -> None:
    def fail() -> int:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        BoundedQuestion(fail, _LONG_S).answer()
