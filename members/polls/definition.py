"""A poll as an officer writes it, and the check of answers to it."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from core.faults import Fault, FaultTable
from core.text_marks import N_
from members.message_fields import OrganisationCode
from members.privacy import has_personal_number

_ONCE = N_("each member answers a poll once; what was sent first counts")
POLL_FAULTS = FaultTable(
    "poll",
    {
        "instant": (N_("{field}: {value} is no time"), N_("write it as 2026-10-01 08:00")),
        "id_taken": (N_("there is a poll {value} already"), N_("choose another id")),
        "title_taken": (
            N_("another poll is called “{value}”; rules know a poll by its title"),
            N_("choose another title"),
        ),
        "unknown": (N_("there is no poll {value}"), N_("look the id up: yihui polls list")),
        "unknown_member": (N_("{value} is on no roll"), N_("check the member's id, or import the roll")),
        "not_a_member": (
            N_("{value} is not an active member"),
            N_("the member joins, or verifies the identity, first"),
        ),
        "outside_scope": (
            N_("the poll is for members of {scope}, and the member belongs to {value}"),
            N_("ask the member's own organisation for its polls"),
        ),
        "not_open_yet": (N_("the poll opens at {value}"), N_("answer from then on")),
        "closed": (N_("the poll was closed at {value}"), N_("the answer can't be counted any more")),
        "answered": (N_("this poll was answered already"), _ONCE),
        "unknown_question": (
            N_("{field}: the poll has no such question"),
            N_("answer its questions: {known}"),
        ),
        "unknown_option": (N_("{field}: “{value}” is no option"), N_("choose one of: {known}")),
        "missing": (N_("{field}: the question must be answered"), N_("give an answer to it")),
        "empty": (N_("{field}: the answer is empty"), N_("fill it in, or leave the question out")),
        "wrong_type": (N_("{field}: {value} is no answer to this kind of question"), N_("give {form}")),
        "twice": (N_("{field}: “{value}” is chosen twice"), N_("choose each option once")),
        "too_few": (N_("{field}: {value} options are chosen"), N_("choose at least {least}")),
        "too_many": (N_("{field}: {value} options are chosen"), N_("choose at most {most}")),
        "off_scale": (N_("{field}: {value} is not on the scale"), N_("choose from {least} to {most}")),
        "too_long": (N_("{field}: the answer has {value} characters"), N_("write at most {most}")),
        "too_short": (N_("{field}: the answer has {value} characters"), N_("write at least {least}")),
        "control": (N_("{field}: the answer holds a character that can't be stored"), N_("type it again")),
        "personal": (
            N_("{field}: the answer holds an ID number or a phone number"),
            N_("leave the number out"),
        ),
        "other_key": (
            N_("the ballots of {value} were sealed with another key"),
            N_("put the right key back (poll.key or YIHUI_POLL_KEY); without it nobody can count them"),
        ),
        "sealed": (
            N_("the ballots of {value} are sealed until {until}"),
            N_("an anonymous poll is counted once, when it is over; or close it now: yihui polls close"),
        ),
    },
)


Answer = str | int | tuple[str, ...]
Answers = Mapping[str, Answer]
QuestionKind = Literal["single", "multiple", "scale", "text"]
LONGEST_TEXT = 1_000
_DEFAULT_TEXT = 500
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_EXPECTED = {
    "single": N_("one option as a text"),
    "multiple": N_("a list of options"),
    "scale": N_("a whole number"),
    "text": N_("a text"),
}


def _texts_only(value: object) -> object:
    if not isinstance(value, str):
        raise PydanticCustomError("datetime_parsing", N_("the time {value} can't be read"))
    return value


class Question(BaseModel):
    """One question. ``least`` and ``most`` bound the options chosen, the scale, or the text's length."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, str_strip_whitespace=True)

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]
    text: Annotated[str, Field(min_length=1, max_length=200)]
    kind: QuestionKind
    required: bool = True
    options: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=100)], ...], Field(max_length=50)
    ] = ()
    least: Annotated[int | None, Field(ge=0, le=LONGEST_TEXT)] = None
    most: Annotated[int | None, Field(ge=1, le=LONGEST_TEXT)] = None

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        chosen = self.kind in ("single", "multiple")
        if chosen and len({normalise_option(option) for option in self.options}) < max(2, len(self.options)):
            raise PydanticCustomError("poll_options", N_("a choice needs at least two different options"))
        if not chosen and self.options:
            raise PydanticCustomError("poll_no_options", N_("only a choice has options"))
        if self.kind == "single" and (self.least, self.most) != (None, None):
            raise PydanticCustomError("poll_single", N_("a single choice has neither least nor most"))
        least, most = self.bounds
        if self.kind != "single" and least > most:
            raise PydanticCustomError("poll_bounds", N_("least is above most"))
        if self.kind == "scale" and not 1 <= most - least <= 10:
            raise PydanticCustomError("poll_scale", N_("a scale has 2 to 11 steps"))
        if self.kind == "multiple" and most > len(self.options):
            raise PydanticCustomError("poll_most", N_("most is above the number of options"))
        return self

    @property
    def bounds(self) -> tuple[int, int]:
        """The least and the most: options chosen, steps of the scale, or characters."""
        default = {
            "single": (1, 1),
            "multiple": (1, len(self.options)),
            "scale": (1, 5),
            "text": (1, _DEFAULT_TEXT),
        }[self.kind]
        return (
            default[0] if self.least is None else self.least,
            default[1] if self.most is None else self.most,
        )


