"""The facts that a rule may read, for officers (lines) and editors (JSON)."""

from collections.abc import Iterator
from dataclasses import asdict
from itertools import groupby

from rules import FACT_CATALOGUE, KIND_TITLES, Fact
from yihui.runtime.language import Language

N_ = str  # marks a text for the message catalogue

FACT_SOURCE_TITLES = {
    "member": N_("about the member, on every event"),
    "event": N_("about every event"),
    "application": N_("about the application, over all of its steps so far, on application.* events"),
}
PERSONAL_DATA_TITLES = {
    "none": "",
    "personal": N_("personal data"),
    "sensitive": N_("sensitive personal data"),
}


def facts_json(language: Language) -> list[dict[str, object]]:
    """Return every fact: its path in rules, kind, unit, allowed values, source, and class of personal data."""
    return [{**asdict(fact), "title": language.translate(fact.title)} for fact in FACT_CATALOGUE.values()]


def facts_lines(language: Language) -> Iterator[str]:
    """Yield the same facts as terminal lines, under the event or table that each comes from."""
    for source, facts in groupby(FACT_CATALOGUE.values(), key=lambda fact: fact.source):
        yield f"{source}  {language.translate(FACT_SOURCE_TITLES.get(source, ''))}".rstrip()
        for fact in facts:
            yield f"  {fact.path}  " + "  ".join(filter(None, _said(fact, language)))


def _said(fact: Fact, language: Language) -> Iterator[str]:
    yield language.translate(fact.title)
    unit = language.translate(fact.unit or "")
    yield language.translate(KIND_TITLES[fact.kind]) + (f" ({unit})" if unit else "")
    if fact.allowed:
        values = language.format_list(fact.allowed)
        template = N_("one of: {values}, or another") if fact.open else N_("one of: {values}")
        yield language.render(template, values=values)
    yield language.translate(PERSONAL_DATA_TITLES[fact.personal])
