"""Facts of members at every door: those for which a certificate waits, those of one member, and the page of a fact."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from core.civil_time import civil_date
from core.faults import FaultError
from core.prompts import Prompt
from core.text_marks import N_
from yihui.access.roles import Right
from yihui.cases.corrections.acts import CORRECT, RIGHT, list_handed_in
from yihui.cases.corrections.facts import (
    FACT,
    PATH,
    MemberFact,
    fact_path,
    fact_title,
    fact_value,
    find_certified_fact,
)
from yihui.frame.cells import Chip, Choice, Link, Person
from yihui.frame.content import Event, Fact, Facts, Papers, Section, TableColumn, ThingPage, Timeline
from yihui.frame.fields import FieldKind, FormField, fields_of
from yihui.frame.listing import Listing, Looking, RowSlice
from yihui.frame.noun import Noun
from yihui.frame.papers import list_papers
from yihui.frame.todo import ToDo, Waiting
from yihui.frame.types import Form, MemberId
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from members.attachments import Attachment
    from members.corrections import RecordedCorrection

_READS = Right.READ_MEMBERS
_KINDS = {"date": FieldKind.DAY, "integer": FieldKind.WHOLE}
_EFFECT = N_("Next you see what the correction changes. Nothing is stored in the records before you confirm.")


class FactFilter(Form):
    """The member whose facts are listed."""

    member: Annotated[MemberId | None, Prompt(N_("Member"))] = None


@dataclass(frozen=True, slots=True)
class ListedFact:
    """A fact of a member, and the certificate that waits for it; without a name where its words tell of no fact."""

    member: str
    name: str
    certificate: str = ""
    handed_in_on: date | None = None
    value: str = ""


def _list_waiting(look: Looking[Any], right: Right) -> Sequence[ListedFact]:
    """List the facts for which certificates wait, the oldest first."""
    from yihui.services.members.certificates import list_waiting_certificates

    return [
        ListedFact(one.member, find_certified_fact(one.summary, look.wiring.language), one.summary, one.handed_in_on)
        for one in list_waiting_certificates(look.connection, look.scope(right))
    ]  # fmt: skip


def find_facts(look: Looking[FactFilter]) -> RowSlice[ListedFact]:
    """Find the facts of one member that can be corrected, or those for which certificates wait."""
    from members import facts_on, read_member_changes
    from members.corrections import CORRECTABLE_FACTS
    from yihui.services.access.reach import unknown_member
    from yihui.services.members.organisations import find_covered_members

    member, rows = look.filter.member, _list_waiting(look, _READS)
    if member is not None:
        if member not in find_covered_members(look.connection, look.scope(_READS), [member]):
            raise FaultError(unknown_member(member, "member"))
        waiting = {one.name: one for one in rows if one.member == member}
        rows = [waiting.get(name) or ListedFact(member, name) for name in CORRECTABLE_FACTS]
    part = look.cut(rows)
    histories = read_member_changes(look.connection, {one.member for one in part.rows})
    facts = {one: facts_on(history, civil_date(look.now)) for one, history in histories.items()}

    def read_value(one: ListedFact) -> str:
        value = facts[one.member].get(f"member.{one.name}")
        return one.name and fact_value(one.name, value, look.wiring.language)

    return part.map(lambda one: replace(one, value=read_value(one)))


def _list_readings(look: Looking[Any], rows: Sequence[ListedFact]) -> Sequence[tuple[str, str, str | None]]:
    from yihui.services.members.organisations import find_member_organisations

    members = sorted({one.member for one in rows})
    places = find_member_organisations(look.connection, members, civil_date(look.now))
    return [("member", member, places.get(member)) for member in members]


def find_waiting(look: Looking[Any], language: Language) -> RowSlice[Waiting]:
    """Find the certificates that the officer may record."""
    found = _list_waiting(look, RIGHT)
    return look.cut(
        [Waiting(one.certificate, fact_path(one.member, one.name), person=one.member) for one in found]
    )


def show_fact(look: Looking[Any], fact: MemberFact, language: Language) -> ThingPage:
    """Return a fact with what is recorded, the certificates that wait, and earlier corrections with their proofs."""
    path, value = fact_path(fact.member, fact.name), fact_value(fact.name, fact.find_value(), language)
    waiting = [file for one in fact.certificates for file in one.files]
    sections: list[Section] = [Facts("", [Fact("value", N_("Recorded today"), value)])]
    if waiting:
        title = N_("Certificates that the member handed in")
        sections.append(Papers("papers", title, list_papers(waiting, path)))
    if proofs := list_proofs(look, fact):
        title = N_("Documents of earlier corrections")
        sections.append(Papers("proofs", title, list_papers(proofs, path), is_folded=True))
    sections.append(Timeline([_show_correction(one, language) for one in _list_corrections(look, fact)]))
    return ThingPage(
        language.title(fact_title(fact.name)),
        sections,
        Chip("waiting", N_("a certificate waits"), "waiting") if waiting else None,
        language.join_clauses(one.summary for one in fact.certificates),
        fact.member,
        language.translate(_EFFECT),
        [CORRECT.name],
        asked={CORRECT.name: list(_ask(fact, value, language))},
    )


def _show_correction(one: "RecordedCorrection", language: Language) -> Event:
    since = language.render(N_("right from {day} on"), day=one.since)
    return Event(one.corrected_at, "corrected", N_("corrected"), one.officer, one.reason, since)


def list_proofs(look: Looking[Any], fact: MemberFact) -> "Sequence[Attachment]":
    """List the documents that proved corrections of a fact."""
    from members.attachments import list_member_attachments

    used = {one.attachment for one in _list_corrections(look, fact)}
    files = list_member_attachments(look.connection, fact.member) if used else ()
    return [one for one in files if one.number in used]


def _list_corrections(look: Looking[Any], fact: MemberFact) -> "Sequence[RecordedCorrection]":
    from members.corrections import list_corrections

    return [one for one in list_corrections(look.connection, fact.member) if one.fact == fact.name]


def _ask(fact: MemberFact, value: str, language: Language) -> Iterator[str | FormField]:
    """Yield the fields of a correction: the value under the fact's own title, and the document where none waits."""
    from rules import FACT_CATALOGUE

    asked, known = {one.name: one for one in fields_of(CORRECT.form)}, FACT_CATALOGUE[f"member.{fact.name}"]
    hints = [language.render(N_("recorded today: {value}"), value=value)]
    if known.open:
        hints.append(language.render(N_("usual: {values}"), values=language.format_list(known.allowed)))
    if fact.is_lifelong:
        hints.append(language.translate(N_("It is replaced wherever it was recorded.")))
    prompt = Prompt(fact_title(fact.name), hint=language.join_clauses(hints))
    yield replace(asked["value"], prompt=prompt, kind=_KINDS.get(known.kind, FieldKind.TEXT))
    if not fact.is_lifelong:
        yield replace(asked["since"], required=True)
    if fact.certificates:
        yield "paper"
    for name in ("title", "picture"):
        yield replace(asked[name], required=not fact.certificates)
    yield "reason"


