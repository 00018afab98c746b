"""Checks of a move: day, owner, order of stages, amount, and what is available."""

from collections.abc import Mapping

from benefits.ledger.positions import GrantPosition, GrantTerms
from benefits.model.accounts import OPEN_STAGES, STAGES
from benefits.model.faults import MOVE_FAULTS, MoveRefused
from benefits.model.moves import ALLOWED_MOVES, ENDING_KINDS, Move
from benefits.model.terms import TERM_SEPARATOR

_BIGGEST = 2**63 - 1


def check_move(move: Move, grant: GrantTerms, standing: Mapping[str, GrantPosition]) -> None:
    """Check a move against a grant's terms and positions. *Raises*: MoveRefused."""
    if move.member_id is not None and move.member_id != grant.member_id:
        raise MoveRefused(MOVE_FAULTS.build("foreign", grant=grant.id))
    _check_order(move)
    _check_amount(move)
    if move.occurred_on < grant.granted_on and move.kind not in ENDING_KINDS:
        raise MoveRefused(MOVE_FAULTS.build("early", grant=grant.id, day=grant.granted_on))
    _check_day(move, grant)
    _check_room(move, grant, standing)


def _check_order(move: Move) -> None:
    allowed = ALLOWED_MOVES[move.kind]
    if move.from_ is None:
        fits = move.amount is None and {(stage, move.to) for stage in OPEN_STAGES} <= allowed
    else:
        fits = (move.from_, move.to) in allowed
    if not fits:
        raise MoveRefused(MOVE_FAULTS.build("order", kind=move.kind, from_=move.from_, to=move.to))


def _check_amount(move: Move) -> None:
    """Check that the amounts are whole, above zero, and not too large for any database."""
    wrong = move.amount is not None and not _is_amount(move.amount)
    if wrong or (move.worth_fen != 0 and not _is_amount(move.worth_fen)):
        raise MoveRefused(
            MOVE_FAULTS.build("amount", amount=str(move.amount if wrong else move.worth_fen)[:40])
        )


def _is_amount(amount: object) -> bool:
    return type(amount) is int and 0 < amount <= _BIGGEST


def _check_day(move: Move, grant: GrantTerms) -> None:
    """Check the last days of issuing and redeeming; an end, a refund or a payment has none."""
    last = None if grant.claimed_on else grant.claim_by  # a claimed grant can be issued later
    if move.kind == "issue" and last is not None and move.occurred_on > last:
        raise MoveRefused(MOVE_FAULTS.build("lapsed", day=last))
    timely = move.kind not in ("issue", "redeem")
    if not timely and grant.expires_on is not None and move.occurred_on > grant.expires_on:
        raise MoveRefused(MOVE_FAULTS.build("expired", day=grant.expires_on))


def _check_room(move: Move, grant: GrantTerms, standing: Mapping[str, GrantPosition]) -> None:
    if move.amount is None:
        if not any(position.at(stage) for position in standing.values() for stage in move.source_stages):
            raise _nothing_there(move, grant, standing)
        return
    for line in move.requested_transfers():
        if line.unit not in standing:
            raise MoveRefused(
                MOVE_FAULTS.build(
                    "unit", grant=grant.id, unit=line.unit, units=TERM_SEPARATOR.join(sorted(standing)) or "—"
                )
            )
        left = standing[line.unit].at(line.from_)
        if not left:
            raise _nothing_there(move, grant, standing)
        if line.amount > left:
            raise MoveRefused(MOVE_FAULTS.build("over_amount", amount=line.amount, left=left, unit=line.unit))


def _nothing_there(move: Move, grant: GrantTerms, standing: Mapping[str, GrantPosition]) -> MoveRefused:
    """Return the refusal that a person at the till understands best."""
    in_use = move.from_ in (None, *OPEN_STAGES)
    if in_use and not any(position.open_amount for position in standing.values()):
        if any(position.reversed for position in standing.values()):
            return MoveRefused(MOVE_FAULTS.build("void"))
        if any(position.expired for position in standing.values()):
            lapsed = grant.claim_by is not None and grant.claimed_on is None
            if lapsed and move.occurred_on <= (grant.expires_on or move.occurred_on):
                return MoveRefused(MOVE_FAULTS.build("lapsed", day=grant.claim_by))
            day = grant.expires_on or grant.claim_by
            return MoveRefused(MOVE_FAULTS.build("expired", day=day.isoformat() if day else "—"))
        if standing:
            return MoveRefused(MOVE_FAULTS.build("used_up"))
    told_ = TERM_SEPARATOR.join(
        f"{stage} {position.at(stage)} {unit}"
        for unit, position in sorted(standing.items())
        for stage in STAGES
        if position.at(stage)
    )
    return MoveRefused(MOVE_FAULTS.build("nothing_there", stage=move.from_ or "open", standing=told_ or "—"))
