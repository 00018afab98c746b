"""Organisations at every door: the tree of any day, and one with what stands above and below it and what happened."""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

from pydantic import BaseModel, Field

from core.civil_time import end_of_day
from core.prompts import Prompt
from core.text_marks import N_
from members.organisations.messages import UNKNOWN_FOUNDING, OrganisationKind
from yihui.access.roles import Right
from yihui.cases.organisations.acts import (
    COUNT,
    DISSOLVE,
    ELECT,
    FOUND_ORGANISATION,
    IMPORT,
    MERGE,
    MOVE,
    ORGANISATION,
    RENAME,
    SPLIT,
)
from yihui.cases.organisations.link_acts import (
    CONSENT,
    LINK,
    REVOKE_LINK,
    TAKE,
    WITHDRAW_CONSENT,
    list_consent_facts,
)
from yihui.cases.organisations.links import find_link
from yihui.cases.organisations.lists import format_founding
from yihui.cases.organisations.state import ACT_TITLES, KIND_LABELS, OrganisationState
from yihui.frame.cells import Cell, Chip, Choice, Link, Officer, Organisation, Several
from yihui.frame.content import Advice, Fact, Facts, Section, Table, TableColumn, ThingPage
from yihui.frame.fields import fields_of
from yihui.frame.listing import Listing, Looking, RowSlice, RowT
from yihui.frame.noun import Noun
from yihui.frame.todo import ToDo, Waiting
from yihui.frame.types import CivilDay, Form, OrganisationCode
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from members import OrganisationSpan
    from members.organisations.search import OrganisationQuery
    from members.organisations.storage import RecordedChange

PATH, _RIGHT = "organisations", Right.READ_ORGANISATIONS
TABS = (
    (f"/desk/{PATH}", N_("Tree and search")),
    (f"/desk/{PATH}?due=yes", N_("Election or count due")),
    (f"/desk/{PATH}/proposals", N_("Proposals to found a union")),
    (f"/desk/{PATH}/pages", N_("Pages of organisations")),
)
_ACTS = (
    RENAME,
    MOVE,
    ELECT,
    COUNT,
    LINK,
    REVOKE_LINK,
    TAKE,
    CONSENT,
    WITHDRAW_CONSENT,
    SPLIT,
    MERGE,
    DISSOLVE,
)
_MOST_CHILDREN = 200


class OrganisationFilter(Form):
    """Which organisations are listed, by code."""

    name: Annotated[
        str | None, Field(max_length=100), Prompt(N_("Name or code"), hint=N_("Or the beginning of a code."))
    ] = None
    below: Annotated[OrganisationCode | None, Prompt(N_("This one and all below it"))] = None
    parent: Annotated[OrganisationCode | None, Prompt(N_("Directly below"))] = None
    kind: Annotated[OrganisationKind | None, Prompt(N_("Kind"), labels=KIND_LABELS)] = None
    due: Annotated[bool, Prompt(N_("election or count of members due"))] = False
    on: Annotated[CivilDay | None, Prompt(N_("On the day"))] = None


def _build_query(look: Looking[Any], right: Right, day: date | None = None) -> "OrganisationQuery":
    """Return what is looked for on a day within the subtrees, as they stood then, for which the officer holds a right."""
    from members.organisations.search import OrganisationQuery

    scope = look.scope(right)
    scope = replace(scope, day=day or scope.day)
    return OrganisationQuery(scope.day, within=scope.find_paths(look.connection))


def find_listed(look: Looking[OrganisationFilter]) -> "RowSlice[OrganisationSpan]":
    """Find the organisations of a day that the officer may see, by code."""
    from members.organisations.search import find_organisations
    from members.organisations.storage import read_path

    asked, query = look.filter, _build_query(look, _RIGHT, look.filter.on)
    text = unicodedata.normalize("NFKC", asked.name or "").strip()
    by_code = text[:1].isdigit()
    query = replace(
        query,
        name=text if text and not by_code else None,
        code=text if by_code else None,
        kind=asked.kind,
        parent=asked.parent,
        below=read_path(look.connection, asked.below, query.day) if asked.below else None,
        is_due=asked.due,
        offset=look.slice.offset,
        limit=look.slice.limit,
    )
    return _slice(look, query, find_organisations(look.connection, query))


