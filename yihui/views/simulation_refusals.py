"""Show why a simulation refuses: the reason, the bound that left no room, and how often."""

from core.money import format_yuan
from core.text_marks import N_
from yihui.runtime.language import Language
from yihui.services.rules.simulation_figures import BoundFigures, RefusalPair
from yihui.views.outcomes import fact_title


def refusal_text(refusal: RefusalPair, language: Language) -> str:
    """Return one reason, the bound that left no room, and how often the reason was given."""
    text = N_(
        "{title}: {why}; in force {present} times, with the draft {proposed} times (for example {member})"
    )
    why = language.render(refusal.text, **refusal.params)
    if refusal.bound is not None:
        why = language.render(
            N_("{why} [{bound}]"), why=why, bound=refusing_bound_text(refusal.bound, refusal.on, language)
        )
    return language.render(
        text,
        title=refusal.title,
        why=why,
        present=f"{refusal.present:,}",
        proposed=f"{refusal.proposed:,}",
        member=refusal.example,
    )


_BOUND_TEXTS = {
    "budget": N_("budget {name}: {size} yuan"),
    "quota": N_("places, {name}: {size}"),
    "cap": N_("cap “{name}”: {size} yuan"),
    "limit": N_("limit {name}: {size} times for each {per}"),
    "rule": N_("rule {name}"),
}
_OF_MONEY = ("budget", "cap")
_PER_TEXTS = {"member": N_("member"), "event": N_("event"), "source": N_("sender")}


def refusing_bound_text(bound: BoundFigures, event_type: str, language: Language) -> str:
    """Return the bound that left no room, with its size: money in yuan, a limit with what it counts by."""
    size = "" if bound.size is None else f"{bound.size:,}"
    if bound.kind in _OF_MONEY and bound.size is not None:
        size = format_yuan(bound.size)
    per = [
        language.translate(_PER_TEXTS[path]) if path in _PER_TEXTS else fact_title(event_type, path, language)
        for path in bound.per
    ]
    template = _BOUND_TEXTS[bound.kind]
    return language.render(template, name=bound.name, size=size, per=language.format_list(per))
