"""Recomputes a lottery from what was published, and nothing else."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rules.lottery.drawing import commitment_faults, places_of, seed_of
from rules.lottery.fault import LotteryFault, LotteryFaults
from rules.lottery.file import Draw, LotteryFile, Winner, read_lottery
from rules.lottery.public_number import number_faults

N_ = str  # marks a text for the message catalogue

Places = tuple[tuple[Winner, ...], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Verified:
    """What was published, None where it can't be read, and everything that doesn't agree."""

    file: LotteryFile | None
    faults: tuple[LotteryFault, ...]


def verify(text: str) -> Verified:
    """Whether a published file agrees with itself: terms, commitment and, where it is drawn, places.

    Where terms and commitment disagree the draw isn't looked at. That the commitment and the number are
    the ones that were published elsewhere is for the reader to compare.
    """
    try:
        file = read_lottery(text)
    except LotteryFaults as error:
        return Verified(None, error.faults)
    faults = commitment_faults(file)
    if file.draw and not faults:
        faults = [*number_faults(file.terms.number, file.draw), *_draw_faults(file, file.draw)]
    return Verified(file, tuple(faults))


def _draw_faults(file: LotteryFile, draw: Draw) -> Iterator[LotteryFault]:
    """The seed hangs by the number and the places by the seed: two that agree convict the third."""
    seed = seed_of(draw.secret, file.commitment, draw.number)
    if draw.seed == seed.hex():
        yield from _place_faults(places_of(file.terms, seed), draw)
        return
    remedy = N_("compare the number with its source")
    if _read_seed(draw.seed) and not [*_place_faults(places_of(file.terms, bytes.fromhex(draw.seed)), draw)]:
        yield LotteryFault(
            "draw.number", N_("{field} isn't the number that was drawn with"), remedy, draw.number
        )
    else:
        message = N_("{field} doesn't follow from secret, commitment and number")
        yield LotteryFault("draw.seed", message, remedy, draw.seed[:80])
        yield from _place_faults(places_of(file.terms, seed), draw)


def _read_seed(text: str) -> bool:
    return len(text) == 64 and set(text) <= set("0123456789abcdef")


def _place_faults(expected: Places, draw: Draw) -> Iterator[LotteryFault]:
    for field, drawn, published in (
        ("winners", expected[0], draw.winners),
        ("waiting", expected[1], draw.waiting),
    ):
        place = _first_other(drawn, published)
        if place is not None:
            yield LotteryFault(
                f"draw.{field}",
                N_("place {place} of {field} is {expected} by the draw, {value} was published"),
                N_("the list that was published is not the one that was drawn"),
                _shown(published, place),
                {"place": str(place + 1), "expected": _shown(drawn, place)},
            )


def _first_other(drawn: Sequence[object], published: Sequence[object]) -> int | None:
    if drawn == published:
        return None
    shared = min(len(drawn), len(published))
    return next((i for i in range(shared) if drawn[i] != published[i]), shared)


def _shown(places: Sequence[Winner | str], index: int) -> str:
    if index >= len(places):
        return "-"
    place = places[index]
    if isinstance(place, str):
        return place[:80]
    return f"{place.pseudonym} ({place.reserved})"[:80] if place.reserved else place.pseudonym[:80]
