"""/desk/members/…/correct: correct a fact: choose it, hand in the proof, see what changes, confirm."""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from core.faults import FaultError
from core.text_marks import N_
from yihui.access.roles import Right
from yihui.http.body import FormFields, form_number, form_value, read_form
from yihui.http.desk.files import MAX_FILE_FORM_BYTES, picture_response
from yihui.http.desk.pages import (
    MAX_FORM_BYTES,
    NO_FEEDBACK,
    ActOutcome,
    FormFeedback,
    OfficerPages,
    build_link,
    parse_form_day,
    require_confirmation,
    require_value,
)
from yihui.http.desk.visit import OfficerVisit
from yihui.http.multipart import UploadedFile, read_file_form

if TYPE_CHECKING:
    from members.attachments import Attachment
    from yihui.services.attachments.attachments import SentFile
    from yihui.services.members.corrections import Correction, CorrectionProof
    from yihui.services.operation.uploads import Upload

_RIGHT = Right.CORRECT_MEMBERS


def router(made: APIRouter, pages: OfficerPages) -> None:
    @made.get("/members/{member}/correct")
    def form(request: Request, member: str, fact: str = "", paper: str = "") -> Response:
        visit = pages.open(request, _RIGHT)
        return _show_form(pages, visit, member, fact, NO_FEEDBACK, paper)

    @made.post("/members/{member}/correct")
    async def hand_in(request: Request, member: str) -> Response:
        """Store the proof for its officer and lead to the preview."""
        visit = await pages.open_form(request, _RIGHT)
        sent, files = await read_file_form(request, MAX_FILE_FORM_BYTES)
        return await run_in_threadpool(_hand_in, pages, visit, member, sent, files.get("file"))

    @made.get("/members/{member}/correct/{id_}")
    def preview(request: Request, member: str, id_: str) -> Response:
        visit = pages.open(request, _RIGHT)
        return _show_preview(pages, visit, member, id_, NO_FEEDBACK)

    @made.post("/members/{member}/correct/{id_}/confirm")
    async def confirm(request: Request, member: str, id_: str) -> Response:
        """Draw the proof before the turn of the write comes: that may take seconds."""
        visit = await pages.open_form(request, _RIGHT)
        sent = await read_form(request, MAX_FORM_BYTES)
        proof = await run_in_threadpool(_load_proof, pages, visit, member, id_, sent)

        def act(visit: OfficerVisit, sent: FormFields) -> ActOutcome:
            return _correct(pages, visit, member, id_, sent, proof)

        def again(visit: OfficerVisit, feedback: FormFeedback) -> Response:
            return _show_preview(pages, visit, member, id_, feedback)

        return await pages.carry_out(visit, sent, _RIGHT, "correct", act, again)

    @made.get("/members/{member}/documents/{number}")
    def document(request: Request, member: str, number: int) -> Response:
        visit = pages.open(request, Right.READ_MEMBERS)
        found = _load_document(pages, visit, member, number)
        return pages.render(visit, "member_document.html", one=found, member=member)

    @made.get("/members/{member}/documents/{number}/pages/{page}")
    def picture(request: Request, member: str, number: int, page: int) -> Response:
        from yihui.services.attachments.attachments import read_page

        visit = pages.open(request, Right.READ_MEMBERS)
        content = read_page(pages.site.wiring, _load_document(pages, visit, member, number), page)
        pages.record_reading(visit, Right.READ_MEMBERS, member)
        return picture_response(content)


def _show_form(
    pages: OfficerPages, visit: OfficerVisit, member: str, fact: str, feedback: FormFeedback, paper: str = ""
) -> Response:
    from members.corrections import LIFELONG_FACTS
    from rules import FACT_CATALOGUE, FACT_VALUE_TITLES
    from yihui.services.members.corrections import load_fact_values, require_correctable
    from yihui.views.fact_values import format_fact_value
    from yihui.views.labels import code_label

    values = load_fact_values(pages.site.wiring, pages.scope(visit, _RIGHT), member)
    if fact:
        require_correctable(fact)
    pages.record_reading(visit, Right.READ_MEMBERS, member)
    known = FACT_CATALOGUE[f"member.{fact}"] if fact else None
    names = pages.record_names()
    return pages.render(
        visit,
        "member_correction.html",
        feedback,
        member=member,
        fact=fact,
        paper=_load_document(pages, visit, member, _read_number(paper)) if paper else None,
        known=known,
        is_lifelong=fact in LIFELONG_FACTS,
        choices=[
            (code, code_label(FACT_VALUE_TITLES.get(fact, {}), code, visit.language))
            for code in (known.allowed if known else ())
        ],
        facts=[
            (
                name,
                FACT_CATALOGUE[f"member.{name}"].title,
                names.organisation(str(value)) or format_fact_value(name, value, visit.language),
            )
            for name, value in values.items()
        ],
    )


def _hand_in(
    pages: OfficerPages, visit: OfficerVisit, member: str, sent: FormFields, file: UploadedFile | None
) -> Response:
    from yihui.files.pictures import picture_file
    from yihui.services.attachments.attachments import check_title
    from yihui.services.members.corrections import load_fact_values, preview_correction, require_correctable
    from yihui.services.operation.uploads import store_upload

    pages.check_key(visit, sent)
    scope, wiring = pages.scope(visit, _RIGHT), pages.site.wiring
    load_fact_values(wiring, scope, member)
    fact, paper = require_correctable(form_value(sent, "fact")), form_value(sent, "paper")
    try:
        fields = {
            "member": member,
            "fact": fact,
            "value": require_value(sent, "value", N_("right value")),
            "since": parse_form_day(form_value(sent, "on"), visit.day).isoformat(),
            "reason": require_value(sent, "reason", N_("reason")),
        }
        if paper:
            content, fields["paper"] = b"", paper
            fields["title"] = _load_document(pages, visit, member, _read_number(paper)).title
        else:
            content, fields["title"] = file.content if file else b"", check_title(form_value(sent, "title"))
        preview_correction(wiring, scope, _read_fields(fields), visit.actor.id)
        if not paper:
            picture_file(content)
    except FaultError as error:
        return pages.show_again(
            visit,
            error,
            sent,
            "correct",
            lambda visit, feedback: _show_form(pages, visit, member, fact, feedback, paper),
        )
    id_ = store_upload(wiring, visit.actor, "proof", content, fields)
    return RedirectResponse(f"/desk/members/{quote(member, safe='')}/correct/{id_}", 303)


