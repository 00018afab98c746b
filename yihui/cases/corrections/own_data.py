"""What is known of a member, from where, and who read it, on her own page."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from core.civil_time import civil_date
from core.text_marks import N_
from geo.formats.outlines import load_area_names
from members import FactValue, facts_on, organisation_names, read_member_changes
from members.corrections import CORRECTABLE_FACTS
from members.history import MemberChange
from store import ERASED_PREFIX
from yihui.access.audit_erasure import read_entries_about
from yihui.access.roles import Right, Role
from yihui.cases.corrections.calls import SOURCE as CORRECTIONS
from yihui.cases.kernel.own_tables import build_table
from yihui.frame.acts import HERSELF
from yihui.frame.cells import Cell, Choice, Link
from yihui.frame.content import Advice, Section, ThingPage
from yihui.frame.listing import Looking
from yihui.frame.noun import BY_HAND, Noun
from yihui.runtime.language import Language
from yihui.services.members.vault import load_masked_person
from yihui.views.act_labels import act_text
from yihui.views.fact_values import format_fact_value
from yihui.views.officers import ROLE_LABELS
from yihui.views.outcomes import fact_title

MOST_READINGS = 100
_Row = Mapping[str, Any]  # of the audit log
_PERSON_TITLES: Mapping[str, str] = {
    "name": N_("your name"),
    "phone": N_("mobile number"),
    "id_number": N_("ID number"),
}
_OWN_TITLES: Mapping[str, str] = {
    "member.bank_card": N_("linked service card"),
    "member.organisation": N_("your organisation"),
    "member.district": N_("your district"),
    "member.birthday_calendar": N_("your birthday's calendar"),
}
_ORIGINS: Mapping[str, str] = {
    "member.imported": N_("taken over from the members' list, {day}"),
    "member.joined": N_("stated when you joined, {day}"),
    "member.transferred": N_("recorded when you changed organisation, {day}"),
    "member.skill_certified": N_("from a certificate, {day}"),
    "hardship.reviewed": N_("from the review of a case, {day}"),
}
_CORRECTED = N_("corrected by an officer, from {day}")
_RECORDED = N_("recorded by the union, {day}")


def fact_name(path: str, language: Language) -> str:
    """Return the title of a fact."""
    if path in _OWN_TITLES:
        return language.translate(_OWN_TITLES[path])
    return fact_title("member.left", path, language)


def _show(look: Looking[Any], member: str, language: Language) -> ThingPage:
    """Return facts with their origin and the way to have each corrected, and who read them.

    The person is masked: others may look at her phone.
    """
    say, translate = language.render, language.translate
    changes = read_member_changes(look.connection, [member])[member]
    known = list(_find_origins(changes, look.now))
    readings: Sequence[_Row] = [
        one for one in read_entries_about(look.connection, member) if one["actor"] != member
    ][::-1]
    codes = {str(value) for _, value, _ in known} | {one["organisation"] or "" for one in readings}
    names = organisation_names(look.connection, codes)
    encrypted = translate(N_("encrypted; shown in part, since others may look at this phone"))
    facts: list[Sequence[Cell]] = [
        (say(N_("{name}: {detail}"), name=translate(_PERSON_TITLES[name]), detail=value), encrypted)
        for name, value in load_masked_person(look.wiring, member).items()
    ]
    corrections = {f"member.{name}": f"/me/data/facts/{name}/correct" for name in CORRECTABLE_FACTS}
    for path, value, last in known:
        title, text = fact_name(path, language), _say_value(path, value, names, language)
        way = corrections.pop(path, "")
        wrong = Link(way, Choice("wrong", N_("This is wrong"))) if way else None
        facts.append(
            (say(N_("{name}: {detail}"), name=title, detail=text), _say_origin(last, language), wrong)
        )
    missing = [(Link(way, fact_name(path, language)),) for path, way in corrections.items()]
    shown = [_list_cells(one, names, language) for one in readings[:MOST_READINGS]]
    cut = say(
        N_("These are the newest {count}. All of them are in the download of your data."), count=len(shown)
    )
    sections: list[Section] = [
        build_table("correct", N_("What the union knows of me"), facts, N_("Nothing is known of you.")),
        *([build_table("missing", N_("Something is missing"), missing)] if missing else ()),
        build_table("requests", "", [(Link("/me/help", Choice("help", N_("My requests and questions"))),)]),
        build_table("readings", N_("Who read or changed my data"), shown, N_("Nobody has opened your data by name so far.")),
        *([Advice(cut)] if len(readings) > MOST_READINGS else ()),
        build_table("leave", N_("Take along or delete"), [(translate(N_("Both need a fresh code from your phone.")), *_WAYS)]),
    ]  # fmt: skip
    return ThingPage(translate(DATA.title), sections)


def _find_origins(
    changes: Sequence[MemberChange], now: datetime
) -> Iterator[tuple[str, FactValue, MemberChange]]:
    """Yield each fact that was stated by today, with the last event that did; what follows from others is left out."""
    day = civil_date(now)
    known = [one for one in changes if civil_date(one.effective_at) <= day]
    known.sort(key=lambda one: one.effective_at)
    for path, value in facts_on(changes, day).items():
        stated = [one for one in known if path.removeprefix("member.") in one.values]
        if stated and value not in (None, ()):
            yield path, value, stated[-1]


def _say_value(path: str, value: FactValue, names: Mapping[str, str], language: Language) -> str:
    """Return a fact's value; an organisation or a district by its name, a household by no code."""
    if path == "member.household":
        return language.translate(N_("known under a code"))
    district = load_area_names().get(str(value)) if path == "member.district" else None
    return district or names.get(str(value)) or format_fact_value(path, value, language)


def _say_origin(last: MemberChange, language: Language) -> str:
    """Return from where a fact is, and since when."""
    template = _CORRECTED if last.source == CORRECTIONS else _ORIGINS.get(last.type, _RECORDED)
    return language.render(template, day=civil_date(last.effective_at))


def _list_cells(row: _Row, names: Mapping[str, str], language: Language) -> Sequence[Cell]:
    """Return who else did what with the member's data: the role and the organisation, never the person.

    The reason is left out where it isn't hers to know: an audit's, and one that was erased.
    """
    role = language.translate(ROLE_LABELS[Role(row["role"])] if row["role"] else N_("the union"))
    who = " ".join(part for part in (names.get(row["organisation"] or "", ""), role) if part)
    label = act_text(row["act"], language).partition(" · ")[0]
    act = language.translate(N_("worked with your data")) if label == row["act"] else label
    reason = str(row["reason"])
    is_hers = reason and row["role"] != Role.AUDITOR.value and not reason.startswith(ERASED_PREFIX)
    because = language.render(N_("reason: {reason}"), reason=reason) if is_hers else None
    return language.render(N_("{who}: {act}"), who=who, act=act), row["at"], because


_WAYS = (
    Link("/me/data/export", Choice("export", N_("Download all my data"))),
    Link("/me/data/deletion", Choice("deletion", N_("Delete my data"))),
)
DATA = Noun("data", N_("My data"), HERSELF, BY_HAND, _show, Right.OWN, tabs=(("/me/account", N_("Me")),))
