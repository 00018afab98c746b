"""What both officers look at before money leaves: totals, what is new or was refused before, and the first rows."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benefits.payout.accounts import find_earlier_accounts
from core.civil_time import civil_date
from core.faults import FaultError
from core.text_marks import N_
from yihui.frame.cells import Cell, Chip, Link, Money, Organisation, Person
from yihui.frame.content import Advice, Fact, Facts, Section, Table, TableColumn
from yihui.frame.listing import Looking
from yihui.money.payouts.batches import Batch, find_released_layout, load_layout
from yihui.runtime.errors import fault_line
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from benefits import ExcludedGrant, PaymentOrder

SHOWN_ROWS = 20
PAYMENTS_PATH = "money/payments"
_MOST_LEFT_OUT = 100
_LEFT_OUT = {"no_account": N_("no account in the list"), "owed": N_("something of it is owed")}
NEW, CHANGED, FAILED_BEFORE = (
    Chip("new", N_("new account"), "waiting"),
    Chip("changed", N_("changed account"), "waiting"),
    Chip("failed_before", N_("failed before, same account"), "bad"),
)
_ORDER_CHIPS = {
    "open": Chip("open", N_("under way"), "waiting"),
    "paid": Chip("paid", N_("paid by the bank"), "good"),
    "failed": Chip("failed", N_("returned by the bank"), "bad"),
    "cancelled": Chip("cancelled", N_("cancelled")),
}


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A payment of a batch as both officers see it: whose union, and what is to be looked at."""

    order: "PaymentOrder"
    union: str | None
    account: str
    attention: tuple[Chip, ...]
    note: str


def order_chip(state: str) -> Chip:
    return _ORDER_CHIPS[state]


def account_text(bank: str, last_digits: str) -> str:
    """Return an account as it may be seen: the bank, and the last four digits."""
    return f"{bank} …{last_digits}".strip() if last_digits else ""


def list_rows(look: Looking[Any], one: Batch) -> Sequence[BatchRow]:
    """Return the rows of a batch, with what changed since each member was last paid."""
    from yihui.services.members.organisations import find_member_organisations

    members = [order.member_id for order in one.orders]
    unions = find_member_organisations(look.connection, members, civil_date(look.now))
    earlier = find_earlier_accounts(look.connection, one.batch.number, members)
    rows = []
    for order in one.orders:
        known, before = one.accounts.get(order.reference), earlier.get(order.member_id)
        digest = known.digest if known is not None else ""
        attention = []
        if before is None or not before.digest:
            attention = [NEW]
        elif before.digest != digest:
            attention = [CHANGED]
        elif before.has_failed:
            attention = [FAILED_BEFORE]
        text = account_text(known.bank, known.last_digits) if known is not None else ""
        marks = tuple(attention) if digest else ()
        rows.append(BatchRow(order, unions.get(order.member_id), text, marks, one.notes(order.reference)))
    return rows


def build_batch_sections(
    look: Looking[Any], one: Batch, language: Language, *, is_stored: bool = True
) -> list[Section]:
    """Return what a batch holds: the sums, the totals by benefit and union, what to look at, and the first rows.

    Rows of one that isn't stored, as in a preview, lead nowhere.
    """
    rows, columns = list_rows(look, one), _row_columns(is_stored)
    noted = [row for row in rows if row.note]
    asked = [row for row in rows if row.attention and row.attention != (NEW,)]
    first = [row for row in rows if row.attention == (NEW,)]
    sections: list[Section] = []
    if noted:
        sections.append(Table("notes", N_("Notes of the second officer"), (*columns, _NOTE), noted, ""))
    facts = (
        Fact("persons", N_("Persons who are paid"), len({order.member_id for order in one.orders})),
        Fact("amount_fen", N_("Amount"), Money(one.batch.amount_fen)),
        Fact("orders", N_("Payments"), one.batch.orders),
        Fact("new", N_("Paid for the first time"), len(first)),
    )
    sections += [
        Facts(N_("What is paid"), facts),
        *_build_layout_change(look, one, language),
        _build_totals(rows),
        Table(
            "attention",
            N_("What to look at"),
            (*columns, _ATTENTION),
            asked,
            N_(
                "No account has changed since its last payment, and none of those that failed comes back unchanged."
            ),
        ),
        Table("rows", N_("First rows"), (*columns, _ATTENTION, _STATE), rows[:SHOWN_ROWS], ""),
    ]
    if is_stored and len(rows) > SHOWN_ROWS:
        link = Link(f"/desk/{PAYMENTS_PATH}?batch={one.id}", language.translate(N_("all rows, with filters")))
        sections.append(Facts("", [Fact("all_rows", N_("The rest"), link)]))
    return sections


