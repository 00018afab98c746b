"""Check draws, waiting lists and claims, and the auxiliary tables: slots, codes, cards, secrets of draws."""

from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256

from pydantic_core import from_json
from sqlalchemy import Connection, RowMapping, exists, func, select
from sqlalchemy.exc import NoResultFound

from benefits.draws.collecting import (
    DRAW_SOURCE,
    Entrant,
    QuotaPlaces,
    count_participants,
    list_entrants,
)
from benefits.tables.appeals import rule_contents, takeback_types
from benefits.tables.decisions import decisions, grants, waiting_list
from benefits.tables.draws import (
    claim_slots,
    claims,
    draw_results,
    draw_secrets,
    draws,
    waiting_lines,
    waiting_moves,
    withdrawals,
)
from benefits.tables.rulebook import is_taken_back, rule_acts
from benefits.tables.transactions import grant_balances, transactions
from benefits.tables.vouchers import card_uses, due_slots, member_cards, redemptions, vouchers
from benefits.verification.bundles import disagreement, report_rows
from core.faults import Fault
from core.text_marks import N_
from rules.engine.rule import QuotaShare

_OTHER_SECRET = N_("the secret of draw {id} isn't the one that was committed to")


def draw_disagreements(connection: Connection) -> Iterator[Fault]:
    """Yield every draw, ranking, waiting list and claim that doesn't agree with its entries."""
    query = (
        select(draws, draw_results.c.file.label("result"))
        .outerjoin(draw_results, draw_results.c.draw_id == draws.c.id)
        .order_by(draws.c.id)
    )
    for row in connection.execute(query).mappings():
        try:
            yield from list(_draw(connection, row["id"], QuotaPlaces.of(row), row["file"], row["result"]))
        except (ValueError, KeyError, TypeError):  # the row was tampered with; the seal check names it
            yield disagreement(N_("draw {id}, its file or one of its entries can't be read"), id=row["id"])
        yield from _share_disagreements(connection, row)
    yield from _lines(connection)
    yield from _claims(connection)


def _share_disagreements(connection: Connection, row: RowMapping) -> Iterator[Fault]:
    """Check that a share's places follow from those who took part, and that so many can have taken part.

    Members who took part later are in the decisions too; no clock tells them apart.
    """
    try:
        share = _share_of(connection, row["rule_hash"])
        if share is None:
            return
        act = select(rule_acts.c.detail).where(rule_acts.c.sequence == row["act"])
        detail = from_json(connection.execute(act).scalar_one())["draws"]
        (participants,) = (one["participants"] for one in detail if one["places"] == row["places"])
        is_right = share.seats(participants) == row["seats"]
    except (ValueError, KeyError, TypeError, NoResultFound):  # the seal check names the row
        is_right, participants = False, None
    if not is_right:
        told = N_("draw {id}: {seats} places are not the share of the {participants} who took part")
        yield disagreement(told, id=row["id"], seats=row["seats"], participants=participants)
        return
    places = QuotaPlaces.of(row)
    entered = len(list_entrants(connection, places))
    decided = count_participants(connection, places)
    if not entered <= participants <= decided:
        told = N_(
            "draw {id} counted {participants} who took part; {entered} entered, {decided} were considered"
        )
        yield disagreement(told, id=row["id"], participants=participants, entered=entered, decided=decided)


def _share_of(connection: Connection, hash_: str) -> QuotaShare | None:
    from rules.yaml.wording import PARAMETER_PREFIX

    query = select(rule_contents.c.content).where(rule_contents.c.hash == hash_)
    content = from_json(connection.execute(query).scalar_one())
    stated = (content.get("allocate") or {}).get("share")
    if stated is None:
        return None

    def figure(value: int | str) -> int:
        if isinstance(value, int):
            return value
        return int(content["parameters"][value.removeprefix(PARAMETER_PREFIX)]["value"])

    return QuotaShare(figure(stated["places"]), figure(stated["of"]), stated.get("round", "down"))


def _draw(
    connection: Connection, id_: str, places: QuotaPlaces, file: str, result: str | None
) -> Iterator[Fault]:
    who = {entrant.member_id: entrant for entrant in list_entrants(connection, places)}
    order = _published(file if result is None else result)
    missing = [e.member_id for e in who.values() if not e.withdrew and e.member_id not in order]
    for member in [*missing, *(member for member in order if member not in who)]:
        told = N_("draw {id}: {member} takes part in the ledger or in the published file, not in both")
        yield disagreement(told, id=id_, member=member)
    for member, figure in _figures(file).items():
        if member in who and figure != _figure(who[member]):
            told = N_("draw {id}: the weight or the rank of {member} isn't the one that was published")
            yield disagreement(told, id=id_, member=member)
    for text in {file, result or file}:
        yield from _file(id_, text, order, who)
    if result is not None:
        if _fixed_part(file) != _fixed_part(result):
            yield disagreement(N_("draw {id} is not the one that was committed to"), id=id_)
        yield from _served_in_order(connection, id_, [who[member] for member in order if member in who])


