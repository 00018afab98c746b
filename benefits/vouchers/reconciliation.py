"""An invoice against the ledger, line by line: what agrees, what is tolerated, what differs and why.

Pure: lines and the ledger's side come in as data. Every fen is accounted for: what was invoiced less what
was redeemed is the sum of the differences of all lines, whatever stands in the invoice.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from benefits.vouchers.invoices import (
    Compared,
    Finding,
    FindingKind,
    Invoice,
    InvoiceLine,
    LedgerSide,
    Reconciliation,
    Redemption,
    Scope,
)


def reconcile(invoice: Invoice, ledger: LedgerSide, scope: Scope) -> Reconciliation:
    """Compare an invoice with the ledger. The order of lines decides which of two is the duplicate."""
    pool = _Pool(ledger, scope)
    rows = [*_compared(invoice.lines, pool)]
    left = [redemption for redemption in pool.left() if redemption.net_fen]
    rows += [pool.not_invoiced(redemption) for redemption in left]
    invoiced = sum(line.amount_fen or 0 for line in invoice.lines)
    redeemed = sum(pool.by_id[id_].net_fen for id_ in pool.taken) + sum(r.net_fen for r in left)
    return Reconciliation(tuple(rows), tuple(_totals(invoice, scope)), invoiced, redeemed)


def _compared(lines: Sequence[InvoiceLine], pool: "_Pool") -> Iterator[Compared]:
    """Lines whose reference means one use come first, so that the others share what is left."""
    groups: defaultdict[int, list[InvoiceLine]] = defaultdict(list)
    for line in lines:
        groups[line.group or line.row].append(line)
    found: dict[int, Compared] = {}
    certain = sorted(groups.values(), key=lambda several: several[0].redemption_id is None)
    exact_first = sorted(certain, key=lambda several: not pool.fits_exactly(several[0]))
    for several in exact_first:
        if len(several) == 1:
            found[several[0].row] = pool.compared(several[0])
        else:
            found |= {row.row: row for row in pool.merged(several) if row.row is not None}
    yield from (found[line.row] for line in lines)


class _Pool:
    """The uses that no line has taken yet."""

    def __init__(self, ledger: LedgerSide, scope: Scope) -> None:
        self.issued, self.scope = ledger.issued, scope
        self.by_id = {redemption.id: redemption for redemption in ledger.redemptions}
        self.taken: dict[str, int] = {}  # use → row
        self._of_grant: defaultdict[str, list[Redemption]] = defaultdict(list)
        for redemption in sorted(ledger.redemptions, key=lambda r: (r.on, r.id)):
            self._of_grant[redemption.grant_id].append(redemption)

    def left(self) -> list[Redemption]:
        """What the invoice is about and doesn't hold."""
        rest = (r for r in self.by_id.values() if r.id not in self.taken and self.scope.holds(r))
        return sorted(rest, key=lambda r: (r.on, r.id))

    def fits_exactly(self, line: InvoiceLine) -> bool:
        """Lines that fit a use to the fen are served before those that don't."""
        return any(r.net_fen == line.amount_fen for r in self._free(line))

    def compared(self, line: InvoiceLine) -> Compared:
        uses = self._uses(line)
        findings = list(self._amount_findings(line))
        if uses:
            for use in uses:
                self.taken[use.id] = line.row
            findings += self._on_uses(line, uses, is_amount=not findings)
        else:
            findings = [*self._without_use(line), *findings]
        return self._row(line, uses, findings)

    def merged(self, lines: Sequence[InvoiceLine]) -> Iterator[Compared]:
        """One amount for several rows: it is compared with all that they mean together."""
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
            findings = [Finding("merged_cell", span)]
            if line is head and theirs != ours:
                sums = {**span, "sum": _yuan(ours)}
                findings.append(self._judged(Finding("merged_amount", sums), theirs - ours))
            if line is head:
                findings += self._amount_findings(line)
            if not uses:
                findings += self._without_use(line)
            else:
                findings += self._places(line, uses)
            yield self._row(line, uses, findings)

    def not_invoiced(self, use: Redemption) -> Compared:
        issued = self.issued.get(use.grant_id)
        finding = self._judged(Finding("not_invoiced"), use.net_fen)
        return Compared(
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

    def _row(self, line: InvoiceLine, uses: Sequence[Redemption], findings: Sequence[Finding]) -> Compared:
        grant = line.grant_id or (uses[0].grant_id if uses else None)
        if grant is None and line.redemption_id in self.by_id:
            grant = self.by_id[line.redemption_id].grant_id
        issued = self.issued.get(grant) if grant else None
        return Compared(
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
        """The uses that a reference may mean, wherever and whenever they were."""
        if line.redemption_id is not None:
            use = self.by_id.get(line.redemption_id)
            return [use] if use else []
        return self._of_grant.get(line.grant_id or "", [])

    def _free(self, line: InvoiceLine) -> list[Redemption]:
        return [r for r in self._meant(line) if r.id not in self.taken and self.scope.holds(r) and r.net_fen]

    def _uses(self, line: InvoiceLine) -> list[Redemption]:
        """The use that fits best: amount and day, amount, all together, else the first."""
        free = self._free(line)
        exact = [r for r in free if r.net_fen == line.amount_fen]
        if exact:
            return [next((r for r in exact if r.on == line.on), exact[0])]
        if len(free) > 1 and sum(r.net_fen for r in free) == line.amount_fen:
            return free
        dated = [r for r in free if r.on == line.on]
        return (dated or free)[:1]

    def _amount_findings(self, line: InvoiceLine) -> Iterator[Finding]:
        if line.amount_fault:
            yield self._judged(Finding(line.amount_fault, {"text": line.amount_text[:40]}), None)
        if line.noisy:
            yield Finding("float_noise", {"text": line.amount_text[:40]})

    def _on_uses(
        self, line: InvoiceLine, uses: Sequence[Redemption], *, is_amount: bool
    ) -> Iterator[Finding]:
        ours, theirs = sum(use.net_fen for use in uses), line.amount_fen or 0
        if len(uses) > 1:
            yield Finding("several_uses", {"count": str(len(uses))})
        if (is_amount or line.noisy) and line.amount_fault is None and theirs != ours:
            yield self._judged(Finding(_kind(ours, theirs, sum(u.refunded_fen for u in uses))), theirs - ours)
        yield from self._places(line, uses)

    def _places(self, line: InvoiceLine, uses: Sequence[Redemption]) -> Iterator[Finding]:
        use = uses[0]
        if line.merchant is not None and use.merchant is not None and line.merchant != use.merchant:
            yield self._judged(Finding("other_merchant", {"merchant": use.merchant}), None)
        if line.on is not None and all(line.on != u.on for u in uses):
            params = {"said": line.on.isoformat(), "day": use.on.isoformat()}
            yield self._judged(Finding("other_day", params), (line.on - use.on).days)

    def _without_use(self, line: InvoiceLine) -> Iterator[Finding]:
        """Why nothing stands against a line: at least one reason."""
        meant, theirs = self._meant(line), line.amount_fen or 0
        if not meant and (line.grant_id is None or line.grant_id not in self.issued):
            yield self._judged(Finding("unknown_reference"), theirs)
            return
        found = self._reason(line, meant)
        yield self._judged(found, theirs)

    def _reason(self, line: InvoiceLine, meant: Sequence[Redemption]) -> Finding:
        taken = [use for use in meant if use.id in self.taken]
        if taken:
            return Finding("duplicate_line", {"first": str(self.taken[taken[0].id])})
        elsewhere = [use for use in meant if self.scope.merchant not in (None, use.merchant)]
        if elsewhere:
            return Finding("other_merchant", {"merchant": elsewhere[0].merchant or "—"})
        if outside := [use for use in meant if not self.scope.in_period(use.on)]:
            return Finding("other_period", {"day": outside[0].on.isoformat()})
        if meant:
            return Finding("refunded")
        issued = self.issued[line.grant_id or ""]
        if issued.ended_as == "void":
            return Finding("void")
        if issued.ended_as == "expired":
            day = issued.ended_on or issued.expires_on
            return Finding("expired", {"day": day.isoformat() if day else "—"})
        return Finding("not_redeemed")

    def _judged(self, finding: Finding, size: int | None) -> Finding:
        return judged(finding, size, self.scope)


def judged(finding: Finding, size: int | None, scope: Scope) -> Finding:
    """The finding, let pass where a tolerance names its kind and is wide enough. ``size`` None: beyond any limit."""
    tolerance = scope.tolerances.get(finding.kind)
    if tolerance is None:
        return finding
    if tolerance.limit is not None and (size is None or abs(size) > tolerance.limit):
        return finding
    return Finding(finding.kind, finding.params, tolerance.reason)


def _kind(ours: int, theirs: int, refunded: int) -> FindingKind:
    if refunded and theirs == ours + refunded:
        return "refunded"
    if theirs == ours * 100 or theirs * 100 == ours:
        return "wrong_unit"
    if theirs % 100 == 0 and ours % 100 and abs(theirs - ours) < 100:
        return "rounding"
    return "amount_over" if theirs > ours else "amount_under"


def _totals(invoice: Invoice, scope: Scope) -> Iterator[Compared]:
    """Total rows: none holds money of its own; each ties with its lines or is listed."""
    amounts = {line.row: line.amount_fen or 0 for line in invoice.lines}
    for total in invoice.totals:
        before = sum(fen for row, fen in amounts.items() if row < total.row)
        own = sum(amounts.get(row, 0) for row in total.covers)
        findings: tuple[Finding, ...] = ()
        if total.stated_fen is None or total.stated_fen not in (before, own):
            stated = total.stated_fen
            said = total.text[:40] if stated is None else _yuan(stated)
            finding = Finding("total_row", {"said": said, "sum": _yuan(before)})
            findings = (judged(finding, None if stated is None else stated - before, scope),)
        yield Compared(total.row, total.text[:80], None, None, (), 0, 0, 0, findings)


def _yuan(fen: int) -> str:
    sign, whole = ("-" if fen < 0 else ""), abs(fen)
    return f"{sign}{whole // 100}.{whole % 100:02}"
