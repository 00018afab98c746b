"""Check the auxiliary tables: slots of claims and expiry, codes, cards, secrets of draws, clawback types."""

from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256

from pydantic_core import from_json
from sqlalchemy import Connection, exists, select

from benefits.lifecycle.expiry import OFFLINE_GRACE_DAYS
from benefits.tables.appeals import rule_contents
from benefits.tables.clawback import takeback_types
from benefits.tables.decisions import grants
from benefits.tables.draws import claim_slots, claims, draw_results, draw_secrets, draws
from benefits.tables.reversed import is_taken_back
from benefits.tables.transactions import grant_balances, transactions
from benefits.tables.vouchers import card_uses, due_slots, member_cards, redemptions, vouchers
from benefits.verification.bundles import disagreement
from core.faults import Fault
from core.text_marks import N_


def auxiliary_disagreements(connection: Connection) -> Iterator[Fault]:
    """Yield every auxiliary row that is missing, superfluous or differs from the ledger."""
    yield from _claim_slots(connection)
    yield from _due_slots(connection)
    yield from _codes(connection)
    yield from _card_uses(connection)
    yield from _secrets(connection)
    yield from _takebacks(connection)


def _claim_slots(connection: Connection) -> Iterator[Fault]:
    query = (
        select(claim_slots.c.decision_id, claim_slots.c.claim_by, grants.c.claim_by.label("expected"))
        .outerjoin(grants, grants.c.id == claim_slots.c.decision_id)
        .where(grants.c.claim_by.is_distinct_from(claim_slots.c.claim_by))
    )
    for row in connection.execute(query):
        told = N_("{id} waits until {day} to be claimed, its grant says {expected}")
        yield disagreement(told, id=row.decision_id, day=row.claim_by, expected=row.expected or "—")
    untouched = ~exists().where(grant_balances.c.grant_id == grants.c.id)
    forgotten = (
        select(grants.c.id, grants.c.claim_by)
        .outerjoin(claim_slots, claim_slots.c.decision_id == grants.c.id)
        .outerjoin(claims, claims.c.decision_id == grants.c.id)
        .where(grants.c.claim_by.is_not(None), grants.c.id == grants.c.decision_id, untouched)
        .where(claim_slots.c.decision_id.is_(None), claims.c.decision_id.is_(None))
        .where(~is_taken_back(grants.c.id))
    )
    for id_, day in connection.execute(forgotten):
        yield disagreement(N_("{id} must be claimed by {day}, and nothing waits for it"), id=id_, day=day)


def _due_slots(connection: Connection) -> Iterator[Fault]:
    """Check expiry slots: after the last day and the days of grace, only a returned amount justifies one."""
    moved = exists().where(
        transactions.c.grant_id == due_slots.c.grant_id,
        transactions.c.kind != "promise",
        transactions.c.occurred_on >= due_slots.c.day,
    )
    query = (
        select(due_slots, grants.c.expires_on)
        .outerjoin(grants, grants.c.id == due_slots.c.grant_id)
        .where(grants.c.expires_on.is_(None) | ((due_slots.c.day > grants.c.expires_on) & ~moved))
    )
    for row in connection.execute(query):
        if row.expires_on is None or row.day > row.expires_on + timedelta(days=OFFLINE_GRACE_DAYS + 1):
            told = N_("grant {id} is looked at on {day}, but it ends on {expected}")
            yield disagreement(told, id=row.grant_id, day=row.day, expected=row.expires_on or "—")


def _codes(connection: Connection) -> Iterator[Fault]:
    """Check that a code is withdrawn on the day on which the next code of its grant is issued."""
    following = vouchers.alias()
    query = (
        select(vouchers.c.grant_id, vouchers.c.number)
        .outerjoin(
            following,
            (following.c.grant_id == vouchers.c.grant_id) & (following.c.number == vouchers.c.number + 1),
        )
        .where(vouchers.c.withdrawn_on.is_distinct_from(following.c.made_on))
    )
    for grant_id, number in connection.execute(query):
        yield disagreement(
            N_("code {number} of grant {id} is withdrawn otherwise than replaced"), number=number, id=grant_id
        )


def _card_uses(connection: Connection) -> Iterator[Fault]:
    """Check that a card was used only for its member's grants."""
    query = (
        select(card_uses.c.handle, card_uses.c.transaction_id)
        .outerjoin(member_cards, member_cards.c.handle == card_uses.c.handle)
        .outerjoin(redemptions, redemptions.c.id == card_uses.c.transaction_id)
        .outerjoin(grants, grants.c.id == redemptions.c.grant_id)
        .where(grants.c.id.is_(None) | grants.c.member_id.is_distinct_from(member_cards.c.member_id))
    )
    for handle, id_ in connection.execute(query):
        yield disagreement(N_("card {key} was used for {id}, which isn't its member's"), key=handle, id=id_)


def _secrets(connection: Connection) -> Iterator[Fault]:
    """Check that every lottery that was not drawn yet has the secret that it committed to."""
    query = (
        select(draws.c.id, draws.c.file, draw_secrets.c.secret, draw_results.c.draw_id.label("drawn"))
        .outerjoin(draw_secrets, draw_secrets.c.draw_id == draws.c.id)
        .outerjoin(draw_results, draw_results.c.draw_id == draws.c.id)
        .where(draws.c.mode == "lottery")
    )
    for row in connection.execute(query):
        if row.drawn is None and not _is_committed(row.file, row.secret):
            yield disagreement(N_("the secret of draw {id} isn't the one that was committed to"), id=row.id)
    stray = select(draw_secrets.c.draw_id).where(~exists().where(draws.c.id == draw_secrets.c.draw_id))
    for id_ in connection.execute(stray).scalars():
        yield disagreement(N_("the secret of draw {id} isn't the one that was committed to"), id=id_)


def _is_committed(file: str, secret: str | None) -> bool:
    try:
        return bool(from_json(file)["digests"]["secret"] == sha256(bytes.fromhex(secret or "")).hexdigest())
    except (ValueError, KeyError, TypeError):  # the row was tampered with
        return False


def _takebacks(connection: Connection) -> Iterator[Fault]:
    """Check that every event type on which a stored rule claws back is recorded."""
    known = frozenset(connection.execute(select(takeback_types.c.event_type)).scalars())
    query = select(rule_contents.c.hash, rule_contents.c.content)
    for hash_, text in connection.execute(query.execution_options(yield_per=100)):
        for kind in sorted(_takes_back_on(text) - known):
            yield disagreement(
                N_("rule {id} takes back on {key}, for which nobody looks"), id=hash_, key=kind
            )


def _takes_back_on(text: str) -> frozenset[str]:
    try:
        return frozenset(term["on"] for term in from_json(text).get("clawback") or ())
    except (ValueError, KeyError, TypeError, AttributeError):  # the check of the rule's hash reports it
        return frozenset()
