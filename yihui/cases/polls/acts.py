"""What officers do to a poll: create it, and close it before its time."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AwareDatetime, BeforeValidator, Field, ValidationError

from core.civil_time import CIVIL_TIME
from core.faults import FaultError
from core.prompts import Prompt
from core.text_marks import N_
from members.polls.definition import POLL_FAULTS, Poll, QuestionKind
from yihui.access.poll_fold import CLOSE_POLL, CREATE_POLL, digest_poll
from yihui.access.roles import Right
from yihui.frame.acts import Act, Change, Doing, Kind
from yihui.frame.fields import FieldFaultError
from yihui.frame.typed import faults_of
from yihui.frame.types import Form, OrganisationCode, read_whole

if TYPE_CHECKING:
    from members.polls.repository import StoredPoll

RIGHT = Right.CHANGE_ORGANISATIONS
QUESTION_KINDS: Mapping[QuestionKind, str] = {
    "single": N_("one of several (question)"),
    "multiple": N_("some of several (question)"),
    "scale": N_("a scale (question)"),
    "text": N_("a text (question)"),
}
_YES_NO = {"yes": N_("yes"), "no": N_("no")}
_SIGNS = re.compile(r"[;；\n]")  # between options


def _read_instant(value: object) -> datetime:
    """Return the instant that somebody typed: without an offset, in civil time; a number is none."""
    typed = unicodedata.normalize("NFKC", str(value)).strip()
    is_end = typed.endswith("24:00")  # as the end of a day is shown
    try:
        instant = datetime.fromisoformat(f"{typed[:-5]}00:00" if is_end else typed) + timedelta(days=is_end)
    except ValueError as error:
        raise FieldFaultError([POLL_FAULTS.build("instant", value=typed[:40])]) from error
    return instant if instant.tzinfo else instant.replace(tzinfo=CIVIL_TIME)


def _read_yes(value: object) -> object:
    return ("yes" if value else "no") if isinstance(value, bool) else value


def _split_options(value: object) -> object:
    return tuple(filter(None, map(str.strip, _SIGNS.split(value)))) if isinstance(value, str) else value


TypedInstant = Annotated[AwareDatetime, BeforeValidator(_read_instant)]
YesOrNo = Annotated[Literal["yes", "no"], BeforeValidator(_read_yes)]
WholeNumber = Annotated[int, BeforeValidator(read_whole)]


class QuestionForm(Form):
    """One question as it is typed; the poll itself says what can't be asked."""

    text: Annotated[str, Prompt(N_("Question"))]
    kind: Annotated[QuestionKind, Prompt(N_("Kind"), labels=QUESTION_KINDS)]
    options: Annotated[
        tuple[str, ...],
        BeforeValidator(_split_options),
        Prompt(N_("Options"), hint=N_("Of a choice; write “；” between them.")),
    ] = ()
    required: Annotated[YesOrNo, Prompt(N_("Must be answered"), labels=_YES_NO)] = "yes"
    least: Annotated[
        WholeNumber | None,
        Prompt(N_("At least"), hint=N_("The fewest options, the lowest step, or the shortest text.")),
    ] = None
    most: Annotated[WholeNumber | None, Prompt(N_("At most"))] = None
    id: Annotated[str | None, Prompt(N_("Name for programs"))] = None


class PollForm(Form):
    """A poll as it is typed."""

    title: Annotated[str, Prompt(N_("Title"), hint=N_("Rules know a poll by it."))]
    scope: Annotated[OrganisationCode, Prompt(N_("Whose members answer"))]
    anonymous: Annotated[
        YesOrNo,
        Prompt(N_("Anonymous"), hint=N_("Nobody learns who answered what; the result is shown when it is over."), labels=_YES_NO),
    ]  # fmt: skip
    opens: Annotated[TypedInstant, Prompt(N_("Opens at"), hint=N_("Such as 2026-10-01 08:00"))]
    closes: Annotated[TypedInstant, Prompt(N_("Closes at"))]
    questions: Annotated[
        tuple[QuestionForm, ...], Field(min_length=1, max_length=50), Prompt(N_("Questions"))
    ]
    id: Annotated[str | None, Prompt(N_("Name for programs"), hint=N_("Empty: the program chooses one."))] = (
        None
    )


def _load(at: Any, key: str, _: bool) -> "StoredPoll":
    from members.polls.repository import require_poll

    return require_poll(at.connection, key)


def build_poll(form: PollForm, id_: str) -> Poll:
    """Return the poll of a form. *Raises*: FaultError with every fault."""
    said = form.model_dump(mode="json")
    for number, question in enumerate(said["questions"], 1):
        question |= {"id": question["id"] or f"q{number}", "required": question["required"] == "yes"}
        question["options"] = tuple(question["options"])
    try:
        return Poll.model_validate({**said, "id": form.id or id_, "anonymous": form.anonymous == "yes"})
    except ValidationError as error:
        # Pydantic counts the questions that are right, and says that there are too few.
        found = [one for one in faults_of(PollForm, error) if one.code != "field.too_short"]
        whole = re.compile(
            r"questions\.[0-9]+"
        )  # what is wrong with a question as a whole stands beside its text
        raise FaultError(
            [one.at(field=f"{one.field}.text") if whole.fullmatch(one.field or "") else one for one in found]
        ) from error


def create(act: Doing[PollForm, "StoredPoll"]) -> Change:
    """Create a poll. *Raises*: FaultError with every fault."""
    from secrets import token_hex

    from members.polls.ballots import ballot_key, key_fingerprint
    from members.polls.repository import find_poll, insert_poll, is_title_taken

    poll = build_poll(act.form, f"poll-{token_hex(4)}")
    faults = []
    if find_poll(act.connection, poll.id) is not None:
        faults.append(POLL_FAULTS.build("id_taken", field="id", value=poll.id))
    if is_title_taken(act.connection, poll.title):
        faults.append(POLL_FAULTS.build("title_taken", field="title", value=poll.title))
    if faults:
        raise FaultError(faults)
    fingerprint = key_fingerprint(ballot_key(act.wiring.poll_key, poll.id)) if poll.anonymous else None
    insert_poll(act.connection, poll, act.actor.id, fingerprint, act.now)
    said = {
        "anonymous": poll.anonymous,
        "questions": len(poll.questions),
        "content": digest_poll(poll.model_dump_json()),
    }
    return Change(poll.id, said)


def close(act: Doing[Form, "StoredPoll"]) -> Change:
    """Close a poll now and count its ballots; of a closed one nothing changes. *Raises*: FaultError."""
    from yihui.cases.polls.counting import count_poll

    poll = act.thing.poll
    count_poll(act.wiring, act.connection, act.thing, act.actor.id, min(act.now, poll.closes))
    return Change(poll.id)


POLL = Kind[Any](
    "poll",
    _load,
    lambda one: 1 if one.closed_at is None else 2,
    lambda one: one.poll.scope,
    key=str,
)
CREATE = Act("create", N_("Create a poll"), PollForm, create, RIGHT, CREATE_POLL,
             N_("The poll was created."), POLL, makes=True, places=lambda act: (act.form.scope,))  # fmt: skip
CLOSE = Act("close", N_("Close it now and count"), Form, close, RIGHT, CLOSE_POLL,
            N_("The poll was closed."), POLL, is_grave=True, ticked=N_("I know that nobody can answer it any more."))  # fmt: skip