def _slice(look: Looking[Any], query: "OrganisationQuery", rows: Sequence[RowT]) -> RowSlice[RowT]:
    from members.organisations.search import count_organisations

    return RowSlice.build(rows, look.slice, partial(count_organisations, look.connection, query))


def find_due(look: Looking[Any], language: Language) -> RowSlice[Waiting]:
    """Find the officer's organisations whose election or count of members is due."""
    from members.organisations.search import find_due_organisations, find_next_count

    query = replace(_build_query(look, Right.CHANGE_ORGANISATIONS), is_due=True, limit=look.slice.limit)
    rows = []
    for span in find_due_organisations(look.connection, query):
        days = (span.term_ends, find_next_count(span, look.wiring.settings.count_days))
        due = min(day for day in days if day is not None)
        rows.append(Waiting(span.name, f"/desk/{PATH}/{span.code}", end_of_day(due), place=span.parent))
    return _slice(look, query, rows)


def show_organisation(look: Looking[Any], one: OrganisationState, language: Language) -> ThingPage:
    """Return an organisation with what stands above and below it, what is due, and all that happened to it."""
    from members import count_current_members
    from members.organisations.search import OrganisationQuery, find_next_count, find_organisations
    from members.organisations.storage import count_subtree

    last, here, code, connection = one.last, one.current, one.code, look.connection
    path, link = f"/desk/{PATH}/{code}", find_link(connection, code) if here else None
    members = count_current_members(connection, [code]).get(code, 0)
    below = count_subtree(connection, code, one.day) - 1 if here else 0
    next_count = find_next_count(here, look.wiring.settings.count_days) if here else None
    election = here.term_ends or language.translate(N_("no election is recorded")) if here else None
    facts = (
        Fact("code", N_("Code"), code),
        Fact("kind", N_("Kind"), Choice(last.kind, KIND_LABELS[last.kind])),
        Fact("parent", N_("Organisation above"), link_to(last.parent)),
        Fact("above", N_("All above it"), Several(tuple(map(Organisation, reversed(last.lineage[1:]))), " › ")),
        Fact("credit_code", N_("Unified social credit code"), last.credit_code),
        Fact("founded", N_("Founded on"), None if one.founded == UNKNOWN_FOUNDING else one.founded),
        Fact("until", N_("Ended on"), None if here else last.until),
        Fact("into", N_("Its members went to"), None if here else link_to(last.into)),
        Fact("next_election", N_("Next election due by"), None if last.kind == "member_home" else election),
        Fact("next_count", N_("Next count of members due by"), next_count or (language.translate(N_("no count is recorded")) if here else None)),
        Fact("members", N_("Members of its own"), members),
        Fact("all_members", N_("Members"), Link(f"/desk/members?organisation={code}", language.translate(N_("with all below it"))) if look.holds(Right.READ_MEMBERS) else None),
        Fact("below", N_("Organisations below it"), Link(f"/desk/{PATH}?below={code}", below, below)),
        Fact("statistics", N_("Statistics"), Link(f"{path}/statistics", language.translate(N_("with all below it"))) if look.holds(Right.READ_STATISTICS) else None),
        Fact("page", N_("Page for everybody"), Link(f"/desk/{PATH}/pages/{code}", language.translate(N_("its versions"))) if here else None),
        Fact("join_code", N_("Code for joining"), Link(f"{path}/code.html", language.translate(N_("print it")), link.link) if link else None),
        Fact("takes", N_("Takes the workers of"), Several(tuple(one.takes), "、") if one.takes else None),
        Fact("found", N_("A new organisation"), Link(f"/desk/{PATH}/found?parent={quote(code)}", language.translate(N_("found one below it"))) if here and look.holds(Right.CHANGE_ORGANISATIONS) else None),
    )  # fmt: skip
    hidden = [
        act
        for act, is_shown in ((REVOKE_LINK, link), (WITHDRAW_CONSENT, one.has_own_consent))
        if not is_shown
    ]
    children = find_organisations(connection, OrganisationQuery(one.day, parent=code, limit=_MOST_CHILDREN))
    sections: list[Section] = [
        Facts("", [fact for fact in facts if fact.value is not None]),
        Table("history", N_("What happened to it"), _list_columns(language), one.history[::-1], ""),
    ]
    if here:
        sections.append(_show_consent(one, language))
    if children and here:
        sections.append(Table("children", N_("Directly below it"), _COLUMNS, children, ""))
    return ThingPage(
        last.name,
        sections,
        None if here else Chip("ended", N_("not there today")),
        acts=[act.name for act in _ACTS if act not in hidden] if here else (),
        asked={act.name: _order_fields(act.form) for act in _ACTS},
    )


