"""Case files at every door: the list with what is due, and the page of a household."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Annotated, Any, Literal

from core.civil_time import civil_date
from core.money import format_yuan
from core.prompts import Prompt
from core.text_marks import N_
from members.hardship.case import (
    RECEIPTS,
    STATE_TITLES,
    VISIT_STATE_TITLES,
    FileAct,
    FileState,
    HardshipFile,
    Measure,
    Visit,
    VisitState,
)
from members.hardship.household import CAUSES, MEASURES, HouseholdPerson, Level
from yihui.access.roles import Right
from yihui.cases.hardship import files, photos, visits
from yihui.cases.hardship.income_lines import TABS
from yihui.cases.hardship.queries import (
    FileStatus,
    find_due_files,
    find_files,
    find_visits_to_release,
    load_statuses,
)
from yihui.cases.kernel.scope import is_own_step
from yihui.frame.cells import (
    Cell,
    Chip,
    Choice,
    Link,
    Money,
    Officer,
    Organisation,
    Percent,
    Person,
)
from yihui.frame.content import Fact, Facts, Papers, Section, Table, TableColumn, ThingPage
from yihui.frame.fields import FieldKind, fields_of
from yihui.frame.listing import Listing, Looking
from yihui.frame.noun import Noun
from yihui.frame.papers import PAPERS, list_papers
from yihui.frame.todo import ToDo
from yihui.frame.types import Form, MemberId, OrganisationCode
from yihui.runtime.language import Language

_PATH = "hardship/files"
_TONES = {FileState.FILED: "waiting", FileState.ON_FILE: "good"}
_VISIT_TONES = {
    VisitState.PLANNED: "waiting",
    VisitState.RELEASED: "waiting",
    VisitState.HANDED_OVER: "good",
}


_DUE = Chip("due", N_("Review is due"), "bad")


class FileFilter(Form):
    """Case files with something to do, or of a state; of a level, a member, an organisation and those below it."""

    state: Annotated[
        Literal["due", "visits", "filed", "on_file", "closed"] | None,
        Prompt(
            N_("Show"),
            labels={
                "due": N_("Review is due"),
                "visits": N_("Visit waits for release"),
                **{state.value: title for state, title in STATE_TITLES.items()},
            },
        ),
    ] = None
    level: Annotated[Level | None, Prompt(N_("Level"))] = None
    organisation: Annotated[OrganisationCode | None, Prompt(N_("Organisation"))] = None
    member: Annotated[MemberId | None, Prompt(N_("Member's id"))] = None


def _chip(file: HardshipFile) -> Chip:
    return Chip(file.state.value, STATE_TITLES[file.state], _TONES.get(file.state, ""))


def _due(file: HardshipFile, today: date) -> Chip | None:
    """Return what says that the first review, or the next one, is due."""
    if not file.is_due(today):
        return None
    return Chip("first", N_("first review is due"), "waiting") if file.review_due_on is None else _DUE


def show_file(look: Looking[Any], file: HardshipFile, language: Language) -> ThingPage:
    """Return a household with its income, visits, photographs and history; names are masked."""
    (status,) = load_statuses(look, [file])
    path = f"/desk/{_PATH}/{file.number}"
    stored = photos.list_photos(look.connection, file)
    sections: list[Section] = [
        _build_facts(look, status, language),
        _list_persons(status),
        _list_visits(look, file, path),
        *_list_measures(file),
        *(
            [
                Papers(
                    "photos",
                    N_("Photographs"),
                    list_papers(stored, path),
                    N_("They are no longer stored here."),
                    is_folded=True,
                )
            ]
            if file.photos
            else ()
        ),
        files.HISTORY.timeline(look.connection, file),
    ]
    steps, (photo, _) = _list_own_steps(look, file), fields_of(photos.DELETE_PHOTO.form)
    own = {move for move, _ in steps}
    return ThingPage(
        language.render(N_("Case file {number}"), number=file.number),
        sections,
        _chip(file),
        language.join_clauses(language.translate(text) for _, text in steps),
        file.worker,
        _render_effect(file, own, language),
        list(_list_acts(look, file, own)),
        _name_buttons(file, language),
        asked={
            photos.DELETE_PHOTO.name: [
                replace(photo, kind=FieldKind.CHOICE, choices={str(one.number): one.title for one in stored}),
                "reason",
            ]
        },
    )


def _list_own_steps(look: Looking[Any], file: HardshipFile) -> list[tuple[FileAct, str]]:
    """Return the acts that wait for another officer since this one did their first step, and what says so."""
    steps = []
    if file.state is FileState.FILED and is_own_step(look, file.filed_by):
        steps.append((FileAct.REVIEW, N_("You wrote this file down: another officer does its first review.")))
    planned = visits.list_visits(file, FileAct.RELEASE_VISIT)
    if planned and all(is_own_step(look, one.planned_by) for one in planned):
        steps.append(
            (FileAct.RELEASE_VISIT, N_("You planned this visit: another officer releases the money."))
        )
    return steps


def _list_acts(look: Looking[Any], file: HardshipFile, own: set[FileAct]) -> Iterator[str]:
    """Yield the acts that a case file allows, what waits first."""
    is_kept, is_on_file = file.state is not FileState.CLOSED, file.state is FileState.ON_FILE
    is_due = file.is_due(civil_date(look.now)) and FileAct.REVIEW not in own
    allowed = (
        (visits.RELEASE, FileAct.RELEASE_VISIT not in own and _has_visit(file, FileAct.RELEASE_VISIT)),
        (visits.HAND_OVER, _has_visit(file, FileAct.HAND_OVER)),
        (files.REVIEW, is_due),
        (files.REOPEN, not is_kept),
        (visits.PLAN, is_on_file),
        (visits.END, _has_visit(file, FileAct.END_VISIT)),
        (files.MEASURE, is_on_file),
        (files.REVIEW, is_on_file and not is_due),
        (files.CHANGE, is_kept),
        (files.PERSONS, is_kept),
        (photos.PHOTO, is_kept),
        (photos.DELETE_PHOTO, is_kept and bool(file.photos)),
        (files.CLOSE, is_kept),
        (files.UNMASK, True),
    )
    yield from (act.name for act, is_allowed in allowed if is_allowed)


def _has_visit(file: HardshipFile, move: FileAct) -> bool:
    return file.state is FileState.ON_FILE and bool(visits.list_visits(file, move))


def _render_effect(file: HardshipFile, own: set[FileAct], language: Language) -> str:
    if file.state is not FileState.FILED or FileAct.REVIEW in own:
        return ""
    text = N_("With its first review the household is on file; rules read the level for its {count} members.")
    return language.render(text, count=len(file.members))


def _name_buttons(file: HardshipFile, language: Language) -> Mapping[str, str]:
    """Return what the button says where the money of one visit alone can be released."""
    planned = visits.list_visits(file, FileAct.RELEASE_VISIT)
    if len(planned) != 1:
        return {}
    text = language.render(
        N_("Release {yuan} yuan out of the budget"), yuan=format_yuan(planned[0].amount_fen)
    )
    return {visits.RELEASE.name: text}


def _build_facts(look: Looking[Any], status: FileStatus, language: Language) -> Facts:
    file, income, line = status.file, status.income, status.line
    percent = income.percent_of_line
    is_filed = file.state is FileState.FILED
    facts = (
        Fact("level", N_("Proposed level") if is_filed else N_("Level"), file.level),
        Fact("review", N_("Review"), _due(file, civil_date(look.now))),
        Fact("review_due_on", N_("Next review"), file.review_due_on),
        Fact("per_head_fen", N_("Income a head and month"), Money(income.per_head_fen)),
        Fact("line_fen", N_("Line of income"), None if income.line_fen is None else Money(income.line_fen)),
        Fact("percent_of_line", N_("Income in percent of the line"), None if percent is None else Percent(percent * 100)),
        Fact("is_below", N_("Below the line"), income.is_below),
        Fact("line_by", N_("Line decided by"), Organisation(line.organisation) if line else None),
        Fact("line_document", N_("Decided by document"), Link(f"{TABS[1][0]}/{line.number}", line.document) if line else None),
        Fact("causes", N_("Causes"), language.format_list(language.translate(CAUSES[one]) for one in file.causes)),
        Fact("plan", N_("Plan"), file.plan),
        Fact("organisation", N_("Kept by"), Organisation(file.organisation)),
        Fact("reviewed_on", N_("Last review"), file.reviewed_on),
        Fact("closed_because", N_("Closed because"), file.closed_because),
    )  # fmt: skip
    return Facts(N_("Household"), [one for one in facts if one.value not in (None, "")])


def _list_persons(status: FileStatus) -> Table[Any]:
    columns = (
        TableColumn[tuple[int, HouseholdPerson]]("relation", N_("Relation"), lambda row: files.show_relation(row[1])),
        TableColumn[tuple[int, HouseholdPerson]]("name", N_("Name of the person"), lambda row: status.names.get(row[0])),
        TableColumn[tuple[int, HouseholdPerson]]("member", N_("Member"), lambda row: row[1].member_id and Person(row[1].member_id)),
        TableColumn[tuple[int, HouseholdPerson]]("monthly_income_fen", N_("Income a month"), lambda row: Money(row[1].monthly_income_fen)),
    )  # fmt: skip
    return Table("persons", N_("Persons"), columns, list(enumerate(status.file.persons, 1)), "")


def _list_visits(look: Looking[Any], file: HardshipFile, path: str) -> Table[Visit]:
    stored = photos.find_receipts(look.connection, file)

    def show_receipt(one: Visit) -> Cell:
        kind = one.receipt_kind and Choice(one.receipt_kind, RECEIPTS[one.receipt_kind])
        return (
            Link(f"{path}{PAPERS}/{stored[one.number].number}/pages/1", kind)
            if one.number in stored
            else kind
        )

    def show_amount(one: Visit) -> Cell:
        amount = Money(one.amount_fen)
        return Link(f"/desk/money/vouchers/{one.grant_id}", amount) if one.grant_id else amount

    columns = (
        TableColumn[Visit]("on", N_("Day"), lambda one: one.on),
        TableColumn[Visit]("visit", N_("Number"), lambda one: one.number, False),
        TableColumn[Visit]("member", N_("Given to"), lambda one: Person(one.member_id)),
        TableColumn[Visit]("amount_fen", N_("Amount"), show_amount),
        TableColumn[Visit]("purpose", N_("Occasion"), lambda one: one.purpose),
        TableColumn[Visit]("state", N_("State"), lambda one: Chip(one.state.value, VISIT_STATE_TITLES[one.state], _VISIT_TONES.get(one.state, ""))),
        TableColumn[Visit]("planned_by", N_("Planned by"), lambda one: Officer(one.planned_by)),
        TableColumn[Visit]("released_by", N_("Released by"), lambda one: one.released_by and Officer(one.released_by), False),
        TableColumn[Visit]("grant", N_("Grant"), lambda one: one.grant_id, False),
        TableColumn[Visit]("receipt", N_("Receipt"), show_receipt),
        TableColumn[Visit]("ended_because", N_("Ended because"), lambda one: one.ended_because, False),
    )  # fmt: skip
    return Table("visits", N_("Visits"), columns, file.visits[::-1], N_("There was no visit."))


def _list_measures(file: HardshipFile) -> Iterator[Section]:
    columns = (
        TableColumn[Measure]("on", N_("Day"), lambda one: one.on),
        TableColumn[Measure]("kind", N_("Measure"), lambda one: Choice(one.kind, MEASURES[one.kind])),
        TableColumn[Measure]("text", N_("What was done"), lambda one: one.text),
    )
    if file.measures:
        yield Table("measures", N_("Measures"), columns, file.measures, "")


def _list_columns() -> Sequence[TableColumn[FileStatus]]:
    def link(one: FileStatus) -> Cell:
        shown: Cell = one.names.get(1) or Person(one.file.worker)
        return Link(f"/desk/{_PATH}/{one.file.number}", shown)

    return (
        TableColumn[FileStatus]("worker", N_("Worker"), link),
        TableColumn[FileStatus]("number", N_("File"), lambda one: one.file.number),
        TableColumn[FileStatus]("member", N_("Member"), lambda one: one.file.worker, False),
        TableColumn[FileStatus]("organisation", N_("Kept by"), lambda one: Organisation(one.file.organisation)),
        TableColumn[FileStatus]("level", N_("Level"), lambda one: one.file.level),
        TableColumn[FileStatus]("state", N_("State"), lambda one: _chip(one.file)),
        TableColumn[FileStatus]("per_head_fen", N_("Income a head and month"), lambda one: Money(one.income.per_head_fen)),
        TableColumn[FileStatus]("review", N_("Review"), lambda one: _DUE if one.is_due else one.file.review_due_on),
        TableColumn[FileStatus]("review_due_on", N_("Next review"), lambda one: one.file.review_due_on, False),
    )  # fmt: skip


NOUN = Noun(
    _PATH,
    N_("Households in hardship"),
    files.FILE,
    Listing(
        N_("List case files, the newest first; those with a review due by its day. Names are masked."),
        FileFilter,
        find_files,
        _list_columns(),
        N_("There are no such case files."),
    ),
    show_file,
    Right.READ_HARDSHIP,
    (
        files.REVIEW,
        files.CHANGE,
        files.PERSONS,
        files.MEASURE,
        visits.PLAN,
        visits.RELEASE,
        visits.HAND_OVER,
        visits.END,
        photos.PHOTO,
        photos.DELETE_PHOTO,
        files.CLOSE,
        files.REOPEN,
        files.UNMASK,
        files.OPEN,
    ),
    TABS,
    reads=lambda file: (files.FILE.name, str(file.number)),
    papers=lambda look, file: photos.list_files(look.connection, file),
    todos=(
        ToDo(
            N_("reviews of hardship that are due"),
            f"/desk/{_PATH}?state=due",
            Right.KEEP_HARDSHIP,
            find_due_files,
        ),
        ToDo(
            N_("visits whose money waits for release"),
            f"/desk/{_PATH}?state=visits",
            Right.KEEP_HARDSHIP,
            find_visits_to_release,
        ),
    ),
)
