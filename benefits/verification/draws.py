"""Check draws and waiting lists: published files follow from the entries, and places were given in order."""

from collections.abc import Iterator

from pydantic_core import from_json
from sqlalchemy import Connection, func, select

from benefits.draws.collecting import Entrant, QuotaPlaces, list_entrants
from benefits.draws.order import DRAW_SOURCE
from benefits.tables.decisions import decisions, grants, waiting_list
from benefits.tables.draws import (
    claim_slots,
    claims,
    draw_results,
    draws,
    waiting_lines,
    waiting_moves,
    withdrawals,
)
from benefits.verification.bundles import disagreement
from core.faults import Fault
from core.text_marks import N_
from rules.lottery.verify import verify_lottery as recompute


def draw_disagreements(connection: Connection) -> Iterator[Fault]:
    """Yield every draw, ranking, waiting list and claim that doesn't agree with its entries."""
    query = (
        select(draws, draw_results.c.file.label("result"))
        .outerjoin(draw_results, draw_results.c.draw_id == draws.c.id)
        .order_by(draws.c.id)
    )
    for row in connection.execute(query).mappings():
        places = QuotaPlaces(row["rule_id"], row["period"], row["places_for"])
        try:
            yield from list(_draw(connection, row["id"], places, row["file"], row["result"]))
        except (ValueError, KeyError, TypeError):  # the row was tampered with; the seal check names it
            yield disagreement(N_("draw {id}, its file or one of its entries can't be read"), id=row["id"])
    yield from _lines(connection)
    yield from _claims(connection)


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
        select(claims.c.decision_id)
        .join(grants, grants.c.decision_id == claims.c.decision_id)
        .where(grants.c.claim_by.is_(None) | (claims.c.claimed_on > grants.c.claim_by))
        .distinct()
    )
    for id_ in connection.execute(late).scalars():
        yield disagreement(N_("{id} was claimed after its last day"), id=id_)
    both = select(claims.c.decision_id).join(claim_slots, claim_slots.c.decision_id == claims.c.decision_id)
    for id_ in connection.execute(both).scalars():
        yield disagreement(N_("{id} is claimed and still waits to be claimed"), id=id_)
