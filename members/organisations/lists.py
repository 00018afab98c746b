"""Read a list of organisations, and find what it changes in the tree: the acts that make the tree like it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from unicodedata import normalize

from pydantic import ValidationError

from core.civil_time import parse_past_date
from core.faults import Fault, FaultTable
from core.sheets.listed_rows import ListedThings
from core.sheets.table import Row, Table, find_header
from core.text_marks import N_
from core.validation import fault_from_pydantic
from members.columns import missing_column_fault
from members.organisation_codes import ORGANISATION_CODE_FORM, is_organisation_code, parent_code
from members.organisations.messages import (
    UNKNOWN_FOUNDING,
    OrganisationFounded,
    OrganisationKind,
    OrganisationMoved,
    OrganisationPayload,
    OrganisationRenamed,
)
from members.organisations.tree import OrganisationSpan, span_on
from members.privacy import scrub_personal_numbers

_TYPED_IN_ASCII = frozenset({"code", "parent", "credit_code"})  # also with full-width digits
_HEADERS: Mapping[str, tuple[str, ...]] = {
    "code": ("组织代码", "代码", "工会组织代码", "code"),
    "name": ("组织名称", "名称", "工会名称", "name"),
    "kind": ("组织类型", "类型", "kind"),
    "parent": ("上级代码", "上级组织代码", "parent"),
    "founded_on": ("成立日期", "建会日期", "founded_on"),
    "credit_code": ("统一社会信用代码", "credit_code"),
    "document": ("批复文号", "文号", "document"),
}
KIND_WORDS: Mapping[str, OrganisationKind] = {
    **dict.fromkeys(("工会", "基层工会", "总工会", "工会联合会", "union", ""), "union"),
    **dict.fromkeys(("行业工会联合会", "行业联合会", "行业工会", "industry_union"), "industry_union"),
    **dict.fromkeys(("联合工会", "joint_union"), "joint_union"),
    **dict.fromkeys(("会员之家", "网上会员之家", "member_home"), "member_home"),
}
LIST_FAULTS = FaultTable(
    "organisation_list",
    {
        "invalid_code": (N_("{value} is no organisation code"), ORGANISATION_CODE_FORM),
        "unknown_kind": (
            N_("{value} is no kind of organisation"),
            N_("write 工会, 行业工会联合会, 联合工会 or 会员之家, or leave the cell empty"),
        ),
        "repeated": (N_("{value} stands in row {first} already"), N_("leave one row for each organisation")),
        "two_parents": (
            N_("{value} has another parent here than in row {first}"),
            N_("an organisation has one parent at a time; leave one of the two rows"),
        ),
        "fixed": (
            N_(
                "{organisation} has another {what} in the tree, {known}; a list changes names and parents only"
            ),
            N_("write what the tree has, or leave the cell empty; correct the tree by an act of its own"),
        ),
        "own_ancestor": (
            N_("by this list {value} lies below itself"),
            N_("correct the parent of one of these: {chain}"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class ListedOrganisation:
    """One row of a list. ``founded_on`` is None where the list doesn't say it."""

    code: str
    founded: OrganisationFounded
    founded_on: date | None
    row: int


@dataclass(frozen=True, slots=True)
class PlannedAct:
    """An act that a list asks for, and its row."""

    code: str
    payload: OrganisationPayload
    type: str
    row: int
    before: str | None = None
    """What stands in the tree now, in place of what the act says."""


@dataclass(slots=True)
class OrganisationDifference:
    """What a list changes: acts in an order in which they can be done; ``unchanged`` rows are only counted."""

    acts: list[PlannedAct] = field(default_factory=list)
    unchanged: int = 0


def find_organisations(table: Table) -> ListedThings:
    """Return the columns of a list that identify an organisation."""
    columns = _columns(table)
    return ListedThings((columns["code"], columns["credit_code"]), (columns["name"],))


def _columns(table: Table) -> dict[str, str | None]:
    return {name: find_header(table.headers, known) for name, known in _HEADERS.items()}


def parse_organisations(table: Table) -> tuple[list[ListedOrganisation], list[Fault]]:
    """Read a list of organisations; return the valid rows, parents first, and all faults of the others."""
    columns = _columns(table)
    missing = [name for name in ("code", "name") if columns[name] is None]
    if missing:
        return [], [missing_column_fault(table, _HEADERS[name][0]) for name in missing]
    faults: list[Fault] = list(table.faults)
    listed: dict[str, ListedOrganisation] = {}
    for row in table.rows:
        if broken := row.faults_in(columns.values()):
            faults += [fault.at(file=table.file) for fault in broken]
            continue
        found = _parse_row(row, {name: header for name, header in columns.items() if header})
        if isinstance(found, ListedOrganisation) and (first := listed.get(found.code)):
            same = first.founded.parent == found.founded.parent
            code = "repeated" if same else "two_parents"
            place = columns["code"] if same else columns["parent"]
            found = [LIST_FAULTS.build(code, row=row.number, field=place, value=found.code, first=first.row)]
        if isinstance(found, ListedOrganisation):
            listed[found.code] = found
        else:
            faults += [fault.at(file=table.file, row=row.number) for fault in found]
    ordered, circles = _order_parents_first(listed)
    return ordered, [*faults, *(fault.at(file=table.file, field=columns["parent"]) for fault in circles)]


