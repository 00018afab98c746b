"""Show decisions that would differ with what arrived late."""

from collections.abc import Iterator, Sequence

from core.money import format_yuan
from core.text_marks import N_
from events.late_changes import LateDifference
from yihui.runtime.language import Language


def late_lines(found: Sequence[LateDifference], language: Language) -> Iterator[str]:
    """Yield a line for each decision that would differ with what arrived late."""
    template = N_("{member}  {day}  {title}: was {was}, would be {would_be} (late: {late} of {late_on})")
    for one in found:
        yield language.render(
            template,
            member=one.member,
            day=one.occurred_on,
            title=one.title,
            was=_worth(one.was_fen, language),
            would_be=_worth(one.would_be_fen, language),
            late=one.late,
            late_on=one.late_on,
        )
    if not found:
        yield language.translate(N_("no decision would differ"))


def _worth(amount_fen: int | None, language: Language) -> str:
    if amount_fen is None:
        return language.translate(N_("nothing (late change)"))
    return language.render(N_("{amount} yuan"), amount=format_yuan(amount_fen))
