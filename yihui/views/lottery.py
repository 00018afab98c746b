"""Show lotteries and draws as lines."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from core.faults import Fault
from core.text_marks import N_
from rules.lottery.file import LotteryDraw, LotteryFile
from yihui.runtime.errors import fault_line
from yihui.runtime.language import Language


def commitment_line(file: LotteryFile, to: Path, language: Language) -> str:
    """Return the line to publish with a commitment."""
    template = N_("{file}: {count} entries, {seats} places; publish it now, and this line: {commitment}")
    counts = {"count": len(file.terms.entries), "seats": file.terms.seats}
    return language.render(template, file=to, **counts, commitment=file.commitment)


def commitment_notes(file: LotteryFile, secret_to: Path, language: Language) -> Iterator[str]:
    """Yield where the public number will be found, and what to do with the secret."""
    where = public_number_text(file, language)
    yield language.render(N_("the public number to come: {where}"), where=where)
    secret = N_("{file} holds the secret: keep it from everybody until the draw; without it there is none")
    yield language.render(secret, file=secret_to)


def public_number_text(file: LotteryFile, language: Language) -> str:
    """Return which public number decides, and where it is found."""
    plan = file.terms.number
    template = N_("{source}, {on}, {count} digits")
    return language.render(template, source=plan.source, on=plan.on, count=plan.count)


def winner_lines(file: LotteryFile) -> Iterator[str]:
    """Yield the winners by place."""
    assert file.draw, "only a drawn lottery has winners"
    for place, winner in enumerate(file.draw.winners, 1):
        yield f"{place:>6}  {winner.pseudonym}  {winner.reserved or ''}".rstrip()


def verified_lottery_lines(
    file: LotteryFile | None, faults: Sequence[Fault], language: Language
) -> Iterator[str]:
    """Yield the faults of a lottery's file, and the verdict."""
    for fault in faults:
        yield fault_line(fault, language).text()
    yield _verdict(file, len(faults), language)


def _verdict(file: LotteryFile | None, faults: int, language: Language) -> str:
    if file is None:
        return language.render(N_("this is no file of a lottery"))
    if faults:
        return language.render(N_("does not agree with itself; faults: {count}"), count=faults)
    if file.draw is None:
        template = N_(
            "the commitment agrees: {count} entries, {seats} places; it is not drawn yet; commitment {commitment}"
        )
        counts = {"count": len(file.terms.entries), "seats": file.terms.seats}
        return language.render(template, **counts, commitment=file.commitment)
    template = N_(
        "everything agrees: {places} places, {waiting} wait; compare commitment {commitment} and number {number} with where they were published"
    )
    counts = {"places": len(file.draw.winners), "waiting": len(file.draw.waiting)}
    return language.render(template, **counts, commitment=file.commitment, number=file.draw.number)


def entrant_text(file: LotteryFile, pseudonym: str, language: Language) -> str:
    """Return how one pseudonym takes part: not at all, with its tickets, and once drawn its place."""
    entered = [one for one in file.terms.entries if one.pseudonym == pseudonym]
    if not entered:
        return language.render(N_("{pseudonym} is not among the entries"), pseudonym=pseudonym)
    text = language.render(
        N_("{pseudonym} is among the entries, with {weight} tickets"),
        pseudonym=pseudonym,
        weight=entered[0].weight,
    )
    return (
        text
        if file.draw is None
        else language.join_clauses([text, drawn_place_text(file.draw, pseudonym, language)])
    )


def drawn_place_text(draw: LotteryDraw, pseudonym: str, language: Language) -> str:
    """Return the place that an entrant was drawn at, or waits at."""
    won = [place for place, one in enumerate(draw.winners, 1) if one.pseudonym == pseudonym]
    if won:
        return language.render(N_("drawn as number {place}"), place=won[0])
    return language.render(N_("waits as number {place}"), place=draw.waiting.index(pseudonym) + 1)


def late_draw_texts(days: int, language: Language) -> list[str]:
    """Return the warning about a draw that comes late; none if it is in time."""
    if not days:
        return []
    template = N_(
        "late: {days} days after its number was published; the organiser could know the result, so say in "
        "public why"
    )
    return [language.render(template, days=days)]
