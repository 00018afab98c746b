"""Decide the line of income of an organisation, and find the one that a case file is held against."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from core.civil_time import civil_date
from core.money import AMOUNT_FAULTS, parse_amount
from events.retries import run_in_transaction
from members import organisation_names, read_spans
from members.hardship.faults import HARDSHIP_FAULTS
from members.hardship.income_lines import (
    IncomeLine,
    find_income_line,
    list_income_lines,
    record_income_line,
)
from members.organisations.storage import load_lineages
from yihui.access.actor import Actor
from yihui.access.audit import AuditEntry, append_audit_entry
from yihui.access.decide import subtrees
from yihui.access.roles import Right
from yihui.bootstrap import Wiring
from yihui.runtime.demo_clock import require_running_clock
from yihui.services.access.authorisation import authorise
from yihui.services.hardship.intake import LONGEST_TEXT, check_text, raise_faults

MOST_LINE_YUAN = 100_000


@dataclass(frozen=True, slots=True)
class DecidedLine:
    """A line as an officer writes it down: in yuan a head and month, from a day on, by a document."""

    organisation: str
    since: date
    yuan: str
    document: str


def decide_income_line(wiring: Wiring, actor: Actor | None, decided: DecidedLine) -> IncomeLine:
    """Record the line of an organisation; it holds for those below it that have none. *Raises*: FaultError."""
    require_running_clock(wiring)
    now = wiring.now()
    amount = parse_amount(decided.yuan)
    faults = check_text("document", decided.document, LONGEST_TEXT)
    if amount.fault is not None:
        faults.append(AMOUNT_FAULTS.build(amount.fault, field="yuan", value=decided.yuan[:20], unit="yuan"))
    elif not 0 < (amount.fen or 0) <= MOST_LINE_YUAN * 100:
        faults.append(
            HARDSHIP_FAULTS.build("amount", field="yuan", value=decided.yuan[:20], most=MOST_LINE_YUAN)
        )

    def work(connection: Connection) -> IncomeLine:
        decision = authorise(wiring, connection, actor, Right.KEEP_HARDSHIP, decided.organisation)
        assert actor is not None
        if not read_spans(connection, [decided.organisation])[decided.organisation]:
            code = decided.organisation[:15]
            faults.append(HARDSHIP_FAULTS.build("unknown_organisation", field="organisation", value=code))
        raise_faults(faults)
        line = IncomeLine(
            decided.organisation, decided.since, amount.fen or 0, decided.document.strip(), actor.id, now
        )
        record_income_line(connection, line)
        after = {"line_fen": line.line_fen, "since": line.since.isoformat()}
        entry = AuditEntry(
            "hardship.line",
            "organisation",
            line.organisation,
            line.document,
            line.organisation,
            decision.by,
            after=after,
        )
        append_audit_entry(connection, actor, entry, now)
        return line

    return run_in_transaction(wiring.database, work)


@dataclass(frozen=True, slots=True)
class DecidedLines:
    """Lines as an officer sees them: the newest day first, names of their organisations, and the setting's line."""

    lines: Sequence[IncomeLine]
    organisations: Mapping[str, str]
    default_fen: int | None  # where nobody decided one


def load_income_lines(wiring: Wiring, actor: Actor | None) -> DecidedLines:
    """Load the lines within an officer's subtrees, and those of the levels above, which hold there too.

    *Raises*: FaultError.
    """
    today = civil_date(wiring.now())
    with wiring.database.read() as connection:
        authorise(wiring, connection, actor, Right.READ_HARDSHIP, None)
        assert actor is not None
        found = list_income_lines(connection)
        own = subtrees(actor, Right.READ_HARDSHIP, today)
        if own is not None:
            codes = {one.organisation for one in found}
            tree = load_lineages(connection, {*own, *codes})
            above = {one for code in own for one in tree.lineage(code, today)}
            seen = above | {code for code in codes if own.intersection(tree.lineage(code, today))}
            found = [one for one in found if one.organisation in seen]
        names = organisation_names(connection, {one.organisation for one in found})
    found.sort(key=lambda one: (one.since, one.recorded_at), reverse=True)
    return DecidedLines(found, names, wiring.settings.hardship_line_fen)


def find_lines(
    wiring: Wiring, connection: Connection, organisations: Iterable[str]
) -> dict[str, IncomeLine | None]:
    """Return the line in force today for each of some organisations; None: nobody above decided one."""
    codes, today = set(organisations), civil_date(wiring.now())
    tree = load_lineages(connection, codes)
    above = {code: tree.lineage(code, today) for code in codes}
    lines = list_income_lines(connection, {one for chain in above.values() for one in chain})
    return {code: find_income_line(lines, chain, today) for code, chain in above.items()}


def line_fen(wiring: Wiring, line: IncomeLine | None) -> int | None:
    """Return the line in fen: the decided one, or else that of the installation's setting."""
    return wiring.settings.hardship_line_fen if line is None else line.line_fen
