"""Polls as a member has them: those for her organisation, her one answer, and the result of one that is over."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import quote

from pydantic import Field
from sqlalchemy import Connection, select

from core.civil_time import CIVIL_TIME, civil_date, format_civil_minute, start_of_day
from core.faults import Fault, FaultError
from core.prompts import Prompt
from core.text_marks import N_
from events import Event, accept_events
from events.organisations import load_history_lineages
from events.projection import member_facts
from members import read_member_changes
from members.polls.ballots import seal_ballot
from members.polls.definition import POLL_FAULTS, Answer, Poll, Question, check_answers
from members.polls.repository import (
    StoredPoll,
    add_participant,
    list_polls,
    require_poll,
    store_named_answers,
)
from members.polls.results import SMALLEST_CELL, QuestionResult, hide_small_cells
from members.polls.tables import poll_participants
from rules import territory_covers
from yihui.access.roles import Right
from yihui.bootstrap import Wiring
from yihui.cases.polls.counting import PollState, describe_poll, find_result, require_ballot_key
from yihui.cases.polls.pages import HIDDEN_COUNT
from yihui.frame.acts import MEMBER, Act, Change, Doing, Kind
from yihui.frame.cells import Choice, Link, Phrase, cell_text
from yihui.frame.content import Advice, Fact, Facts, Prose, Section, TableColumn, ThingPage
from yihui.frame.fields import FieldKind, FormField
from yihui.frame.listing import Listing, Looking, NoFilter, RowSlice
from yihui.frame.looking import find_among
from yihui.frame.noun import Noun
from yihui.frame.types import Form
from yihui.runtime.language import Language
from yihui.services.events.events import build_event

POLL_SOURCE = "/polls"
PATH = "take-part/polls"
_MOST_CLOSED = 20
_PREFIX = "q-"  # of the fields: a question may be called as a button is
_HIDDEN_COUNT = Choice("hidden", HIDDEN_COUNT)
_SECRET = N_("Secret: nobody can see what you answer. You answer once.")
_NAMED = N_("Your union sees what you answer. You answer once.")


class AnswersForm(Form):
    """What a member answers, by question. No digest of it is kept: few answers are possible."""

    answers: Annotated[Mapping[str, str | list[str]], Field(repr=False)] = {}


@dataclass(frozen=True, slots=True)
class OwnPoll:
    """A poll for the member's organisation, and whether she has answered it."""

    member: str
    state: PollState
    has_answered: bool

    @property
    def poll(self) -> Poll:
        return self.state.poll


def list_own_polls(wiring: Wiring, connection: Connection, member: str, now: datetime) -> list[OwnPoll]:
    """Return the polls that are open or over and are for the member or were answered by her, the newest first."""
    c = poll_participants.c
    answered = set(connection.execute(select(c.poll_id).where(c.member_id == member)).scalars())
    found = []
    closed = 0
    for stored in list_polls(connection):
        has_answered = stored.poll.id in answered
        if not has_answered and find_member_faults(connection, stored.poll, member, civil_date(now)):
            continue
        state = describe_poll(connection, stored, now)
        closed += state.state == "closed"
        if state.state == "waiting" or closed > _MOST_CLOSED:
            continue
        found.append(OwnPoll(member, state, has_answered))
    return found


def _list_fields(one: OwnPoll | None, language: Language) -> Sequence[FormField]:
    return [_build_field(question, language) for question in one.poll.questions] if one else []


def _build_field(question: Question, language: Language) -> FormField:
    least, most = question.bounds
    name, kind, choices = f"{_PREFIX}{question.id}", FieldKind.BOX, None
    hint = ""
    if question.kind != "text":
        options = range(least, most + 1) if question.kind == "scale" else question.options
        kind, choices = FieldKind.CHOICE, {str(option): str(option) for option in options}
    if question.kind == "multiple":
        kind, hint = FieldKind.CHOICES, language.render(N_("choose at most {most}"), most=most)
    longest = most if question.kind == "text" else 0
    prompt = Prompt(question.text, hint=hint, rows=3)
    return FormField(name, prompt, kind, question.required, choices=choices, longest=longest)


def _answer(act: Doing[AnswersForm, OwnPoll]) -> Change:
    """Store a member's answer and its event; of a poll that was closed meanwhile the result may have been told already.

    *Raises*: FaultError with every fault.
    """
    member, now = act.actor.id, act.now
    stored = require_poll(act.connection, act.thing.poll.id, lock=True)
    poll = stored.poll
    answers, faults = check_answers(poll, dict(_read_answers(poll, act.form.answers)))
    at = now if stored.closed_at is None else act.wiring.now()
    if faults := [*poll.check_time(at, stored.closed_at), *map(_name_field, faults)]:
        raise FaultError(faults)
    if not add_participant(act.connection, poll.id, member):
        raise FaultError(POLL_FAULTS.build("answered", field="member", value=member))
    _store_answers(act.connection, act.wiring, stored, member, answers)
    accept_events(act.connection, [_build_event(poll, member, len(answers), now)], now)
    return Change(poll.id)


def _read_answers(poll: Poll, typed: Mapping[str, str | list[str]]) -> Iterator[tuple[str, object]]:
    """Yield what was chosen or typed, as a poll has it: a step of a scale is a number."""
    for question in poll.questions:
        value = typed.get(f"{_PREFIX}{question.id}")
        if question.kind == "scale" and isinstance(value, str) and value.isascii() and value.isdigit():
            yield question.id, int(value[:5])  # longer than any step
        elif value is not None:
            yield question.id, value


