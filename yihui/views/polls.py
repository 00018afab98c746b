"""Show polls and their results: lines, JSON, and a chart without a script."""

from collections.abc import Iterator, Sequence
from html import escape

from core.text_marks import N_
from members.polls.results import QuestionResult
from yihui.runtime.language import Language
from yihui.services.organisations.polls import PollResult, PollState

STATE_LABELS = {
    "waiting": N_("not open yet (poll)"),
    "open": N_("open (poll)"),
    "closed": N_("closed (poll)"),
}
_HIDDEN = N_("fewer than 5, or hidden with them")
_WIDTH, _ROW, _BAR_X, _BAR_WIDTH = 640, 24, 240, 320


def poll_lines(states: Sequence[PollState], language: Language) -> Iterator[str]:
    """Yield a line for each poll."""
    template = N_("{id}  {title}: {state}, until {until}, answered by {number}")
    for one in states:
        yield language.render(
            template,
            id=one.poll.id,
            title=one.poll.title,
            state=language.translate(STATE_LABELS[one.state]),
            until=one.poll.closes.isoformat(sep=" ", timespec="minutes"),
            number=_number(one.participants, language),
        )
    if not states:
        yield language.translate(N_("no polls"))


def poll_json(state: PollState) -> dict[str, object]:
    """Return a poll as JSON: who may answer, when, and the questions."""
    content = state.poll.model_dump(mode="json")
    return {**content, "state": state.state, "participants": state.participants}


def poll_details_lines(state: PollState, language: Language) -> Iterator[str]:
    """Yield a poll with its questions."""
    yield from poll_lines([state], language)
    anonymous = N_("anonymous; scope {scope}") if state.poll.anonymous else N_("named; scope {scope}")
    yield language.render(anonymous, scope=state.poll.scope)
    for question in state.poll.questions:
        options = " / ".join(question.options)
        yield f"{question.id}  {question.text} [{question.kind}] {options}".rstrip()


def _number(number: int | None, language: Language) -> str:
    return language.translate(_HIDDEN) if number is None else f"{number:,}"


def result_lines(result: PollResult, language: Language) -> Iterator[str]:
    """Yield the result, question by question."""
    yield from poll_lines([result.state], language)
    for one in result.questions:
        yield f"{one.question.id}  {one.question.text}"
        for cell in one.cells:
            yield f"    {cell.label}: {_number(cell.count, language)}"
        if one.mean is not None:
            yield "    " + language.render(N_("mean {mean}"), mean=f"{one.mean:.2f}")
        for text in one.texts:
            yield f"    · {text}"


def result_json(result: PollResult) -> dict[str, object]:
    """Return the result as JSON; a hidden count is null."""
    return {
        "poll": result.state.poll.id,
        "state": result.state.state,
        "participants": result.state.participants,
        "questions": [
            {
                "id": one.question.id,
                "text": one.question.text,
                "kind": one.question.kind,
                "answered": one.answered,
                "cells": [{"label": cell.label, "count": cell.count} for cell in one.cells],
                "mean": one.mean,
                "texts": list(one.texts),
            }
            for one in result.questions
        ],
    }


def result_chart(result: PollResult, language: Language) -> str:
    """Return a bar chart as SVG: every number stands beside its bar as text, and nothing in it is a script."""
    rows: list[str] = []
    y = _ROW
    for one in result.questions:
        rows.append(f'<text x="8" y="{y}" font-weight="bold">{escape(one.question.text)}</text>')
        y += _ROW
        for row in _bars(one, y, language):
            rows.append(row)
            y += _ROW
        y += _ROW // 2
    title = escape(result.state.poll.title)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {y}" role="img" font-family="sans-serif"'
        f' font-size="14"><title>{title}</title><rect width="100%" height="100%" fill="#fff"/>{"".join(rows)}</svg>\n'
    )


def _bars(one: QuestionResult, y: int, language: Language) -> Iterator[str]:
    most = max((cell.count or 0 for cell in one.cells), default=0)
    for number, cell in enumerate(one.cells):
        top = y + number * _ROW
        width = _BAR_WIDTH * (cell.count or 0) // most if most else 0
        shown = escape(_number(cell.count, language))
        yield (
            f'<text x="{_BAR_X - 8}" y="{top}" text-anchor="end">{escape(cell.label)}</text>'
            f'<rect x="{_BAR_X}" y="{top - 13}" width="{width}" height="16" fill="#1f5fa8"/>'
            f'<text x="{_BAR_X + width + 6}" y="{top}">{shown}</text>'
        )
