"""Recompute the ledger from its rows and report every disagreement.

The rows are read from the ledger's database, or from a scratch database into which an export was read: each
check exists once. An export lacks some rows; every check says which extent of rows it needs.
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlalchemy import Connection, select

from benefits.ledger.positions import read_grant_terms
from benefits.model.accounts import BUDGET_PREFIX, STAGES
from benefits.model.chunks import CHUNK_SIZE, chunks
from benefits.sealing.sealing import (
    AccountSums,
    ChainHead,
    SealGap,
    iter_unsealed_transactions,
    read_seal_gap,
    read_sealed_balances,
    sum_postings,
)
from benefits.tables.bundles import (
    Record,
    iter_decision_bundles,
    iter_orphan_records,
    read_grant_transactions,
)
from benefits.tables.decisions import counters
from benefits.tables.draws import returned_places
from benefits.tables.exported import EXPORTED
from benefits.tables.rulebook import is_taken_back, rule_acts
from benefits.tables.transactions import grant_balances, transactions
from benefits.verification.audit import LedgerAudit
from benefits.verification.bundles import compute_stage_amounts, disagreement, report_rows
from benefits.verification.draws import (
    auxiliary_disagreements,
    draw_disagreements,
    secret_disagreements,
)
from benefits.verification.export_reading import load_export
from benefits.verification.extent import NO_WATCH, Extent, VerificationWatch
from benefits.verification.rulebook import rulebook_disagreements
from benefits.verification.seals import head_disagreements, seal_disagreements
from benefits.verification.sound_export import ODD, SoundExport, standings
from benefits.verification.table_checks import (
    find_changed_batches,
    find_changed_forms,
    find_changed_rules,
    list_table_checks,
)
from core.faults import Fault
from core.text_marks import N_
from store import open_scratch_database

_Check = Callable[[Connection], Iterator[Fault]]
_DIFFERS = N_("grant {id} stands at {kept} {unit} {stage}, its postings say {posted}")


def position_disagreements(connection: Connection) -> Iterator[Fault]:
    """Yield every cached position that differs."""
    last: tuple[str, str] = ("", "")
    table = grant_balances.c
    query = select(grant_balances).order_by(table.grant_id, table.unit).limit(CHUNK_SIZE)
    while (
        rows := connection.execute(
            query.where((table.grant_id > last[0]) | ((table.grant_id == last[0]) & (table.unit > last[1])))
        )
        .mappings()
        .all()
    ):
        yield from _check_rows([dict(row) for row in rows], connection)
        last = rows[-1]["grant_id"], rows[-1]["unit"]


def check_positions(connection: Connection, grant_ids: Sequence[str]) -> Iterator[Fault]:
    """Yield every cached position of these grants that differs from their postings."""
    for some in chunks(grant_ids):
        rows = connection.execute(select(grant_balances).where(grant_balances.c.grant_id.in_(some)))
        yield from _check_rows([dict(row) for row in rows.mappings()], connection)


def _check_rows(rows: Sequence[Record], connection: Connection) -> Iterator[Fault]:
    ids = sorted({row["grant_id"] for row in rows})
    terms = read_grant_terms(connection, ids)
    by_grant: dict[str, list[Record]] = {id_: [] for id_ in ids}
    for transaction in read_grant_transactions(connection, ids):
        by_grant.setdefault(transaction["grant_id"], []).append(transaction)
    for row in rows:
        id_ = row["grant_id"]
        standing = compute_stage_amounts(terms[id_].rule_id, by_grant[id_]) if id_ in terms else {}
        for stage in STAGES:
            posted = standing.get((stage, row["unit"]), 0)
            if row[stage] != posted:
                yield disagreement(
                    _DIFFERS, id=id_, kept=row[stage], unit=row["unit"], stage=stage, posted=posted
                )


def find_unkept_positions(connection: Connection) -> Iterator[Fault]:
    """Return every grant that has moved and has no cached position."""
    query = (
        select(transactions.c.grant_id.label("id"))
        .distinct()
        .outerjoin(grant_balances, grant_balances.c.grant_id == transactions.c.grant_id)
        .where(transactions.c.kind != "promise", transactions.c.grant_id.is_not(None))
        .where(grant_balances.c.grant_id.is_(None))
    )
    return report_rows(connection, N_("grant {id} has moved, but nothing says where it stands"), query)


def budget_disagreements(connection: Connection) -> Iterator[Fault]:
    """Yield every budget whose ceiling isn't the one set by the last act on it."""
    acts = select(rule_acts.c.rule_id, rule_acts.c.detail).where(rule_acts.c.act == "budget_set")
    last = {row.rule_id: row.detail for row in connection.execute(acts.order_by(rule_acts.c.sequence))}
    budgets = select(counters.c.key, counters.c.ceiling).where(counters.c.key.startswith(BUDGET_PREFIX))
    for key, ceiling in connection.execute(budgets.order_by(counters.c.key)):
        expected = _amount(last.pop(key, None))
        if ceiling != expected:
            told = N_("{key} is limited to {ceiling} fen, the last act on it says {expected}")
            yield disagreement(told, key=key, ceiling=ceiling, expected=expected)
    for key in last:
        yield disagreement(N_("the amount of {key} was set, its counter is missing"), key=key)


def _amount(detail: str | None) -> int | None:
    try:
        amount = json.loads(detail)["ceiling_fen"] if detail is not None else None
    except (ValueError, KeyError, TypeError):  # the row was tampered with; the seal reports it as well
        return -1
    return amount if type(amount) is int else None if amount is None else -1


