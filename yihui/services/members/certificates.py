"""Certificates that members hand in on their own page: a case of the hotline with files, which an officer records.

The officer records a certificate as a correction of the member's facts, with the member's file as its proof.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, String, case, cast, exists, func, select

from core.civil_time import civil_date
from core.faults import FaultTable
from core.text_marks import N_
from members.attachments import (
    Attachment,
    AttachmentKind,
    AttachmentOwner,
    list_attachments,
    list_member_attachments,
)
from members.corrections import list_corrections
from members.hotline.case import CaseState, HotlineCase
from members.hotline.repository import find_case
from members.hotline.tables import hotline_cases
from members.tables import attachments, member_corrections
from yihui.frame.cells import Phrase
from yihui.runtime.language import LANGUAGES, load_language
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.members.organisations import find_covered_members

_OVER = frozenset({CaseState.CLOSED, CaseState.CALLED_BACK})
# What a member hands in, by the fact that it certifies.
CERTIFICATE_TITLES = {
    "skill_level": N_("Certificate handed in: highest skill level {value}, issued on {day}"),
    "honours": N_("Certificate handed in: honours {value}, issued on {day}"),
}
CERTIFIED_FACTS = tuple(CERTIFICATE_TITLES)
CERTIFICATE_FAULTS = FaultTable(
    "certificate",
    {
        "twice": (
            N_("this certificate was handed in already"),
            N_("its state stands under “My certificates”"),
        ),
        "no_file": (N_("no photo of the certificate is attached"), N_("attach it, then hand in")),
        "day": (N_("{value} is still to come, or no day"), N_("give the day that stands on the certificate")),
    },
)


@dataclass(frozen=True, slots=True)
class HandedInCertificate:
    """A member's case with certificates; ``recorded_on`` is the day on which an officer recorded one of them.

    ``due`` is the union's day for its next step, if there is one.
    """

    case: int
    summary: str
    state: CaseState
    handed_in_on: date
    files: Sequence[Attachment]
    recorded_on: date | None
    due: date | None

    @property
    def is_over(self) -> bool:
        """Whether the case was answered."""
        return self.state in _OVER


@dataclass(frozen=True, slots=True)
class WaitingCertificate:
    """A certificate that no officer has recorded yet."""

    member: str
    summary: str
    handed_in_on: date


def parse_summary(summary: str) -> Phrase | str:
    """Return the summary of a certificate's case, which is in the union's language, as a phrase for any reader.

    The summary of another case stays as it is.
    """
    for template in CERTIFICATE_TITLES.values():
        for language in map(load_language, LANGUAGES):
            pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+)", re.escape(language.translate(template)))
            if found := re.fullmatch(pattern, summary):
                return Phrase(template, found.groupdict())
    return summary


def build_certificate_owner(case: int, member: str) -> AttachmentOwner:
    """Return the owner of the files of a case by which a member handed a certificate in."""
    return AttachmentOwner(AttachmentKind.CERTIFICATE, str(case), member)


def list_case_files(connection: Connection, case: HotlineCase) -> list[Attachment]:
    """List the certificates that came with a case."""
    if case.member_id is None:
        return []
    return list_attachments(connection, build_certificate_owner(case.number, case.member_id))


def list_waiting_certificates(connection: Connection, scope: OfficerScope) -> list[WaitingCertificate]:
    """List the open cases with certificates of the officer's members of which none was recorded, the oldest first."""
    c = attachments.c
    is_one = c.kind == AttachmentKind.CERTIFICATE.value
    recorded = exists().where(member_corrections.c.attachment == c.number)
    query = select(c.subject, c.member_id, func.max(case((recorded, 1), else_=0)).label("is_recorded"))
    is_its_case = cast(hotline_cases.c.number, String) == c.subject
    is_open = hotline_cases.c.state.not_in([one.value for one in _OVER])
    query = query.join(hotline_cases, is_its_case).where(is_one, is_open).group_by(c.subject, c.member_id)
    rows = connection.execute(query).all()
    waiting = {int(row.subject): row.member_id for row in rows if not row.is_recorded}
    covered = find_covered_members(connection, scope, waiting.values())
    cases = [find_case(connection, number) for number in sorted(waiting) if waiting[number] in covered]
    return [
        WaitingCertificate(one.member_id, one.summary, civil_date(one.opened_at))
        for one in cases
        if one is not None and one.member_id is not None
    ]


def list_certificates(connection: Connection, member: str) -> list[HandedInCertificate]:
    """List the cases with certificates that a member handed in, the newest first."""
    files: dict[int, list[Attachment]] = {}
    for one in list_member_attachments(connection, member):
        if one.kind is AttachmentKind.CERTIFICATE:
            files.setdefault(int(one.subject), []).append(one)
    recorded = {one.attachment: civil_date(one.corrected_at) for one in list_corrections(connection, member)}
    c = hotline_cases.c
    rows = connection.execute(
        select(c.number, c.due_at).where(c.number.in_(list(files)), c.due_at.is_not(None))
    )
    due = {row.number: civil_date(row.due_at) for row in rows}
    cases = [(find_case(connection, number), files[number]) for number in sorted(files, reverse=True)]
    return [
        HandedInCertificate(
            found.number,
            found.summary,
            found.state,
            civil_date(found.opened_at),
            own,
            max((recorded[one.number] for one in own if one.number in recorded), default=None),
            due.get(found.number),
        )
        for found, own in cases
        if found is not None
    ]
