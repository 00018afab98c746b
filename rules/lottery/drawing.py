"""Commit to a lottery before a public number is known, draw from both, and recompute a lottery from its file alone.

docs/lottery.md explains why neither side can steer the draw, and which ways of cheating remain.
"""

import hmac
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from core.faults import Fault
from core.source_text import shorten_quote
from rules.lottery.file import (
    LOTTERY_FAULTS,
    LotteryDigests,
    LotteryDraw,
    LotteryEntry,
    LotteryFaults,
    LotteryFile,
    LotteryTerms,
    LotteryWinner,
    canonical_json,
    drawn_number_faults,
    number_plan_faults,
    parse_lottery_file,
)

MAX_LOTTERY_ENTRIES = 1_000_000
MAX_COUNT = 10**9
MAX_NAME_LENGTH = 200
_BLOCK_BITS = 256
_COUNTER_BYTES = 8
SECRET_BYTES = 32
_HEX_32_BYTES = re.compile(rf"[0-9a-f]{{{2 * SECRET_BYTES}}}", re.ASCII)
DrawnPlaces = tuple[tuple[LotteryWinner, ...], tuple[str, ...]]


def term_faults(terms: LotteryTerms) -> list[Fault]:
    """Return all faults of the terms."""
    faults = [*_texts(terms), *_counts(terms), *_entries(terms)]
    committed_at = parse_utc_instant(terms.committed_at)
    if committed_at is None:
        value = shorten_quote(terms.committed_at)
        return [*faults, LOTTERY_FAULTS.build("no_instant", field="terms.committed_at", value=value)]
    return [*faults, *number_plan_faults(terms.number, committed_at)]


def parse_utc_instant(text: str) -> datetime | None:
    """Parse an instant written like 2026-05-01T02:00:00Z; None if the text has another form."""
    try:
        moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
    return moment if f"{moment:%Y-%m-%dT%H:%M:%SZ}" == text else None


def _texts(terms: LotteryTerms) -> Iterator[Fault]:
    named = [("terms.lottery", terms.lottery), ("terms.title", terms.title)]
    named += [(f"terms.groups[{i}].name", group.name) for i, group in enumerate(terms.groups)]
    named += [(f"terms.entries[{i}].pseudonym", entry.pseudonym) for i, entry in enumerate(terms.entries)]
    for field, text in named:
        if not text.strip() or text != text.strip() or len(text) > MAX_NAME_LENGTH or not text.isprintable():
            yield LOTTERY_FAULTS.build("bad_text", field=field, value=shorten_quote(text))
        elif not unicodedata.is_normalized("NFC", text):
            yield LOTTERY_FAULTS.build("not_nfc", field=field, value=shorten_quote(text))


def _counts(terms: LotteryTerms) -> Iterator[Fault]:
    counts = [("terms.seats", terms.seats)]
    counts += [(f"terms.groups[{i}].places", group.places) for i, group in enumerate(terms.groups)]
    counts += [(f"terms.entries[{i}].weight", entry.weight) for i, entry in enumerate(terms.entries)]
    for field, count in counts:
        if not 1 <= count <= MAX_COUNT:
            yield LOTTERY_FAULTS.build("bad_count", field=field, value=count, greatest=MAX_COUNT)
    reserved = sum(group.places for group in terms.groups)
    if reserved > terms.seats:
        yield LOTTERY_FAULTS.build(
            "too_many_reserved", field="terms.groups", value=reserved, seats=terms.seats
        )


def _entries(terms: LotteryTerms) -> Iterator[Fault]:
    if not 1 <= len(terms.entries) <= MAX_LOTTERY_ENTRIES:
        yield LOTTERY_FAULTS.build("entry_count", field="terms.entries", value=len(terms.entries))
    known = {group.name for group in terms.groups}
    for field, code, names in (
        ("terms.groups", "group_twice", [group.name for group in terms.groups]),
        ("terms.entries", "entry_twice", [entry.pseudonym for entry in terms.entries]),
    ):
        for name, times in Counter(names).items():
            if times > 1:
                yield LOTTERY_FAULTS.build(code, field=field, value=shorten_quote(name), times=times)
    for index, entry in enumerate(terms.entries):
        for name in entry.groups:
            if name not in known or entry.groups.count(name) > 1:
                field, groups = f"terms.entries[{index}].groups", ", ".join(sorted(known))
                value = shorten_quote(name)
                yield LOTTERY_FAULTS.build("unknown_group", field=field, value=value, groups=groups)