def account_disagreements(connection: Connection, posted: AccountSums) -> Iterator[Fault]:
    """Yield every cached balance that differs from ``posted``, the sums of all postings."""
    kept = read_sealed_balances(connection)
    kept.update(sum_postings(connection, list(iter_unsealed_transactions(connection))))
    for account, unit in sorted(kept.keys() | posted.keys()):
        key = account, unit
        if kept[key] != posted[key] or (key in kept) != (key in posted):
            yield disagreement(
                N_("account {key} is kept at {kept} {unit}, its postings sum to {posted}"),
                key=account,
                kept=kept[key],
                unit=unit,
                posted=posted[key],
            )


@dataclass(frozen=True, slots=True)
class Verification:
    """The counts and the disagreements of one verification.

    ``promised_fen`` is the sum of all grants, as in the report on benefits. ``gap`` counts the
    committed batches that are not sealed yet. ``recomputed`` counts the decisions that were computed again
    from their events; None if there were no events to compare with, as in an export. ``extent`` says which
    rows there were to check, ``erased`` how many rows of erased members only their digests prove.
    """

    decisions: int
    grants: int
    postings: int
    promised_fen: int
    gap: SealGap = field(default=SealGap())
    disagreements: tuple[Fault, ...] = field(default=())
    recomputed: int | None = None
    not_recomputable: int = 0
    extent: Extent = Extent.DATABASE
    erased: int = 0


def verify_ledger(
    connection: Connection,
    published: Sequence[ChainHead] = (),
    extent: Extent = Extent.DATABASE,
    watch: VerificationWatch = NO_WATCH,
) -> Verification:
    """Check every row: sums, allowed sequences of moves, counters, cached positions and balances, seals.

    The seals also agree if an attacker changed rows and computed all hashes anew; only the comparison with
    heads that were ``published`` before finds that.
    """
    audit = LedgerAudit()
    for bundle in iter_decision_bundles(connection):
        audit.add_bundle(bundle)
        watch.on_bundle()
    for table, row in iter_orphan_records(connection):
        audit.add_orphan(table, row)
    return _verify(connection, audit, published, extent, watch)


def _verify(
    connection: Connection,
    audit: LedgerAudit,
    published: Sequence[ChainHead],
    extent: Extent,
    watch: VerificationWatch = NO_WATCH,
    *,
    made: Set[_Check] = frozenset(),
) -> Verification:
    """Make all checks but those that were ``made`` while the rows were read."""
    audit.sum_lines()
    return Verification(
        audit.decisions,
        audit.grants,
        audit.postings,
        audit.promised_fen,
        read_seal_gap(connection),
        (*_all(connection, audit, extent, watch, made), *head_disagreements(connection, published)),
        extent=extent,
    )


def verify_export(path: Path, published: Sequence[ChainHead] = ()) -> Verification:
    """Verify an export's file by the checks of ``verify_ledger``, and each of its lines by its digest.

    An export without seals holds fewer rows, and none of the ``published`` heads.
    """
    with path.open("rb") as lines:
        if lines.seekable():
            if (found := accept_export(lines, published)) is not None:
                return found
            lines.seek(0)
        return judge_export(lines, published)


def verify_export_lines(lines: Collection[bytes], published: Sequence[ChainHead] = ()) -> Verification:
    """Verify the lines of an export."""
    return accept_export(lines, published) or judge_export(lines, published)


def accept_export(lines: Iterable[bytes], published: Sequence[ChainHead] = ()) -> Verification | None:
    """Verify an export in one pass; return None if it isn't plainly sound, and ``judge_export`` must say why."""
    try:
        with open_scratch_database((*EXPORTED.values(), standings)) as connection:
            export = SoundExport(connection)
            export.load(lines)
            found = _verify(connection, export.audit, published, export.extent, made=_MADE_ON_READING)
    except ODD:
        return None
    return None if found.disagreements else found


def judge_export(lines: Iterable[bytes], published: Sequence[ChainHead] = ()) -> Verification:
    """Verify an export by the checks of a database, once all its rows are in one."""
    with open_scratch_database(EXPORTED.values()) as connection:
        reading = load_export(connection, lines)
        found = verify_ledger(connection, published, reading.extent)
    return replace(found, disagreements=(*reading.faults, *found.disagreements))


_CHECKS: tuple[tuple[Extent, _Check], ...] = (
    (Extent.SEALED_EXPORT, budget_disagreements),
    (Extent.SEALED_EXPORT, position_disagreements),
    (Extent.SEALED_EXPORT, find_unkept_positions),
    (Extent.SEALED_EXPORT, seal_disagreements),
    (Extent.EXPORT, draw_disagreements),
    (Extent.SEALED_EXPORT, auxiliary_disagreements),
    (Extent.DATABASE, secret_disagreements),
    (Extent.SEALED_EXPORT, rulebook_disagreements),
    (Extent.EXPORT, find_changed_batches),
    (Extent.EXPORT, find_changed_rules),
    (Extent.EXPORT, find_changed_forms),
)

_MADE_ON_READING: frozenset[_Check] = frozenset({position_disagreements, seal_disagreements})

CHECK_COUNT = len(_CHECKS)  # how often a verification of the database calls ``on_check``


def _all(
    connection: Connection, audit: LedgerAudit, extent: Extent, watch: VerificationWatch, made: Set[_Check]
) -> Iterator[Fault]:
    standing = select(returned_places.c.key).where(~is_taken_back(returned_places.c.grant_id))
    for key in connection.execute(standing).scalars():
        audit.subtract_returned_place(key)
    yield from audit.all_disagreements([dict(row) for row in connection.execute(select(counters)).mappings()])
    if extent >= Extent.SEALED_EXPORT:
        yield from account_disagreements(connection, audit.balances)
    for needed, find in _CHECKS:
        if extent >= needed and find not in made:
            yield from find(connection)
        watch.on_check()
    for needed, message, query in list_table_checks():
        if extent >= needed:
            yield from report_rows(connection, message, query)
