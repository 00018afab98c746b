"""What a member's card shows her, and what a merchant's till learns of a scanned one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from benefits import CardQuery, Merchant, UsableBenefit, list_card_grants
from core.civil_time import civil_date
from core.faults import Fault
from core.text_marks import N_
from members import (
    ALLOWED_SKEW,
    CARD_FAULTS,
    SLOT_S,
    Card,
    CardActor,
    CardRefused,
    FactValue,
    build_token_text,
    check_card,
    check_signing_key,
    claim_signing_key,
    current_card,
    holder_facts,
    issue_card,
    membership_fault,
    organisation_names,
    parse_jwks,
    slot_seconds_left,
    verify_fresh_token,
    verify_shown_card,
)
from yihui.access.roles import Right
from yihui.bootstrap import Wiring
from yihui.frame.acts import HERSELF, MEMBER, Act, Change, Doing
from yihui.frame.noun import BY_HAND, Noun
from yihui.frame.types import Form
from yihui.runtime.demo_clock import require_running_clock
from yihui.services.access.acting import run_act
from yihui.services.access.reach import Act as AuditedAct
from yihui.services.access.reach import Reach, audit_act, open_own_reach, require_member
from yihui.services.benefits.vouchers import load_places, only_station
from yihui.services.members.unknown_ids import require_known_member


@dataclass(frozen=True, slots=True)
class OrganisationName:
    """An organisation's code and name; the name is None where no list of names was imported."""

    code: str | None
    name: str | None


@dataclass(frozen=True, slots=True)
class ShownCard:
    """What a member's card shows now."""

    card: Card
    organisation: OrganisationName
    token: str
    seconds_left: int
    bank_card: str | None = None  # the linked service card: bank and last four digits


@dataclass(frozen=True, slots=True)
class VerifiedCard:
    """A card in force. ``clock_off`` is how much the till's clock is ahead of ours, if the till sent it."""

    number: str
    organisation: OrganisationName
    grants: list[UsableBenefit]
    clock_off: timedelta | None = None

    @property
    def is_clock_wrong(self) -> bool:
        """Return whether the till's clock must be set."""
        return self.clock_off is not None and abs(self.clock_off) > ALLOWED_SKEW


def issue_in(wiring: Wiring, connection: Connection, member: str, actor: CardActor) -> Card:
    """Issue a member's card at the first request; later ones return the same.

    *Raises*: FaultError for an unknown member, CardRefused for a card that is not in force.
    """
    require_known_member(connection, member, "member")
    claim_signing_key(connection, wiring.load_signing_key(), actor.at)
    facts = holder_facts(connection, member, actor.at)
    card = current_card(connection, member)
    if card is None:
        _refuse(membership_fault(facts))
        return issue_card(connection, member, actor)
    _refuse(check_card(card, facts, actor.at))
    return card


def issue_member_card(wiring: Wiring, member: str, reach: Reach | None = None) -> ShownCard:
    """Issue the card of a member for herself, and return what it shows. *Raises*: as ``issue_in``."""
    require_running_clock(wiring)
    now = wiring.now()

    def work(connection: Connection) -> ShownCard:
        return _show(wiring, connection, _issue_own(wiring, connection, member, reach, now), now)

    return run_act(wiring, work)


def _issue_own(
    wiring: Wiring, connection: Connection, member: str, reach: Reach | None, now: datetime
) -> Card:
    place = require_member(connection, reach, member)
    known = current_card(connection, member)
    card = issue_in(wiring, connection, member, CardActor(now))
    if known is None:
        audit_act(connection, reach, place, AuditedAct("issue_card", "card", card.number))
    return card


def _get(act: Doing[Form, str]) -> Change:
    """Issue the card at the first request. *Raises*: as ``issue_in``."""
    reach = open_own_reach(act.wiring, act.actor, Right.CHANGE_MEMBERS)
    _issue_own(act.wiring, act.connection, act.actor.id, reach, act.now)
    return Change(act.actor.id)