class SeededNumbers:
    """Numbers from a seed: block i is HMAC-SHA256(seed, i as eight bytes, big-endian)."""

    __slots__ = ("_block", "_seed")

    def __init__(self, seed: bytes) -> None:
        self._seed = seed
        self._block = 0

    def next_below(self, bound: int) -> int:
        """Return a number from 0 to ``bound - 1``, each equally likely.

        The number is the highest bits of a block, as many as ``bound - 1`` needs. A number that is too great
        is discarded and the next block is tried, since a remainder would favour small numbers.
        """
        spare = _BLOCK_BITS - (bound - 1).bit_length()
        while True:
            block = hmac.digest(self._seed, self._block.to_bytes(_COUNTER_BYTES, "big"), "sha256")
            self._block += 1
            number = int.from_bytes(block, "big") >> spare
            if number < bound:
                return number


class WeightedUrn:
    """The tickets of several owners, in the order given; an owner leaves the urn when drawn.

    A Fenwick tree holds the sums of weights, so that a draw takes log n steps.
    *Source*: P. Fenwick, A new data structure for cumulative frequency tables, 1994.
    """

    __slots__ = ("_sums", "_tickets", "_weights")

    def __init__(self, weights: Sequence[int]) -> None:
        self._weights = weights
        self._tickets = sum(weights)
        self._sums = [0, *weights]
        for place in range(1, len(self._sums)):
            above = place + (place & -place)
            if above < len(self._sums):
                self._sums[above] += self._sums[place]

    def draw(self, stream: SeededNumbers) -> int:
        """Draw a ticket and return the index of its owner; all tickets of that owner leave the urn."""
        owner = self._owner(stream.next_below(self._tickets))
        weight = self._weights[owner]
        self._tickets -= weight
        place = owner + 1
        while place < len(self._sums):
            self._sums[place] -= weight
            place += place & -place
        return owner

    def _owner(self, ticket: int) -> int:
        place, step = 0, 1 << (len(self._sums).bit_length() - 1)
        while step:
            after = place + step
            if after < len(self._sums) and self._sums[after] <= ticket:
                ticket -= self._sums[after]
                place = after
            step >>= 1
        return place


def commit_lottery(terms: LotteryTerms, secret: str) -> LotteryFile:
    """Return the commitment, which is to be published before the number is known.

    The secret is 64 random hexadecimal digits, and the caller keeps it confidential until the draw. The
    order of the entries does not matter.

    Raises: LotteryFaults with everything that is wrong with the terms.
    """
    entries = [one.model_copy(update={"groups": tuple(sorted(one.groups))}) for one in terms.entries]
    by_pseudonym = tuple(sorted(entries, key=lambda entry: entry.pseudonym))
    ordered = terms.model_copy(update={"entries": by_pseudonym})
    faults = [*term_faults(ordered), *_secret_faults(secret)]
    if faults:
        raise LotteryFaults(faults)
    digests = compute_digests(ordered, secret)
    return LotteryFile(
        format="yihui-lottery-1",
        terms=ordered,
        digests=digests,
        commitment=compute_commitment(digests),
        draw=None,
    )


