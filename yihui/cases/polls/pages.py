"""Polls at every door: those of the officer's organisations, and one with its questions and what was answered."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

from core.prompts import Prompt
from core.text_marks import N_
from members.polls.definition import Question
from yihui.access.roles import Right
from yihui.cases.polls.acts import CLOSE, CREATE, POLL, QUESTION_KINDS
from yihui.frame.cells import Cell, Chip, Choice, Deadline, Link, Officer, Organisation, Several
from yihui.frame.content import Advice, Fact, Facts, Section, Table, TableColumn, ThingPage
from yihui.frame.listing import Listing, Looking, RowSlice, find_selected
from yihui.frame.noun import Noun
from yihui.frame.types import Form
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from members.polls.repository import StoredPoll
    from members.polls.results import QuestionResult
    from yihui.cases.polls.counting import PollState

_PATH, _RIGHT = "polls", Right.READ_STATISTICS
STATE_LABELS = {
    "waiting": N_("not open yet (poll)"),
    "open": N_("open (poll)"),
    "closed": N_("closed (poll)"),
}
HIDDEN_COUNT = N_("fewer than 5, or hidden with them")
_TONES = {"waiting": "waiting", "open": "good", "closed": ""}
_ResultRow = tuple[Question, str, Cell]


class PollFilter(Form):
    """Which polls are listed."""

    state: Annotated[
        Literal["waiting", "open", "closed"] | None, Prompt(N_("State"), labels=STATE_LABELS)
    ] = None


def find_polls(look: Looking[PollFilter]) -> "RowSlice[PollState]":
    """Find the polls whose scopes are the officer's, the newest first."""
    from sqlalchemy import func, or_, select

    from members.polls.repository import read_poll_row
    from members.polls.tables import poll_participants, polls
    from yihui.cases.polls.counting import build_state

    c, now = polls.c, look.now
    is_over = or_(c.closed_at.is_not(None), c.closes_at <= now)
    answered = select(func.count()).where(poll_participants.c.poll_id == c.id).scalar_subquery()
    query = select(polls, answered.label("answered")).order_by(c.opens_at.desc(), c.id)
    if look.filter.state == "closed":
        query = query.where(is_over)
    elif look.filter.state is not None:
        query = query.where(~is_over, c.opens_at <= now if look.filter.state == "open" else c.opens_at > now)
    return find_selected(
        look, query, lambda row: build_state(read_poll_row(row), row.answered, now), c.scope, _RIGHT
    )


def show_poll(look: Looking[Any], stored: "StoredPoll", language: Language) -> ThingPage:
    """Return a poll with its questions, and its result if that may be shown; one that is over is counted first."""
    from yihui.cases.polls.counting import describe_poll, find_result

    state = describe_poll(look.connection, stored, look.now)
    poll, result = stored.poll, find_result(look.wiring, look.connection, stored, look.now)
    facts = (
        Fact("id", N_("Name for programs"), poll.id, is_on_page=False),
        Fact("scope", N_("Whose members answer"), Organisation(poll.scope)),
        Fact("anonymous", N_("Anonymous"), poll.anonymous),
        Fact("opens", N_("Opens at"), poll.opens),
        Fact("closes", N_("Closes at"), Deadline(poll.closes)),
        Fact("participants", N_("Members who answered"), _count(state.participants)),
        Fact("created_by", N_("Created by"), Officer(stored.created_by)),
        Fact("chart", N_("Chart"), Link(f"/api/v1/polls/{poll.id}/results.svg", language.translate(N_("as a picture"))) if result else None),
    )  # fmt: skip
    sections: list[Section] = [
        Facts("", [one for one in facts if one.value is not None]),
        Table("questions", N_("Questions"), _QUESTIONS, poll.questions, ""),
    ]
    if result is None:
        until = Deadline(poll.closes)
        sections.append(Advice(language.render(N_("The ballots are sealed until {until}."), until=until)))
    else:
        sections.append(Table("results", N_("Result"), _RESULTS, _list_results(result, language), ""))
    return ThingPage(
        poll.title, sections, _chip(state), acts=(CLOSE.name,) if state.state != "closed" else ()
    )


def _list_results(result: "list[QuestionResult]", language: Language) -> list[_ResultRow]:
    """Return how often each answer was given, then the mean, then what was written, question by question."""
    rows: list[_ResultRow] = []
    for one in result:
        rows += [(one.question, cell.label, _count(cell.count)) for cell in one.cells]
        if one.mean is not None:
            rows.append((one.question, language.translate(N_("Mean")), f"{one.mean:.2f}"))
        rows += [(one.question, text, None) for text in one.texts]
    return rows


def _count(number: int | None) -> Cell:
    return Choice("hidden", HIDDEN_COUNT) if number is None else number


def _chip(state: "PollState") -> Chip:
    return Chip(state.state, STATE_LABELS[state.state], _TONES[state.state])


_QUESTIONS = (
    TableColumn[Question]("id", N_("Name for programs"), lambda one: one.id, is_on_page=False),
    TableColumn[Question]("text", N_("Question"), lambda one: one.text),
    TableColumn[Question]("kind", N_("Kind"), lambda one: Choice(one.kind, QUESTION_KINDS[one.kind])),
    TableColumn[Question]("options", N_("Options"), lambda one: Several(one.options)),
    TableColumn[Question]("required", N_("Must be answered"), lambda one: one.required),
    TableColumn[Question]("least", N_("At least"), lambda one: one.least),
    TableColumn[Question]("most", N_("At most"), lambda one: one.most),
)
_RESULTS = (
    TableColumn[_ResultRow]("id", N_("Name for programs"), lambda one: one[0].id, is_on_page=False),
    TableColumn[_ResultRow]("question", N_("Question"), lambda one: one[0].text),
    TableColumn[_ResultRow]("label", N_("Chosen or written"), lambda one: one[1]),
    TableColumn[_ResultRow]("count", N_("How many"), lambda one: one[2]),
)
_COLUMNS = (
    TableColumn["PollState"]("title", N_("Title"), lambda one: Link(f"/desk/polls/{one.poll.id}", one.poll.title)),
    TableColumn["PollState"]("id", N_("Name for programs"), lambda one: one.poll.id, is_on_page=False),
    TableColumn["PollState"]("scope", N_("Whose members answer"), lambda one: Organisation(one.poll.scope)),
    TableColumn["PollState"]("state", N_("State"), _chip),
    TableColumn["PollState"]("closes", N_("Closes at"), lambda one: Deadline(one.poll.closes)),
    TableColumn["PollState"]("participants", N_("Members who answered"), lambda one: _count(one.participants)),
)  # fmt: skip
NOUN = Noun(
    _PATH,
    N_("Polls"),
    POLL,
    Listing(
        N_("List the polls of the officer's organisations, the newest first"),
        PollFilter,
        find_polls,
        _COLUMNS,
        N_("There is no poll. Create one, and members find it under “Take part”."),
    ),
    show_poll,
    _RIGHT,
    (CLOSE, CREATE),
)
