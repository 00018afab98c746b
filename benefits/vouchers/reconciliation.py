"""Reconcile an invoice with the ledger line by line: what agrees, what is tolerated, what differs and why.

The functions are pure: lines and the ledger's side are passed in as data. Every fen is accounted for:
the invoiced amount less the redeemed amount equals the sum of the differences of all lines.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from benefits.vouchers.invoices import (
    ComparedRow,
    Invoice,
    InvoiceFinding,
    InvoiceFindingKind,
    InvoiceLine,
    InvoiceScope,
    LedgerSide,
    Reconciliation,
    Redemption,
)
from core.money import format_yuan


def compare_invoice(invoice: Invoice, ledger: LedgerSide, scope: InvoiceScope) -> Reconciliation:
    """Compare an invoice with the ledger. The order of lines decides which of two is the duplicate."""
    pool = _Pool(ledger, scope)
    rows = [*_compared(invoice.lines, pool)]
    left = [redemption for redemption in pool.left() if redemption.net_fen]
    rows += [pool.not_invoiced(redemption) for redemption in left]
    invoiced = sum(line.amount_fen or 0 for line in invoice.lines)
    redeemed = sum(pool.by_id[id_].net_fen for id_ in pool.taken) + sum(r.net_fen for r in left)
    return Reconciliation(tuple(rows), tuple(_totals(invoice, scope)), invoiced, redeemed)


def _compared(lines: Sequence[InvoiceLine], pool: "_Pool") -> Iterator[ComparedRow]:
    """Yield the compared lines. Lines that refer to one use are matched first; the others share the rest."""
    groups: defaultdict[int, list[InvoiceLine]] = defaultdict(list)
    for line in lines:
        groups[line.group or line.row].append(line)
    found: dict[int, ComparedRow] = {}
    certain = sorted(groups.values(), key=lambda several: several[0].redemption_id is None)
    exact_first = sorted(certain, key=lambda several: not pool.fits_exactly(several[0]))
    for several in exact_first:
        if len(several) == 1:
            found[several[0].row] = pool.compared(several[0])
        else:
            found |= {row.row: row for row in pool.merged(several) if row.row is not None}
    yield from (found[line.row] for line in lines)


class _Pool:
    """The redemptions that no line has matched yet."""

    def __init__(self, ledger: LedgerSide, scope: InvoiceScope) -> None:
        self.issued, self.scope = ledger.issued, scope
        self.by_id = {redemption.id: redemption for redemption in ledger.redemptions}
        self.taken: dict[str, int] = {}  # redemption → row
        self._of_grant: defaultdict[str, list[Redemption]] = defaultdict(list)
        for redemption in sorted(ledger.redemptions, key=lambda r: (r.on, r.id)):
            self._of_grant[redemption.grant_id].append(redemption)

    def left(self) -> list[Redemption]:
        """Return the redemptions in scope that the invoice doesn't hold."""
        rest = (r for r in self.by_id.values() if r.id not in self.taken and self.scope.contains(r))
        return sorted(rest, key=lambda r: (r.on, r.id))

    def fits_exactly(self, line: InvoiceLine) -> bool:
        """Return whether a line matches a free redemption to the fen; such lines are matched first."""
        return any(r.net_fen == line.amount_fen for r in self._free(line))

    def compared(self, line: InvoiceLine) -> ComparedRow:
        uses = self._uses(line)
        findings = list(self._amount_findings(line))
        if uses:
            for use in uses:
                self.taken[use.id] = line.row
            findings += self._on_uses(line, uses, is_amount=not findings)
        else:
            findings = [*self._without_use(line), *findings]
        return self._row(line, uses, findings)

    def merged(self, lines: Sequence[InvoiceLine]) -> Iterator[ComparedRow]:
        """Compare one amount for several rows with the sum of all their redemptions."""
        span = {"first": str(lines[0].row), "last": str(lines[-1].row)}
        used: list[tuple[InvoiceLine, list[Redemption]]] = []
        for line in lines:
            uses = self._free(line)[:1]
            for use in uses:
                self.taken[use.id] = line.row
            used.append((line, uses))
        head, ours = lines[0], sum(use.net_fen for _, uses in used for use in uses)
        theirs = head.amount_fen or 0
        for line, uses in used:
            findings = [InvoiceFinding("merged_cell", span)]
            if line is head and theirs != ours:
                sums = {**span, "sum": format_yuan(ours)}
                findings.append(self._judged(InvoiceFinding("merged_amount", sums), theirs - ours))
            if line is head:
                findings += self._amount_findings(line)
            if not uses:
                findings += self._without_use(line)
            else:
                findings += self._places(line, uses)
            yield self._row(line, uses, findings)

    def not_invoiced(self, use: Redemption) -> ComparedRow:
        issued = self.issued.get(use.grant_id)
        finding = self._judged(InvoiceFinding("not_invoiced"), use.net_fen)
        return ComparedRow(
            None,
            use.merchant_reference or use.id,
            use.grant_id,
            issued.rule_id if issued else None,
            (use.id,),
            issued.issued_fen if issued else 0,
            use.net_fen,
            0,
            (finding,),
        )

    def _row(
        self, line: InvoiceLine, uses: Sequence[Redemption], findings: Sequence[InvoiceFinding]
    ) -> ComparedRow:
        grant = line.grant_id or (uses[0].grant_id if uses else None)
        if grant is None and line.redemption_id in self.by_id:
            grant = self.by_id[line.redemption_id].grant_id
        issued = self.issued.get(grant) if grant else None
        return ComparedRow(
            line.row,
            line.reference,
            grant,
            issued.rule_id if issued else None,
            tuple(use.id for use in uses),
            issued.issued_fen if issued else 0,
            sum(use.net_fen for use in uses),
            line.amount_fen or 0,
            tuple(findings),
        )

    def _meant(self, line: InvoiceLine) -> list[Redemption]:
        """Return the redemptions to which a reference may refer, at any merchant and time."""
        if line.redemption_id is not None:
            use = self.by_id.get(line.redemption_id)
            return [use] if use else []
        return self._of_grant.get(line.grant_id or "", [])

    def _free(self, line: InvoiceLine) -> list[Redemption]:
        return [
            r for r in self._meant(line) if r.id not in self.taken and self.scope.contains(r) and r.net_fen
        ]

    def _uses(self, line: InvoiceLine) -> list[Redemption]:
        """Return the best fit: by amount and day, by amount, all together, else the first."""
        free = self._free(line)
        exact = [r for r in free if r.net_fen == line.amount_fen]
        if exact:
            return [next((r for r in exact if r.on == line.on), exact[0])]
        if len(free) > 1 and sum(r.net_fen for r in free) == line.amount_fen:
            return free
        dated = [r for r in free if r.on == line.on]
        return (dated or free)[:1]

    def _amount_findings(self, line: InvoiceLine) -> Iterator[InvoiceFinding]:
        if line.amount_fault:
            yield self._judged(InvoiceFinding(line.amount_fault, {"text": line.amount_text[:40]}), None)
        if line.noisy:
            yield InvoiceFinding("float_noise", {"text": line.amount_text[:40]})

    def _on_uses(
        self, line: InvoiceLine, uses: Sequence[Redemption], *, is_amount: bool
    ) -> Iterator[InvoiceFinding]:
        ours, theirs = sum(use.net_fen for use in uses), line.amount_fen or 0
        if len(uses) > 1:
            yield InvoiceFinding("several_uses", {"count": str(len(uses))})
        if (is_amount or line.noisy) and line.amount_fault is None and theirs != ours:
            yield self._judged(
                InvoiceFinding(_kind(ours, theirs, sum(u.refunded_fen for u in uses))), theirs - ours
            )
        yield from self._places(line, uses)

    def _places(self, line: InvoiceLine, uses: Sequence[Redemption]) -> Iterator[InvoiceFinding]:
        use = uses[0]
        if line.merchant is not None and use.merchant is not None and line.merchant != use.merchant:
            yield self._judged(InvoiceFinding("other_merchant", {"merchant": use.merchant}), None)
        if line.on is not None and all(line.on != u.on for u in uses):
            params = {"said": line.on.isoformat(), "day": use.on.isoformat()}
            yield self._judged(InvoiceFinding("other_day", params), (line.on - use.on).days)

    def _without_use(self, line: InvoiceLine) -> Iterator[InvoiceFinding]:
        """Yield at least one reason why no redemption matches a line."""
        meant, theirs = self._meant(line), line.amount_fen or 0
        if not meant and (line.grant_id is None or line.grant_id not in self.issued):
            yield self._judged(InvoiceFinding("unknown_reference"), theirs)
            return
        found = self._reason(line, meant)
        yield self._judged(found, theirs)

    def _reason(self, line: InvoiceLine, meant: Sequence[Redemption]) -> InvoiceFinding:
        taken = [use for use in meant if use.id in self.taken]
        if taken:
            return InvoiceFinding("duplicate_line", {"first": str(self.taken[taken[0].id])})
        elsewhere = [use for use in meant if self.scope.merchant not in (None, use.merchant)]
        if elsewhere:
            return InvoiceFinding("other_merchant", {"merchant": elsewhere[0].merchant or "—"})
        if outside := [use for use in meant if not self.scope.is_in_period(use.on)]:
            return InvoiceFinding("other_period", {"day": outside[0].on.isoformat()})
        if meant:
            return InvoiceFinding("refunded")
        issued = self.issued[line.grant_id or ""]
        if issued.ended_as == "void":
            return InvoiceFinding("void")
        if issued.ended_as == "expired":
            day = issued.ended_on or issued.expires_on
            return InvoiceFinding("expired", {"day": day.isoformat() if day else "—"})
        return InvoiceFinding("not_redeemed")

    def _judged(self, finding: InvoiceFinding, size: int | None) -> InvoiceFinding:
        return apply_tolerance(finding, size, self.scope)


