"""The facts that a rule may read, as an officer and an editor read them."""

from collections.abc import Iterator
from dataclasses import asdict
from itertools import groupby

from rules import CATALOGUE, KIND_TITLES, Fact
from yihui.runtime.language import Language

N_ = str  # marks a text for the message catalogue

SOURCES = {
    "member": N_("about the member, on every event"),
    "event": N_("about every event"),
    "application": N_("about the application, over all of its steps so far, on application.* events"),
}
CLASSES = {"none": "", "personal": N_("personal data"), "sensitive": N_("sensitive personal data")}


def facts_json(language: Language) -> list[dict[str, object]]:
    """Every fact: the path that a rule writes, kind, unit, allowed values, source, class of personal data."""
    return [{**asdict(fact), "title": language.text(fact.title)} for fact in CATALOGUE.values()]


def facts_lines(language: Language) -> Iterator[str]:
    """The same for reading, under the event or table that each fact comes from."""
    for source, facts in groupby(CATALOGUE.values(), key=lambda fact: fact.source):
        yield f"{source}  {language.text(SOURCES.get(source, ''))}".rstrip()
        for fact in facts:
            yield f"  {fact.path}  " + "  ".join(filter(None, _said(fact, language)))


def _said(fact: Fact, language: Language) -> Iterator[str]:
    yield language.text(fact.title)
    unit = language.text(fact.unit or "")
    yield language.text(KIND_TITLES[fact.kind]) + (f" ({unit})" if unit else "")
    if fact.allowed:
        values = language.listed(fact.allowed)
        template = N_("one of: {values}, or another") if fact.open else N_("one of: {values}")
        yield language.say(template, values=values)
    yield language.text(CLASSES[fact.personal])
