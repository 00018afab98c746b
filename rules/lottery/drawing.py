"""Commit to a lottery before a public number is known, draw from both, and recompute the draw.

docs/lottery.md explains why neither side can steer the draw, and which ways of cheating remain.
"""

import hmac
import re
from collections.abc import Sequence
from hashlib import sha256

from core.text_marks import N_
from rules.lottery.fault import LotteryFault, LotteryFaults
from rules.lottery.file import (
    LotteryDigests,
    LotteryDraw,
    LotteryEntry,
    LotteryFile,
    LotteryTerms,
    LotteryWinner,
    canonical_json,
)
from rules.lottery.public_number import drawn_number_faults
from rules.lottery.terms import term_faults
from rules.lottery.urn import SeededNumbers, WeightedUrn

SECRET_BYTES = 32
_SECRET = re.compile(rf"[0-9a-f]{{{2 * SECRET_BYTES}}}", re.ASCII)


def commit_lottery(terms: LotteryTerms, secret: str) -> LotteryFile:
    """Return the commitment, which is to be published before the number is known.

    The secret is 64 random hexadecimal digits, and the caller keeps it confidential until the draw. The
    order of the entries does not matter.

    Raises: LotteryFaults with everything that is wrong with the terms.
    """
    ordered = terms.model_copy(
        update={"entries": tuple(sorted(map(_with_sorted_groups, terms.entries), key=_pseudonym))}
    )
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


def draw_lottery(
    committed: LotteryFile, secret: str, number: str, signature: str | None = None
) -> LotteryFile:
    """Return the file with its draw: reserved places by group, then other places, then the waiting list.

    Raises: LotteryFaults if the secret or the number is not the announced one, or if it was already drawn.
    """
    if committed.draw is not None:
        raise LotteryFaults([LotteryFault("draw", N_("it was drawn already"), N_("a lottery is drawn once"))])
    bare = LotteryDraw(secret=secret, number=number, signature=signature, seed="", winners=(), waiting=())
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


def commitment_faults(file: LotteryFile) -> list[LotteryFault]:
    """Return which published terms differ from the commitment; the secret is checked once it is published."""
    faults = term_faults(file.terms)
    changed = N_("{field} isn't what was committed to")
    remedy = N_("compare it with what was published before the draw")
    secret = file.draw.secret if file.draw else ""
    if file.draw:
        faults += _secret_faults(secret)
    is_told = not _SECRET.fullmatch(secret)
    found = compute_digests(file.terms, "" if is_told else secret).model_dump()
    for name, digest in file.digests.model_dump().items():
        if digest != found[name] and not (name == "secret" and is_told):
            field = "draw.secret" if name == "secret" else f"terms.{name}"
            faults.append(LotteryFault(field, changed, remedy))
    if compute_commitment(file.digests) != file.commitment:
        faults.append(LotteryFault("commitment", N_("{field} doesn't follow from the digests"), remedy))
    return faults


def _secret_faults(secret: str) -> list[LotteryFault]:
    if _SECRET.fullmatch(secret):
        return []
    return [
        LotteryFault(
            "draw.secret", N_("the secret is not 64 hexadecimal digits"), N_("take the one of the commitment")
        )
    ]


def _with_sorted_groups(entry: LotteryEntry) -> LotteryEntry:
    return entry.model_copy(update={"groups": tuple(sorted(entry.groups))})


def _pseudonym(entry: LotteryEntry) -> str:
    return entry.pseudonym