def _name_field(fault: Fault) -> Fault:
    return replace(fault, field=f"{_PREFIX}{fault.field}")


def _store_answers(
    connection: Connection, wiring: Wiring, stored: StoredPoll, member: str, answers: Mapping[str, Answer]
) -> None:
    if stored.poll.anonymous:
        seal_ballot(connection, stored.poll, require_ballot_key(wiring, stored), answers)
    else:
        store_named_answers(connection, stored.poll.id, member, answers)


def find_member_faults(connection: Connection, poll: Poll, member: str, day: date) -> list[Fault]:
    """Return why a member may not answer a poll on a day; nothing if she may."""
    changes = read_member_changes(connection, [member])[member]
    if not changes:
        return [POLL_FAULTS.build("unknown_member", field="member", value=member)]
    facts = member_facts(changes, day, load_history_lineages(connection, [changes]))
    if facts["member.status"] != "active":
        return [POLL_FAULTS.build("not_a_member", field="member", value=member)]
    code = facts["member.organisation"] or facts["member.district"]
    if not isinstance(code, str) or not territory_covers(poll.scope, code):
        return [POLL_FAULTS.build("outside_scope", field="member", value=str(code), scope=poll.scope)]
    return []


def _build_event(poll: Poll, member: str, answered: int, now: datetime) -> Event:
    """Return the event. Of an anonymous poll it counts the questions that everybody must answer, nothing else."""
    return build_event(
        now,
        id=f"poll-{poll.id}-{member}",
        source=POLL_SOURCE,
        type="poll.completed",
        subject=member,
        time=now.astimezone(CIVIL_TIME).isoformat(),
        datacontenttype="application/json",
        data={"poll": poll.title, "answers": poll.required_count if poll.anonymous else answered},
    )


def _find_own(look: Looking[Any]) -> RowSlice[OwnPoll]:
    return look.cut(list_own_polls(look.wiring, look.connection, look.actor.id, look.now))


def find_poll_state(one: OwnPoll) -> Choice | Phrase:
    """Return whether the member can answer a poll, has answered it, or it is over."""
    if one.has_answered:
        return Choice("answered", N_("You have answered."))
    if one.state.state == "closed":
        return Choice("closed", N_("It is over."))
    closes = one.poll.closes
    if closes == start_of_day(civil_date(closes)):  # then the day before is the last
        last = civil_date(closes) - timedelta(days=1)
        return Phrase(N_("You can answer until {day}, that day included."), {"day": last})
    return Phrase(N_("You can answer until {until}."), {"until": format_civil_minute(closes)})


def _show(look: Looking[Any], one: OwnPoll, language: Language) -> ThingPage:
    """Return a poll: whether it can be answered, who sees that, and the result once it is over."""
    is_open = not one.has_answered and one.state.state == "open"
    sections: list[Section] = []
    if is_open:
        sections.append(Advice(language.translate(_SECRET if one.poll.anonymous else _NAMED)))
    if one.state.state == "closed":
        found = find_result(look.wiring, look.connection, one.state.stored, look.now) or []
        results = (result if one.poll.anonymous else _hide_small_counts(result) for result in found)
        sections += [_build_result(result, language) for result in results]
    state = cell_text(find_poll_state(one), language)
    return ThingPage(one.poll.title, sections, notice=state, acts=(ANSWER.name,) if is_open else ())


def _hide_small_counts(one: QuestionResult) -> QuestionResult:
    """Return a result without small counts: they could name a colleague."""
    total = one.answered or 0
    cells = hide_small_cells(one.cells, total, one_each=one.question.kind != "multiple")
    return QuestionResult(one.question, None if total < SMALLEST_CELL else total, cells)


def _build_result(one: QuestionResult, language: Language) -> Section:
    facts = [
        Fact(f"{place}", str(cell.label), _HIDDEN_COUNT if cell.count is None else cell.count)
        for place, cell in enumerate(one.cells or ())
    ]
    if facts:
        return Facts(one.question.text, facts)
    text, count = N_("answers in own words: {count}"), one.answered
    counted = language.translate(HIDDEN_COUNT) if count is None else language.render(text, count=count)
    return Prose("answered", one.question.text, counted)


_load = find_among(
    lambda at: list_own_polls(at.wiring, at.connection, at.actor.id, at.now), lambda one: one.poll.id
)
OWN_POLL = Kind("poll", _load, lambda _: 1, key=str, member=lambda one: one.member)
ANSWER = Act("answer", N_("Take part"), AnswersForm, _answer, Right.OWN, "own.answer_poll",
             N_("Your answers have been counted. Thank you."), OWN_POLL, button=N_("Send my answers"), doors=MEMBER,
             asks=_list_fields, accepts_event=True, leads_to=PATH, is_secret=lambda one: one.poll.anonymous)  # fmt: skip
_COLUMNS = (
    TableColumn[OwnPoll]("title", "", lambda one: Link(f"/me/{PATH}/{quote(one.poll.id, safe='')}", one.poll.title)),
    TableColumn[OwnPoll]("state", "", find_poll_state),
)  # fmt: skip
POLLS = Noun(
    PATH,
    N_("Polls, draws and points"),
    OWN_POLL,
    Listing(N_("Polls and votes"), NoFilter, _find_own, _COLUMNS, N_("There is no poll for you now.")),
    _show,
    Right.OWN,
    (ANSWER,),
    (("/me", N_("My benefits")), ("/me/points", N_("See and spend my points"))),
    beside=("take-part/draws",),
)
