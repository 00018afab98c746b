"""What agents and units write into cases of the hotline."""

import unicodedata
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from core.prompts import Prompt
from core.text_marks import N_
from members.hotline.case import CALL_BACK_TITLES, CallBack
from members.hotline.faults import HOTLINE_FAULTS
from members.hotline.terms import CHANNEL_TITLES, TERMS, CaseCategory, CaseChannel
from members.persons import PHONE_FAULTS, InvalidPhone, parse_phone
from yihui.cases.kernel.forms import REASON
from yihui.frame.fields import FieldFaultError, FieldKind
from yihui.frame.types import (
    CivilDay,
    Form,
    FreeText,
    MemberId,
    OrganisationCode,
    StationId,
    read_text,
    read_words,
)

LONGEST_SUMMARY, LONGEST_ANSWER, LONGEST_TRANSCRIPT, LONGEST_NAME = 200, 2_000, 20_000, 50
CATEGORY_TITLES = {category: terms.title for category, terms in TERMS.items()}
_HINT = N_("No names and no numbers: it stays in the history.")
_ENCRYPTED = N_(
    "Name, number and words are stored encrypted, shown masked, and deleted when their time is over."
)


def _read_phone(value: object) -> object:
    """Return a number in its usual form; a landline can be called back as well."""
    if not isinstance(value, str):
        return value
    if not value.strip():
        return None
    try:
        return parse_phone(value.strip())
    except InvalidPhone as error:
        if error.code != f"{PHONE_FAULTS.area}.landline":
            raise FieldFaultError(error.faults) from error
        return unicodedata.normalize("NFKC", value.strip())


class OpenForm(Form):
    """A case as it is taken in. ``crosses`` unsaid: found from where the member and the place belong."""

    summary: Annotated[FreeText, Prompt(N_("What it is about, in a sentence"), hint=_HINT)]
    category: Annotated[CaseCategory, Prompt(N_("Category"), labels=CATEGORY_TITLES)]
    organisation: Annotated[OrganisationCode, Prompt(N_("Hotline of"))]
    channel: Annotated[CaseChannel, Prompt(N_("Channel"), labels=CHANNEL_TITLES)] = "call"
    from_office: Annotated[
        str | None,
        Field(max_length=30),
        BeforeValidator(read_text),
        Prompt(N_("Transferred by"), hint=N_("The other office, such as 12345."), option="--from"),
    ] = None
    member: Annotated[
        MemberId | None,
        Prompt(
            N_("Member"),
            hint=N_("By name, phone, card or the end of the ID number. Empty for an anonymous caller."),
        ),
    ] = None
    place: Annotated[
        OrganisationCode | None,
        Prompt(
            N_("Place: its union"),
            hint=N_("Where it happened. If it and the member belong to different regions, two units act."),
        ),
    ] = None
    station: Annotated[StationId | None, Prompt(N_("Station, if it is about one"))] = None
    crosses: Annotated[
        Literal["yes", "no"] | None,
        Prompt(
            N_("More than one region or department"),
            hint=N_("Not said: as member and place say."),
            labels={"yes": N_("yes"), "no": N_("no")},
        ),
    ] = None
    unclear: Annotated[
        bool,
        Prompt(N_("It has to be cleared up first: until the end of the next work-day instead of one hour")),
    ] = False
    name: Annotated[
        str | None,
        Field(max_length=LONGEST_NAME, repr=False),
        BeforeValidator(read_words),
        Prompt(N_("Caller's name"), hint=_ENCRYPTED),
    ] = None
    phone: Annotated[
        str | None,
        Field(max_length=40, repr=False),
        BeforeValidator(_read_phone),
        Prompt(N_("Phone to call back")),
    ] = None
    text: Annotated[
        str | None,
        Field(max_length=LONGEST_TRANSCRIPT, repr=False),
        BeforeValidator(read_words),
        Prompt(N_("What was said"), rows=5),
    ] = None

    @model_validator(mode="after")
    def _names_office(self) -> Self:
        code = None
        if self.channel == "transfer" and not self.from_office:
            code = "no_office"
        if self.channel != "transfer" and self.from_office:
            code = "not_transferred"
        if code is not None:
            raise FieldFaultError([HOTLINE_FAULTS.build(code, field="from_office", value=self.from_office)])
        return self


class DispatchForm(Form):
    """The unit that a case goes to, and the one that assists it."""

    unit: Annotated[OrganisationCode, Prompt(N_("Main unit"))]
    assist: Annotated[OrganisationCode | None, Prompt(N_("Assisting unit"))] = None
    reason: Annotated[
        FreeText | None, Prompt(N_("Reason (is recorded)"), hint=N_("Needed where it goes to other units."))
    ] = None


class UnitForm(Form):
    """The unit that acts."""

    unit: Annotated[OrganisationCode, Prompt(N_("Unit"))]


class SuspendForm(Form):
    """Why a case rests, and up to which day."""

    reason: Annotated[FreeText, REASON]
    until: Annotated[CivilDay | None, Prompt(N_("Last day"), hint=N_("Empty: the fifth work-day."))] = None


class CloseForm(Form):
    """What the caller is told; ``unit`` is the one whose part it closes, none before a dispatch."""

    answer: Annotated[
        str,
        Field(min_length=1, max_length=LONGEST_ANSWER),
        BeforeValidator(read_text),
        Prompt(N_("Answer"), hint=_HINT, rows=4),
    ]
    unit: Annotated[OrganisationCode | None, Prompt(N_("Unit"))] = None


class AnswerForm(Form):
    """Which decision answers the caller, one by its id or the newest one of a rule; and in which words.

    The preview proposes the words.
    """

    decision: Annotated[str | None, Field(max_length=64), Prompt(N_("Decision")), FieldKind.HIDDEN] = None
    rule: Annotated[str | None, Field(max_length=100), Prompt(N_("Rule")), FieldKind.HIDDEN] = None
    answer: Annotated[
        str | None,
        Field(max_length=LONGEST_ANSWER),
        BeforeValidator(read_text),
        Prompt(N_("What the caller is told"), hint=_HINT, rows=8, is_proposed=True),
    ] = None

    @model_validator(mode="after")
    def _asks_one(self) -> Self:
        if (self.decision is None) == (self.rule is None):
            raise FieldFaultError([HOTLINE_FAULTS.build("one_of_two", field="decision")])
        return self


class CallBackForm(Form):
    """What the caller says afterwards."""

    outcome: Annotated[CallBack, Prompt(N_("What does the caller say?"), labels=CALL_BACK_TITLES)]
    reason: Annotated[FreeText | None, Prompt(N_("Remark"), hint=_HINT)] = None


class WordsForm(Form):
    """What a member adds to a question of hers."""

    text: Annotated[
        str,
        Field(min_length=1, max_length=LONGEST_TRANSCRIPT, repr=False),
        BeforeValidator(read_words),
        Prompt(N_("What was said")),
    ]


class EscalationForm(Form):
    """The clock and the share of its time that were found to be due."""

    clock: str
    percent: int