def _parse_row(row: Row, columns: Mapping[str, str]) -> ListedOrganisation | list[Fault]:
    cells = {name: row.text((header,)).strip() for name, header in columns.items()}
    for name in cells.keys() & _TYPED_IN_ASCII:
        cells[name] = normalize("NFKC", cells[name])
    faults = []
    code = cells["code"]
    if not is_organisation_code(code):
        faults.append(
            LIST_FAULTS.build("invalid_code", field=columns["code"], value=scrub_personal_numbers(code))
        )
    kind = KIND_WORDS.get(cells.get("kind", ""))
    if kind is None:
        shown = scrub_personal_numbers(cells["kind"])
        faults.append(LIST_FAULTS.build("unknown_kind", field=columns["kind"], value=shown))
    day = parse_past_date(cells["founded_on"], None) if cells.get("founded_on") else None
    if isinstance(day, Fault):
        faults.append(day.at(field=columns["founded_on"]))
        day = None
    values = {
        "name": cells["name"],
        **({"kind": kind} if cells.get("kind") and kind else {}),
        "parent": cells.get("parent") or None,
        "credit_code": cells.get("credit_code") or None,
        "document": cells.get("document") or None,
        "on": day or UNKNOWN_FOUNDING,
    }
    try:
        founded = OrganisationFounded.model_validate(values)
    except ValidationError as error:
        for found in error.errors():
            name = str(found["loc"][0])
            shown = scrub_personal_numbers(cells.get(name, ""))
            faults.append(fault_from_pydantic(found, columns.get(name, name), shown))
        return faults
    return faults or ListedOrganisation(code, founded, day, row.number)


def _order_parents_first(
    listed: Mapping[str, ListedOrganisation],
) -> tuple[list[ListedOrganisation], list[Fault]]:
    ordered: dict[str, ListedOrganisation] = {}
    faults: list[Fault] = []
    for code, one in listed.items():
        chain: list[str] = []
        above: str | None = code
        while above is not None and above in listed and above not in ordered and above not in chain:
            chain.append(above)
            above = listed[above].founded.parent or parent_code(above)
        if above in chain:
            circle = chain[chain.index(above) :]
            if code == min(circle):
                shown = "、".join(circle)
                faults.append(LIST_FAULTS.build("own_ancestor", row=one.row, value=code, chain=shown))
            continue
        ordered.update((link, listed[link]) for link in reversed(chain))
    return list(ordered.values()), faults


def compare_with_tree(
    listed: Iterable[ListedOrganisation], spans: Mapping[str, Sequence[OrganisationSpan]], day: date
) -> OrganisationDifference:
    """Return the acts of a day by which the tree becomes like a list.

    An organisation that is not listed stays as it is; an empty cell changes nothing.
    """
    difference = OrganisationDifference()
    for one in listed:
        known = spans.get(one.code, ())
        acts = [*_acts(one, known, day)]
        difference.acts += acts
        difference.unchanged += not acts
    return difference


def find_fixed_differences(
    listed: Iterable[ListedOrganisation], spans: Mapping[str, Sequence[OrganisationSpan]], file: str
) -> list[Fault]:
    """Return a fault for each stated kind, credit code and founding that the tree has otherwise.

    No act changes these: a list that says something else is wrong, or the tree is.
    """
    faults: list[Fault] = []
    for one in listed:
        if not (known := spans.get(one.code)):
            continue
        founding = None if known[0].since == UNKNOWN_FOUNDING else known[0].since
        stated = {
            "kind": (one.founded.kind if "kind" in one.founded.model_fields_set else None, known[-1].kind),
            "credit_code": (one.founded.credit_code, known[-1].credit_code),
            "founded_on": (one.founded_on, founding),
        }
        faults += [
            LIST_FAULTS.build(
                "fixed",
                file=file,
                row=one.row,
                field=_HEADERS[name][0],
                value=said,
                organisation=one.code,
                what=_HEADERS[name][0],
                known=there or "–",
            )
            for name, (said, there) in stated.items()
            if said is not None and said != there
        ]
    return faults


def _acts(one: ListedOrganisation, known: Sequence[OrganisationSpan], day: date) -> Iterable[PlannedAct]:
    if not known:
        yield PlannedAct(one.code, one.founded, "organisation.founded", one.row)
        return
    now = span_on(known, day) or known[-1]
    said = {"on": day, "document": one.founded.document}
    if one.founded.name != now.name:
        renamed = OrganisationRenamed(name=one.founded.name, **said)
        yield PlannedAct(one.code, renamed, "organisation.renamed", one.row, now.name)
    parent = one.founded.parent
    if parent and parent != now.parent:
        moved = OrganisationMoved(parent=parent, **said)
        yield PlannedAct(one.code, moved, "organisation.moved", one.row, now.parent)
