"""What a member does herself about what is known of her: asks to correct a fact, hands in a certificate, asks to be deleted."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from core.civil_time import civil_date
from core.faults import FaultError
from core.prompts import Prompt
from core.text_marks import N_
from members.attachments import move_attachments, upload_owner
from members.corrections import CORRECTABLE_FACTS
from yihui.access.roles import Right
from yihui.cases.hotline.calls import OPEN_AUDIT, OwnQuestion, open_own_case
from yihui.frame.acts import MEMBER, Act, Change, Doing, Kind
from yihui.frame.cells import Chip, Link, Phrase
from yihui.frame.content import TableColumn, ThingPage
from yihui.frame.listing import Listing, Looking, NoFilter
from yihui.frame.looking import THING_FAULTS
from yihui.frame.noun import BY_HAND, Noun
from yihui.frame.types import Form, PastDay, read_text
from yihui.runtime.language import Language
from yihui.services.members.certificates import (
    CERTIFICATE_FAULTS,
    CERTIFICATE_TITLES,
    HandedInCertificate,
    build_certificate_owner,
    list_certificates,
    parse_summary,
)

LONGEST_TEXT = 150
_LABELS = {
    "skill_level:初级工": N_("skill level: 初级工"),
    "skill_level:中级工": N_("skill level: 中级工"),
    "skill_level:高级工": N_("skill level: 高级工"),
    "skill_level:技师": N_("skill level: 技师"),
    "skill_level:高级技师": N_("skill level: 高级技师"),
    "honours:劳模": N_("honour: 劳模"),
    "honours:工匠": N_("honour: 工匠"),
    "honours:五一劳动奖章": N_("honour: 五一劳动奖章"),
    "honours:先进工作者": N_("honour: 先进工作者"),
    "honours:优秀农民工": N_("honour: 优秀农民工"),
}
if TYPE_CHECKING:
    CertifiedValue = str
else:
    CertifiedValue = Literal[tuple(_LABELS)]
_DELETION = N_("The member asks on her own page, with a fresh code, that her data be deleted.")


class CorrectionForm(Form):
    """What is right in place of what is known."""

    text: Annotated[
        str,
        Field(min_length=1, max_length=LONGEST_TEXT),
        BeforeValidator(read_text),
        Prompt(
            N_("What is right, and since when?"),
            hint=N_(
                "Write no ID number and no phone number. Your union may ask you for a paper that proves it."
            ),
            rows=3,
        ),
    ]


class CertificateForm(Form):
    """What a certificate states: a fact of the member with its value, and the day on which it was issued."""

    certificate: Annotated[CertifiedValue, Prompt(N_("What does it certify?"), labels=_LABELS)]
    on: Annotated[PastDay, Prompt(N_("The day that stands on it"))]


@dataclass(frozen=True, slots=True)
class OwnFact:
    """A fact that a member may ask to correct, by its name."""

    member: str
    name: str

    def title(self, language: Language) -> str:
        from yihui.cases.corrections.own_data import fact_name

        return fact_name(f"member.{self.name}", language)


def _load_fact(at: Doing[Any, Any] | Looking[Any], name: str, lock: bool) -> OwnFact:
    if name not in CORRECTABLE_FACTS:
        raise FaultError(THING_FAULTS.build("unknown_own", field="key"))
    return OwnFact(at.actor.id, name)


def _show_fact(look: Looking[Any], fact: OwnFact, language: Language) -> ThingPage:
    return ThingPage(fact.title(language), (), acts=(CORRECT.name,))


def _ask_correction(act: Doing[CorrectionForm, OwnFact]) -> Change:
    """Open a case for a fact that is wrong, in the member's own organisation."""
    summary = f"{act.thing.title(act.wiring.language)}: {act.form.text}"
    return open_own_case(act, OwnQuestion(summary, "membership"))[1]


def _ask_deletion(act: Doing[Form, Any]) -> Change:
    """Open a case that asks officers to delete the member's data."""
    return open_own_case(act, OwnQuestion(act.wiring.render(_DELETION), "membership"))[1]


