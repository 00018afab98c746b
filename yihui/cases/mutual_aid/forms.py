"""What officers write into policies, enrolments and claims of mutual aid."""

import hashlib
import re
import unicodedata
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from core.faults import FaultError
from core.prompts import Prompt
from core.text_marks import N_
from members.mutual_aid.claim import Bill
from members.mutual_aid.faults import AID_FAULTS
from members.mutual_aid.reimbursement import Band, parse_bands
from yihui.cases.kernel.forms import MEMBER_REASON, REASON
from yihui.cases.mutual_aid.member_list import MOST_ROWS, ListedMember, read_members
from yihui.frame.fields import FieldFaultError, FieldKind
from yihui.frame.sheets import SheetForm, read_form_sheet
from yihui.frame.types import CivilDay, Fen, Form, FreeText, MemberId, OrganisationCode, PastDay, read_whole

LEAST_RECEIPT, MOST_RECEIPT = 6, 40
RECEIPT_SHOWN = 4  # characters at the end of the number, so that a reviewer recognises the paper
MOST_WAITING_DAYS = 366
_APART = re.compile(r"[\s\-_.·]+")
_RECEIPT = Prompt(
    N_("Number of the settlement receipt"), hint=N_("Its digest is stored, and its last four characters.")
)


def _read_bands(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return parse_bands(value)
    except FaultError as error:
        raise FieldFaultError(error.faults) from error


Bands = Annotated[tuple[Band, ...], BeforeValidator(_read_bands), FieldKind.BOX]


class PolicyForm(Form):
    """The terms of a policy: amounts in fen, bands of the self-paid amount."""

    organisation: Annotated[OrganisationCode, Prompt(N_("Unit whose members can be enrolled"))]
    year: Annotated[
        int, Field(ge=2000, le=2100), BeforeValidator(read_whole), Prompt(N_("Year of the policy"))
    ]
    begins: Annotated[
        CivilDay | None,
        Prompt(N_("First day"), hint=N_("Empty: 1 January of the year."), option="--from"),
    ] = None
    ends: Annotated[
        CivilDay | None,
        Prompt(N_("Last day"), hint=N_("Empty: 31 December of the year."), option="--to"),
    ] = None
    contribution: Annotated[Fen, Prompt(N_("Contribution per head"))] = 0
    waiting_days: Annotated[
        int,
        Field(ge=0, le=MOST_WAITING_DAYS),
        BeforeValidator(read_whole),
        Prompt(N_("Waiting period of new members"), unit=N_("days")),
    ] = 0
    deductible: Annotated[Fen, Prompt(N_("Deductible"))] = 0
    deductible_per: Annotated[
        Literal["claim", "year"],
        Prompt(
            N_("The deductible counts"),
            labels={"claim": N_("for each stay in hospital"), "year": N_("once a year, over all stays")},
        ),
    ] = "claim"
    bands: Annotated[
        Bands,
        Prompt(
            N_("Bands of the self-paid amount"),
            hint=N_("One on each line, such as 1000-10000=50%; the last one may have no end: 10000-=60%"),
            rows=4,
        ),
    ]
    claim_cap: Annotated[Fen | None, Prompt(N_("Cap of a claim"), hint=N_("Empty: none."))] = None
    year_cap: Annotated[Fen | None, Prompt(N_("Cap of the year"), hint=N_("Empty: none."))] = None
    document: Annotated[FreeText, Prompt(N_("Document that the table is printed in"))]
    clause: Annotated[FreeText, Prompt(N_("Clause of the document"))]


class EnrolForm(SheetForm):
    """Whom to enrol as of a day: the unit's whole roll of that day, or those members of a list who are on it."""

    source: Annotated[
        Literal["list", "roll"],
        Prompt(
            N_("Who is enrolled"),
            labels={"list": N_("the list below"), "roll": N_("the whole roll of the day")},
        ),
    ]
    on: Annotated[
        CivilDay | None, Prompt(N_("Members of the unit on this day"), hint=N_("Empty: today."))
    ] = None
    members: Annotated[
        tuple[ListedMember, ...],
        read_form_sheet(read_members),
        FieldKind.LIST,
        WithJsonSchema(
            {"type": "array", "items": {"type": "string", "maxLength": 64}, "maxItems": MOST_ROWS}
        ),
        Prompt(N_("Members' ids, one on each line"), hint=N_("A table has them in a column 会员编号.")),
    ] = ()

    @model_validator(mode="after")
    def _names_whom(self) -> Self:
        if (self.source == "list") != bool(self.members):
            code = "no_members" if self.source == "list" else "roll_with_list"
            raise FieldFaultError([AID_FAULTS.build(code, field="members")])
        return self


class CorrectionForm(Form):
    """The right days of an enrolment; without the last one it stands for the policy's."""

    covered_from: Annotated[CivilDay | None, Prompt(N_("First covered day"), option="--from")] = None
    covered_until: Annotated[CivilDay | None, Prompt(N_("Last covered day"), option="--until")] = None
    void: Annotated[
        bool, Prompt(N_("The member should never have been enrolled; the days above don't count"))
    ] = False
    take_back: Annotated[
        bool,
        Prompt(
            N_("Propose to a second officer that the approved claims that are covered no more are taken back")
        ),
    ] = False
    reason: Annotated[FreeText, MEMBER_REASON]


class BillForm(Form):
    """The bill of a stay in hospital."""

    admitted_on: Annotated[PastDay, Prompt(N_("Day of admission"), option="--from")]
    discharged_on: Annotated[PastDay, Prompt(N_("Day of discharge"), option="--to")]
    total: Annotated[Fen, Prompt(N_("Whole bill"))]
    insurance: Annotated[Fen, Prompt(N_("Paid by basic insurance"))] = 0
    other: Annotated[Fen, Prompt(N_("Paid by other insurance"))] = 0
    self_paid: Annotated[Fen, Prompt(N_("Self-paid"))]


class OwnClaimForm(BillForm):
    """A member's own claim for a stay."""

    receipt: Annotated[str, Field(max_length=60, repr=False), _RECEIPT]


class ClaimForm(BillForm):
    """A claim of a member for a stay."""

    member: Annotated[
        MemberId, Prompt(N_("Member"), hint=N_("By name, phone, card or the end of the ID number."))
    ]
    receipt: Annotated[str, Field(max_length=60, repr=False), _RECEIPT]


class AmendedClaimForm(BillForm):
    """The right bill of a claim that was sent back; without a number it keeps its receipt."""

    receipt: Annotated[str, Field(max_length=60, repr=False), _RECEIPT] = ""
    reason: Annotated[FreeText, REASON]


def build_bill(form: BillForm, receipt: str, end: str) -> Bill:
    """Return the bill of a form with the digest and the end of its receipt's number."""
    days, paid = (form.admitted_on, form.discharged_on), (form.insurance, form.other, form.self_paid)
    return Bill(*days, form.total, *paid, receipt, end)


def digest_receipt(text: str) -> tuple[str, str] | None:
    """Return the digest of a receipt's number and its last characters; None if it is no number of one."""
    number = _APART.sub("", unicodedata.normalize("NFKC", text)).upper()
    if not LEAST_RECEIPT <= len(number) <= MOST_RECEIPT or not number.isalnum():
        return None
    digest = hashlib.sha256(b"mutual-aid-receipt\0" + number.encode("utf-8", "replace")).hexdigest()
    return f"sha256:{digest}", number[-RECEIPT_SHOWN:]