def _published(text: str) -> list[str]:
    """Return the members in the order drawn or ranked; before the draw, in the order of the entries."""
    content = from_json(text)
    if "order" in content:
        return [row["pseudonym"] for row in content["order"]]
    drawn = content["draw"]
    if drawn is None:
        return [entry["pseudonym"] for entry in content["terms"]["entries"]]
    return [*(winner["pseudonym"] for winner in drawn["winners"]), *drawn["waiting"]]


def _figures(text: str) -> dict[str, int]:
    """Return each member's tickets or rank."""
    content = from_json(text)
    if "order" in content:
        return {row["pseudonym"]: row["rank"] for row in content["order"]}
    return {entry["pseudonym"]: entry["weight"] for entry in content["terms"]["entries"]}


def _figure(entrant: Entrant) -> int | None:
    return entrant.weight if entrant.rank is None else entrant.rank


def _fixed_part(text: str) -> object:
    content = from_json(text)
    return {name: value for name, value in content.items() if name != "draw"}


def _file(id_: str, text: str, order: list[str], who: dict[str, Entrant]) -> Iterator[Fault]:
    from rules.lottery.drawing import verify_lottery as recompute

    if "order" not in from_json(text):
        for fault in recompute(text).faults:
            yield disagreement(N_("draw {id} can't be recomputed: {detail}"), id=id_, detail=str(fault))
        return
    ranked = sorted(
        (who[member] for member in order if member in who), key=lambda entrant: entrant.ranking_key
    )
    if [entrant.member_id for entrant in ranked] != [member for member in order if member in who]:
        yield disagreement(N_("ranking {id} is not in the order of the ranks"), id=id_)


def _served_in_order(connection: Connection, id_: str, order: list[Entrant]) -> Iterator[Fault]:
    """Check that each entry has its decision, and that no member was granted a place out of turn."""
    query = (
        select(decisions.c.event_id, decisions.c.outcome, waiting_list.c.position)
        .outerjoin(waiting_list, waiting_list.c.id == decisions.c.id)
        .where(decisions.c.source == f"{DRAW_SOURCE}/{id_}")
    )
    found = {row.event_id: (row.outcome, row.position) for row in connection.execute(query)}
    if set(found) != {entrant.id for entrant in order}:
        yield disagreement(N_("draw {id} did not decide on every entry once"), id=id_)
    last = 0
    for entrant in order:
        outcome, position = found.get(entrant.id, ("refused", None))
        if outcome == "granted" and last:
            yield disagreement(
                N_("draw {id}: {member} was granted before others who wait"), id=id_, member=entrant.member_id
            )
        if position is not None:
            if position <= last:
                yield disagreement(
                    N_("draw {id}: {member} waits out of turn"), id=id_, member=entrant.member_id
                )
            last = position


def _lines(connection: Connection) -> Iterator[Fault]:
    """Check that each waiting list counts its departures correctly and was served in order.

    A member still on the list must stand behind all members who were served.
    """
    moved = select(waiting_moves.c.places, func.count().label("number")).group_by(waiting_moves.c.places)
    left = {row.places: row.number for row in connection.execute(moved)}
    for row in connection.execute(select(waiting_lines)):
        if row.moved != left.pop(row.places, 0):
            yield disagreement(
                N_("the waiting list of {key} says that {moved} left it"), key=row.places, moved=row.moved
            )
    for places in left:
        yield disagreement(N_("the waiting list of {key} is not kept"), key=places)
    first = (
        select(waiting_list.c.rule_id, waiting_list.c.period, waiting_list.c.places_for)
        .add_columns(func.min(waiting_list.c.position).label("first"))
        .outerjoin(waiting_moves, waiting_moves.c.waiting_id == waiting_list.c.id)
        .where(waiting_moves.c.waiting_id.is_(None))
        .group_by(waiting_list.c.rule_id, waiting_list.c.period, waiting_list.c.places_for)
    )
    for rule_id, period, group, position in connection.execute(first):
        key = QuotaPlaces(rule_id, period, group).key
        behind = select(waiting_moves.c.waiting_id).where(
            waiting_moves.c.places == key,
            waiting_moves.c.position > position,
            waiting_moves.c.how != "withdrawn",
        )
        for id_ in connection.execute(behind).scalars():
            yield disagreement(
                N_("{id} was served on the list of {key} before others who wait longer"), id=id_, key=key
            )
    yield from _moves(connection)


def _moves(connection: Connection) -> Iterator[Fault]:
    query = (
        select(waiting_moves.c.waiting_id, waiting_moves.c.how, decisions.c.outcome, withdrawals.c.id)
        .outerjoin(decisions, decisions.c.id == waiting_moves.c.decision_id)
        .outerjoin(withdrawals, withdrawals.c.id == waiting_moves.c.waiting_id)
    )
    expected = {"granted": "granted", "passed": "refused", "withdrawn": None}
    for id_, how, outcome, withdrawn in connection.execute(query):
        if outcome != expected.get(how, "") or (how == "withdrawn") != (withdrawn is not None):
            yield disagreement(N_("{id} left the waiting list otherwise than its decision says"), id=id_)


