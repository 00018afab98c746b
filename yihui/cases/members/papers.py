"""What a member's page shows of other nouns: applications, cases of the hotline, corrections and certificates."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from core.civil_time import civil_date, end_of_day
from core.text_marks import N_
from yihui.access.roles import Right
from yihui.cases.members.member import Member
from yihui.frame.cells import Cell, Chip, Choice, Deadline, Link, Officer
from yihui.frame.content import Section, Table, TableColumn
from yihui.frame.listing import Looking

if TYPE_CHECKING:
    from yihui.services.members.certificates import HandedInCertificate


def list_papers(look: Looking[Any], member: Member) -> Iterator[Section]:
    """Yield the applications, cases, corrections and certificates of a member, as far as the officer may see them."""
    yield _list_applications(look, member)
    if look.holds(Right.READ_CASES):
        yield _list_cases(look, member)
    yield from _list_corrections(look, member)
    yield from _list_certificates(look, member)


def _list_applications(look: Looking[Any], member: Member) -> Table[Any]:
    from yihui.cases.applications.listed import list_member_applications
    from yihui.cases.benefits.own_texts import STAGE_TEXTS

    tones = {"confirmed": "good", "withdrawn": "", "refused": "bad"}

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
    rows = list_member_cases(look, member.id)
    return Table("cases", N_("Cases of the hotline"), columns, rows, N_("There are none."))


def _list_corrections(look: Looking[Any], member: Member) -> Iterator[Table[Any]]:
    from members.corrections import list_corrections
    from yihui.cases.corrections.facts import fact_path, fact_title

    columns = (
        TableColumn[Any]("fact", N_("Fact"), lambda one: Link(fact_path(member.id, one.fact), Choice(one.fact, fact_title(one.fact)))),
        TableColumn[Any]("since", N_("From which day"), lambda one: one.since),
        TableColumn[Any]("reason", N_("Reason"), lambda one: one.reason),
        TableColumn[Any]("officer", N_("Corrected by"), lambda one: Officer(one.officer)),
        TableColumn[Any]("on", N_("Corrected on"), lambda one: civil_date(one.corrected_at)),
    )  # fmt: skip
    if rows := list_corrections(look.connection, member.id):
        yield Table("corrections", N_("Corrections"), columns, rows, "")


def _list_certificates(look: Looking[Any], member: Member) -> Iterator[Table[Any]]:
    from yihui.cases.corrections.facts import fact_path, find_certified_fact
    from yihui.services.members.certificates import list_certificates

    def link(one: "HandedInCertificate") -> Cell:
        fact = find_certified_fact(one.summary, look.wiring.language)
        return Link(fact_path(member.id, fact), one.summary) if fact else one.summary

    columns = (
        TableColumn["HandedInCertificate"]("summary", N_("Certificate"), link),
        TableColumn["HandedInCertificate"]("handed_in_on", N_("Handed in on"), lambda one: one.handed_in_on),
        TableColumn["HandedInCertificate"]("recorded_on", N_("Recorded on"), lambda one: one.recorded_on),
    )
    if rows := list_certificates(look.connection, member.id):
        yield Table("certificates", N_("Certificates that the member handed in"), columns, rows, "")
