"""The result of a poll as a picture: a bar chart in SVG without a script."""

from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING

from core.faults import FaultError
from members.polls.definition import POLL_FAULTS, Poll
from yihui.access.actor import Actor
from yihui.bootstrap import Wiring
from yihui.cases.polls.pages import HIDDEN_COUNT, NOUN
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from members.polls.results import QuestionResult

_WIDTH, _ROW, _BAR_X, _BAR_WIDTH = 640, 24, 240, 320


def load_poll_chart(wiring: Wiring, actor: Actor | None, poll_id: str, language: Language) -> str:
    """Return the chart of a poll's result. *Raises*: FaultError, also while the ballots are sealed."""
    from yihui.cases.polls.counting import load_poll_result
    from yihui.frame.looking import show_thing

    stored = show_thing(wiring, actor, NOUN, poll_id, language).thing
    result = load_poll_result(wiring, stored)
    if not result:
        until = stored.poll.closes.isoformat(timespec="minutes")
        raise FaultError(POLL_FAULTS.build("sealed", field="poll", value=poll_id, until=until))
    return render_poll_chart(stored.poll, result, language)


def render_poll_chart(poll: Poll, result: "Sequence[QuestionResult]", language: Language) -> str:
    """Return a bar chart as SVG: every number stands beside its bar as text, and nothing in it is a script."""
    rows: list[str] = []
    y = _ROW
    for one in result:
        rows.append(f'<text x="8" y="{y}" font-weight="bold">{escape(one.question.text)}</text>')
        y += _ROW
        for row in _bars(one, y, language):
            rows.append(row)
            y += _ROW
        y += _ROW // 2
    title = escape(poll.title)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {y}" role="img" font-family="sans-serif"'
        f' font-size="14"><title>{title}</title><rect width="100%" height="100%" fill="#fff"/>{"".join(rows)}</svg>\n'
    )


def _bars(one: "QuestionResult", y: int, language: Language) -> Iterator[str]:
    most = max((cell.count or 0 for cell in one.cells), default=0)
    for number, cell in enumerate(one.cells):
        top = y + number * _ROW
        width = _BAR_WIDTH * (cell.count or 0) // most if most else 0
        shown = escape(language.translate(HIDDEN_COUNT) if cell.count is None else f"{cell.count:,}")
        yield (
            f'<text x="{_BAR_X - 8}" y="{top}" text-anchor="end">{escape(cell.label)}</text>'
            f'<rect x="{_BAR_X}" y="{top - 13}" width="{width}" height="16" fill="#1f5fa8"/>'
            f'<text x="{_BAR_X + width + 6}" y="{top}">{shown}</text>'
        )
