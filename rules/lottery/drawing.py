"""Lotteries that anybody can recompute: commit before a public number is known, draw from both, verify.

Why nobody can steer it, and who could still cheat how, stands in docs/lottery.md.
"""

import hmac
import re
from collections.abc import Sequence
from hashlib import sha256

from rules.lottery.fault import LotteryFault, LotteryFaults
from rules.lottery.file import Digests, Draw, Entry, LotteryFile, Terms, Winner, canonical
from rules.lottery.public_number import number_faults
from rules.lottery.terms import term_faults
from rules.lottery.urn import Stream, Urn

N_ = str  # marks a text for the message catalogue

SECRET_BYTES = 32
_SECRET = re.compile(rf"[0-9a-f]{{{2 * SECRET_BYTES}}}", re.ASCII)


def commit(terms: Terms, secret: str) -> LotteryFile:
    """The commitment, to be published before the number is known.

    The secret is 64 hexadecimal digits of true chance, kept from everybody until the draw. The order
    of the entries doesn't matter.

    Raises: LotteryFaults with everything that is wrong with the terms.
    """
    ordered = terms.model_copy(update={"entries": tuple(sorted(map(_tidy, terms.entries), key=_pseudonym))})
    faults = [*term_faults(ordered), *_secret_faults(secret)]
    if faults:
        raise LotteryFaults(faults)
    digests = digests_of(ordered, secret)
    return LotteryFile(
        format="yihui-lottery-1", terms=ordered, digests=digests, commitment=commitment_of(digests), draw=None
    )


def draw(committed: LotteryFile, secret: str, number: str, signature: str | None = None) -> LotteryFile:
    """The file with the draw: reserved places by group, then the others, then everyone else in order.

    Raises: LotteryFaults where the secret or the number isn't the announced one, or there was a draw.
    """
    if committed.draw is not None:
        raise LotteryFaults([LotteryFault("draw", N_("it was drawn already"), N_("a lottery is drawn once"))])
    bare = Draw(secret=secret, number=number, signature=signature, seed="", winners=(), waiting=())
    faults = [
        *commitment_faults(committed.model_copy(update={"draw": bare})),
        *number_faults(committed.terms.number, bare),
    ]
    if faults:
        raise LotteryFaults(faults)
    seed = seed_of(secret, committed.commitment, number)
    winners, waiting = places_of(committed.terms, seed)
    drawn = bare.model_copy(update={"seed": seed.hex(), "winners": winners, "waiting": waiting})
    return committed.model_copy(update={"draw": drawn})


def places_of(terms: Terms, seed: bytes) -> tuple[tuple[Winner, ...], tuple[str, ...]]:
    """Who wins, in the order drawn, and in which order the others wait."""
    stream = Stream(seed)
    left = {entry.pseudonym: entry for entry in terms.entries}
    winners = []
    for group in terms.groups:
        for name in _drawn([e for e in left.values() if group.name in e.groups], group.places, stream):
            del left[name]
            winners.append(Winner(pseudonym=name, reserved=group.name))
    rest = _drawn([*left.values()], len(left), stream)
    free = terms.seats - len(winners)  # reserved places that a group couldn't fill among them
    winners += [Winner(pseudonym=name, reserved=None) for name in rest[:free]]
    return tuple(winners), tuple(rest[free:])


def _drawn(entries: Sequence[Entry], places: int, stream: Stream) -> list[str]:
    urn = Urn([entry.weight for entry in entries])
    return [entries[urn.draw(stream)].pseudonym for _ in range(min(places, len(entries)))]


def seed_of(secret: str, commitment: str, number: str) -> bytes:
    """HMAC-SHA256 of commitment and number under the secret: neither side alone knows it before."""
    return hmac.digest(bytes.fromhex(secret), f"{commitment}:{number}".encode(), "sha256")


def digests_of(terms: Terms, secret: str) -> Digests:
    """A digest for each of the terms, so that what was changed afterwards can be named."""
    parts = {
        name: sha256(canonical(part)).hexdigest() for name, part in terms.model_dump(mode="json").items()
    }
    return Digests(**parts, secret=sha256(bytes.fromhex(secret)).hexdigest())


def commitment_of(digests: Digests) -> str:
    """The one digest that is made public beforehand, in places that nobody can change afterwards."""
    return sha256(canonical(digests.model_dump(mode="json"))).hexdigest()


def commitment_faults(file: LotteryFile) -> list[LotteryFault]:
    """What of the published terms wasn't committed to; the secret is looked at once it is published."""
    faults = term_faults(file.terms)
    changed = N_("{field} isn't what was committed to")
    remedy = N_("compare it with what was published before the draw")
    secret = file.draw.secret if file.draw else ""
    if file.draw:
        faults += _secret_faults(secret)
    is_told = not _SECRET.fullmatch(secret)
    found = digests_of(file.terms, "" if is_told else secret).model_dump()
    for name, digest in file.digests.model_dump().items():
        if digest != found[name] and not (name == "secret" and is_told):
            field = "draw.secret" if name == "secret" else f"terms.{name}"
            faults.append(LotteryFault(field, changed, remedy))
    if commitment_of(file.digests) != file.commitment:
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


def _tidy(entry: Entry) -> Entry:
    return entry.model_copy(update={"groups": tuple(sorted(entry.groups))})


def _pseudonym(entry: Entry) -> str:
    return entry.pseudonym
