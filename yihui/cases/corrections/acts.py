"""Correct a fact of a member that was recorded wrongly, with the document that proves it.

A correction is an event like any other, so that rules and journal know it. What rules decided before stays; the
preview lists the decisions that would be others now, and an officer reverses or grants by the usual ways.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from core.prompts import Prompt
from core.text_marks import N_
from yihui.access.roles import Right
from yihui.bootstrap import Wiring
from yihui.cases.corrections.facts import CORRECTION_FAULTS, FACT, MemberFact
from yihui.cases.kernel.sealing import seal, take_rules
from yihui.frame.acts import NO_JSON, Act, Change, Doing, Key, Preview
from yihui.frame.cells import Cell, Choice
from yihui.frame.fields import FieldFaultError
from yihui.frame.papers import find_paper, record_paper, store_around
from yihui.frame.types import CivilDay, Form, FreeText, PaperTitle, Picture, read_whole
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from members.attachments import Attachment

RIGHT, ANOTHER = Right.CORRECT_MEMBERS, 0  # a document that is none of those that the member handed in


class CorrectionForm(Form):
    """The right value of a fact, and the document that proves it: sent, or handed in before by the member."""

    value: Annotated[FreeText, Field(max_length=100), Prompt(N_("Right value"))]
    since: Annotated[CivilDay | None, Prompt(N_("Right since which day"))] = None
    paper: Annotated[
        int, Field(ge=0, lt=2**63), BeforeValidator(read_whole), Prompt(N_("Which document proves it"))
    ] = ANOTHER
    title: Annotated[PaperTitle | None, Prompt(N_("Which document it is (no names or numbers)"))] = None
    picture: Annotated[Picture | None, Prompt(N_("The document"))] = None
    reason: Annotated[FreeText, Prompt(N_("Reason (is recorded; no names or numbers)"))]

    @model_validator(mode="after")
    def _has_proof(self) -> Self:
        missing = [name for name in ("title", "picture") if getattr(self, name) is None]
        if missing and self.paper == ANOTHER:
            raise FieldFaultError([CORRECTION_FAULTS.build("no_proof", field=missing[0])])
        return self


def _offer(fact: MemberFact) -> Mapping[str, Mapping[str, Cell]]:
    """Return the values of a fact that has no others, and the documents that the member handed in."""
    from rules import FACT_CATALOGUE, FACT_VALUE_TITLES

    known, titles = FACT_CATALOGUE[f"member.{fact.name}"], FACT_VALUE_TITLES.get(fact.name, {})
    values = {} if known.open else {code: Choice(code, titles.get(code, code)) for code in known.allowed}
    papers: dict[str, Cell] = {
        str(file.number): file.title for one in fact.certificates for file in one.files
    }
    another = {str(ANOTHER): Choice("", N_("another document, sent below"))} if papers else {}
    return {"value": values, "paper": papers | another}


def _begin(fact: MemberFact) -> Mapping[str, object]:
    handed_in = [file.number for one in fact.certificates for file in one.files]
    return {"since": fact.day, "paper": handed_in[0] if handed_in else ""}


def list_handed_in(connection: "Connection", member: str) -> "Sequence[Attachment]":
    """List the certificates that a member handed in."""
    from yihui.services.members.certificates import list_certificates

    return [file for one in list_certificates(connection, member) for file in one.files]


def _correct(act: Doing[CorrectionForm, MemberFact]) -> Change:
    """Correct a fact, with its record and the document that proves it. *Raises*: FaultError."""
    from members.corrections import RecordedCorrection, record_correction
    from yihui.cases.corrections.effect import correct_fact

    fact, form = act.thing, act.form
    effect = correct_fact(act, form.value, form.since or fact.day)
    span, proof = effect.spans[0], _find_proof(act, effect.event)
    record = (fact.member, fact.name, span.since, effect.event, proof.number, act.actor.id, act.now)
    record_correction(act.connection, RecordedCorrection(*record, form.reason))
    said = {"fact": fact.name, "value": span.after, "since": span.since, "event": effect.event}
    after, about = {**said, "spans": len(effect.spans)}, ("member", fact.member)
    return Change(f"{fact.member}.{fact.name}", after, {"value": span.before}, form.reason, about=about)


def _find_proof(act: Doing[CorrectionForm, MemberFact], event: str) -> "Attachment":
    """Return the document that the member handed in, or record the one that was sent. *Raises*: FaultError."""
    from members.attachments import AttachmentKind, AttachmentOwner

    form, member = act.form, act.thing.member
    if form.paper == ANOTHER:
        assert form.picture is not None and form.title is not None, "the form has a proof"
        owner = AttachmentOwner(AttachmentKind.CORRECTION, event, member)
        return record_paper(act, form.picture, form.title, owner)
    return find_paper(list_handed_in(act.connection, member), form.paper, "paper")


def _preview(act: Doing[CorrectionForm, MemberFact], language: Language) -> Preview:
    from yihui.cases.corrections.effect import correct_fact, show_effect

    fact = act.thing
    with act.connection.begin_nested() as tried:
        effect = correct_fact(act, act.form.value, act.form.since or fact.day)
        tried.rollback()
    return Preview(list(show_effect(fact.name, effect, language)), ("member", fact.member))


def _store_around(wiring: Wiring, form: CorrectionForm, run: Callable[[], Key]) -> Key:
    return store_around(wiring, None if form.paper else form.picture, form.title or "", run)


CORRECT = Act("correct", N_("Correct a fact"), CorrectionForm, _correct, RIGHT, f"{RIGHT.value}.correct",
              N_("The fact was corrected."), FACT, button=N_("Correct it"), ticked=N_("I have compared this with the document"),
              doors=NO_JSON, begin=_begin, offered=_offer, prepare=take_rules, preview=_preview, tries=True,
              reading=Right.READ_MEMBERS, after=seal,
              around=_store_around)  # fmt: skip
