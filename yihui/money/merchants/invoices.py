"""Merchants' invoices at every door: compared line by line with what was redeemed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from benefits import (
    FINDING_TEXTS,
    ComparedRow,
    InvoiceFinding,
    InvoiceFindingKind,
    InvoiceScope,
    Reconciliation,
)
from core.civil_time import civil_date
from core.faults import FaultError, FaultTable
from core.money import format_yuan
from core.text_marks import N_
from yihui.access.roles import Right
from yihui.bootstrap import PROVINCE_CODE
from yihui.frame.acts import NO_JSON, Act, Change, Doing, Preview
from yihui.frame.cells import Chip, Choice, Link, Money, shorten_days
from yihui.frame.content import Advice, Fact, Facts, Section, Table, TableColumn
from yihui.frame.listing import Listing, NoFilter
from yihui.frame.noun import Noun
from yihui.money.merchants.acts import MERCHANT, MerchantAccount
from yihui.money.merchants.invoice_form import FINDING_TITLES, InvoiceForm
from yihui.money.merchants.pages import COLUMNS, find_merchants
from yihui.money.tabs import MONEY_TABS
from yihui.money.vouchers.calls import find_key
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from benefits import Merchant

PATH, RIGHT = "money/invoices", Right.PREPARE_MONEY
MOST_SHOWN = 2_000  # differing rows of one comparison
INVOICE_FAULTS = FaultTable(
    "invoice",
    {
        "merchant": (N_("there is no merchant “{value}”"), N_("write one of these: {known}")),
        "several": (
            N_("there are several merchants “{value}”"),
            N_("write which of them by its name for programs: {known}"),
        ),
        "differs": (
            N_("{count} rows differ, {yuan} yuan together"),
            N_("send the invoice back to the merchant, or say what is let pass and why"),
        ),
    },
)
STATES = {
    "agrees": Chip("agrees", N_("agrees"), "good"),
    "tolerated": Chip("tolerated", N_("let pass"), "waiting"),
    "differs": Chip("differs", N_("differs"), "bad"),
}


@dataclass(frozen=True, slots=True)
class ComparedInvoice:
    """An invoice compared with the ledger; ``merchants`` are the names of all merchants by id."""

    found: Reconciliation
    scope: InvoiceScope
    merchants: Mapping[str, str]

    @property
    def rows(self) -> Sequence[ComparedRow]:
        """All rows, those of totals last."""
        return (*self.found.rows, *self.found.totals)


_Doing = Doing[InvoiceForm, MerchantAccount]


def compare(act: _Doing) -> ComparedInvoice:
    """Compare an invoice with what was redeemed. *Raises*: FaultError for merchants that aren't there."""
    from benefits import (
        CODE_LENGTH,
        Invoice,
        compare_invoice,
        load_ledger_side,
        load_merchants,
        normalise_code,
        resolve_references,
    )

    form, connection, read = act.form, act.connection, act.form.parsed
    merchants = load_merchants(connection)
    chosen, named = _find_named(act, merchants)
    lines = [
        replace(line, merchant=named.get(line.merchant or "", line.merchant) or None) for line in read.lines
    ]
    scope, today = form.build_scope(chosen), civil_date(act.now)
    has_codes = any(len(normalise_code(line.reference)) == CODE_LENGTH for line in lines)
    asked = {line.row: (line.reference, line.merchant or chosen) for line in lines}
    key = find_key(act) if has_codes else None
    meant = resolve_references(connection, asked.values(), key)
    resolved = [
        replace(line, redemption_id=one.redemption_id, grant_id=one.grant_id)
        for line in lines
        for one in [meant[asked[line.row]]]
    ]
    side = load_ledger_side(connection, scope, meant.values(), today)
    found = compare_invoice(Invoice(tuple(resolved), read.totals), side, scope)
    assert found.is_balanced, "the rows don't account for every fen"
    return ComparedInvoice(found, scope, {one.id: one.name for one in merchants})