class Poll(BaseModel):
    """A poll: who may answer, when, and the questions. Rules know it by its title."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
    title: Annotated[str, Field(min_length=1, max_length=100)]
    scope: OrganisationCode
    anonymous: Annotated[bool, Field(strict=True)]
    opens: Annotated[AwareDatetime, BeforeValidator(_texts_only)]
    closes: Annotated[AwareDatetime, BeforeValidator(_texts_only)]
    questions: Annotated[tuple[Question, ...], Field(min_length=1, max_length=50)]

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        if self.closes <= self.opens:
            raise PydanticCustomError("poll_times", N_("the poll closes before it opens"))
        if len({question.id for question in self.questions}) < len(self.questions):
            raise PydanticCustomError("poll_ids", N_("two questions have the same id"))
        return self

    @property
    def required_count(self) -> int:
        return sum(question.required for question in self.questions)

    def check_time(self, now: datetime, closed_at: datetime | None) -> list[Fault]:
        """Return the fault of an answer that comes too early or too late."""
        end = min(self.closes, closed_at) if closed_at else self.closes
        if now >= end:
            return [POLL_FAULTS.build("closed", field="poll", value=end.isoformat(timespec="minutes"))]
        if now < self.opens:
            opens = self.opens.isoformat(timespec="minutes")
            return [POLL_FAULTS.build("not_open_yet", field="poll", value=opens)]
        return []


def normalise_option(text: str) -> str:
    """Return a text in which full-width signs, capitals and blanks around it make no difference."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def check_answers(poll: Poll, answers: Mapping[str, object]) -> tuple[dict[str, Answer], list[Fault]]:
    """Return the answers as they are stored, and every fault. An answer of None counts as not given."""
    questions = {question.id: question for question in poll.questions}
    known = ", ".join(questions)
    faults = [
        POLL_FAULTS.build("unknown_question", field=str(name)[:40], known=known)
        for name in answers
        if name not in questions
    ]
    stored: dict[str, Answer] = {}
    for question in poll.questions:
        given = answers.get(question.id)
        if given is None:
            if question.required:
                faults.append(POLL_FAULTS.build("missing", field=question.id))
            continue
        wrong = list(_answer_faults(question, given))
        faults += wrong
        if not wrong:
            stored[question.id] = _stored_answer(question, given)
    if not faults and not stored:
        faults.append(POLL_FAULTS.build("empty", field="answers"))
    return stored, faults


def _answer_faults(question: Question, given: object) -> Iterator[Fault]:
    name, (least, most) = question.id, question.bounds
    kinds = {"single": str, "multiple": list | tuple, "scale": int, "text": str}[question.kind]
    if not isinstance(given, kinds) or isinstance(given, bool):
        expected = _EXPECTED[question.kind]
        shown = str(given)[:40]
        yield POLL_FAULTS.build(
            "wrong_type", field=name, value=shown, terms={"form": expected}, form=expected
        )
        return
    if isinstance(given, int):
        if not least <= given <= most:
            yield POLL_FAULTS.build("off_scale", field=name, value=given, least=least, most=most)
    elif isinstance(given, str):
        yield from _text_faults(question, given)
    elif isinstance(given, list | tuple):
        yield from _choice_faults(question, given)


def _text_faults(question: Question, given: str) -> Iterator[Fault]:
    if not given.strip():
        yield POLL_FAULTS.build("empty", field=question.id)
    elif question.kind == "single":
        yield from _option_faults(question, given)
    else:
        least, most = question.bounds
        if len(given.strip()) < least:
            yield POLL_FAULTS.build("too_short", field=question.id, value=len(given.strip()), least=least)
        if len(given.strip()) > most:
            yield POLL_FAULTS.build("too_long", field=question.id, value=len(given.strip()), most=most)
        if _CONTROL.search(given):
            yield POLL_FAULTS.build("control", field=question.id)
        elif has_personal_number(given):
            yield POLL_FAULTS.build("personal", field=question.id, value="***")


def _choice_faults(question: Question, given: list[object] | tuple[object, ...]) -> Iterator[Fault]:
    least, most = question.bounds
    if not given:
        yield POLL_FAULTS.build("empty", field=question.id)
        return
    seen: set[str] = set()
    for one in given:
        if not isinstance(one, str):
            expected = _EXPECTED["multiple"]
            yield POLL_FAULTS.build(
                "wrong_type", field=question.id, value=str(one)[:40], terms={"form": expected}, form=expected
            )
            continue
        yield from _option_faults(question, one)
        if normalise_option(one) in seen:
            yield POLL_FAULTS.build("twice", field=question.id, value=one[:40])
        seen.add(normalise_option(one))
    if len(given) < least:
        yield POLL_FAULTS.build("too_few", field=question.id, value=len(given), least=least)
    if len(given) > most:
        yield POLL_FAULTS.build("too_many", field=question.id, value=len(given), most=most)


def _option_faults(question: Question, given: str) -> Iterator[Fault]:
    if _find_option(question, given) is None:
        known = ", ".join(question.options)
        yield POLL_FAULTS.build("unknown_option", field=question.id, value=given[:40], known=known)


def _find_option(question: Question, given: str) -> str | None:
    wanted = normalise_option(given)
    return next((option for option in question.options if normalise_option(option) == wanted), None)


def _stored_answer(question: Question, given: object) -> Answer:
    if isinstance(given, int):
        return given
    if isinstance(given, str):
        return _find_option(question, given) or given.strip()
    assert isinstance(given, list | tuple)
    chosen = {_find_option(question, str(one)) for one in given}
    return tuple(option for option in question.options if option in chosen)  # in the poll's own order
