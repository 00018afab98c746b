"""Check the invariants within one decision and the rows that belong to it."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Select

from benefits.model.accounts import FEN, KINDS_COUNTED_IN_FEN, STAGES, returned_account
from benefits.model.chunks import CHUNK_SIZE
from benefits.model.moves import ALLOWED_MOVES, ENDING_KINDS
from benefits.model.terms import ledger_terms
from benefits.tables.bundles import DecisionBundle, Lines, Record
from core.faults import Fault
from core.text_marks import N_
from rules import SHARED_PREFIX

_MOST_MOVES = 20  # in a history that is remembered
StageAmounts = dict[tuple[str, str], int]  # stage and unit → amount


def disagreement(message: str, /, **params: object) -> Fault:
    """Return a row that does not agree with the others, as a fault without a remedy."""
    filled = {name: "—" if value is None else str(value) for name, value in params.items()}
    return Fault(message, "", params=filled, terms=ledger_terms(filled))


def report_rows(connection: Connection, message: str, query: Select[Any]) -> Iterator[Fault]:
    """Yield a disagreement for each row of a query, whose columns fill the message in."""
    for row in connection.execute(query).mappings():
        yield disagreement(message, **row)


def check_bundle(bundle: DecisionBundle) -> Iterator[Fault]:
    """Yield every disagreement within a bundle."""
    (decision,) = bundle.rows_of("decisions")
    yield from _decision(decision, bundle)
    transactions = _by_grant(bundle, "transactions")
    back = {row["grant_id"]: row for row in bundle.rows_of("reversals")}
    lapsed = {row["grant_id"]: row for row in bundle.rows_of("lapses")}
    for grant in bundle.rows_of("grants"):
        yield from _grant(grant, decision)
        if grant["id"] in back or not _has_sound_history(grant, transactions[grant["id"]]):
            yield from _history(grant, transactions[grant["id"]], back.get(grant["id"]))
    yield from _slots(bundle, back.keys() | lapsed.keys())


def _by_grant(bundle: DecisionBundle, table: str) -> Mapping[str, list[Record]]:
    found: defaultdict[str, list[Record]] = defaultdict(list)
    for row in bundle.rows_of(table):
        found[row["grant_id"]].append(row)
    return found


def _decision(decision: Record, bundle: DecisionBundle) -> Iterator[Fault]:
    id_, outcome = decision["id"], decision["outcome"]
    if outcome == "granted" and all(grant["id"] != id_ for grant in bundle.rows_of("grants")):
        yield disagreement(N_("decision {id} was granted but has no grant"), id=id_)
    for kept_as, table in (("entered", "entries"), ("waiting", "waiting_list")):
        rows = bundle.rows_of(table)
        same = any(
            r["member_id"] == decision["member_id"] and r["rule_id"] == decision["rule_id"] for r in rows
        )
        if outcome == kept_as and not same:
            yield disagreement(
                N_("decision {id} says {outcome}, its row is missing or differs"), id=id_, outcome=outcome
            )
        if outcome != kept_as and rows:
            yield disagreement(
                N_("{table} {id} has a decision that says {outcome}"), table=table, id=id_, outcome=outcome
            )


def _grant(grant: Record, decision: Record) -> Iterator[Fault]:
    if decision["outcome"] != "granted":
        yield disagreement(
            N_("grant {id} has a decision that says {outcome}"), id=grant["id"], outcome=decision["outcome"]
        )
    if (grant["member_id"], grant["rule_id"], grant["granted_on"]) != (
        decision["member_id"],
        decision["rule_id"],
        decision["occurred_on"],
    ):
        yield disagreement(N_("grant {id} and its decision differ in member, rule or day"), id=grant["id"])


def _history(grant: Record, transactions: list[Record], back: Record | None) -> Iterator[Fault]:
    """Check a grant's promise, the transactions that followed it, and the stages they leave."""
    if not transactions or transactions[0]["kind"] != "promise":
        yield disagreement(N_("grant {id} has no transaction that promises it"), id=grant["id"])
        promise, later = None, transactions
    else:
        promise, *later = transactions
        yield from _promise(grant, promise)
    for transaction in transactions:
        yield from check_balanced(transaction)
    funding = {
        unit: account for _, account, amount, unit in (promise["lines"] if promise else ()) if amount < 0
    }
    for transaction in later:
        yield from _move(grant["rule_id"], transaction, funding)
    standing = compute_stage_amounts(grant["rule_id"], transactions)
    for (stage, unit), amount in standing.items():
        if amount < 0:
            yield disagreement(
                N_("grant {id} has {amount} {unit} {stage}: below zero"),
                id=grant["id"],
                amount=amount,
                unit=unit,
                stage=stage,
            )
    if back is not None:
        yield from _taken_back(grant, back, standing, later)


