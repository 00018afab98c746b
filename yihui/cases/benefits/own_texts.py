"""A member's benefits in the words of her own page: worth, state, last day, days left, uses, and where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from benefits import GrantUse, HeldBenefit, Participation
from core.civil_time import civil_date
from core.text_marks import N_
from yihui.cases.applications.listed import ListedApplication
from yihui.cases.applications.stages import StageKind
from yihui.frame.cells import Chip, Phrase, cell_text, short_day_text
from yihui.runtime.language import Language
from yihui.services.benefits.redemption_stations import RedemptionTerms
from yihui.views.claims import participation_state_text
from yihui.views.grants import grant_state_text
from yihui.views.labels import ACCESS_LABELS, FACILITY_LABELS, STATION_KIND_LABELS, code_label
from yihui.views.outcome_chips import outcome_chip
from yihui.views.outcomes import benefit_worth_text
from yihui.views.vouchers import amount_text

_DAYS_LEFT = {0: N_("today is the last day"), 1: N_("ends tomorrow")}
_SOON_DAYS = 7
_OVERDUE = N_("should have been done by {day}")
STAGE_TEXTS: Mapping[StageKind, str] = {
    "review": N_("the union is checking it"),
    "publish": N_("the union prepares the public notice"),
    "notice": N_("on public notice; whoever objects can do so"),
    "objections": N_("an objection is being examined"),
    "confirm": N_("waits for the union's confirmation"),
    "returned": N_("sent back to you: something is missing"),
    "confirmed": N_("confirmed"),
    "withdrawn": N_("withdrawn"),
    "refused": N_("refused by the union"),
}
_PLACE_TEXTS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "kinds": (N_("at these places: {places}"), STATION_KIND_LABELS),
    "facilities": (N_("where there is: {places}"), FACILITY_LABELS),
    "access": (N_("at places {places}"), ACCESS_LABELS),
}


@dataclass(frozen=True, slots=True)
class BenefitCard:
    """One benefit of a list. ``end`` is its last day in words; ``soon`` if the day is near."""

    id: str
    title: str
    worth: str
    chip: Chip
    state: str
    end: str
    days_left: str
    soon: bool
    claimable: bool


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """One thing that is not finished. ``yours``: the member's own step is next."""

    title: str
    text: str
    until: str = ""
    yours: bool = False
    path: str = ""


def benefit_card(one: HeldBenefit, today: date, language: Language) -> BenefitCard:
    """Return a benefit as its list shows it."""
    grant, last = one.grant, one.stands.last_day
    claimable = one.stands.state == "claimable"
    is_open = one.stands.use_by is not None or one.stands.claim_by is not None
    left = (last - today).days if last and is_open else None
    return BenefitCard(
        grant.id,
        grant.title,
        benefit_worth_text(grant.kind, grant.amount_fen, grant.quantity, grant.unit, language),
        outcome_chip(one.stands.state),
        benefit_state_text(one, language),
        _end_text(one, is_open, today, language),
        days_left_text(left, language),
        left is not None and left <= _SOON_DAYS,
        claimable,
    )


def _end_text(one: HeldBenefit, is_open: bool, today: date, language: Language) -> str:
    """Return the day until which a benefit can be used or claimed, or on which it ended unused."""
    stands, template = one.stands, N_("until {day}")
    day = stands.last_day if is_open else None
    if stands.state == "claimable":
        template = N_("claim by {day}")
    elif stands.state in ("expired", "lapsed"):
        template, day = N_("its last day was {day}"), stands.last_day
    return language.render(template, day=short_day_text(day, language, today)) if day else ""


def benefit_state_text(one: HeldBenefit, language: Language) -> str:
    """Return the state of a benefit, with what is used and left of it."""
    return grant_state_text(
        one.grant.kind, one.stands, one.facts.positions.items(), language, one.facts.debts
    )


def days_left_text(days: int | None, language: Language) -> str:
    """Return how many days are left; an empty text for a benefit without an end, and for one that is over."""
    if days is None or days < 0:
        return ""
    if days in _DAYS_LEFT:
        return language.translate(_DAYS_LEFT[days])
    return language.render(N_("{count} days left"), count=days)


def application_line(one: ListedApplication, today: date, language: Language) -> WaitingLine:
    """Return an application as a thing that waits; its due day is the union's, or the end of the notice."""
    stage, text = one.stage, cell_text(application_state(one), language)
    until = due_text(stage.due, today, language, is_step=stage.kind != "notice")
    title = cell_text(application_title(one), language)
    return WaitingLine(title, text, until, stage.kind == "returned", f"/me/applications/{one.number}")


