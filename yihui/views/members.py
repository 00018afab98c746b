"""Show a member's facts as lines."""

from collections.abc import Iterator, Mapping

from core.text_marks import N_
from members import FactValue
from yihui.runtime.language import Language
from yihui.views.fact_values import format_fact_value
from yihui.views.outcomes import fact_title

_OTHER_TITLES = {"member.bank_card": N_("linked service card")}  # of facts that no rule reads


def member_facts_lines(
    facts: Mapping[str, FactValue], organisations: Mapping[str, str], language: Language
) -> Iterator[str]:
    """Yield a line for each fact; an organisation's code is followed by its name."""
    for path, value in facts.items():
        shown = format_fact_value(path, value, language)
        other = _OTHER_TITLES.get(path)
        title = language.translate(other) if other else fact_title("member.left", path, language)
        name = organisations.get(shown, "")
        yield language.render(N_("{name}: {detail}"), name=title, detail=f"{shown} {name}").rstrip()