def check_balanced(transaction: Record) -> Iterator[Fault]:
    """Yield a disagreement for each unit in which a transaction's lines don't sum to zero."""
    totals: Counter[str] = Counter()
    for _, _, amount, unit in transaction["lines"]:
        totals[unit] += amount
    for unit, total in totals.items():
        if total:
            yield disagreement(
                N_("transaction {id} sums to {total} {unit}, not to zero"),
                id=transaction["id"],
                total=total,
                unit=unit,
            )


def _promise(grant: Record, promise: Record) -> Iterator[Fault]:
    id_, lines = grant["id"], promise["lines"]
    promised: Counter[str] = Counter()
    for _, account, amount, unit in lines:
        if account == "promised/" + grant["rule_id"]:
            promised[unit] += amount
    things = grant["kind"] not in KINDS_COUNTED_IN_FEN
    unit = grant["unit"] or grant["kind"]
    if promised[FEN] != grant["amount_fen"]:
        yield disagreement(
            N_("grant {id} promises {amount_fen} fen, its postings {posted}"),
            id=id_,
            amount_fen=grant["amount_fen"],
            posted=promised[FEN],
        )
    if things and promised[unit] != grant["quantity"]:
        yield disagreement(
            N_("grant {id} promises {quantity} {unit}, its postings {posted}"),
            id=id_,
            quantity=grant["quantity"],
            unit=unit,
            posted=promised[unit],
        )
    expected = (2 if grant["amount_fen"] else 0) + (2 if things else 0)
    if len(lines) != expected or [line[0] for line in lines] != list(range(1, len(lines) + 1)):
        yield disagreement(
            N_("grant {id} has {lines} postings instead of {expected}"),
            id=id_,
            lines=len(lines),
            expected=expected,
        )
    if (promise["id"], promise["occurred_on"], promise["reason"]) != (id_, grant["granted_on"], ""):
        yield disagreement(N_("transaction {id} and its grant differ in day or number"), id=promise["id"])
    for _, account, amount, unit in lines:
        if not _may_promise(account, amount, unit, grant["rule_id"]):
            yield _build_misplacement(promise, account, amount, unit)


def _may_promise(account: str, amount: int, unit: str, rule: str) -> bool:
    if amount > 0:
        return account == "promised/" + rule
    return account.startswith("budget/") or account in ("unbudgeted/" + rule, "stock/" + rule)


def _build_misplacement(transaction: Record, account: str, amount: int, unit: str) -> Fault:
    told = N_("transaction {id} moves {amount} {unit} at {account}, where it must not")
    return disagreement(told, id=transaction["id"], amount=amount, unit=unit, account=account)


def _move(rule: str, transaction: Record, funding: Mapping[str, str]) -> Iterator[Fault]:
    """Check that a transaction consists of pairs between stages that its kind allows.

    A transaction that ends a grant may also return the amount to the account that funded it.
    """
    kind, moved, given = transaction["kind"], Counter[str](), Counter[str]()
    allowed = ALLOWED_MOVES.get(kind, frozenset())
    stages: list[tuple[str, int, str]] = []
    for _, account, amount, unit in transaction["lines"]:
        stage, _, of = account.partition("/")
        if stage in STAGES and of == rule:
            stages.append((stage, amount, unit))
        elif account == returned_account(rule) or account == funding.get(unit):
            given[unit] += max(amount, 0)
        else:
            yield _build_misplacement(transaction, account, amount, unit)
    for (from_, out, unit), (to, amount, _) in zip(stages[::2], stages[1::2], strict=False):
        moved[unit] += amount
        if (from_, to) not in allowed or amount != -out or amount <= 0:
            yield disagreement(
                N_("transaction {id} moves {amount} {unit} from {from_} to {to}, which {kind} may not"),
                id=transaction["id"],
                amount=amount,
                unit=unit,
                from_=from_,
                to=to,
                kind=kind,
            )
    uneven = len(stages) % 2 or not stages
    if uneven or any(
        given[unit] not in (0, moved[unit]) or (given[unit] and kind not in ENDING_KINDS) for unit in given
    ):
        yield disagreement(
            N_("transaction {id} has lines that no {kind} has"), id=transaction["id"], kind=kind
        )


