"""The draws and waiting lists of a member: how each stands, what proves it, and what moved her place."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from benefits import Participation, PublishedDraw
from benefits.draws.publishing import WaitingStep, find_draw_of_participation, list_waiting_steps
from core.faults import FaultError
from core.text_marks import N_
from rules.lottery.file import LotteryFile
from yihui.access.roles import Right
from yihui.cases.kernel.own_tables import build_table
from yihui.cases.polls.own import PATH as ABOVE
from yihui.frame.acts import Doing, Kind
from yihui.frame.cells import Choice, Link, Phrase
from yihui.frame.content import Prose, Section, TableColumn, ThingPage
from yihui.frame.listing import Listing, Looking, NoFilter
from yihui.frame.looking import THING_FAULTS
from yihui.frame.noun import Noun
from yihui.money.draws.calls import parse_published_lottery
from yihui.runtime.language import Language
from yihui.services.benefits.benefits import read_participations
from yihui.services.benefits.lottery_verifier import list_failed_checks
from yihui.views.claims import PARTICIPATION_TEXTS
from yihui.views.lottery import drawn_place_text, public_number_text

PATH = "take-part/draws"
_STEP_TEXTS: Mapping[str, str] = {
    "granted": N_("places became free and were given to the first of the list: {left}"),
    "passed": N_("had the turn and could not be granted: {left}"),
    "withdrawn": N_("gave their places up: {left}"),
}
_AGREES = N_("Everything agrees: the list, the seal, the number and the places.")
_FAILED = N_("Something does not agree. Tell your union, or call 12351.")
_TOO_LARGE = N_("The file is so large that this page does not wait for the program. Run it yourself:")


@dataclass(frozen=True, slots=True)
class LotteryProof:
    """The published file of a draw with the member's own entry number in it, and what the verifier found.

    ``failed`` None: the file is so large that the page does not verify it; everybody can.
    """

    file: LotteryFile
    commitment: str
    name: str
    entry_number: int | None
    failed: Sequence[str] | None


@dataclass(frozen=True, slots=True)
class OwnDraw:
    """One participation with its draw, if one is fixed, the proof of a lottery, and what moved her place."""

    member: str
    part: Participation
    draw: PublishedDraw | None
    proof: LotteryProof | None
    steps: Sequence[WaitingStep]


def _load(at: Doing[Any, Any] | Looking[Any], id_: str, lock: bool) -> OwnDraw:
    connection, member = at.connection, at.actor.id
    found = (one for one in read_participations(at.wiring, connection, member) if one.id == id_)
    if (part := next(found, None)) is None:
        raise FaultError(THING_FAULTS.build("unknown_own", field="key"))
    draw = find_draw_of_participation(connection, member, id_)
    place = part.position
    steps = [] if place is None else list_waiting_steps(connection, member, id_, place)
    proof = _prove(draw, draw.commitment, member) if draw and draw.commitment else None
    return OwnDraw(member, part, draw, proof, steps)


def _prove(draw: PublishedDraw, commitment: str, member: str) -> LotteryProof:
    file = parse_published_lottery(draw.file)
    numbers: Mapping[str, int] = {one.pseudonym: at for at, one in enumerate(file.terms.entries, 1)}
    name = f"{draw.rule_id}-{commitment[:8]}.json"
    return LotteryProof(file, commitment, name, numbers.get(member), list_failed_checks(draw.file))


def _state(part: Participation) -> Phrase:
    return Phrase(PARTICIPATION_TEXTS[part.state], {"position": part.position, "waiting": part.waiting})


def _show(look: Looking[Any], own: OwnDraw, language: Language) -> ThingPage:
    state, since = _state(own.part), Phrase(N_("since {day}"), {"day": own.part.since})
    sections: list[Section] = [build_table("state", "", [(state, since)])]
    if own.part.position:
        nothing = N_("Nothing yet: nobody before you has left the list.")
        moved = [(step.on, _say_step(step, language)) for step in own.steps]
        sections.append(build_table("moved", N_("What moved my place"), moved, nothing))
    if own.proof is not None:
        sections += _list_proof(own, own.proof, language)
    return ThingPage(own.part.title, sections)


def _list_proof(own: OwnDraw, proof: LotteryProof, language: Language) -> Iterator[Section]:
    """Yield how a lottery is proved, and what the verifier says of its published file."""
    page, texts = f"/lottery/{proof.commitment}", _list_proof_texts(own, proof, language)
    yield Prose("proof", N_("How you know that it is fair"), "\n".join(texts))
    seal = language.translate(N_("The seal (commitment) that was published before the draw:"))
    open_page = Link(page, Choice("page", N_("The page of proof, open to everybody")))
    yield build_table("seal", "", [(seal, proof.commitment, open_page)])
    said = [_TOO_LARGE]
    if proof.failed is not None:
        output = f"{proof.name}: {', '.join(proof.failed) or 'ok'}"  # the line that the verifier prints
        ran = N_("This page ran the program below on the published file:")
        said = [ran, output, _FAILED if proof.failed else _AGREES]
    yield Prose("verified", N_("What the verifier says"), "\n".join(map(language.translate, said)))
    how = N_("Verify it yourself: download both files into one folder, and run this with Python.")
    file = Link(f"{page}/file", Choice("file", N_("The lottery's file (JSON)")))
    program = Link("/lottery/verify_lottery.py", "verify_lottery.py")
    command = f"python verify_lottery.py {proof.name}"
    yield build_table("verify", "", [(language.translate(how), command, file, program)])


def _say_step(step: WaitingStep, language: Language) -> str:
    """Return what moved the member's place; no other member is named."""
    reason = language.render(_STEP_TEXTS[step.how], left=step.left)
    return language.render(
        N_("{reason}; you are number {position} since"), reason=reason, position=step.position
    )


def _list_proof_texts(own: OwnDraw, proof: LotteryProof, language: Language) -> list[str]:
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
        place = drawn_place_text(draw, own.member, language)
        texts.append(language.render(N_("Your entry: {place}."), place=place))
    return texts


def _own_entry(proof: LotteryProof, language: Language) -> str:
    if proof.entry_number is None:
        return language.translate(N_("You are not among these entries: you joined the waiting list later."))
    weight = proof.file.terms.entries[proof.entry_number - 1].weight
    template = N_("You are entry number {number} of the list, with {weight} tickets.")
    return language.render(template, number=proof.entry_number, weight=weight)


DRAW = Kind[OwnDraw]("participation", _load, lambda _: 1, key=str, member=lambda own: own.member)
_column = TableColumn[Participation]
_LISTED = Listing(
    N_("Draws and waiting lists"),
    NoFilter,
    lambda look: look.cut(read_participations(look.wiring, look.connection, look.actor.id)),
    (
        _column("title", "", lambda one: Link(f"/me/{PATH}/{quote(one.id, safe='')}", one.title)),
        _column("state", "", _state),
        _column("since", "", lambda one: Phrase(N_("since {day}"), {"day": one.since})),
    ),
    N_("You take part in no draw and stand on no waiting list."),
)
DRAWS = Noun(PATH, N_("Draws and waiting lists"), DRAW, _LISTED, _show, Right.OWN,
             tabs=((f"/me/{ABOVE}", N_("Polls, draws and points")),))  # fmt: skip
