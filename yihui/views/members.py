"""Show a member's facts as lines."""

from collections.abc import Iterator

from core.text_marks import N_
from yihui.runtime.language import Language
from yihui.services.members import MemberFacts
from yihui.views.outcomes import fact_title


def member_facts_lines(found: MemberFacts, language: Language) -> Iterator[str]:
    """Yield a line for each fact; an organisation's code is followed by its name."""
    for path, value in found.facts.items():
        values = value if isinstance(value, tuple) else () if value is None else (value,)
        shown = language.format_list(values)
        title, name = fact_title("member.left", path, language), found.organisations.get(shown, "")
        yield language.render(N_("{name}: {detail}"), name=title, detail=f"{shown} {name}").rstrip()