def compute_stage_amounts(rule: str, transactions: list[Record]) -> StageAmounts:
    """Return the amount of a grant in each stage and unit; the order of transactions doesn't matter."""
    standing: StageAmounts = {}
    for transaction in transactions:
        for _, account, amount, unit in transaction["lines"]:
            stage, _, of = account.partition("/")
            if stage in STAGES and of == rule:
                standing[stage, unit] = standing.get((stage, unit), 0) + amount
    return standing


def _taken_back(grant: Record, back: Record, standing: StageAmounts, later: list[Record]) -> Iterator[Fault]:
    """Check that a grant that was reversed whole has no amount outside the stage ``reversed``."""
    moves = bool(standing)
    if moves and all(transaction["id"] != back["id"] or not transaction["lines"] for transaction in later):
        yield disagreement(
            N_("reversal {id} of grant {grant} has no postings"), id=back["id"], grant=grant["id"]
        )
    for (stage, unit), amount in standing.items():
        if amount and stage != "reversed":
            yield disagreement(
                N_("reversal {id} of grant {grant} leaves {total} {unit} in {account}"),
                id=back["id"],
                grant=grant["id"],
                total=amount,
                unit=unit,
                account=f"{stage}/{grant['rule_id']}",
            )


def _build_slot_fault(slot: Record, message: str, **more: str) -> Fault:
    return disagreement(message, slot=slot["slot"], key=slot["limit_key"], **more)


def _slots(bundle: DecisionBundle, back: Set[str]) -> Iterator[Fault]:
    of_grant = {grant["id"]: grant for grant in bundle.rows_of("grants")}
    holding = set()
    for slot in bundle.rows_of("limit_slots"):
        grant = of_grant[slot["grant_id"]]
        holding.add(grant["id"])
        if not slot["limit_key"].startswith((grant["rule_id"] + "|", SHARED_PREFIX)):
            yield _build_slot_fault(slot, N_("slot {slot} of {key} belongs to no grant of that rule"))
        if slot["day"] > grant["granted_on"]:
            yield _build_slot_fault(slot, N_("slot {slot} of {key} has a day after its grant"))
        if grant["id"] in back:
            told = N_("grant {id} was taken back but holds slot {slot} of {key}")
            yield _build_slot_fault(slot, told, id=grant["id"])
    for grant in bundle.rows_of("grants"):
        first = grant["id"] == grant["decision_id"]
        if first and grant["id"] not in holding and grant["id"] not in back:
            yield disagreement(N_("grant {id} has taken no slot"), id=grant["id"])


def _has_sound_history(grant: Record, transactions: Sequence[Record]) -> bool:
    """Return whether the transactions of a grant are without fault; equal ones are checked once.

    A whole amount counts as one: no check depends on how large it is. A long history is left to its own check.
    """
    if not 0 < len(transactions) <= _MOST_MOVES:
        return False
    promise = transactions[0]
    if (promise["id"], promise["occurred_on"], promise["reason"]) != (grant["id"], grant["granted_on"], ""):
        return False
    kind, worth, quantity = grant["kind"], grant["amount_fen"], grant["quantity"]
    moves = [(row["kind"], row["lines"]) for row in transactions]
    if worth > 0 and kind in KINDS_COUNTED_IN_FEN:
        one = {worth: 1, -worth: -1}
        try:
            moves = [
                (of, tuple([(n, account, one[amount], unit) for n, account, amount, unit in lines]))
                for of, lines in moves
            ]
            worth = 1
        except KeyError:
            pass
    return _is_sound((grant["rule_id"], kind, worth, quantity, grant["unit"]), tuple(moves))


@lru_cache(maxsize=CHUNK_SIZE)
def _is_sound(terms: tuple[str, str, int, int, str | None], moves: tuple[tuple[str, Lines], ...]) -> bool:
    names = ("rule_id", "kind", "amount_fen", "quantity", "unit")
    grant = dict(zip(names, terms, strict=True)) | {"id": "", "granted_on": ""}
    same = {"id": "", "occurred_on": "", "reason": ""}
    transactions = [{**same, "kind": kind, "lines": lines} for kind, lines in moves]
    return next(_history(grant, transactions, None), None) is None
