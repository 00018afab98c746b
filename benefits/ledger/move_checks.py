"""Whether a move may be made: day, owner, order, amount, and what is there to be moved."""

from collections.abc import Mapping

from benefits.ledger.positions import GrantTerms, Position
from benefits.model.accounts import OPEN, STAGES
from benefits.model.move_refusals import NotAllowed
from benefits.model.moves import ALLOWED, ENDS, Move

_BIGGEST = 2**63 - 1


def check_move(move: Move, grant: GrantTerms, standing: Mapping[str, Position]) -> None:
    """Whether a move may be made of a grant that stands so. *Raises*: NotAllowed."""
    if move.member_id is not None and move.member_id != grant.member_id:
        raise NotAllowed("foreign", grant=grant.id)
    _check_order(move)
    _check_amount(move)
    if move.occurred_on < grant.granted_on and move.kind not in ENDS:
        raise NotAllowed("early", grant=grant.id, day=grant.granted_on.isoformat())
    _check_day(move, grant)
    _check_room(move, grant, standing)


def _check_order(move: Move) -> None:
    allowed = ALLOWED[move.kind]
    if move.from_ is None:
        fits = move.amount is None and {(stage, move.to) for stage in OPEN} <= allowed
    else:
        fits = (move.from_, move.to) in allowed
    if not fits:
        raise NotAllowed("order", kind=move.kind, from_=str(move.from_), to=move.to)


def _check_amount(move: Move) -> None:
    """Whole and above zero, as far as every database can keep it."""
    wrong = move.amount is not None and not _is_amount(move.amount)
    if wrong or (move.worth_fen != 0 and not _is_amount(move.worth_fen)):
        raise NotAllowed("amount", amount=str(move.amount if wrong else move.worth_fen)[:40])


def _is_amount(amount: object) -> bool:
    return type(amount) is int and 0 < amount <= _BIGGEST


def _check_day(move: Move, grant: GrantTerms) -> None:
    """What is used or handed out late; an end, a refund or a payment has no such day."""
    last = None if grant.claimed_on else grant.claim_by  # once claimed it can be handed out later
    if move.kind == "issue" and last is not None and move.occurred_on > last:
        raise NotAllowed("lapsed", day=last.isoformat())
    timely = move.kind not in ("issue", "redeem")
    if not timely and grant.expires_on is not None and move.occurred_on > grant.expires_on:
        raise NotAllowed("expired", day=grant.expires_on.isoformat())


def _check_room(move: Move, grant: GrantTerms, standing: Mapping[str, Position]) -> None:
    if move.amount is None:
        if not any(position.at(stage) for position in standing.values() for stage in move.stages):
            raise _nothing_there(move, grant, standing)
        return
    for line in move.wished():
        if line.unit not in standing:
            raise NotAllowed("unit", grant=grant.id, unit=line.unit, units="、".join(sorted(standing)) or "—")
        left = standing[line.unit].at(line.from_)
        if not left:
            raise _nothing_there(move, grant, standing)
        if line.amount > left:
            raise NotAllowed("over_amount", amount=str(line.amount), left=str(left))


def _nothing_there(move: Move, grant: GrantTerms, standing: Mapping[str, Position]) -> NotAllowed:
    """The reason in the words of whoever stands at the counter."""
    in_use = move.from_ in (None, *OPEN)
    if in_use and not any(position.open for position in standing.values()):
        if any(position.reversed for position in standing.values()):
            return NotAllowed("void")
        if any(position.expired for position in standing.values()):
            day = grant.expires_on or grant.claim_by
            return NotAllowed("expired", day=day.isoformat() if day else "—")
        if standing:
            return NotAllowed("used_up")
    told_ = "、".join(
        f"{stage} {position.at(stage)} {unit}"
        for unit, position in sorted(standing.items())
        for stage in STAGES
        if position.at(stage)
    )
    return NotAllowed("nothing_there", stage=str(move.from_ or "open"), standing=told_ or "—")
