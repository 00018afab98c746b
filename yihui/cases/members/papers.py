"""What a member's page shows of other nouns: applications, cases of the hotline, corrections and certificates."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from core.civil_time import civil_date, end_of_day
from core.text_marks import N_
from yihui.access.roles import Right
from yihui.cases.members.member import Member
from yihui.frame.cells import Cell, Chip, Deadline, Link, Officer
from yihui.frame.content import Section, Table, TableColumn
from yihui.frame.listing import Looking, RowSlice
from yihui.frame.todo import Waiting
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from members.attachments import Attachment
    from yihui.services.members.certificates import HandedInCertificate


def list_papers(look: Looking[Any], member: Member) -> Iterator[Section]:
    """Yield the applications, cases, corrections and certificates of a member, as far as the officer may see them."""
    yield _list_applications(look, member)
    if look.holds(Right.READ_CASES):
        yield _list_cases(look, member)
    yield from _list_corrections(look, member)
    yield from _list_certificates(look, member)


def _list_applications(look: Looking[Any], member: Member) -> Table[Any]:
    from yihui.services.applications.applications import list_member_applications
    from yihui.views.member_benefits import STAGE_TEXTS

    tones = {"confirmed": "good", "withdrawn": ""}

    columns = (
        TableColumn[Any]("title", N_("Application"), lambda one: Link(f"/desk/applications/{one.number}", f"{one.programme} {one.year}")),
        TableColumn[Any]("number", N_("Number"), lambda one: one.number, is_on_page=False),
        TableColumn[Any]("stage", N_("Stage"), lambda one: Chip(one.stage.kind, STAGE_TEXTS[one.stage.kind], tones.get(one.stage.kind, "waiting"))),
        TableColumn[Any]("due", N_("Until"), lambda one: one.stage.due and Deadline(end_of_day(one.stage.due), one.stage.is_overdue(member.today))),
    )  # fmt: skip
    rows = list_member_applications(look.wiring, look.connection, member.id, member.today)
    return Table("applications", N_("Applications"), columns, rows, N_("No applications."))


def _list_cases(look: Looking[Any], member: Member) -> Table[Any]:
    from members.hotline.case import STATE_TITLES
    from yihui.cases.hotline.calls import list_member_cases

    columns = (
        TableColumn[Any]("summary", N_("Case"), lambda one: Link(f"/desk/hotline/cases/{one.number}", one.summary)),
        TableColumn[Any]("case", N_("Number"), lambda one: one.number, is_on_page=False),
        TableColumn[Any]("state", N_("State"), lambda one: Chip(one.state.value, STATE_TITLES[one.state], "" if one.is_over else "waiting")),
    )  # fmt: skip
    rows = list_member_cases(look.wiring, look.scope(Right.READ_CASES), member.id)
    return Table("cases", N_("Cases of the hotline"), columns, rows, N_("There are none."))


def _list_corrections(look: Looking[Any], member: Member) -> Iterator[Table[Any]]:
    from rules import FACT_CATALOGUE
    from yihui.services.members.corrections import list_correction_records

    columns = (
        TableColumn[Any]("fact", N_("Fact"), lambda one: Chip(one.act.fact, FACT_CATALOGUE[f"member.{one.act.fact}"].title)),
        TableColumn[Any]("since", N_("From which day"), lambda one: one.act.since),
        TableColumn[Any]("reason", N_("Reason"), lambda one: one.act.reason),
        TableColumn[Any]("officer", N_("Corrected by"), lambda one: Officer(one.act.officer)),
        TableColumn[Any]("on", N_("Corrected on"), lambda one: civil_date(one.act.corrected_at)),
        TableColumn[Any]("proof", N_("Proof"), lambda one: one.proof and _link_paper(member, one.proof)),
    )  # fmt: skip
    if rows := list_correction_records(look.wiring, member.id):
        yield Table("corrections", N_("Corrections"), columns, rows, "")


def _list_certificates(look: Looking[Any], member: Member) -> Iterator[Table[Any]]:
    from yihui.services.members.certificates import list_own_certificates

    Row = tuple["HandedInCertificate", "Attachment"]

    def record(row: "Row", fact: str, title: str) -> Cell:
        if row[0].recorded_on or not look.holds(Right.CORRECT_MEMBERS):
            return None
        return Link(
            f"{member_path(member.id)}/correct?fact={fact}&paper={row[1].number}", Chip("", title), ""
        )

    columns = (
        TableColumn["Row"]("summary", N_("Certificate"), lambda row: row[0].summary),
        TableColumn["Row"]("paper", N_("File"), lambda row: _link_paper(member, row[1])),
        TableColumn["Row"]("handed_in_on", N_("Handed in on"), lambda row: row[0].handed_in_on),
        TableColumn["Row"]("recorded_on", N_("Recorded on"), lambda row: row[0].recorded_on),
        TableColumn["Row"]("skill", N_("Skill level"), lambda row: record(row, "skill_level", N_("Record a skill level"))),
        TableColumn["Row"]("honour", N_("Honour"), lambda row: record(row, "honours", N_("Record an honour"))),
    )  # fmt: skip
    rows = [(one, file) for one in list_own_certificates(look.wiring, member.id) for file in one.files]
    if rows:
        yield Table("certificates", N_("Certificates that the member handed in"), columns, rows, "")


def member_path(member: str) -> str:
    """Return the address of a member's page."""
    return f"/desk/members/{quote(member, safe='')}"


def _link_paper(member: Member, paper: "Attachment") -> Link:
    return Link(f"{member_path(member.id)}/documents/{paper.number}", paper.title, paper.number)


def find_waiting_certificates(look: Looking[Any], _: Language) -> RowSlice[Waiting]:
    """Find the certificates that no officer has recorded."""
    from yihui.services.members.certificates import list_waiting_certificates

    found = list_waiting_certificates(look.connection, look.scope(Right.CORRECT_MEMBERS))
    return look.cut([Waiting(one.summary, member_path(one.member), person=one.member) for one in found])