def application_title(one: ListedApplication) -> Phrase:
    """Return the one name that an application has on every page of the member's."""
    return Phrase(N_("{programme} {year}"), {"programme": one.name, "year": one.year})


def application_state(one: ListedApplication) -> Chip | Phrase:
    """Return how far an application has come; what was sent back to the member stands out."""
    stage = one.stage
    if stage.kind == "review" and stage.review:
        return Phrase(N_("{stage} is checking it"), {"stage": stage.review})
    return Chip(stage.kind, STAGE_TEXTS[stage.kind], "bad" if stage.kind == "returned" else "")


def application_due(one: ListedApplication, today: date) -> Phrase | None:
    """Return by which day an application's next step is due; the member's own, if it was sent back to her."""
    stage = one.stage
    due = stage.progress.resubmit_until if stage.kind == "returned" and stage.progress else stage.due
    return due_phrase(due, today, is_step=stage.kind != "notice")


def due_phrase(due: date | None, today: date, *, is_step: bool = True) -> Phrase | None:
    """Return by which day the union, or the member, does the next step; a day that is over is said to be one."""
    return Phrase(_OVERDUE if is_step and due < today else N_("by {day}"), {"day": due}) if due else None


def due_text(due: date | None, today: date, language: Language, *, is_step: bool = True) -> str:
    """Return a due day as ``due_phrase`` does, with the days that are left."""
    phrase = due_phrase(due, today, is_step=is_step)
    return deadline_text(phrase.template, due, today, language) if phrase and due else ""


def deadline_text(template: str, day: date, today: date, language: Language) -> str:
    """Return a day until which something can be done, with its weekday and the days that are left."""
    text = language.render(template, day=short_day_text(day, language, today))
    return " · ".join(filter(None, (text, days_left_text((day - today).days, language))))


def participation_line(one: Participation, language: Language) -> WaitingLine:
    """Return a participation as a thing that waits."""
    text = participation_state_text(one, language)
    return WaitingLine(one.title, text, language.render(N_("since {day}"), day=one.since))


def use_texts(
    use: GrantUse, stations: Mapping[str, str], language: Language, *, is_usable: bool
) -> tuple[date, str, str]:
    """Return the day of a use, the use with its place, and what was refunded of it; ``is_usable`` is the benefit today."""
    place = stations.get(use.station or "")
    template = N_("{amount} at {merchant}, {place}") if place else N_("{amount} at {merchant}")
    text = language.render(
        template, amount=amount_text(use.amount, use.unit, language), merchant=use.merchant, place=place
    )
    return civil_date(use.used_at), text, _refund_text(use, language, is_usable=is_usable)


def _refund_text(use: GrantUse, language: Language, *, is_usable: bool) -> str:
    if not use.refunded:
        return ""
    refunded = amount_text(use.refunded, use.unit, language)
    template = N_("{amount} refunded; you can't use it again")
    if use.reusable and not is_usable:
        template = N_("{amount} refunded")
    elif use.reusable == use.refunded:
        template = N_("{amount} refunded; you can use it again")
    elif use.reusable:
        template = N_("{amount} refunded; you can use {again} of it again")
    return language.render(template, amount=refunded, again=amount_text(use.reusable, use.unit, language))


def redemption_place_texts(
    terms: RedemptionTerms, names: Mapping[str, str], language: Language
) -> Sequence[str]:
    """Return where a benefit can be used: by kinds, facilities, districts, or the merchants bound to no place.

    ``names`` are the names of districts by code. Stations that a rule lists are on the list of places.
    """
    filters = dict(terms.redeem_at)
    lines = [
        _place_text(template, [code_label(labels, code, language) for code in filters[name]], language)
        for name, (template, labels) in _PLACE_TEXTS.items()
        if filters.get(name)
    ]
    districts = [names[code] for code in filters.get("districts", ()) if code in names]
    if districts:
        lines.append(_place_text(N_("in {places}"), districts, language))
    if not filters and terms.merchants:
        lines.append(_place_text(N_("at {places}"), terms.merchants, language))
    return lines


def _place_text(template: str, places: Sequence[str], language: Language) -> str:
    return language.render(template, places=language.format_list(places))