def _show_preview(
    pages: OfficerPages, visit: OfficerVisit, member: str, id_: str, feedback: FormFeedback
) -> Response:
    from rules import FACT_CATALOGUE
    from yihui.services.members.corrections import preview_correction
    from yihui.views.member_corrections import difference_links, ruling_lines, span_lines, taken_back_lines

    wiring, fields = pages.site.wiring, _load_fields(pages, visit, member, id_)[0]
    effect, problems = None, feedback.problems
    try:
        scope = pages.scope(visit, _RIGHT)
        effect = preview_correction(wiring, scope, _read_fields(fields), visit.actor.id)
    except FaultError as error:
        problems = [*problems, *pages.refuse(visit, error, "correct").problems]
    pages.record_reading(visit, Right.READ_MEMBERS, member)
    return pages.render(
        visit,
        "member_correction_preview.html",
        FormFeedback(problems, feedback.sent, feedback.form, feedback.status, feedback.code),
        member=member,
        id=id_,
        fields=fields,
        title=FACT_CATALOGUE[f"member.{fields['fact']}"].title,
        effect=effect,
        spans=list(span_lines(fields["fact"], effect.spans, visit.language)) if effect else (),
        rulings=list(ruling_lines(effect.rulings, visit.language)) if effect else (),
        taken_back=list(taken_back_lines(effect.taken_back, visit.language)) if effect else (),
        differences=list(difference_links(effect.differences, visit.language)) if effect else (),
    )


def _load_fields(
    pages: OfficerPages, visit: OfficerVisit, member: str, id_: str
) -> "tuple[Mapping[str, str], Upload]":
    """Return what was typed, and the file. *Raises*: FaultError if it is gone, or about another member."""
    from yihui.services.operation.uploads import UPLOAD_FAULTS, load_upload

    stored = load_upload(pages.site.wiring, visit.actor, id_)
    if stored.options.get("member") != member:
        raise FaultError(UPLOAD_FAULTS.build("gone", field="file", value=id_[:40]))
    return stored.options, stored


def _load_proof(
    pages: OfficerPages, visit: OfficerVisit, member: str, id_: str, sent: FormFields
) -> "tuple[Mapping[str, str], CorrectionProof] | None":
    """Return what was typed and the proof; None if a first click has used them up already."""
    from yihui.services.attachments.attachments import read_sent_file
    from yihui.services.members.corrections import CorrectionProof

    pages.check_key(visit, sent)
    try:
        fields, upload = _load_fields(pages, visit, member, id_)
    except FaultError:
        return None
    proof: SentFile | Attachment
    if "paper" in fields:
        proof = _load_document(pages, visit, member, _read_number(fields["paper"]))
    else:
        proof = read_sent_file(fields["title"], upload.content)
    return fields, CorrectionProof(visit.actor.id, fields["reason"], proof)


def _correct(
    pages: OfficerPages,
    visit: OfficerVisit,
    member: str,
    id_: str,
    sent: FormFields,
    loaded: "tuple[Mapping[str, str], CorrectionProof] | None",
) -> ActOutcome:
    from yihui.services.members.corrections import correct_member
    from yihui.services.members.desk import require_covered_member
    from yihui.services.operation.uploads import delete_upload

    require_confirmation(sent)
    if loaded is None:
        _load_fields(pages, visit, member, id_)  # says that it is gone
    assert loaded is not None
    fields, proof = loaded
    wiring, scope = pages.site.wiring, pages.scope(visit, _RIGHT)
    here = require_covered_member(wiring, scope, member)
    if here is not None:
        pages.authorise(visit, _RIGHT, here)
    version = form_number(sent, "version")
    correct_member(wiring, scope, _read_fields(fields), proof, version)
    delete_upload(wiring, id_)
    return ActOutcome(build_link(f"/desk/members/{quote(member, safe='')}", done="corrected"))


def _load_document(pages: OfficerPages, visit: OfficerVisit, member: str, number: int) -> "Attachment":
    """Return the record of a file that proves a correction, or of a certificate. *Raises*: FaultError."""
    from yihui.services.attachments.attachments import ATTACHMENT_FAULTS
    from yihui.services.members.certificates import list_own_certificates
    from yihui.services.members.corrections import list_correction_records
    from yihui.services.members.desk import require_covered_member

    wiring = pages.site.wiring
    require_covered_member(wiring, pages.scope(visit, Right.READ_MEMBERS), member)
    proofs = [one.proof for one in list_correction_records(wiring, member) if one.proof is not None]
    handed_in = [file for one in list_own_certificates(wiring, member) for file in one.files]
    for one in (*proofs, *handed_in):
        if one.number == number:
            return one
    raise FaultError(ATTACHMENT_FAULTS.build("unknown", field="number", value=number))


def _read_number(text: str) -> int:
    """Return the number of a file; 0, which none has, for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else 0


def _read_fields(fields: Mapping[str, str]) -> "Correction":
    from yihui.services.members.corrections import Correction

    return Correction(fields["member"], fields["fact"], fields["value"], date.fromisoformat(fields["since"]))