_COLUMNS = (
    TableColumn[ListedFact]("fact", N_("Fact"), lambda one: Link(fact_path(one.member, one.name), Choice(one.name, fact_title(one.name)))),
    TableColumn[ListedFact]("key", N_("Key"), lambda one: f"{one.member}.{one.name}", False),
    TableColumn[ListedFact]("member", N_("Member"), lambda one: Person(one.member)),
    TableColumn[ListedFact]("value", N_("Recorded today"), lambda one: one.value),
    TableColumn[ListedFact]("certificate", N_("Certificate"), lambda one: one.certificate),
    TableColumn[ListedFact]("handed_in_on", N_("Handed in"), lambda one: one.handed_in_on),
)  # fmt: skip
NOUN = Noun(
    PATH,
    N_("Corrections of facts"),
    FACT,
    Listing(
        N_("List the facts of a member that can be corrected, or those for which a certificate waits"),
        FactFilter,
        find_facts,
        _COLUMNS,
        N_("No certificate waits. Open a member's page to correct a fact."),
        reads=_list_readings,
    ),
    show_fact,
    _READS,
    (CORRECT,),
    reads=lambda fact: ("member", fact.member),
    todos=(ToDo(N_("certificates of members to record"), f"/desk/{PATH}", RIGHT, find_waiting),),
    papers=lambda look, fact: [*list_proofs(look, fact), *list_handed_in(look.connection, fact.member)],
)
