"""Say to a member how a draw is proved, and what moved her up a waiting list."""

from collections.abc import Mapping, Sequence

from core.text_marks import N_
from yihui.runtime.language import Language
from yihui.services.benefits.own_participation import LotteryProof, OwnDraw
from yihui.views.lottery import drawn_place_text, public_number_text

_STEP_TEXTS: Mapping[str, str] = {
    "granted": N_("places became free and were given to the first of the list: {left}"),
    "passed": N_("had the turn and could not be granted: {left}"),
    "withdrawn": N_("gave their places up: {left}"),
}


def proof_texts(own: OwnDraw, proof: LotteryProof, member: str, language: Language) -> list[str]:
    """Return the proof of a lottery in words: what was fixed, which number decided, what was drawn."""
    assert own.draw is not None
    terms, draw = proof.file.terms, proof.file.draw
    fixed = N_("On {day} the list of {entries} entries for {seats} places was fixed and sealed.")
    counts = {"entries": len(terms.entries), "seats": terms.seats}
    texts = [language.render(fixed, day=own.draw.fixed_on, **counts), _own_entry(proof, language)]
    number = N_("A number decides that nobody knew on that day: {number}.")
    texts.append(language.render(number, number=public_number_text(proof.file, language)))
    if draw is None:
        return [*texts, language.translate(N_("The draw is still to come."))]
    drawn = N_("On {day} it was {number}. With the union's secret, which was sealed too, it gave the order.")
    texts.append(language.render(drawn, day=own.draw.drawn_on, number=draw.number))
    if proof.entry_number is not None:
        place = drawn_place_text(draw, member, language)
        texts.append(language.render(N_("Your entry: {place}."), place=place))
    return texts


def _own_entry(proof: LotteryProof, language: Language) -> str:
    if proof.entry_number is None:
        return language.translate(N_("You are not among these entries: you joined the waiting list later."))
    weight = proof.file.terms.entries[proof.entry_number - 1].weight
    template = N_("You are entry number {number} of the list, with {weight} tickets.")
    return language.render(template, number=proof.entry_number, weight=weight)


def verifier_output(proof: LotteryProof) -> str | None:
    """Return the line that the verifier prints for the published file; None if the page did not run it."""
    return None if proof.failed is None else f"{proof.name}: {', '.join(proof.failed) or 'ok'}"


def waiting_step_texts(own: OwnDraw, language: Language) -> Sequence[tuple[str, str]]:
    """Return what moved the member's place, with its day, the newest first; no other member is named."""
    template = N_("{reason}; you are number {position} since")
    return [
        (
            step.on.isoformat(),
            language.render(
                template,
                reason=language.render(_STEP_TEXTS[step.how], left=step.left),
                position=step.position,
            ),
        )
        for step in own.steps
    ]
