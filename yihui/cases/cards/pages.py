"""The cards of an officer's members, as a list: which were blocked and wait for a new one."""

from datetime import datetime
from typing import Annotated, Literal, NamedTuple

from core.prompts import Prompt
from core.text_marks import N_
from yihui.access.roles import Right
from yihui.cases.cards.calls import STATES, card_chip, format_number
from yihui.cases.members.calls import TABS
from yihui.frame.cells import Organisation, Person
from yihui.frame.content import TableColumn
from yihui.frame.listing import Listing, Looking, RowSlice, find_selected
from yihui.frame.noun import Noun
from yihui.frame.types import Form

_RIGHT = Right.READ_MEMBERS


class CardFilter(Form):
    """Which cards a list shows."""

    state: Annotated[
        Literal["issued", "blocked", "replaced"] | None,
        Prompt(N_("State"), labels={state or "issued": title for state, (title, _) in STATES.items()}),
    ] = None


class ListedCard(NamedTuple):
    """A card of a list, and its holder's organisation of today."""

    number: str
    member: str
    organisation: str
    issued_at: datetime
    ended: str | None
    ended_at: datetime | None


def find_cards(look: Looking[CardFilter]) -> RowSlice[ListedCard]:
    """Find the cards of the officer's members of today, those that changed last first."""
    from sqlalchemy import func, select

    from members.tables import card_acts, cards, memberships
    from yihui.services.members.organisations import holds_on

    c, one, scope, last = cards.c, memberships.c, look.scope(_RIGHT), card_acts.c
    is_last = (last.number == c.number) & (last.kind == func.coalesce(c.ended, "issued"))
    query = select(c.number, c.member_id, one.organisation, c.issued_at, c.ended, c.ended_at)
    query = query.join(memberships, one.member_id == c.member_id).join(card_acts, is_last)
    query = query.where(holds_on(scope.day))
    query = query.where(scope.organisation_condition(look.connection, one.organisation))
    if (state := look.filter.state) is not None:
        query = query.where(c.ended.is_(None) if state == "issued" else c.ended == state, last.kind == state)
    return find_selected(look, query.order_by(last.sequence.desc()), lambda row: ListedCard(*row))


_COLUMNS = (
    TableColumn[ListedCard]("person", N_("Member"), lambda one: Person(one.member)),
    TableColumn[ListedCard]("member", N_("Member's id"), lambda one: one.member, is_on_page=False),
    TableColumn[ListedCard]("organisation", N_("Organisation"), lambda one: Organisation(one.organisation)),
    TableColumn[ListedCard]("shown", N_("Card number"), lambda one: format_number(one.number)),
    TableColumn[ListedCard]("number", N_("Card"), lambda one: one.number, is_on_page=False),
    TableColumn[ListedCard]("state", N_("State"), lambda one: card_chip(one.ended)),
    TableColumn[ListedCard]("issued_at", N_("Issued"), lambda one: one.issued_at),
    TableColumn[ListedCard]("ended_at", N_("Ended"), lambda one: one.ended_at),
)
NOUN = Noun(
    "members/cards",
    N_("Cards"),
    None,
    Listing(
        N_("List members' cards, those that changed last first"),
        CardFilter,
        find_cards,
        _COLUMNS,
        N_("No member of yours has a card yet: members get it on their own page."),
        lambda _, rows: [("member", one.member, one.organisation) for one in rows],
    ),
    None,
    _RIGHT,
    tabs=TABS,
)
