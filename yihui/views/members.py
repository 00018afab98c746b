"""Show a member's facts as lines."""

import json
from collections.abc import Iterator

from core.text_marks import N_
from yihui.runtime.language import Language
from yihui.services.members.members import BirthdayEvents, MemberFacts
from yihui.views.labels import format_fact_value
from yihui.views.outcomes import fact_title

_OTHER_TITLES = {"member.bank_card": N_("linked service card")}  # of facts that no rule reads


def member_facts_lines(found: MemberFacts, language: Language) -> Iterator[str]:
    """Yield a line for each fact; an organisation's code is followed by its name."""
    for path, value in found.facts.items():
        shown = format_fact_value(path, value, language)
        other = _OTHER_TITLES.get(path)
        title = language.translate(other) if other else fact_title("member.left", path, language)
        name = found.organisations.get(shown, "")
        yield language.render(N_("{name}: {detail}"), name=title, detail=f"{shown} {name}").rstrip()


def birthdays_json(found: BirthdayEvents, *, printed: bool) -> dict[str, object]:
    """Return the numbers of birthdays, and the events themselves if nothing else receives them."""
    events = [json.loads(line) for line in found.lines()] if printed else None
    counted: dict[str, object] = {"birthdays": found.count, "lunar": found.lunar}
    return counted if events is None else {**counted, "events": events}
