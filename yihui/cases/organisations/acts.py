"""What officers do to organisations. Each act is an event; what follows from it happens in the same transaction."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import BaseModel

from core.civil_time import civil_date
from core.text_marks import N_
from members.organisations.lists import PlannedAct
from yihui.access.roles import Right
from yihui.bootstrap import PROVINCE_CODE
from yihui.cases.organisations.forms import (
    CountForm,
    DissolveForm,
    ElectionForm,
    FoundForm,
    ImportForm,
    MergeForm,
    MoveForm,
    RenameForm,
    SplitForm,
)
from yihui.cases.organisations.lists import apply_list, compare_list, place_members
from yihui.cases.organisations.state import ACT_TITLES, OrganisationState, read_state
from yihui.frame.acts import Act, Change, Doing, Door, Kind, Preview
from yihui.frame.cells import Cell, Choice, Organisation
from yihui.frame.content import Advice, Section, Table, TableColumn
from yihui.frame.listing import Looking
from yihui.runtime.language import Language

RIGHT = Right.CHANGE_ORGANISATIONS
_CHECKED = N_("I have compared it with the document.")
_RECORDED = N_("The act was recorded.")
_TARGETS = ("parent", "into")  # fields that name an organisation for which the officer must act too
_MOST_SHOWN = 200


def _load(at: Doing[Any, Any] | Looking[Any], code: str, _: bool) -> OrganisationState:
    from members import list_links
    from members.joining.consents import choose_nearest_consent, read_consents
    from members.joining.repository import read_taken_names

    connection = at.connection
    state = read_state(connection, code, civil_date(at.now))
    consents = read_consents(connection, state.last.lineage)
    acts = sum(1 + (one.revoked_at is not None) for one in list_links(connection, code))
    return replace(
        state,
        join_acts=acts + (consents[code].version if code in consents else 0),
        consent=choose_nearest_consent(consents, state.last.lineage),
        takes=read_taken_names(connection, code).get(code, ()),
    )


ORGANISATION = Kind[OrganisationState](
    "organisation",
    _load,
    lambda one: len(one.history) + one.join_acts,
    lambda one: one.code,
    key=str,
    place=lambda _, code: code,
)
_Doing = Doing[Any, OrganisationState]


def _record(type_: str) -> Callable[[_Doing], Change]:
    """Return the function of an act whose form has the fields of its event."""

    def record(act: _Doing) -> Change:
        from yihui.cases.organisations.events import carry_out

        said = act.form.model_dump()
        code = said.pop("code", None) or act.thing.code
        return _change(code, type_, {**said, "on": carry_out(act, code, type_, said)})

    return record


def _change(code: str, type_: str, said: Mapping[str, Any]) -> Change:
    shown = {name: value for name, value in said.items() if value is not None and name != "document"}
    return Change(code, {"act": type_, **shown}, reason=said.get("document") or "", organisation=code)


def _split(act: _Doing) -> Change:
    """Found new organisations out of one. *Raises*: FaultError, also for a row that names none of them."""
    from yihui.cases.organisations.events import carry_out

    form, code = act.form, act.thing.code
    going = place_members(form.members, [part.code for part in form.parts])
    parts = [
        {"organisation": part.code, "members": going[part.code], **part.model_dump(exclude={"code"}, exclude_none=True)}
        for part in form.parts
    ]  # fmt: skip
    said = {"on": form.on, "document": form.document}
    day = carry_out(act, code, "split", {**said, "parts": parts})
    return _change(code, "split", {**said, "on": day, "parts": list(going), "members": len(form.members)})


def _import(act: Doing[ImportForm, Any]) -> Change:
    """Make the tree like a list, all of it or nothing. *Raises*: FaultError by row."""
    difference = compare_list(act)
    apply_list(act, difference)
    kinds = [one.type for one in difference.acts]
    counts = {kind.partition(".")[2]: kinds.count(kind) for kind in sorted(set(kinds))}
    about = ("organisations", "list")
    return Change(
        next((one.code for one in act.form.list), PROVINCE_CODE),
        {**counts, "unchanged": difference.unchanged},
        about=about,
    )


def _preview_import(act: Doing[ImportForm, Any], language: Language) -> Preview:
    """Return what a list would change: all of it is done and taken back, so that it finds the same faults."""
    difference = compare_list(act)
    with act.connection.begin_nested() as attempt:
        apply_list(act, difference)
        attempt.rollback()
    counts = language.render(
        N_("Changes: {acts}; rows that change nothing: {unchanged}."),
        acts=len(difference.acts),
        unchanged=difference.unchanged,
    )
    table = Table("acts", N_("Changes"), _PLANNED, difference.acts[:_MOST_SHOWN], N_("Nothing changes."))
    sections: Sequence[Section] = (*act.form.list_notes(language), Advice(counts), table)
    return Preview(sections)  # fmt: skip


def _after(act: PlannedAct) -> Cell:
    return _name(act, getattr(act.payload, "name", None) or getattr(act.payload, "parent", None))


def _name(act: PlannedAct, said: str | None) -> Cell:
    """Return a name as it is, and an organisation above by its name."""
    return Organisation(said) if said and act.type == "organisation.moved" else said


def _places(act: _Doing) -> Sequence[str]:
    """Return the organisation and where the act leads: the officer needs the right for each."""
    named = [getattr(act.form, name, None) for name in _TARGETS]
    return (act.thing.code, *(code for code in named if code))


def _act(
    name: str,
    type_: str,
    title: str,
    form: type[BaseModel],
    do: Callable[[_Doing], Change] | None = None,
    done: str = _RECORDED,
    **more: Any,
) -> Act[Any, OrganisationState]:
    given: dict[str, Any] = {"places": _places, "ticked": _CHECKED, **more}
    audit = f"{RIGHT.value}.{name}"
    return Act(name, title, form, do or _record(type_), RIGHT, audit, done, ORGANISATION, **given)


_PLANNED = (
    TableColumn[PlannedAct]("code", N_("Code"), lambda one: one.code),
    TableColumn[PlannedAct]("type", N_("Act"), lambda one: Choice(one.type, ACT_TITLES[one.type])),
    TableColumn[PlannedAct]("before", N_("Before"), lambda one: _name(one, one.before)),
    TableColumn[PlannedAct]("after", N_("After"), _after),
    TableColumn[PlannedAct]("row", N_("Row"), lambda one: one.row),
)
RENAME = _act("rename", "renamed", N_("Give it another name"), RenameForm)
MOVE = _act("move", "moved", N_("Move it below another organisation"), MoveForm)
MERGE = _act("merge", "merged", N_("Merge it into another organisation"), MergeForm, is_grave=True,
             help=N_("Merge an organisation into another: it ends; its members and what is below go there."))  # fmt: skip
DISSOLVE = _act("dissolve", "dissolved", N_("Dissolve it"), DissolveForm, is_grave=True,
                help=N_("Dissolve an organisation; say with --into where its members and what is below go."))  # fmt: skip
SPLIT = _act("split", "split", N_("Split new organisations off"), SplitForm, _split,
             places=lambda act: (act.thing.code, *(part.parent or part.code for part in act.form.parts)))  # fmt: skip
ELECT = _act("elect", "election_held", N_("Record its election"), ElectionForm)
COUNT = _act("count", "members_counted", N_("Record the number of its members"), CountForm)
FOUND_ORGANISATION = _act("found", "founded", N_("Found an organisation"), FoundForm, makes=True,
             places=lambda act: (act.form.parent or act.form.code,))  # fmt: skip
IMPORT = _act("import", "", N_("Take a list over"), ImportForm, _import, N_("The list was taken over: all of its changes are recorded."), makes=True, ticked="",
              help=N_("Make the tree like a list (CSV, XLSX); what is not listed stays. All or nothing."),
              preview=_preview_import, tries=True, places=lambda _: (PROVINCE_CODE,), doors=frozenset({Door.DESK, Door.COMMAND}))  # fmt: skip