def find_member_card(wiring: Wiring, member: str, reach: Reach | None = None) -> ShownCard:
    """Return what a member's card shows now; nothing is written.

    *Raises*: CardRefused without a card, or for one that is not in force.
    """
    with wiring.database.read() as connection:
        require_member(connection, reach, member)
        card = current_card(connection, member)
        if card is None:
            raise CardRefused(CARD_FAULTS.build("no_card", value=member))
        return _show(wiring, connection, card, wiring.now())


def find_coming_tokens(
    wiring: Wiring, member: str, count: int, reach: Reach | None = None
) -> list[tuple[int, str]]:
    """Return the tokens of the card for this minute and those after it, each with the second at which it begins.

    A phone without a network shows them; a merchant's till asks us, and learns of a block at once. Nothing is written.

    *Raises*: CardRefused without a card, or for one that is not in force.
    """
    now = wiring.now()
    shown, key = find_member_card(wiring, member, reach), wiring.load_signing_key()
    begin = now - timedelta(seconds=SLOT_S - shown.seconds_left)
    moments = [begin + timedelta(seconds=SLOT_S * n) for n in range(count)]
    return [
        (int(at.timestamp()), build_token_text("card", key.id, shown.card.number, at, key.sign))
        for at in moments
    ]


def verify_merchant_scan(
    wiring: Wiring,
    who: Callable[[Connection], Merchant],
    token: str,
    station: str | None,
    clock: datetime | None,
) -> VerifiedCard:
    """Verify a card that a merchant scanned, and list what this merchant could redeem now.

    The token is judged by our clock. Nothing is written. *Raises*: TokenRefused, CardRefused, MoveRefused,
    FaultError for an unknown station.
    """
    now = wiring.now()
    with wiring.database.read() as connection:
        merchant = who(connection)
        _, holder = verify_shown_card(connection, token, now)
        at = station or only_station(merchant)
        place = load_places(connection, {at: None})[at] if at else None
        query = CardQuery(merchant, civil_date(now), place=place)
        grants = list_card_grants(connection, holder.card.member_id, query)
        organisation = _organisation(connection, holder.facts)
    return VerifiedCard(holder.card.number, organisation, grants, None if clock is None else clock - now)


def verify_card_here(wiring: Wiring, token: str) -> VerifiedCard:
    """Verify a scanned card with this database. *Raises*: TokenRefused, CardRefused."""
    with wiring.database.read() as connection:
        _, holder = verify_shown_card(connection, token, wiring.now())
        return VerifiedCard(holder.card.number, _organisation(connection, holder.facts), [])


def verify_card_offline(
    token: str, keys: str, file: str, now: datetime, union_now: datetime | None = None
) -> str:
    """Verify a scanned card with the published keys alone; return its number.

    A block or a leave is not known offline. *Raises*: TokenRefused, FaultError for unusable keys.
    """
    return verify_fresh_token(token, parse_jwks(keys, file), now, union_now=union_now).subject


def _show(wiring: Wiring, connection: Connection, card: Card, now: datetime) -> ShownCard:
    """Return what a card shows now. *Raises*: CardRefused for one that is not in force."""
    key, facts = wiring.load_signing_key(), holder_facts(connection, card.member_id, now)
    _refuse(check_card(card, facts, now))
    check_signing_key(connection, key)
    token = build_token_text("card", key.id, card.number, now, key.sign)
    linked, organisation = facts.get("member.bank_card"), _organisation(connection, facts)
    return ShownCard(card, organisation, token, slot_seconds_left(now), str(linked) if linked else None)


def _organisation(connection: Connection, facts: Mapping[str, FactValue]) -> OrganisationName:
    code = facts["member.organisation"]
    if code is None:
        return OrganisationName(None, None)
    return OrganisationName(str(code), organisation_names(connection).get(str(code)))


def _refuse(fault: Fault | None) -> None:
    if fault is not None:
        raise CardRefused(fault)


GET = Act("get", N_("Get my card"), Form, _get, Right.OWN, "own.issue_card", N_("The card was issued."), HERSELF,
          makes=True, doors=MEMBER)  # fmt: skip
CARD = Noun("card", N_("My card"), HERSELF, BY_HAND, None, Right.OWN, (GET,))
