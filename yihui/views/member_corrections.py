"""Render corrections of members' facts: what changes by days, and what rules make of it."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from benefits import Ruling
from core.money import format_yuan
from core.text_marks import N_
from events.late_changes import LateDifference
from members.corrections import FactSpan
from yihui.runtime.language import Language
from yihui.services.members.corrections import TakenBack
from yihui.views.fact_values import format_fact_value

_OUTCOMES = {
    "granted": N_("granted at once, {amount} yuan"),
    "entered": N_("entered in a draw"),
    "waiting": N_("on the waiting list"),
    "refused": N_("refused"),
}


def span_lines(fact: str, spans: Sequence[FactSpan], language: Language) -> Iterator[str]:
    """Yield a line for each span in which a fact becomes another one."""
    for one in spans:
        template = N_("from {since} to {until}: {before} → {after}")
        last = one.until - timedelta(days=1) if one.until else language.translate(N_("today and on"))
        values = (format_fact_value(fact, value, language) for value in (one.before, one.after))
        before, after = values
        yield language.render(template, since=one.since, until=last, before=before, after=after)


def ruling_lines(rulings: Sequence[Ruling], language: Language) -> Iterator[str]:
    """Yield a line for each decision that the correction's event itself leads to."""
    for one in rulings:
        outcome = language.render(_OUTCOMES[one.outcome], amount=format_yuan(one.decision.amount_fen or 0))
        yield f"{one.decision.rule_title}: {outcome}"


def taken_back_lines(taken: Sequence[TakenBack], language: Language) -> Iterator[str]:
    """Yield a line for each grant that a rule's own terms take back."""
    template = N_("{rule}: {text}; {amount} yuan taken back")
    for one in taken:
        yield language.render(template, rule=one.rule, text=one.text, amount=format_yuan(one.reversed_fen))


def difference_links(
    found: Sequence[LateDifference], language: Language
) -> Iterator[tuple[str, LateDifference]]:
    """Yield a line for each earlier decision that would be another one, with the difference."""
    for one in found:
        if one.was_fen is None:
            template = N_("{day}  {title}: nothing was granted, {would_be} yuan would be due")
        elif one.would_be_fen is None:
            template = N_("{day}  {title}: {was} yuan were granted, nothing would be due")
        else:
            template = N_("{day}  {title}: {was} yuan were granted, {would_be} yuan would be due")
        yield (
            language.render(
                template,
                day=one.occurred_on,
                title=one.title,
                was=format_yuan(one.was_fen or 0),
                would_be=format_yuan(one.would_be_fen or 0),
            ),
            one,
        )