def apply_tolerance(finding: InvoiceFinding, size: int | None, scope: InvoiceScope) -> InvoiceFinding:
    """Return the finding, marked as tolerated if a tolerance covers its kind and size.

    ``size=None`` is beyond any limit.
    """
    tolerance = scope.tolerances.get(finding.kind)
    if tolerance is None:
        return finding
    if tolerance.limit is not None and (size is None or abs(size) > tolerance.limit):
        return finding
    return InvoiceFinding(finding.kind, finding.params, tolerance.reason)


def _kind(ours: int, theirs: int, refunded: int) -> InvoiceFindingKind:
    if refunded and theirs == ours + refunded:
        return "refunded"
    if theirs == ours * 100 or theirs * 100 == ours:
        return "wrong_unit"
    if theirs % 100 == 0 and ours % 100 and abs(theirs - ours) < 100:
        return "rounding"
    return "amount_over" if theirs > ours else "amount_under"


def _totals(invoice: Invoice, scope: InvoiceScope) -> Iterator[ComparedRow]:
    """Yield the total rows. They hold no money of their own; each agrees with its lines or has a finding."""
    amounts = {line.row: line.amount_fen or 0 for line in invoice.lines}
    for total in invoice.totals:
        before = sum(fen for row, fen in amounts.items() if row < total.row)
        own = sum(amounts.get(row, 0) for row in total.covers)
        findings: tuple[InvoiceFinding, ...] = ()
        if total.stated_fen is None or total.stated_fen not in (before, own):
            stated = total.stated_fen
            said = total.text[:40] if stated is None else format_yuan(stated)
            finding = InvoiceFinding("total_row", {"said": said, "sum": format_yuan(before)})
            findings = (apply_tolerance(finding, None if stated is None else stated - before, scope),)
        yield ComparedRow(total.row, total.text[:80], None, None, (), 0, 0, 0, findings)
