"""The file of a session, and the rule that its enrolments follow."""

import json
from datetime import date, timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from core.faults import FaultError, FaultTable
from core.source_text import shorten_quote
from core.text_marks import N_
from core.yaml.yaml_text import parse_yaml_document
from rules.model.definition import Requirement
from rules.model.figures import Basis
from rules.yaml.rule_text import add_validation_faults
from rules.yaml.wording import NonEmptyText, SlugName, StrictFileModel, TerritoryCode

SessionKind = Literal["course", "hall", "childcare"]
SESSION_FAULTS = FaultTable(
    "session",
    {
        "not-a-session": (
            N_("the file holds no session: {value}"),
            N_("begin with id:, title:, kind:, station:, owner:, basis:, from:, until:, places:, enrolment:"),
        ),
        "unknown": (N_("there is no session {value}"), N_("`yihui sessions list` shows the ids")),
        "exists": (N_("there is a session {value} already"), N_("give the new one another id")),
        "unknown_station": (
            N_("there is no station {value}"),
            N_("`yihui stations list` shows the ids"),
        ),
        "not_in_force": (
            N_("the session {value} is not approved, or takes no enrolments on {day}"),
            N_("another officer approves it: yihui rules approve {value}"),
        ),
        "closed": (N_("the session {value} was closed on {day}"), N_("`yihui sessions list` shows others")),
        "not_enrolled": (
            N_("{member} has no place in the session {value}"),
            N_("`yihui sessions show {value}` lists who has"),
        ),
        "nothing_to_cancel": (
            N_("{member} neither has a place in the session {value} nor waits for one"),
            N_("`yihui sessions show {value}` lists who does"),
        ),
        "no_meeting": (
            N_("the session {value} does not meet on {day}"),
            N_("name one of its days, up to today"),
        ),
    },
)
_WEEK_DAYS = 7
_ACTIVE = {
    "that": "member.status == 'active'",
    "else": "会籍已暂停或不在册",
    "remedy": "请所在工会核对名册；会籍暂停的，向工会申请恢复",
}


class Enrolment(StrictFileModel):
    """First come or by draw, within some days; who finds no place waits."""

    mode: Literal["first_come", "lottery"]
    since: date = Field(alias="from")
    until: date


class SessionDefinition(StrictFileModel):
    """A course, the use of a hall, or a childcare term: where, when, how many places, and who may enrol.

    ``weekdays``: 1 is Monday. ``begins`` and ``ends`` are civil times.
    """

    id: SlugName
    title: NonEmptyText
    kind: SessionKind
    station: Annotated[str, Field(min_length=1, max_length=128)]
    owner: TerritoryCode
    basis: Annotated[tuple[Basis, ...], Field(min_length=1, max_length=10)]
    since: date = Field(alias="from")
    until: date
    weekdays: Annotated[tuple[Annotated[int, Field(ge=1, le=7)], ...], Field(min_length=1, max_length=7)]
    begins: Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    ends: Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    places: Annotated[int, Field(ge=1, le=10_000)]
    enrolment: Enrolment
    require: Annotated[tuple[Requirement, ...], Field(max_length=20)] = ()

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until < self.since or self.ends <= self.begins:
            raise PydanticCustomError("session_order", N_("a session ends after it begins"))
        if self.enrolment.until < self.enrolment.since or self.enrolment.until > self.until:
            raise PydanticCustomError(
                "session_order", N_("enrolment ends after it begins, within the session")
            )
        if not any(self.meets_on(self.since + timedelta(days=n)) for n in range(_WEEK_DAYS)):
            raise PydanticCustomError(
                "session_order", N_("none of the weekdays lies between from: and until:")
            )
        return self

    def meets_on(self, day: date) -> bool:
        """Return whether the session meets on a civil day."""
        return self.since <= day <= self.until and day.isoweekday() in self.weekdays

    def meetings_in_week(self, day: date) -> list[date]:
        """Return the days on which the session meets in the week of a day, from Monday."""
        monday = day - timedelta(days=day.weekday())
        week = (monday + timedelta(days=n) for n in range(_WEEK_DAYS))
        return [one for one in week if self.meets_on(one)]


def parse_session(file: str, text: str) -> SessionDefinition:
    """Parse a session's file. *Raises*: FaultError with every fault and its line."""
    document = parse_yaml_document(file, text)
    if isinstance(document.value, dict):
        try:
            found = SessionDefinition.model_validate(document.value)
        except ValidationError as error:
            add_validation_faults(document, error, SessionDefinition)
        else:
            if not document.faults:
                return found
    elif not document.faults:
        document.add_fault((), SESSION_FAULTS.build("not-a-session", value=shorten_quote(text)))
    raise FaultError(document.sorted_faults())


def build_session_rule(session: SessionDefinition) -> str:
    """Return the text of the rule that grants the session's places: its quota are the places.

    JSON values are YAML, so that no title can end a line of the file.
    """
    on_time = {
        "that": f"event.occurred_on <= date('{session.enrolment.until}')",
        "else": "报名已经截止",
        "remedy": "请向工会了解是否再办",
    }
    required = [one.model_dump(mode="json", by_alias=True, exclude_none=True) for one in session.require]
    is_drawn = session.enrolment.mode == "lottery"
    span = {"from": session.enrolment.since, "until": session.enrolment.until}
    allocation: dict[str, object] = {
        "mode": session.enrolment.mode,
        "quota": session.places,
        "waiting_list": True,
        **({"entries": span} if is_drawn else {}),
    }
    rule: dict[str, object] = {
        "id": session.id,
        "title": session.title,
        "basis": [one.model_dump(mode="json", exclude_none=True) for one in session.basis],
        "owner": session.owner,
        "in_force": {"from": session.enrolment.since, "until": session.until},
        "on": "session.enrolled",
        "among": f"event.session == '{session.id}'",
        "require": [_ACTIVE, *([] if is_drawn else [on_time]), *required],
        "benefit": {"kind": "place", "title": session.title, "unit": "个"},
        "limit": {"times": 1, "per": ["member"], "every": "programme_period"},
        "allocate": allocation,
    }
    return "".join(f"{name}: {_flow(value)}\n" for name, value in rule.items())


def _flow(value: object) -> str:
    """Return a value in YAML's flow style; dates stand without quotes."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_flow(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return value.isoformat() if isinstance(value, date) else json.dumps(value, ensure_ascii=False)
