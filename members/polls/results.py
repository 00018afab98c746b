"""The result of a poll: counts for each question, small cells of anonymous polls hidden.

A count below five could name somebody. It is hidden together with enough others that it can't be computed
from the total: hidden cells hold five answers or more, and there are two of them at least.
"""

import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from members.polls.definition import Answer, Poll, Question

SMALLEST_CELL = 5


@dataclass(frozen=True, slots=True)
class Cell:
    """One option or step, and how many chose it; None if that is hidden."""

    label: str
    count: int | None


@dataclass(frozen=True, slots=True)
class QuestionResult:
    """The result of one question. ``answered`` and ``mean`` are None, and ``texts`` empty, where they are hidden."""

    question: Question
    answered: int | None
    cells: tuple[Cell, ...] = ()
    mean: float | None = None
    texts: tuple[str, ...] = ()


def compute_result(poll: Poll, answers: Mapping[str, Sequence[Answer]]) -> list[QuestionResult]:
    """Compute the result from all answers to each question."""
    return [_question_result(poll, question, answers.get(question.id, ())) for question in poll.questions]


def _question_result(poll: Poll, question: Question, given: Sequence[Answer]) -> QuestionResult:
    answered = None if poll.anonymous and len(given) < SMALLEST_CELL else len(given)
    if question.kind == "text":
        texts = [str(text) for text in given] if answered is not None else []
        if poll.anonymous:
            secrets.SystemRandom().shuffle(texts)
        return QuestionResult(question, answered, texts=tuple(texts))
    counts = _counts(question, given)
    cells = tuple(Cell(label, count) for label, count in counts.items())
    if poll.anonymous:
        cells = hide_small_cells(cells, len(given), one_each=question.kind != "multiple")
    hidden = any(cell.count is None for cell in cells)
    mean = None
    if question.kind == "scale" and given and not hidden:
        mean = float(Fraction(sum(int(str(step)) for step in given), len(given)))
    return QuestionResult(question, answered, cells, mean)


def _counts(question: Question, given: Sequence[Answer]) -> dict[str, int]:
    if question.kind == "scale":
        least, most = question.bounds
        labels = [str(step) for step in range(least, most + 1)]
    else:
        labels = list(question.options)
    chosen = Counter(
        str(one) for answer in given for one in (answer if isinstance(answer, tuple | list) else (answer,))
    )
    return {label: chosen[label] for label in labels}


def hide_small_cells(cells: tuple[Cell, ...], total: int, *, one_each: bool) -> tuple[Cell, ...]:
    """Hide counts from which somebody's answer could be told.

    With ``one_each``, the cells add up to the total: further cells are hidden until the hidden ones hold five
    answers or more and are two or more. Otherwise each cell stands by itself, and a cell that all but a few
    chose is hidden as well.
    """
    if not one_each:
        return tuple(
            Cell(cell.label, None)
            if min(cell.count or 0, total - (cell.count or 0)) < SMALLEST_CELL
            else cell
            for cell in cells
        )
    ordered = sorted(range(len(cells)), key=lambda number: cells[number].count or 0)
    hidden = [number for number in ordered if (cells[number].count or 0) < SMALLEST_CELL]
    for number in ordered[len(hidden) :]:
        if not hidden or (len(hidden) > 1 and sum(cells[one].count or 0 for one in hidden) >= SMALLEST_CELL):
            break
        hidden.append(number)
    return tuple(Cell(cell.label, None) if number in hidden else cell for number, cell in enumerate(cells))