def _build_layout_change(look: Looking[Any], one: Batch, language: Language) -> list[Section]:
    """Return a line of the bank's file where its layout is not that of the last batch that was released."""
    from yihui.money.payouts.bank import build_line

    last = find_released_layout(look.connection, one.batch.number)
    if one.batch.state != "prepared" or last == one.batch.terms_digest:
        return []
    try:
        _, layout = load_layout(look.connection, one.batch.terms_digest)
    except FaultError as refused:
        return [Advice(fault_line(fault, language).text()) for fault in refused.faults]
    said = N_("The bank's layout is not that of the last batch that was released: look at its line.")
    return [Advice(language.translate(said)), build_line(layout, look.now, language)]


def _build_totals(rows: Sequence[BatchRow]) -> Table[Any]:
    counts: Counter[tuple[str, str]] = Counter()
    sums: Counter[tuple[str, str]] = Counter()
    for row in rows:
        place = row.order.title, row.union or ""
        counts[place] += 1
        sums[place] += row.order.amount_fen
    columns = (
        TableColumn[tuple[str, str]]("benefit", N_("Benefit"), lambda place: place[0]),
        TableColumn[tuple[str, str]]("union", N_("Union"), lambda place: place[1] and Organisation(place[1])),
        TableColumn[tuple[str, str]]("payments", N_("Payments"), lambda place: counts[place]),
        TableColumn[tuple[str, str]]("amount_fen", N_("Amount"), lambda place: Money(sums[place])),
    )
    return Table("totals", N_("By benefit and union"), columns, sorted(sums), "")


def _row_columns(is_stored: bool) -> Sequence[TableColumn[BatchRow]]:
    def person(row: BatchRow) -> Cell:
        shown = Person(row.order.member_id)
        return Link(f"/desk/{PAYMENTS_PATH}/{row.order.reference}", shown) if is_stored else shown

    return (
        TableColumn[BatchRow]("member", N_("Member"), person),
        TableColumn[BatchRow]("reference", N_("Payment"), lambda row: row.order.reference, is_on_page=False),
        TableColumn[BatchRow]("union", N_("Union"), lambda row: row.union and Organisation(row.union)),
        TableColumn[BatchRow]("benefit", N_("Benefit"), lambda row: row.order.title),
        TableColumn[BatchRow]("amount_fen", N_("Amount"), lambda row: Money(row.order.amount_fen)),
        TableColumn[BatchRow]("account", N_("Account"), lambda row: row.account),
    )


_NOTE = TableColumn[BatchRow]("note", N_("Note"), lambda row: row.note)
_ATTENTION = TableColumn[BatchRow]("attention", N_("Look at"), lambda row: next(iter(row.attention), ""))
_STATE = TableColumn[BatchRow]("state", N_("State"), lambda row: order_chip(row.order.state))


def build_left_out(left: "Sequence[ExcludedGrant]", language: Language) -> list[Section]:
    """Return whom a batch leaves out, and why."""

    def why(item: "ExcludedGrant") -> str:
        known = _LEFT_OUT.get(item.fault.short_code)
        return language.translate(known) if known else fault_line(item.fault, language).message

    columns = (
        TableColumn[Any]("member", N_("Member"), lambda item: Person(item.member_id)),
        TableColumn[Any]("amount_fen", N_("Amount"), lambda item: Money(item.amount_fen)),
        TableColumn[Any]("reason", N_("Why"), why),
    )
    if not left:
        return []
    said = language.render(N_("{count} benefits are left out."), count=len(left))
    return [Advice(said), Table("left_out", N_("Left out"), columns, left[:_MOST_LEFT_OUT], "")]