def _find_named(act: _Doing, merchants: "Sequence[Merchant]") -> tuple[str | None, Mapping[str, str]]:
    """Return whose invoice it is, and the merchants' ids by all names that the file may have for them.

    *Raises*: FaultError for each name that no merchant has, or several have.
    """
    form, language = act.form, act.wiring.language
    known: dict[str, list[str]] = {}
    for one in merchants:
        known.setdefault(one.name, []).append(one.id)
    names = language.format_list(sorted(known)) or "–"
    known |= {one.id: [one.id] for one in merchants}
    asked = [("merchant", form.merchant)] if form.merchant else []
    asked += [(f"names.{place}.merchant", row.merchant) for place, row in enumerate(form.names)]
    own = {one.name: one.id for one in merchants if one.id == form.merchant}  # on its invoice it is itself
    told = {*own, *(row.name for row in form.names)}
    in_file = {line.merchant for line in form.parsed.lines if line.merchant} - told
    asked += [("invoice", name) for name in sorted(in_file) if len(known.get(name, ())) > 1]
    faults = [
        INVOICE_FAULTS.build("merchant", field=field, value=name, known=names)
        if name not in known
        else INVOICE_FAULTS.build("several", field=field, value=name, known=language.format_list(known[name]))
        for field, name in asked
        if len(known.get(name, ())) != 1
    ]
    if faults:
        raise FaultError(faults)
    ids = {text: several[0] for text, several in known.items() if len(several) == 1}
    return ids.get(form.merchant or ""), {**ids, **own, **{row.name: ids[row.merchant] for row in form.names}}


def preview_comparison(act: _Doing, language: Language) -> Preview:
    """Return every difference, and what is let pass for which reason; nothing is stored."""
    result = compare(act)
    return Preview(
        [*act.form.list_notes(language), *show_comparison(act, result, language)],
        ("invoice", act.form.parsed.digest),
    )


def show_comparison(act: _Doing, result: ComparedInvoice, language: Language) -> Iterator[Section]:
    """Yield the sums side by side, the differences by kind, and the rows with something to say."""
    found, titles = result.found, _rule_titles(act)
    clean, differs = (
        N_("Everything agrees, or is let pass for a reason."),
        N_("There are differences to settle."),
    )
    yield Advice(language.translate(clean if found.is_clean else differs))
    counts = {state: sum(row.state == state for row in result.rows) for state in STATES}
    issued = {row.grant_id: row.issued_fen for row in found.rows if row.grant_id}
    yield Facts("", (
        Fact("file", N_("The merchant's invoice"), act.form.invoice.name),
        Fact("digest", N_("Checksum (SHA-256)"), act.form.parsed.digest, is_on_page=False),
        Fact("merchant", N_("Merchant"), result.merchants.get(result.scope.merchant or "")),
        Fact("issued_fen", N_("Worth of these vouchers"), Money(sum(issued.values()))),
        Fact("redeemed_fen", N_("Redeemed"), Money(found.redeemed_fen)),
        Fact("invoiced_fen", N_("Invoiced"), Money(found.invoiced_fen)),
        Fact("difference_fen", N_("Difference"), Money(found.difference_fen)),
        *(Fact(state, chip.title, counts[state]) for state, chip in STATES.items()),
    ))  # fmt: skip
    kinds = [(kind, *figures) for kind, figures in found.count_by_kind().items()]
    yield Table("kinds", N_("Differences by kind"), _KINDS, kinds, N_("There are none."))
    told = [row for row in result.rows if row.findings]
    columns = _columns(
        lambda row: titles.get(row.rule_id or "", ""), lambda row: _tell(row, result, language)
    )
    yield Table("rows", N_("Rows with something to say"), columns, told[:MOST_SHOWN], N_("There are none."))
    if (more := len(told) - MOST_SHOWN) > 0:
        yield Advice(language.render(N_("… and {count} rows more: settle these first."), count=more))


def _rule_titles(act: _Doing) -> Mapping[str, str]:
    return {rule.id: rule.definition.title for rule in act.wiring.rulebook.in_force(act.connection).rules}


