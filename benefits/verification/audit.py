"""The whole ledger looked through, bundle by bundle: what one pass adds up, and what it must agree with."""

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from benefits.model.accounts import BUDGET, FEN
from benefits.tables.bundles import Bundle, Record
from benefits.tables.lines import uses_of
from benefits.verification.bundles import Disagreement, check_balanced, check_bundle, wrong

N_ = str  # marks a text for the message catalogue

_MISCOUNTED = N_("counter {key} says {used}, the grants sum to {total}")
_GAP = N_("slots of {key} have a gap: {slots} slots, the highest is {highest}")


@dataclass(slots=True)
class Audit:
    """What was seen so far. ``balances`` are by account and unit; two audits of parts can be added."""

    decisions: int = 0
    grants: int = 0
    postings: int = 0
    promised_fen: int = 0  # of what was not taken back
    balances: Counter[tuple[str, str]] = field(default_factory=Counter)
    found: list[Disagreement] = field(default_factory=list)
    _lost: set[str] = field(default_factory=set)  # grants without a decision
    _taken: Counter[str] = field(default_factory=Counter)  # of counters, by grants that stand
    _taken_ever: Counter[str] = field(default_factory=Counter)  # of budgets, by all grants
    _came_back: Counter[str] = field(default_factory=Counter)  # fen to a budget's account
    _first_slots: "array[int]" = field(default_factory=lambda: array("q"))
    _slots: defaultdict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    _places: defaultdict[tuple[str, str, str], list[int]] = field(
        default_factory=lambda: defaultdict(lambda: [0, 0])
    )

    def take(self, bundle: Bundle) -> None:
        """Look through a decision and all that hangs on it."""
        (decision,) = bundle.of("decisions")
        self.decisions += 1
        back = {row["grant_id"] for table in ("reversals", "lapses") for row in bundle.of(table)}
        for grant in bundle.of("grants"):
            self.grants += 1
            if grant["id"] not in back:
                self.promised_fen += grant["amount_fen"]
        for transaction in bundle.of("transactions"):
            self._add_lines(transaction)
        if decision["outcome"] != "refused":
            self._add_uses(decision, taken_back=decision["id"] in back)
        for table in ("limit_slots", "freed_slots"):
            for row in bundle.of(table):
                self._add_slot(row)
        for row in bundle.of("waiting_list"):
            self._add_place(row)
        self.found += check_bundle(bundle)

    def orphan(self, table: str, row: Record) -> None:
        """Look at a row that hangs on no decision; what hangs on such a grant is told with the grant."""
        lost = row.get("grant_id") in self._lost
        match table:
            case "grants":
                self.grants += 1
                self.promised_fen += row["amount_fen"]
                self._lost.add(row["id"])
                self.found.append(wrong(N_("grant {id} has no decision"), id=row["id"]))
            case "transactions":
                self._add_lines(row)
                if not lost:
                    self.found.append(wrong(N_("transaction {id} belongs to no grant"), id=row["id"]))
                self.found += check_balanced(row)
            case "postings":
                self.postings += 1
                self.balances[row["account"], row["unit"]] += row["amount"]
                told = N_("posting {line} of {id} belongs to no transaction")
                self.found.append(wrong(told, line=row["line"], id=row["transaction_id"]))
            case "limit_slots" | "freed_slots":
                self._add_slot(row)
                if not lost:
                    told = N_("slot {slot} of {key} belongs to no grant of that rule")
                    self.found.append(wrong(told, slot=row["slot"], key=row["limit_key"]))
            case _ if not lost:
                id_ = row["grant_id"] if table == "lapses" else row["id"]
                self.found.append(wrong(N_("{table} {id} belongs to nothing"), table=table, id=id_))

    def _add_lines(self, transaction: Record) -> None:
        for _, account, amount, unit in transaction["lines"]:
            self.postings += 1
            self.balances[account, unit] += amount
            if amount > 0 and unit == FEN and account.startswith(BUDGET):
                self._came_back[account] += amount

    def _add_uses(self, decision: Record, *, taken_back: bool) -> None:
        """What is given back of a budget follows from the postings, of all else from the reversal."""
        try:
            uses = uses_of(decision)
        except ValueError:
            self.found.append(wrong(N_("the explanation of decision {id} can't be read"), id=decision["id"]))
            return
        for key, amount in uses.items():
            if key.startswith(BUDGET):
                self._taken_ever[key] += amount
            else:
                self._taken[key] += 0 if taken_back else amount

    def _add_slot(self, row: Record) -> None:
        """Nearly all limits have one slot: of these a number is kept, not the key."""
        if row["slot"] == 1:
            self._first_slots.append(hash(row["limit_key"]))
        else:
            self._slots[row["limit_key"]].add(row["slot"])

    def _add_place(self, row: Record) -> None:
        count_and_last = self._places[row["rule_id"], row["period"], row["places_for"]]
        count_and_last[0] += 1
        count_and_last[1] = max(count_and_last[1], row["position"])

    def close(self, counters: list[Record]) -> tuple[Disagreement, ...]:
        """All that was found, with what only shows at the end."""
        return (*self.found, *self._gaps(), *self._budgets(counters), *self._miscounted(counters))

    def _gaps(self) -> Iterator[Disagreement]:
        firsts = set(self._first_slots) if self._slots else set()
        for key, slots in sorted(self._slots.items()):
            count, highest = len(slots) + (hash(key) in firsts), max(slots)
            if count != highest:
                yield wrong(_GAP, key=key, slots=count, highest=highest)
        for (rule, _, _), (count, last) in sorted(self._places.items()):
            if count != last:
                yield wrong(
                    N_("the waiting list of {key} has {count} places, the last is {position}"),
                    key=rule,
                    count=count,
                    position=last,
                )

    def _budgets(self, counters: list[Record]) -> Iterator[Disagreement]:
        """A budget's account against its counter; either may be missing."""
        used = {row["key"]: row["used"] for row in counters if row["key"].startswith(BUDGET)}
        moved = {
            account: -n
            for (account, unit), n in self.balances.items()
            if unit == FEN and account.startswith(BUDGET)
        }
        for key in sorted(used.keys() | moved.keys()):
            if used.get(key, 0) != moved.get(key, 0):
                yield wrong(
                    N_("account {key} moved {moved} fen, its counter says {used}"),
                    key=key,
                    moved=moved.get(key, 0),
                    used=used.get(key, 0),
                )

    def _miscounted(self, counters: list[Record]) -> Iterator[Disagreement]:
        """Every counter against what the decisions say that their grants took of it."""
        total = Counter(self._taken)
        total.update(self._taken_ever)
        total.subtract(self._came_back)
        kept = {row["key"]: row for row in counters}
        for key in sorted(kept.keys() | total.keys()):
            row = kept.get(key)
            if (row["used"] if row else None) != total[key]:
                yield wrong(_MISCOUNTED, key=key, used=row["used"] if row else None, total=total[key])
            if row and row["ceiling"] is not None and row["used"] > row["ceiling"]:
                yield wrong(
                    N_("counter {key} stands at {used}, above its ceiling {ceiling}"),
                    key=key,
                    used=row["used"],
                    ceiling=row["ceiling"],
                )