def _claims(connection: Connection) -> Iterator[Fault]:
    """Check that each claim lies within its days, and that a claimed grant has no claim slot any more."""
    late = (
        select(claims.c.decision_id.label("id"))
        .join(grants, grants.c.decision_id == claims.c.decision_id)
        .where(grants.c.claim_by.is_(None) | (claims.c.claimed_on > grants.c.claim_by))
        .distinct()
    )
    yield from report_rows(connection, N_("{id} was claimed after its last day"), late)
    id_ = claims.c.decision_id
    both = select(id_.label("id")).join(claim_slots, claim_slots.c.decision_id == id_)
    yield from report_rows(connection, N_("{id} is claimed and still waits to be claimed"), both)


def auxiliary_disagreements(connection: Connection) -> Iterator[Fault]:
    """Yield every auxiliary row that is missing, superfluous or differs from the ledger."""
    yield from _claim_slots(connection)
    yield from _due_slots(connection)
    yield from _codes(connection)
    yield from _card_uses(connection)
    yield from _takebacks(connection)


def _claim_slots(connection: Connection) -> Iterator[Fault]:
    slot = claim_slots.c
    otherwise = (
        select(slot.decision_id.label("id"), slot.claim_by.label("day"), grants.c.claim_by.label("expected"))
        .outerjoin(grants, grants.c.id == slot.decision_id)
        .where(grants.c.claim_by.is_distinct_from(slot.claim_by))
    )
    told = N_("{id} waits until {day} to be claimed, its grant says {expected}")
    yield from report_rows(connection, told, otherwise)
    untouched = ~exists().where(grant_balances.c.grant_id == grants.c.id)
    forgotten = (
        select(grants.c.id, grants.c.claim_by.label("day"))
        .outerjoin(claim_slots, slot.decision_id == grants.c.id)
        .outerjoin(claims, claims.c.decision_id == grants.c.id)
        .where(grants.c.claim_by.is_not(None), grants.c.id == grants.c.decision_id, untouched)
        .where(slot.decision_id.is_(None), claims.c.decision_id.is_(None))
        .where(~is_taken_back(grants.c.id))
    )
    told = N_("{id} must be claimed by {day}, and nothing waits for it")
    yield from report_rows(connection, told, forgotten)


def _due_slots(connection: Connection) -> Iterator[Fault]:
    """Check expiry slots: after the last day and the days of grace, only a returned amount justifies one."""
    from benefits.lifecycle.expiry import OFFLINE_GRACE_DAYS

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
            yield disagreement(told, id=row.grant_id, day=row.day, expected=row.expires_on)


def _codes(connection: Connection) -> Iterator[Fault]:
    """Check that a code is withdrawn on the day on which the next code of its grant is issued."""
    following = vouchers.alias()
    query = (
        select(vouchers.c.grant_id.label("id"), vouchers.c.number)
        .outerjoin(
            following,
            (following.c.grant_id == vouchers.c.grant_id) & (following.c.number == vouchers.c.number + 1),
        )
        .where(vouchers.c.withdrawn_on.is_distinct_from(following.c.made_on))
    )
    told = N_("code {number} of grant {id} is withdrawn otherwise than replaced")
    return report_rows(connection, told, query)


def _card_uses(connection: Connection) -> Iterator[Fault]:
    """Check that a card was used only for its member's grants."""
    query = (
        select(card_uses.c.handle.label("key"), card_uses.c.transaction_id.label("id"))
        .outerjoin(member_cards, member_cards.c.handle == card_uses.c.handle)
        .outerjoin(redemptions, redemptions.c.id == card_uses.c.transaction_id)
        .outerjoin(grants, grants.c.id == redemptions.c.grant_id)
        .where(grants.c.id.is_(None) | grants.c.member_id.is_distinct_from(member_cards.c.member_id))
    )
    return report_rows(connection, N_("card {key} was used for {id}, which isn't its member's"), query)


def secret_disagreements(connection: Connection) -> Iterator[Fault]:
    """Check that every lottery that was not drawn yet has the secret that it committed to."""
    query = (
        select(draws.c.id, draws.c.file, draw_secrets.c.secret, draw_results.c.draw_id.label("drawn"))
        .outerjoin(draw_secrets, draw_secrets.c.draw_id == draws.c.id)
        .outerjoin(draw_results, draw_results.c.draw_id == draws.c.id)
        .where(draws.c.mode == "lottery")
    )
    for row in connection.execute(query):
        if row.drawn is None and not _is_committed(row.file, row.secret):
            yield disagreement(_OTHER_SECRET, id=row.id)
    id_ = draw_secrets.c.draw_id
    stray = select(id_.label("id")).where(~exists().where(draws.c.id == id_))
    yield from report_rows(connection, _OTHER_SECRET, stray)


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
