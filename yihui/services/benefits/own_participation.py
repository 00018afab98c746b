"""What a member takes part in: polls, draws with what proves them, and waiting lists with what moved her place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import benefits
from benefits import Participation, PublishedDraw
from benefits.draws.publishing import WaitingStep, find_draw_of_participation, list_waiting_steps
from core.civil_time import civil_date
from core.faults import FaultError, FaultTable
from core.text_marks import N_
from rules.lottery.file import LotteryFile
from yihui.bootstrap import Wiring
from yihui.cases.polls.own import OwnPoll, list_own_polls
from yihui.money.draws.calls import parse_published_lottery
from yihui.services.benefits.benefits import read_participations
from yihui.services.benefits.lottery_verifier import list_failed_checks

TAKE_PART_FAULTS = FaultTable(
    "take_part",
    {
        "unknown": (
            N_("there is no such poll or draw of yours"),
            N_("go back to “Take part” and choose one of the list"),
        )
    },
)


@dataclass(frozen=True, slots=True)
class OwnParticipation:
    """All that the member takes part in or can take part in; ``points`` is what she can spend."""

    polls: Sequence[OwnPoll]
    participations: Sequence[Participation]
    points: int


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

    part: Participation
    draw: PublishedDraw | None
    proof: LotteryProof | None
    steps: Sequence[WaitingStep]


def load_own_participation(wiring: Wiring, member: str) -> OwnParticipation:
    """Load what a member takes part in."""
    today = civil_date(wiring.now())
    with wiring.database.read() as connection:
        polls = list_own_polls(wiring, connection, member, wiring.now())
        parts = read_participations(wiring, connection, member)
        points = benefits.read_points_account(connection, member, today).points
    return OwnParticipation(polls, parts, points)


def load_own_draw(wiring: Wiring, member: str, id_: str) -> OwnDraw:
    """Load one participation of a member. *Raises*: FaultError if it is another member's, or isn't there."""
    with wiring.database.read() as connection:
        found = [one for one in read_participations(wiring, connection, member) if one.id == id_]
        if not found:
            raise FaultError(TAKE_PART_FAULTS.build("unknown", field="draw"))
        part = found[0]
        draw = find_draw_of_participation(connection, member, id_)
        steps = (
            list_waiting_steps(connection, member, id_, part.position) if part.position is not None else []
        )
    proof = None if draw is None or draw.commitment is None else _prove(draw, draw.commitment, member)
    return OwnDraw(part, draw, proof, steps)


def _prove(draw: PublishedDraw, commitment: str, member: str) -> LotteryProof:
    file = parse_published_lottery(draw.file)
    numbers: Mapping[str, int] = {one.pseudonym: at for at, one in enumerate(file.terms.entries, 1)}
    name = f"{draw.rule_id}-{commitment[:8]}.json"
    return LotteryProof(file, commitment, name, numbers.get(member), list_failed_checks(draw.file))
