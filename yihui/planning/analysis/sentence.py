"""A form as one sentence: what was asked, part by part, each with the control that asks it again."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from core.text_marks import N_
from yihui.frame.cells import shorten_days
from yihui.frame.fields import FieldKind, FormField
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
