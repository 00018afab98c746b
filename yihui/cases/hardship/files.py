"""What is done to case files: open, change, review, close and reopen them, record a measure, show names in clear."""

from collections.abc import Sequence
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from core.civil_time import add_months, civil_date
from core.faults import FaultError, raise_faults
from core.text_marks import N_
from members.hardship.case import ACT_TITLES, FileAct, FileState, HardshipFile
from members.hardship.faults import HARDSHIP_FAULTS, HardshipRefused
from members.hardship.household import RELATIONS, HouseholdPerson, compare_income
from yihui.access.roles import Right
from yihui.bootstrap import Wiring
from yihui.cases.hardship.forms import ChangeForm, LevelForm, MeasureForm, OpenForm, PersonsForm
from yihui.cases.kernel.forms import ReasonForm
from yihui.cases.kernel.history import Data, History
from yihui.cases.kernel.sealing import seal, take_rules
from yihui.frame.acts import Act, Change, Doing
from yihui.frame.cells import Choice
from yihui.frame.content import Section, Table, TableColumn

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from members.histories import HistoryStore
    from yihui.access.second_person import Step

_MEMBERS_LOCK = "hardship members"  # taken before it is looked up in which file a member is
FileDoing = Doing[Any, HardshipFile]


def _store() -> "HistoryStore[FileAct, HardshipFile]":
    from members.hardship.repository import FILES

    return FILES


def take_locks(wiring: Wiring, connection: "Connection") -> None:
    """Take the locks of the rules, and that of members, before a case file is locked."""
    from store import lock_exclusive

    take_rules(wiring, connection)
    lock_exclusive(connection, _MEMBERS_LOCK)


HISTORY = History(
    "hardship_file",
    _store,
    lambda number: HardshipRefused(HARDSHIP_FAULTS.build("unknown_case", field="case", value=number)),
    lambda file: file.organisation,
    ACT_TITLES,
    Right.KEEP_HARDSHIP,
    "hardship.",
    recorded=("visit", "amount_fen", "grant", "receipt", "photo"),
    describe=lambda file: {"level": file.level},
    prepare=take_locks,
    after=seal,
)
FILE, RIGHT = HISTORY.kind, HISTORY.right


def require_second(act: FileDoing, first: "Step") -> None:
    """Refuse an act unless its officer logged in a short time ago and another officer did its first step. *Raises*: FaultError."""
    from yihui.access.second_person import Step
    from yihui.services.access.authorisation import require_fresh_login
    from yihui.services.access.second_person import require_second_person

    require_fresh_login(act.wiring, act.actor, RIGHT)
    second = Step(act.actor.id, act.now, RIGHT)
    require_second_person(act.wiring, act.connection, first, second, [act.thing.organisation])


def open_file(act: Doing[OpenForm, HardshipFile]) -> Change:
    """Open a case file; its members' hardship is filed with a proposed level. *Raises*: FaultError with every fault."""
    from members import read_spans
    from yihui.cases.hardship.household import (
        Household,
        household_faults,
        store_household_names,
        vault_faults,
    )

    form, code = act.form, act.form.organisation
    household = Household.build(form, form.member)
    faults = [*household_faults(act, household.persons), *vault_faults(act, household)]
    if not read_spans(act.connection, [code])[code]:
        faults.insert(0, HARDSHIP_FAULTS.build("unknown_organisation", field="organisation", value=code))
    raise_faults(faults)
    data = {
        "organisation": code,
        "household": f"hh-{token_hex(8)}",
        "level": form.level,
        "persons": household.data,
        "causes": list(form.causes),
        "plan": form.plan,
    }
    file = HISTORY.insert(act, FileAct.OPEN, data)
    store_household_names(act, file, household)
    _publish_filing(act, file)
    return Change(file.number, {"state": file.state.value, "level": file.level}, organisation=code)


def _change(act: Doing[ChangeForm, HardshipFile]) -> Data:
    form, file = act.form, act.thing
    said = {"causes": form.causes and list(form.causes), "plan": form.plan}
    known = {"causes": list(file.causes), "plan": file.plan}
    changed = {name: value for name, value in said.items() if value is not None and value != known[name]}
    if not changed:
        raise FaultError(HARDSHIP_FAULTS.build("no_change", field="causes"))
    return {"reason": form.reason, **changed}


def _change_persons(act: Doing[PersonsForm, HardshipFile]) -> Change:
    """Write down who lives in the household now; who left it is in no hardship any more."""
    from yihui.cases.hardship.household import (
        Household,
        household_faults,
        store_household_names,
        vault_faults,
    )

    household = Household.build(act.form, act.thing.worker)
    raise_faults([*household_faults(act, household.persons), *vault_faults(act, household)])
    store_household_names(act, act.thing, household)
    data = {"reason": act.form.reason, "persons": household.data}
    file, change = HISTORY.change(act, act.thing, FileAct.CHANGE, data)
    if file.state is FileState.ON_FILE:
        _publish_state(act, file, file.members, accepted=True)
        _publish_state(act, file, sorted({*act.thing.members} - {*file.members}), accepted=False)
    return change


def _measure(act: Doing[MeasureForm, HardshipFile]) -> Data:
    return {"on": civil_date(act.now).isoformat(), "kind": act.form.kind, "text": act.form.text}


