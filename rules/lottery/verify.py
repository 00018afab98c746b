"""Recompute a lottery from its published file alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.faults import Fault
from rules.lottery.drawing import commitment_faults, compute_places, compute_seed
from rules.lottery.faults import LOTTERY_FAULTS, LotteryFaults
from rules.lottery.file import (
    LotteryDraw,
    LotteryFile,
    LotteryWinner,
    drawn_number_faults,
    parse_lottery_file,
)

DrawnPlaces = tuple[tuple[LotteryWinner, ...], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class LotteryVerification:
    """The published file, or None if it cannot be parsed, and all its faults."""

    file: LotteryFile | None
    faults: tuple[Fault, ...]


def verify_lottery(text: str) -> LotteryVerification:
    """Check that a published file is consistent: its terms, its commitment and, if it is drawn, its places.

    If terms and commitment disagree, the draw is not checked. The reader has to compare the commitment and
    the number with those that were published elsewhere.
    """
    try:
        file = parse_lottery_file(text)
    except LotteryFaults as error:
        return LotteryVerification(None, error.faults)
    faults = commitment_faults(file)
    if file.draw and not faults:
        faults = [*drawn_number_faults(file.terms.number, file.draw), *_draw_faults(file, file.draw)]
    return LotteryVerification(file, tuple(faults))


def _draw_faults(file: LotteryFile, draw: LotteryDraw) -> Iterator[Fault]:
    """Yield the faults of a draw.

    The number determines the seed, and the seed the places: if two agree, the third is wrong.
    """
    seed = compute_seed(draw.secret, file.commitment, draw.number)
    if draw.seed == seed.hex():
        yield from _place_faults(compute_places(file.terms, seed), draw)
        return
    if _read_seed(draw.seed) and not [
        *_place_faults(compute_places(file.terms, bytes.fromhex(draw.seed)), draw)
    ]:
        yield LOTTERY_FAULTS.build("other_number", field="draw.number", value=draw.number)
    else:
        yield LOTTERY_FAULTS.build("other_seed", field="draw.seed", value=draw.seed[:80])
        yield from _place_faults(compute_places(file.terms, seed), draw)


def _read_seed(text: str) -> bool:
    return len(text) == 64 and set(text) <= set("0123456789abcdef")


def _place_faults(expected: DrawnPlaces, draw: LotteryDraw) -> Iterator[Fault]:
    for field, drawn, published in (
        ("winners", expected[0], draw.winners),
        ("waiting", expected[1], draw.waiting),
    ):
        place = _first_difference(drawn, published)
        if place is not None:
            yield LOTTERY_FAULTS.build(
                "other_place",
                field=f"draw.{field}",
                value=_format_place(published, place),
                place=place + 1,
                expected=_format_place(drawn, place),
            )


def _first_difference(drawn: Sequence[object], published: Sequence[object]) -> int | None:
    if drawn == published:
        return None
    shared = min(len(drawn), len(published))
    return next((i for i in range(shared) if drawn[i] != published[i]), shared)


def _format_place(places: Sequence[LotteryWinner | str], index: int) -> str:
    if index >= len(places):
        return "-"
    place = places[index]
    if isinstance(place, str):
        return place[:80]
    return f"{place.pseudonym} ({place.reserved})"[:80] if place.reserved else place.pseudonym[:80]