def _tell(row: ComparedRow, result: ComparedInvoice, language: Language) -> str:
    """Return all findings of a row as a sentence, with the reasons for which they are let pass."""
    text = language.join_clauses(_tell_one(one, result.merchants, language) for one in row.findings)
    return shorten_days(text, language, None)


def _tell_one(finding: InvoiceFinding, merchants: Mapping[str, str], language: Language) -> str:
    said = {name: merchants.get(value, value) for name, value in finding.params.items()}
    text = language.render(FINDING_TEXTS[finding.kind], **said)
    if finding.tolerated is None:
        return text
    return language.render(N_("{what}; let pass: {reason}"), what=text, reason=finding.tolerated)


def _accept(act: _Doing) -> Change:
    """Record that an invoice agrees with the ledger. *Raises*: FaultError while a row differs."""
    result = compare(act)
    differing = [row for row in result.rows if row.state == "differs"]
    if differing:
        yuan = format_yuan(sum(abs(row.difference_fen) for row in differing))
        raise FaultError(INVOICE_FAULTS.build("differs", field="invoice", count=len(differing), yuan=yuan))
    found, scope = result.found, result.scope
    said = {
        "merchant": scope.merchant,
        "since": scope.since,
        "until": scope.until,
        "rows": len(found.rows),
        "invoiced_fen": found.invoiced_fen,
        "difference_fen": found.difference_fen,
        "passed": {
            kind: {"limit": one.limit, "reason": one.reason} for kind, one in scope.tolerances.items()
        },
    }
    return Change("", said, about=("invoice", act.form.parsed.digest))


_Write = Callable[[ComparedRow], str]
_Kind = tuple[InvoiceFindingKind, int, int]
_KINDS = (
    TableColumn[_Kind]("kind", N_("Kind"), lambda one: Choice(one[0], FINDING_TITLES[one[0]])),
    TableColumn[_Kind]("rows", N_("Rows"), lambda one: one[1]),
    TableColumn[_Kind]("difference_fen", N_("Difference"), lambda one: Money(one[2])),
)


def _columns(title: _Write, tell: _Write) -> tuple[TableColumn[ComparedRow], ...]:
    column = TableColumn[ComparedRow]
    return (
        column("row", N_("Row"), lambda one: one.row),
        column("reference", N_("Number on the invoice"), _link),
        column("benefit", N_("Benefit"), title),
        column("redeemed_fen", N_("Redeemed"), lambda one: Money(one.redeemed_fen)),
        column("invoiced_fen", N_("Invoiced"), lambda one: Money(one.invoiced_fen)),
        column("difference_fen", N_("Difference"), lambda one: Money(one.difference_fen), is_on_page=False),
        column("state", N_("State"), lambda one: STATES[one.state]),
        column("findings", N_("What was found"), tell),
    )


def _link(row: ComparedRow) -> str | Link:
    path = f"/desk/money/vouchers/{row.grant_id}"
    return Link(path, row.reference, row.reference) if row.grant_id else row.reference


def _link_form(account: MerchantAccount) -> Link:
    merchant = account.merchant
    return Link(f"/desk/{PATH}/compare?{urlencode({'merchant': merchant.id})}", merchant.name)


COMPARE = Act("compare", N_("Compare an invoice"), InvoiceForm, _accept, RIGHT, "money.prepare.reconcile",
              N_("It was recorded that the invoice agrees."), MERCHANT, makes=True, doors=NO_JSON,
              button=N_("Record that it agrees"), preview=preview_comparison, is_whole=True,
              help=N_("Compare a merchant's invoice with what was redeemed; --preview names every difference."))  # fmt: skip
INVOICES = Noun(
    PATH,
    N_("Merchants' invoices"),
    None,
    Listing(
        N_("List the merchants whose invoices can be compared"),
        NoFilter,
        find_merchants,
        (TableColumn[MerchantAccount]("merchant", N_("Merchant"), _link_form), *COLUMNS[1:]),
        N_("There is no merchant yet."),
    ),
    None,
    RIGHT,
    (COMPARE,),
    MONEY_TABS,
    place=PROVINCE_CODE,
)