def _review(act: Doing[LevelForm, HardshipFile]) -> Change:
    """State the level, which becomes a fact of the members, and when the next review is due.

    The first review, which puts the household on file, is done by another officer than who wrote it down.
    """
    from yihui.access.second_person import Step
    from yihui.cases.hardship.income_lines import find_lines, line_fen

    file, today = act.thing, civil_date(act.now)
    if file.state is FileState.FILED:
        require_second(act, Step(file.filed_by, file.filed_at, RIGHT))
    line = find_lines(act.connection, [file.organisation], today)[file.organisation]
    income = compare_income(file.persons, line_fen(act.wiring, line))
    data = {
        "level": act.form.level,
        "on": today.isoformat(),
        "due_on": add_months(today, act.wiring.settings.hardship_review_months).isoformat(),
        "per_head_fen": income.per_head_fen,
        "line_fen": income.line_fen,
        "reason": act.form.reason,
    }
    changed, change = HISTORY.change(act, file, FileAct.REVIEW, data)
    _publish_state(act, changed, changed.members, accepted=True)
    return change


def _close(act: Doing[ReasonForm, HardshipFile]) -> Change:
    file, change = HISTORY.change(act, act.thing, FileAct.CLOSE, {"reason": act.form.reason})
    _publish_state(act, file, file.members, accepted=False)
    return change


def _reopen(act: Doing[LevelForm, HardshipFile]) -> Change:
    from yihui.cases.hardship.household import household_faults

    raise_faults([*household_faults(act, act.thing.persons)])  # none is in another file now
    data = {"level": act.form.level, "reason": act.form.reason}
    file, change = HISTORY.change(act, act.thing, FileAct.REOPEN, data)
    _publish_filing(act, file)
    return change


def _publish_filing(act: FileDoing, file: HardshipFile) -> None:
    """Publish that hardship was filed for the members of a household; it is no fact yet."""
    for member in file.members:
        _publish(act, file, "hardship.filed", member, {})


def _publish_state(act: FileDoing, file: HardshipFile, members: Sequence[str], *, accepted: bool) -> None:
    """Publish for some members that a file's level holds, or that they are in no hardship any more."""
    for member in members:
        _publish(act, file, "hardship.reviewed", member, {"accepted": accepted})


def _publish(act: FileDoing, file: HardshipFile, kind: str, member: str, data: Data) -> None:
    from yihui.cases.kernel.events import publish_event

    said = {"household": file.household, "level": file.level, **data}
    id_ = f"hardship-{file.number}-{file.version}-{member}"
    publish_event(act, kind, member, id_, said)


def _reveal_names(act: Doing[ReasonForm, HardshipFile]) -> Sequence[Section]:
    """Return the names of a household in clear."""
    from members.hardship.names import read_names
    from yihui.services.members.vault import require_vault

    file = act.thing
    names = read_names(act.connection, require_vault(act.wiring).keys, [file.number])[file.number]
    columns = (
        TableColumn[tuple[int, HouseholdPerson]]("name", N_("Name of the person"), lambda row: names[row[0]]),
        TableColumn[tuple[int, HouseholdPerson]](
            "relation", N_("Relation"), lambda row: show_relation(row[1])
        ),
        TableColumn[tuple[int, HouseholdPerson]]("place", N_("Place"), lambda row: row[0], False),
    )
    rows = [row for row in enumerate(file.persons, 1) if row[0] in names]
    return (Table("names", N_("Household"), columns, rows, N_("no names are stored")),)


def show_relation(person: HouseholdPerson) -> Choice:
    return Choice(person.relation, RELATIONS[person.relation])


def _begin_persons(file: HardshipFile) -> Data:
    others = [
        {"relation": one.relation, "member": one.member_id, "income": one.monthly_income_fen}
        for one in file.persons[1:]
    ]
    return {"income": file.persons[0].monthly_income_fen, "others": others}


OPEN = HISTORY.act(
    FileAct.OPEN,
    N_("Open a case file"),
    OpenForm,
    N_("The case file was opened; another officer does its first review."),
    do=open_file,
    button=N_("Open it: another officer reviews it"),
    ready=None,
    makes=True,
    places=lambda act: (act.form.organisation,),
)
CHANGE = HISTORY.act(
    FileAct.CHANGE,
    N_("Change causes and plan"),
    ChangeForm,
    N_("It was recorded."),
    _change,
    begin=lambda file: {"causes": file.causes, "plan": file.plan},
)
PERSONS = HISTORY.act(
    FileAct.CHANGE,
    N_("Change the persons"),
    PersonsForm,
    N_("It was recorded."),
    do=_change_persons,
    name="persons",
    begin=_begin_persons,
)
MEASURE = HISTORY.act(FileAct.MEASURE, N_("Record a measure"), MeasureForm, N_("It was recorded."), _measure)
REVIEW = HISTORY.act(
    FileAct.REVIEW,
    N_("Review it"),
    LevelForm,
    N_("The level was stated; rules read it for the members of the household."),
    do=_review,
    button=N_("State the level"),
    ticked=N_("I have compared income, causes and documents"),
    begin=lambda file: {"level": file.level},
)
CLOSE = HISTORY.act(
    FileAct.CLOSE,
    N_("Close the case file"),
    ReasonForm,
    N_("The case file was closed."),
    do=_close,
    button=N_("Close it: its members are in no hardship any more"),
    is_grave=True,
)
REOPEN = HISTORY.act(
    FileAct.REOPEN,
    N_("Reopen the case file"),
    LevelForm,
    N_("The case file was opened; another officer does its first review."),
    do=_reopen,
    button=N_("Reopen it: it waits for a review"),
    begin=lambda file: {"level": file.level},
)
UNMASK = Act(
    "unmask",
    N_("Show the names in clear"),
    ReasonForm,
    lambda act: Change(act.thing.number, reason=act.form.reason),
    RIGHT,
    "hardship.unmask",
    "",
    FILE,
    button=N_("Show them; it is recorded who saw them and why"),
    is_fresh=True,
    reveal=_reveal_names,
)
