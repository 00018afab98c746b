"""以入会促建会: employers whose members in 会员之家 are enough for a union of their own."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection

from benefits import lock_rulebook_exclusive
from core.civil_time import CIVIL_TIME, civil_date
from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from events import Event, InboundEvent, InvalidEvent, validate_event
from events.pipeline import process_batch
from members import (
    FoundingProposal,
    OrganisationSpan,
    find_proposals,
    iterate_employed_members,
    list_subtree_spans,
    normalize_employer,
)
from yihui.bootstrap import Wiring
from yihui.services.access.acting import run_act
from yihui.services.ledger.sealing import seal_pending
from yihui.services.organisations.organisations import build_act_event, load_tree, name_option

PROPOSAL_FAULTS = FaultTable(
    "founding_proposal",
    {
        "too_few": (
            N_("{members} active members in members' homes work at “{value}”; a proposal needs {least}"),
            N_(
                "compare the spelling: yihui organisations proposals list; or found it: yihui organisations found"
            ),
        ),
        "has_union": (
            N_("“{value}” has a union already: {union}"),
            N_("transfer the members there: yihui members transfer MEMBER --to {union}"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class FoundedUnion:
    """A union that was founded from a proposal, and the members that each home gave."""

    code: str
    name: str
    employer: str
    homes: Mapping[str, int]


def list_founding_proposals(
    wiring: Wiring, code: str | None = None, least: int | None = None
) -> list[FoundingProposal]:
    """List the proposals of today in a subtree. *Raises*: FaultError for an unknown organisation."""
    day = civil_date(wiring.now())
    below = load_tree(wiring, code, day)
    with wiring.database.read() as connection:
        unions = below if code is None else list_subtree_spans(connection, None, day)
        employed = iterate_employed_members(connection, _homes(below), day)
        return find_proposals(employed, unions, least or wiring.settings.founding_members)


def _homes(spans: Iterable[OrganisationSpan]) -> list[str]:
    return [span.code for span in spans if span.kind == "member_home"]


def accept_founding_proposal(
    wiring: Wiring, employer: str, code: str, data: Mapping[str, object]
) -> FoundedUnion:
    """Found the union of an employer today, and transfer the employer's active members from all homes to it.

    One transaction: all of it happens or nothing. Every transfer is an event of its own, of which the home and
    the new union are told. ``data`` are the fields of the founding, without its day.

    *Raises*: FaultError with every reason why it can't be done.
    """
    now, employer = wiring.now(), normalize_employer(employer)
    today = civil_date(now)
    founded = build_act_event(code, "organisation.founded", {**data, "on": today}, now)
    if isinstance(founded, InvalidEvent):
        raise FaultError([_name_option(fault) for fault in founded.faults])

    def work(connection: Connection) -> FoundedUnion:
        library = wiring.runner.library(connection)
        lock_rulebook_exclusive(connection)  # nobody joins a home or leaves it meanwhile
        unions = list_subtree_spans(connection, None, today)
        employed = iterate_employed_members(connection, _homes(unions), today)
        moved = [one for one in employed if one.employer == employer]
        proposal = next(iter(find_proposals(moved, unions, 1)), FoundingProposal(employer, {}))
        _require_acceptable(proposal, wiring.settings.founding_members)
        transfers = [_build_transfer(founded, one.member_id, code, data, now) for one in moved]
        items = [InboundEvent(event, "organisations") for event in (founded, *transfers)]
        letters = process_batch(items, connection, library, now).dead_letters
        if letters:
            raise FaultError([_name_option(fault) for letter in letters for fault in letter.faults])
        return FoundedUnion(code, str(data["name"]), employer, proposal.homes)

    done = run_act(wiring, work)
    seal_pending(wiring)
    return done


def _name_option(fault: Fault) -> Fault:
    named = name_option(fault)
    return named.at(field="--code") if named.field == "CODE" else named


def _require_acceptable(proposal: FoundingProposal, least: int) -> None:
    if proposal.union is not None:
        raise FaultError(
            PROPOSAL_FAULTS.build(
                "has_union", field="EMPLOYER", value=proposal.employer, union=proposal.union
            )
        )
    if proposal.members < least:
        raise FaultError(
            PROPOSAL_FAULTS.build(
                "too_few", field="EMPLOYER", value=proposal.employer, members=proposal.members, least=least
            )
        )


def _build_transfer(
    founded: Event, member: str, code: str, data: Mapping[str, object], now: datetime
) -> Event:
    event = validate_event(
        {
            "specversion": "1.0",
            "id": sha256(f"{founded.id}/{member}".encode()).hexdigest(),
            "source": founded.source,
            "type": "member.transferred",
            "subject": member,
            "time": now.astimezone(CIVIL_TIME).isoformat(),
            "data": {"organisation": code, "by": data["by"]},
        },
        now,
    )
    if isinstance(event, InvalidEvent):
        raise FaultError([_name_option(fault) for fault in event.faults])
    return event