def _show_consent(one: OrganisationState, language: Language) -> Section:
    """Return what a person agrees to who joins, and whose text it is; without any nobody joins online."""
    if one.consent is None or one.consent.text is None:
        text = N_("Nobody joins here online: no union from here upwards has said what a person agrees to.")
        return Advice(language.translate(text))
    whose = (
        Fact("of", N_("Text of"), link_to(one.consent.organisation)),
        Fact("version", N_("Version"), one.consent.version),
    )
    return Facts(
        N_("What a person agrees to who joins online"), [*whose, *list_consent_facts(one.consent.text)]
    )


def _order_fields(form: type[BaseModel]) -> list[str]:
    """Return the fields of a form: what the act says first, then its day and its document."""
    names = [one.name for one in fields_of(form)]
    return sorted(names, key=lambda name: name in ("on", "document"))


def link_to(code: str | None) -> Link | None:
    return Link(f"/desk/{PATH}/{code}", Organisation(code)) if code else None


def _what(one: "RecordedChange", language: Language) -> Cell:
    """Return what an act said: a name, where it led, the term in years, or a number."""
    change = one.change
    target = change.into or (change.parent if one.origin.type != "organisation.founded" else None)
    years = change.term_years and language.render(N_("{count} years"), count=change.term_years)
    said = (change.name, Organisation(target) if target else None, change.number, years)
    return Several(tuple(cell for cell in said if cell is not None))


def _list_columns(language: Language) -> "Sequence[TableColumn[RecordedChange]]":
    """Return the columns of what happened to an organisation."""
    return (
        TableColumn["RecordedChange"]("on", N_("From"), lambda one: _on(one.change.on)),
        TableColumn["RecordedChange"]("type", N_("Act"), lambda one: Choice(one.origin.type, ACT_TITLES[one.origin.type])),
        TableColumn["RecordedChange"]("what", N_("Content"), lambda one: _what(one, language)),
        TableColumn["RecordedChange"]("document", N_("Document that decides it"), lambda one: one.origin.document),
        TableColumn["RecordedChange"]("by", N_("By"), lambda one: one.origin.recorded_by and Officer(one.origin.recorded_by)),
    )  # fmt: skip


def _on(day: date) -> Cell:
    return Choice("", N_("founding day not known")) if day == UNKNOWN_FOUNDING else day


def _column(
    name: str, title: str, value: "Callable[[OrganisationSpan], Cell]", is_on_page: bool = True
) -> "TableColumn[OrganisationSpan]":
    return TableColumn(name, title, value, is_on_page)


_COLUMNS = (
    _column("name", N_("Name"), lambda one: Link(f"/desk/{PATH}/{one.code}", f"{one.name}（{one.code}）", one.name)),
    _column("code", N_("Code"), lambda one: one.code, is_on_page=False),
    _column("kind", N_("Kind"), lambda one: Choice(one.kind, KIND_LABELS[one.kind])),
    _column("parent", N_("Organisation above"), lambda one: one.parent and Organisation(one.parent)),
    _column("since", N_("Founded on"), format_founding, is_on_page=False),
    _column("until", N_("Until"), lambda one: one.until, is_on_page=False),
    _column("credit_code", N_("Unified social credit code"), lambda one: one.credit_code, is_on_page=False),
    _column("level", N_("Levels above it"), lambda one: len(one.lineage) - 1, is_on_page=False),
)  # fmt: skip
NOUN = Noun(
    PATH,
    N_("Organisations"),
    ORGANISATION,
    Listing(
        N_("List the organisations of a day, by code"),
        OrganisationFilter,
        find_listed,
        _COLUMNS,
        N_("None of your organisations matches."),
    ),
    show_organisation,
    _RIGHT,
    (*_ACTS, FOUND_ORGANISATION, IMPORT),
    TABS,
    todos=(
        ToDo(
            N_("organisations whose election or count of members is due"),
            f"/desk/{PATH}?due=yes",
            Right.CHANGE_ORGANISATIONS,
            find_due,
        ),
    ),
)
