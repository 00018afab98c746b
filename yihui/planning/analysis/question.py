"""The question of an analysis: what its form offers, and the sentence that says it, each part with the control that asks it again."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from core.faults import Fault
from core.text_marks import N_
from yihui.frame.cells import short_text, shorten_days
from yihui.frame.fields import FieldKind, FormField
from yihui.planning.analysis.forms import FORM_FAULTS, AnalysisForm
from yihui.planning.order import AreaOrder
from yihui.runtime.language import Language

_NO_CONTROL = (FieldKind.TARGET, FieldKind.TICK, FieldKind.CHOICES)


@dataclass(frozen=True, slots=True)
class SentencePart:
    """A part of the sentence: its field, its value, its text, and what may be chosen in its place."""

    name: str
    label: str
    kind: str  # of `FieldKind`; “kept” has no control
    value: str
    text: str
    choices: Mapping[str, str]


def build_part(
    one: FormField,
    value: str,
    language: Language,
    text: str | None = None,
    *,
    is_named: bool = False,
    nothing: str = N_("not chosen"),
) -> SentencePart:
    """Build the part of a field. ``text`` stands in place of the field's own words, after its title if ``is_named``.

    A choice that is no longer offered stays, so that asking again refuses it; ``nothing`` says that none is made.
    """
    choices = (
        {} if one.kind is FieldKind.FILE else {**(one.choices or {})}
    )  # a file's are the endings of its name
    if one.kind is FieldKind.CHOICE:
        if value and value not in choices:
            choices = {value: N_("no longer offered here"), **choices}
        if not one.required and not one.default:
            choices = {"": nothing, **choices}
    title = language.translate(one.prompt.title)
    if text is None:
        text = word_value(replace(one, choices=choices), value, language)
    if is_named and text and one.kind is not FieldKind.TICK:
        named = title.partition("（")[0].partition(" (")[0]  # without what an empty field means
        text = language.render(N_("{name}: {detail}"), name=named, detail=text)
    kind = "kept" if one.kind in _NO_CONTROL else one.kind.name.lower()
    titles = {code: language.title(label) for code, label in choices.items()}
    return SentencePart(one.name, title, kind, value, text, titles)


def word_value(one: FormField, typed: str, language: Language) -> str:
    """Return what was typed as a sentence says it: a choice by its title, a tick by that of the field, no file.

    Days are written as columns of pages have them.
    """
    if one.kind in (FieldKind.TICK, FieldKind.FILE, FieldKind.TARGET):
        return language.translate(one.prompt.title) if one.kind is FieldKind.TICK else ""
    if one.kind in (FieldKind.INSTANT, FieldKind.DAY):
        return shorten_days(typed.replace("T", " "), language, None)
    titles = {code: language.title(text) for code, text in (one.choices or {}).items()}
    several = typed.split(",") if one.kind is FieldKind.CHOICES else [typed]
    return language.format_list(titles.get(part, part) for part in several)


# What each question says, also where nobody typed it; what else was typed stands beside it.
_IN_SENTENCE = ("area", "at", "week_of", "radius_m", "demand", "p", "before_register", "after_register")
_NAMED = ("p",)  # a number alone would say nothing
_REGISTERS = ("only_register", "before_register", "after_register")


def offer_fields(
    form: AnalysisForm, areas: Mapping[str, str], demands: Mapping[str, str], registers: Mapping[str, str]
) -> list[FormField]:
    """Return the fields of a form with the areas, demands and registers that an officer can choose."""
    known = {"demand": demands, **dict.fromkeys(_REGISTERS, registers)}
    return [
        replace(one, choices=areas)
        if one.kind is FieldKind.AREA
        else replace(one, kind=FieldKind.CHOICE, choices=known[one.name])
        if one.name in known
        else one
        for one in form.page_fields
    ]


def list_forged(fields: Sequence[FormField], values: Mapping[str, object]) -> list[Fault]:
    """Return a fault for each demand or register that the form doesn't offer."""
    return [
        FORM_FAULTS.build("choice", field=one.name, value=str(values[one.name])[:40])
        for one in fields
        if one.name in ("demand", *_REGISTERS)
        and one.name in values
        and values[one.name] not in (one.choices or ())
    ]


def list_question(
    order: AreaOrder, fields: Sequence[FormField], names: Mapping[str, str], language: Language
) -> Iterator[SentencePart]:
    """Yield the parts of a question: those of every one, and what was typed besides. A file is asked for again."""
    from yihui.planning.text import distance_text  # it needs pandas, which a site without extras lacks

    left_out = "at" if getattr(order, "week_of", None) else "week_of"  # it is about an instant or a week
    for one in fields:
        value = one.begin(getattr(order, one.name))
        has_file = getattr(order, f"{one.name.removesuffix('_register')}_file", None)
        is_usual, is_typed = one.name in _IN_SENTENCE, bool(value) and one.name in order.model_fields_set
        if not is_typed and (not is_usual or one.name == left_out or has_file):
            continue
        text = names.get(value, value) if one.kind is FieldKind.AREA else None
        if one.name == "radius_m" and value:
            text = distance_text(float(value), language)
        nothing = N_("all registers") if one.name in _REGISTERS else N_("not chosen")
        is_named = not is_usual or one.name in _NAMED
        yield build_part(one, value, language, text, is_named=is_named, nothing=nothing)


def name_question(form: AnalysisForm, order: AreaOrder, area: str, language: Language) -> str:
    """Return what lists call a question: its kind and area, and what tells it from others of them: instant or week, radius."""
    when = short_text(getattr(order, "week_of", None) or order.at, language, None)
    radius = "" if order.streets else language.render(N_("{count} m"), count=f"{order.radius_m:,.0f}")
    return " · ".join(text for text in (language.translate(form.label), area, when, radius) if text)


def name_differences(one: Sequence[SentencePart], other: Sequence[SentencePart]) -> tuple[str, str]:
    """Return of each of two questions the parts that the other doesn't have so."""
    first, second = ([part.text for part in parts if part.text] for parts in (one, other))
    own = " · ".join(text for text in first if text not in second)
    return own, " · ".join(text for text in second if text not in first)
