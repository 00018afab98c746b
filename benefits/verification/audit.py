"""Audit the whole ledger bundle by bundle: add up totals and compare them with slots, places and counters."""

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from benefits.model.accounts import BUDGET_PREFIX, FEN
from benefits.model.chunks import CHUNK_SIZE
from benefits.tables.bundles import DecisionBundle, Lines, Record
from benefits.tables.lines import parse_counter_uses
from benefits.verification.bundles import check_balanced, check_bundle, disagreement
from core.faults import Fault
from core.text_marks import N_

_MISCOUNTED = N_("counter {key} says {used}, the grants sum to {total}")
_GAP = N_("slots of {key} have a gap: {slots} slots, the highest is {highest}")


@dataclass(slots=True)
class LedgerAudit:
    """The running totals of an audit. ``balances`` are by account and unit."""

    decisions: int = 0
    grants: int = 0
    postings: int = 0
    promised_fen: int = 0  # all that was ever promised, as in the report on benefits
    balances: Counter[tuple[str, str]] = field(default_factory=Counter)
    disagreements: list[Fault] = field(default_factory=list)
    _lines: Counter[Lines] = field(default_factory=Counter)  # not yet in the sums → how many transactions
    _lost: set[str] = field(default_factory=set)  # ids of grants without a decision
    _taken: Counter[str] = field(
        default_factory=Counter
    )  # counter → amount used by grants that were not given back
    _taken_ever: Counter[str] = field(default_factory=Counter)  # budget → amount used by all grants
    _came_back: Counter[str] = field(default_factory=Counter)  # budget account → fen returned
    _first_slots: "array[int]" = field(default_factory=lambda: array("q"))
    _slots: defaultdict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    _places: defaultdict[tuple[str, str, str], list[int]] = field(
        default_factory=lambda: defaultdict(lambda: [0, 0])
    )

    def add_bundle(self, bundle: DecisionBundle) -> None:
        """Check a decision with all rows that belong to it, and add them to the totals."""
        (decision,) = bundle.rows_of("decisions")
        self.decisions += 1
        if len(bundle.rows) == 1 and decision["outcome"] == "refused":
            return
        back = {row["grant_id"] for table in ("reversals", "lapses") for row in bundle.rows_of(table)}
        for grant in bundle.rows_of("grants"):
            self.grants += 1
            self.promised_fen += grant["amount_fen"]
        for transaction in bundle.rows_of("transactions"):
            self._add_lines(transaction)
        if decision["outcome"] != "refused":
            self._add_uses(decision, taken_back=decision["id"] in back)
        for table in ("limit_slots", "freed_slots"):
            for row in bundle.rows_of(table):
                self._add_slot(row)
        for row in bundle.rows_of("waiting_list"):
            self._add_place(row)
        self.disagreements += check_bundle(bundle)

    def add_orphan(self, table: str, row: Record) -> None:
        """Check a row that belongs to no decision, and add it to the totals.

        Rows of a grant without a decision are reported with that grant.
        """
        lost = row.get("grant_id") in self._lost
        match table:
            case "grants":
                self.grants += 1
                self.promised_fen += row["amount_fen"]
                self._lost.add(row["id"])
                self._report(N_("grant {id} has no decision"), id=row["id"])
            case "transactions":
                self._add_lines(row)
                if not lost:
                    self._report(N_("transaction {id} belongs to no grant"), id=row["id"])
                self.disagreements += check_balanced(row)
            case "postings":
                self.postings += 1
                self.balances[row["account"], row["unit"]] += row["amount"]
                told = N_("posting {line} of {id} belongs to no transaction")
                self._report(told, line=row["line"], id=row["transaction_id"])
            case "limit_slots" | "freed_slots":
                self._add_slot(row)
                if not lost:
                    told = N_("slot {slot} of {key} belongs to no grant of that rule")
                    self._report(told, slot=row["slot"], key=row["limit_key"])
            case _ if not lost:
                id_ = row["grant_id"] if table == "lapses" else row["id"]
                self._report(N_("{table} {id} belongs to nothing"), table=table, id=id_)

    def _report(self, message: str, /, **params: object) -> None:
        self.disagreements.append(disagreement(message, **params))

    def _add_lines(self, transaction: Record) -> None:
        """Count the lines of a transaction; many transactions have the same ones."""
        self._lines[transaction["lines"]] += 1
        if len(self._lines) >= CHUNK_SIZE:
            self.sum_lines()

    def sum_lines(self) -> None:
        """Add the lines that were counted to the sums of the accounts."""
        for lines, times in self._lines.items():
            self.postings += times * len(lines)
            for _, account, amount, unit in lines:
                self.balances[account, unit] += times * amount
                if amount > 0 and unit == FEN and account.startswith(BUDGET_PREFIX):
                    self._came_back[account] += times * amount
        self._lines.clear()

    def _add_uses(self, decision: Record, *, taken_back: bool) -> None:
        """Add a decision's uses: postings lower budgets; reversals and lapses lower other counters."""
        try:
            uses = parse_counter_uses(decision)
        except ValueError:
            self._report(N_("the explanation of decision {id} can't be read"), id=decision["id"])
            return
        for key, amount in uses.items():
            if key.startswith(BUDGET_PREFIX):
                self._taken_ever[key] += amount
            else:
                self._taken[key] += 0 if taken_back else amount

    def subtract_returned_place(self, key: str) -> None:
        """Subtract a place of a quota that a standing grant gave back when its member went elsewhere."""
        self._taken[key] -= 1

    def _add_slot(self, row: Record) -> None:
        """Add a limit slot. Nearly all limits have one slot; for those, store a hash instead of the key."""
        if row["slot"] == 1:
            self._first_slots.append(hash(row["limit_key"]))
        else:
            self._slots[row["limit_key"]].add(row["slot"])

    def _add_place(self, row: Record) -> None:
        count_and_last = self._places[row["rule_id"], row["period"], row["places_for"]]
        count_and_last[0] += 1
        count_and_last[1] = max(count_and_last[1], row["position"])

    def all_disagreements(self, counters: list[Record]) -> tuple[Fault, ...]:
        """Return all disagreements, including those that show only at the end."""
        self.sum_lines()
        return (*self.disagreements, *self._gaps(), *self._budgets(counters), *self._miscounted(counters))

    def _gaps(self) -> Iterator[Fault]:
        firsts = set(self._first_slots) if self._slots else set()
        for key, slots in sorted(self._slots.items()):
            count, highest = len(slots) + (hash(key) in firsts), max(slots)
            if count != highest:
                yield disagreement(_GAP, key=key, slots=count, highest=highest)
        for (rule, _, _), (count, last) in sorted(self._places.items()):
            if count != last:
                yield disagreement(
                    N_("the waiting list of {key} has {count} places, the last is {position}"),
                    key=rule,
                    count=count,
                    position=last,
                )

    def _budgets(self, counters: list[Record]) -> Iterator[Fault]:
        """Yield every budget whose account and counter differ; either may be missing."""
        used = {row["key"]: row["used"] for row in counters if row["key"].startswith(BUDGET_PREFIX)}
        moved = {
            account: -n
            for (account, unit), n in self.balances.items()
            if unit == FEN and account.startswith(BUDGET_PREFIX)
        }
        for key in sorted(used.keys() | moved.keys()):
            if used.get(key, 0) != moved.get(key, 0):
                yield disagreement(
                    N_("account {key} moved {moved} fen, its counter says {used}"),
                    key=key,
                    moved=moved.get(key, 0),
                    used=used.get(key, 0),
                )

    def _miscounted(self, counters: list[Record]) -> Iterator[Fault]:
        """Yield every counter that differs from what the decisions say that their grants used of it."""
        total = Counter(self._taken)
        total.update(self._taken_ever)
        total.subtract(self._came_back)
        kept = {row["key"]: row for row in counters}
        for key in sorted(kept.keys() | total.keys()):
            row = kept.get(key)
            if (row["used"] if row else None) != total[key]:
                yield disagreement(_MISCOUNTED, key=key, used=row["used"] if row else None, total=total[key])
            if row and row["ceiling"] is not None and row["used"] > row["ceiling"]:
                yield disagreement(
                    N_("counter {key} stands at {used}, above its ceiling {ceiling}"),
                    key=key,
                    used=row["used"],
                    ceiling=row["ceiling"],
                )