def draw_lottery(committed: LotteryFile, secret: str, number: str) -> LotteryFile:
    """Return the file with its draw: reserved places by group, then other places, then the waiting list.

    Raises: LotteryFaults if the secret or the number is not the announced one, or if it was already drawn.
    """
    if committed.draw is not None:
        raise LotteryFaults(LOTTERY_FAULTS.build("drawn_already", field="draw"))
    bare = LotteryDraw(secret=secret, number=number, seed="", winners=(), waiting=())
    faults = [
        *commitment_faults(committed.model_copy(update={"draw": bare})),
        *drawn_number_faults(committed.terms.number, bare),
    ]
    if faults:
        raise LotteryFaults(faults)
    seed = compute_seed(secret, committed.commitment, number)
    winners, waiting = compute_places(committed.terms, seed)
    drawn = bare.model_copy(update={"seed": seed.hex(), "winners": winners, "waiting": waiting})
    return committed.model_copy(update={"draw": drawn})


def compute_places(terms: LotteryTerms, seed: bytes) -> tuple[tuple[LotteryWinner, ...], tuple[str, ...]]:
    """Return the winners in the order drawn, and the waiting entries in their order."""
    stream = SeededNumbers(seed)
    left = {entry.pseudonym: entry for entry in terms.entries}
    winners = []
    for group in terms.groups:
        for name in _drawn([e for e in left.values() if group.name in e.groups], group.places, stream):
            del left[name]
            winners.append(LotteryWinner(pseudonym=name, reserved=group.name))
    rest = _drawn([*left.values()], len(left), stream)
    free = terms.seats - len(winners)  # this includes reserved places that a group could not fill
    winners += [LotteryWinner(pseudonym=name, reserved=None) for name in rest[:free]]
    return tuple(winners), tuple(rest[free:])


def _drawn(entries: Sequence[LotteryEntry], places: int, stream: SeededNumbers) -> list[str]:
    urn = WeightedUrn([entry.weight for entry in entries])
    return [entries[urn.draw(stream)].pseudonym for _ in range(min(places, len(entries)))]


def compute_seed(secret: str, commitment: str, number: str) -> bytes:
    """Return HMAC-SHA256 of commitment and number under the secret; neither side alone can know it before."""
    return hmac.digest(bytes.fromhex(secret), f"{commitment}:{number}".encode(), "sha256")


def compute_digests(terms: LotteryTerms, secret: str) -> LotteryDigests:
    """Return a digest of each term and of the secret, so that a later change can be attributed to a term."""
    parts = {
        name: sha256(canonical_json(part)).hexdigest() for name, part in terms.model_dump(mode="json").items()
    }
    return LotteryDigests(**parts, secret=sha256(bytes.fromhex(secret)).hexdigest())


def compute_commitment(digests: LotteryDigests) -> str:
    """Return the single digest to publish before the draw, in places that cannot be changed afterwards."""
    return sha256(canonical_json(digests.model_dump(mode="json"))).hexdigest()


def commitment_faults(file: LotteryFile) -> list[Fault]:
    """Return which published terms differ from the commitment; the secret is checked once it is published."""
    faults = term_faults(file.terms)
    secret = file.draw.secret if file.draw else ""
    if file.draw:
        faults += _secret_faults(secret)
    is_absent = not _HEX_32_BYTES.fullmatch(secret)
    found = compute_digests(file.terms, "" if is_absent else secret).model_dump()
    for name, digest in file.digests.model_dump().items():
        if digest != found[name] and not (name == "secret" and is_absent):
            field = "draw.secret" if name == "secret" else f"terms.{name}"
            faults.append(LOTTERY_FAULTS.build("changed", field=field))
    if compute_commitment(file.digests) != file.commitment:
        faults.append(LOTTERY_FAULTS.build("other_commitment", field="commitment"))
    return faults


def _secret_faults(secret: str) -> list[Fault]:
    return (
        [] if _HEX_32_BYTES.fullmatch(secret) else [LOTTERY_FAULTS.build("bad_secret", field="draw.secret")]
    )


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
    if _HEX_32_BYTES.fullmatch(draw.seed) and not [
        *_place_faults(compute_places(file.terms, bytes.fromhex(draw.seed)), draw)
    ]:
        yield LOTTERY_FAULTS.build("other_number", field="draw.number", value=draw.number)
    else:
        yield LOTTERY_FAULTS.build("other_seed", field="draw.seed", value=draw.seed[:80])
        yield from _place_faults(compute_places(file.terms, seed), draw)


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