def _hand_in(act: Doing[CertificateForm, Any]) -> Change:
    """Open a case with the files that wait for the form. *Raises*: FaultError; without a file nothing is opened."""
    form, member = act.form, act.actor.id
    if form.on > civil_date(act.now):
        raise FaultError(CERTIFICATE_FAULTS.build("day", field="on", value=form.on))
    summary = _summarise(form, act.wiring.language)
    case, change = open_own_case(act, OwnQuestion(summary, "membership"))
    waiting = upload_owner(member, HAND_IN.papers, "new")
    if not move_attachments(act.connection, waiting, build_certificate_owner(case.number, member)):
        again = any(
            one.summary == summary and not one.is_over for one in list_certificates(act.connection, member)
        )
        code, field = ("twice", "certificate") if again else ("no_file", "file")  # twice: from another phone
        raise FaultError(CERTIFICATE_FAULTS.build(code, field=field))
    return change


def _summarise(form: CertificateForm, language: Language) -> str:
    """Return what the officers read first, in the union's language."""
    fact, _, value = form.certificate.partition(":")
    return language.render(CERTIFICATE_TITLES[fact], value=value, day=form.on)


def _chip(one: HandedInCertificate) -> Chip:
    if one.recorded_on is not None:
        return Chip("recorded", N_("recorded (certificate)"), "good")
    if one.is_over:
        return Chip("over", N_("It was not recorded; read your union's answer"), "bad")
    return Chip("waiting", N_("Your union is comparing it"), "waiting")


def _say_day(row: tuple[HandedInCertificate, date]) -> Phrase | None:
    """Return the day on which it was recorded, or by which the union takes its next step."""
    from yihui.cases.benefits.own_texts import due_phrase

    one, today = row
    if one.recorded_on is not None:
        return Phrase(N_("recorded on {day}"), {"day": one.recorded_on})
    return None if one.is_over else due_phrase(one.due, today)


OWN_FACT = Kind[OwnFact]("member", _load_fact, lambda _: 1, key=str, member=lambda fact: fact.member)
_CASE = Kind[Any]("hotline_case", lambda *_: None, lambda _: 1)  # of what makes one
_ABOVE = (("/me/data", N_("My data")),)
CORRECT = Act("correct", N_("Ask for a correction"), CorrectionForm, _ask_correction, Right.OWN, OPEN_AUDIT,
              N_("Your request has reached your union. You see its state below."), OWN_FACT, doors=MEMBER,
              leads_to="help")  # fmt: skip
REQUEST = Act("request", N_("Ask the union to delete my data"), Form, _ask_deletion, Right.OWN, OPEN_AUDIT,
              N_("Your request to delete your data has reached your union. You see its state below."), _CASE,
              makes=True, doors=MEMBER, is_fresh=True, leads_to="help")  # fmt: skip
HAND_IN = Act("hand-in", N_("Hand in a certificate"), CertificateForm, _hand_in, Right.OWN, OPEN_AUDIT,
              N_("Your certificate was handed in. Your union compares it and records it; you see its state below."),
              _CASE, button=N_("Hand in the certificate"), makes=True, doors=MEMBER, papers="certificate",
              least_papers=1)  # fmt: skip
FACTS = Noun("data/facts", N_("My data"), OWN_FACT, BY_HAND, _show_fact, Right.OWN, (CORRECT,), _ABOVE)
_BY_HAND = (("/me/data/deletion", N_("Delete my data")),)
DELETION = Noun("data/deletion", N_("Delete my data"), _CASE, BY_HAND, None, Right.OWN, (REQUEST,), _BY_HAND)
_column = TableColumn[tuple[HandedInCertificate, date]]
_LISTED = Listing(
    N_("Certificates that I handed in"),
    NoFilter,
    lambda look: look.cut(
        [(one, civil_date(look.now)) for one in list_certificates(look.connection, look.actor.id)]
    ),
    (
        _column("summary", "", lambda row: Link(f"/me/help/{row[0].case}", parse_summary(row[0].summary))),
        _column("state", "", lambda row: _chip(row[0])),
        _column("handed_in", "", lambda row: Phrase(N_("of {day}"), {"day": row[0].handed_in_on})),
        _column("day", "", _say_day),
    ),
    N_("You have handed in no certificate so far."),
)
CERTIFICATES = Noun(
    "certificates", N_("My certificates"), _CASE, _LISTED, None, Right.OWN, (HAND_IN,), _ABOVE
)
