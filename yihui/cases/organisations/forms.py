"""What is typed for acts on organisations; the payload of the act's event says what can't be done."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from core.prompts import Prompt
from core.text_marks import N_
from members.organisations.lists import ListedOrganisation
from members.organisations.messages import OrganisationKind
from yihui.cases.organisations.lists import read_going_members, read_listed
from yihui.cases.organisations.state import KIND_LABELS
from yihui.frame.fields import FieldKind
from yihui.frame.sheets import HiddenChoice, SheetForm, read_form_sheet
from yihui.frame.types import CivilDay, Form, FreeText, OrganisationCode, read_text, read_whole

_PARENT = Prompt(
    N_("Organisation above"), hint=N_("As the form of the code says, unless another one is named.")
)
_Code = Annotated[OrganisationCode, FieldKind.TEXT, Prompt(N_("Its code"))]
_DOCUMENT = Prompt(N_("Document that decides it"), hint=N_("Such as 鲁工发〔2019〕3 号"))
_INTO = Prompt(N_("Organisation that goes on"))
Name = Annotated[FreeText, Field(max_length=100)]
ConsentWords = Annotated[str, Field(min_length=1, max_length=500), BeforeValidator(read_text)]
WholeNumber = Annotated[int, BeforeValidator(read_whole)]


class ActForm(Form):
    """What each act says: its day, and the document that orders it."""

    on: Annotated[CivilDay | None, Prompt(N_("From which day"), hint=N_("Empty: from today."))] = None
    document: Annotated[FreeText | None, _DOCUMENT] = None


class AcceptForm(Form):
    """The union of an employer, which is founded today."""

    code: _Code
    name: Annotated[Name, Prompt(N_("Its name"))]
    parent: Annotated[OrganisationCode | None, _PARENT] = None
    credit_code: Annotated[str | None, Prompt(N_("Unified social credit code"))] = None
    document: Annotated[FreeText | None, _DOCUMENT] = None


class PartForm(Form):
    """A new organisation that comes out of another."""

    code: _Code
    name: Annotated[Name, Prompt(N_("Its name"))]
    kind: Annotated[OrganisationKind, Prompt(N_("Kind"), labels=KIND_LABELS)] = "union"
    parent: Annotated[OrganisationCode | None, _PARENT] = None
    credit_code: Annotated[str | None, Prompt(N_("Unified social credit code"))] = None


class FoundForm(ActForm, PartForm):
    """A new organisation, and by what it is founded."""


class RenameForm(ActForm):
    """Another name."""

    name: Annotated[Name, Prompt(N_("New name"))]


class MoveForm(ActForm):
    """Another parent."""

    parent: Annotated[OrganisationCode, Prompt(N_("Organisation above"))]


class MergeForm(ActForm):
    """Where members, and what is below, go."""

    into: Annotated[OrganisationCode, _INTO]


class DissolveForm(ActForm):
    """Where members, and what is below, go if there are any."""

    into: Annotated[OrganisationCode | None, _INTO] = None


class ElectionForm(ActForm):
    """The term that an election begins."""

    term_years: Annotated[
        Literal["5", "3"],
        BeforeValidator(lambda years: str(read_whole(years))),
        AfterValidator(int),
        Prompt(N_("Years of the term")),
    ] = Field("5", validate_default=True)


class CountForm(ActForm):
    """How many members there were on that day."""

    number: Annotated[WholeNumber, Prompt(N_("Number of members on that day"))]


class SplitForm(ActForm, SheetForm):
    """New organisations that come out of one, and who goes there."""

    parts: Annotated[
        tuple[PartForm, ...], Field(min_length=1, max_length=100), Prompt(N_("New organisations"))
    ]
    members: Annotated[
        tuple[tuple[str, str], ...],
        read_form_sheet(read_going_members),
        FieldKind.LIST,
        Prompt(
            N_("Who goes to which of them"),
            hint=N_("A member's id and an organisation's code on each line; the others stay."),
        ),
    ] = Field((), repr=False)


class ImportForm(SheetForm):
    """A list of organisations; what is hidden in a workbook is taken, and named."""

    hidden_rows: HiddenChoice = "take"
    list: Annotated[
        tuple[ListedOrganisation, ...],
        Field(min_length=1),
        read_form_sheet(read_listed),
        FieldKind.LIST,
        Prompt(
            N_("List of organisations"),
            hint=N_("With 组织代码, 组织名称, 上级代码, 成立日期 …; what is not listed stays."),
        ),
    ]
    on: Annotated[
        CivilDay | None,
        Prompt(N_("From which day new names and parents hold"), hint=N_("Empty: from today.")),
    ] = None


class RevokeForm(Form):
    """Why the code that holds ends without a new one."""

    reason: Annotated[FreeText | None, Prompt(N_("Reason (is recorded)"))] = None


class TakersForm(Form):
    """Employers and platforms whose workers join an organisation, beyond its own."""

    names: Annotated[
        FreeText | None,
        Prompt(
            N_("Employers and platforms whose workers join here"),
            hint=N_("As people call them, such as 美团、顺丰、骑手. Empty: none."),
        ),
    ] = None
    reason: Annotated[FreeText | None, Prompt(N_("Reason (is recorded)"))] = None


class ConsentForm(Form):
    """What a person agrees to before her ID number is taken."""

    handler: Annotated[
        ConsentWords,
        Prompt(
            N_("Who handles it"),
            hint=N_(
                "Name, address and telephone of the office, and how one has data shown, corrected or deleted."
            ),
            rows=3,
        ),
    ]
    purpose: Annotated[
        ConsentWords,
        Prompt(N_("Why it is needed"), hint=N_("What for, and why it can't be done without."), rows=3),
    ]
    period: Annotated[ConsentWords, Prompt(N_("How long"), rows=3)]
    law: Annotated[ConsentWords, Prompt(N_("By which law"), hint=N_("With its articles."), rows=3)]


class LinkForm(RevokeForm):
    """Whether a new code replaces the one that holds."""

    anew: Annotated[
        bool, Prompt(N_("replace the code that holds: the old print then says so"), option="--replace")
    ] = False
