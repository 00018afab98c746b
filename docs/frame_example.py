"""A whole noun, as docs/frame.md describes it: things that were left at an organisation's stations.

One officer writes down what was found, another one records that it was handed back. `tests/yihui/frame/` runs it at
every door; the table is the only part that a product would keep elsewhere.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, insert, select, update

from core.faults import FaultError, FaultTable
from core.prompts import Prompt
from core.text_marks import N_
from store import Instant
from yihui.access.roles import Right
from yihui.access.second_person import Step
from yihui.frame.acts import Act, Change, Doing, Kind
from yihui.frame.cells import Chip, Link, Money, Officer, Organisation
from yihui.frame.content import Fact, Facts, TableColumn, ThingPage
from yihui.frame.listing import Listing, Looking, RowSlice, find_selected
from yihui.frame.noun import Noun
from yihui.frame.types import Fen, Form, FreeText, OrganisationCode
from yihui.runtime.language import Language

lost_things = Table(
    "lost_things",
    MetaData(),  # a noun of the product has the one of store
    Column("number", Integer, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("organisation", String(15), nullable=False),
    Column("what", String(200), nullable=False),
    Column("worth_fen", Integer, nullable=False),
    Column("found_by", String(64), nullable=False),
    Column("found_at", Instant, nullable=False),
    Column("reason", String(200)),
)
FAULTS = FaultTable(
    "lost_thing",
    {
        "unknown": (N_("there is no thing {value}"), N_("look at the list")),
        "returned": (N_("the thing was handed back already"), N_("look at its page")),
    },
)


@dataclass(frozen=True, slots=True)
class LostThing:
    number: int
    version: int
    organisation: str
    what: str
    worth_fen: int
    found_by: str
    found_at: datetime
    reason: str | None


class FoundForm(Form):
    organisation: Annotated[OrganisationCode, Prompt(N_("Organisation"))]
    what: Annotated[FreeText, Prompt(N_("What was found"))]
    worth: Annotated[Fen, Prompt(N_("Worth"))] = 0


class ReturnForm(Form):
    reason: Annotated[FreeText, Prompt(N_("To whom"))]


class LostFilter(Form):
    state: Annotated[Literal["here", "returned"] | None, Prompt(N_("State"))] = None


def require(connection: Connection, number: int, lock: bool) -> LostThing:
    query = select(lost_things).where(lost_things.c.number == number)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise FaultError(FAULTS.build("unknown", field="number", value=number))
    return LostThing(*row)


def record(act: Doing[FoundForm, LostThing]) -> Change:
    form, c = act.form, lost_things.c
    row = {"version": 1, "organisation": form.organisation, "what": form.what, "worth_fen": form.worth}
    made = (
        insert(lost_things).values(row | {"found_by": act.actor.id, "found_at": act.now}).returning(c.number)
    )
    return Change(
        act.connection.execute(made).scalar_one(), {"amount_fen": form.worth}, organisation=form.organisation
    )


def hand_back(act: Doing[ReturnForm, LostThing]) -> Change:
    thing = act.thing
    if thing.reason is not None:
        raise FaultError(FAULTS.build("returned", field="number", value=thing.number))
    changed = {"version": thing.version + 1, "reason": act.form.reason}
    act.connection.execute(update(lost_things).where(lost_things.c.number == thing.number).values(changed))
    return Change(thing.number, {"state": "returned"}, {"state": "here"}, act.form.reason)


def find(look: Looking[LostFilter]) -> RowSlice[LostThing]:
    c, state = lost_things.c, look.filter.state
    selected = select(lost_things).order_by(c.number.desc())
    if state is not None:
        selected = selected.where(c.reason.is_(None) if state == "here" else c.reason.is_not(None))
    return find_selected(look, selected, lambda row: LostThing(*row), scope=c.organisation, right=RIGHT)


def show(look: Looking[Any], thing: LostThing, language: Language) -> ThingPage:
    facts = (
        Fact("organisation", N_("Organisation"), Organisation(thing.organisation)),
        Fact("worth_fen", N_("Worth"), Money(thing.worth_fen)),
        Fact("found_by", N_("Found by"), Officer(thing.found_by)),
        Fact("found_at", N_("Found on"), thing.found_at),
        Fact("reason", N_("To whom"), thing.reason),
    )
    return ThingPage(thing.what, [Facts("", facts)], chip(thing), acts=() if thing.reason else ("return",))


def chip(thing: LostThing) -> Chip:
    return (
        Chip("returned", N_("handed back"), "good") if thing.reason else Chip("here", N_("here"), "waiting")
    )


RIGHT = Right.CHANGE_STATIONS
LOST = Kind(
    "lost_thing",
    lambda at, number, lock: require(at.connection, number, lock),
    lambda one: one.version,
    lambda one: one.organisation,
)
RECORD = Act("record", N_("Write down what was found"), FoundForm, record, RIGHT, "stations.lost.record",
             N_("It was written down."), LOST, makes=True, places=lambda act: (act.form.organisation,))  # fmt: skip
RETURN = Act("return", N_("Hand it back"), ReturnForm, hand_back, RIGHT, "stations.lost.return",
             N_("It was handed back."), LOST, second_to=lambda one: Step(one.found_by, one.found_at, RIGHT))  # fmt: skip
COLUMNS = (
    TableColumn[LostThing](
        "what", N_("What was found"), lambda one: Link(f"/desk/lost/{one.number}", one.what)
    ),
    TableColumn[LostThing]("number", N_("Number"), lambda one: one.number),
    TableColumn[LostThing]("worth_fen", N_("Worth"), lambda one: Money(one.worth_fen)),
    TableColumn[LostThing]("state", N_("State"), chip),
)
LISTED = Listing(N_("Lost things"), LostFilter, find, COLUMNS, N_("Nothing was found."))
NOUN = Noun("lost", N_("Lost things"), LOST, LISTED, show, RIGHT, (RETURN, RECORD))
