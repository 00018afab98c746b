"""Say to a member what is known of her, from where, and who read it."""

from collections.abc import Mapping

from core.text_marks import N_
from yihui.access.roles import Role
from yihui.cases.corrections.calls import SOURCE as CORRECTIONS
from yihui.runtime.language import Language
from yihui.services.members.own_data import DataReading, KnownFact, OwnData
from yihui.views.act_labels import act_text
from yihui.views.fact_values import format_fact_value
from yihui.views.officers import ROLE_LABELS
from yihui.views.outcomes import fact_title

PERSON_TITLES: Mapping[str, str] = {
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


def fact_text(one: KnownFact, data: OwnData, places: Mapping[str, str], language: Language) -> str:
    """Return a fact's value; an organisation or a district by its name, a household by no code."""
    if one.path == "member.district" and str(one.value) in places:
        return places[str(one.value)]
    if one.path == "member.household":
        return language.translate(N_("known under a code"))
    return data.names.get(str(one.value)) or format_fact_value(one.path, one.value, language)


def origin_text(one: KnownFact, language: Language) -> str:
    """Return from where a fact is, and since when."""
    template = _CORRECTED if one.source == CORRECTIONS else _ORIGINS.get(one.origin, _RECORDED)
    return language.render(template, day=one.since)


def reading_text(one: DataReading, data: OwnData, language: Language) -> str:
    """Return who did what with the member's data: the role and the organisation."""
    role = language.translate(ROLE_LABELS[Role(one.role)] if one.role else N_("the union"))
    who = " ".join(part for part in (data.names.get(one.organisation or ""), role) if part)
    label = act_text(one.act, language).partition(" · ")[0]
    act = language.translate(N_("worked with your data")) if label == one.act else label
    return language.render(N_("{who}: {act}"), who=who, act=act)
