"""A member's or an event's facts, as users read them."""

from core.money import format_yuan
from core.text_marks import N_
from rules import FACT_VALUE_TITLES
from yihui.runtime.language import Language
from yihui.views.labels import code_label


def format_fact_value(path: str, value: object, language: Language) -> str:
    """Format a fact's value in the reader's language: no code stays as it is, and unknown is said."""
    if value is None:
        return language.render(N_("not known"))
    if isinstance(value, bool):
        return language.render(N_("yes") if value else N_("no"))
    if path.endswith("_fen") and isinstance(value, int):
        return language.render(N_("{yuan} yuan"), yuan=format_yuan(value))
    if path == "event.days":
        return language.render(N_("{count} days"), count=value)
    labels = FACT_VALUE_TITLES.get(path.rpartition(".")[2], {})
    values = value if isinstance(value, list | tuple | frozenset) else (value,)
    if not values:
        return language.render(N_("none on file"))
    return language.format_list(code_label(labels, str(one), language) for one in values)
