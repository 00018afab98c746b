"""A small union of two districts, and officers in every position to it: what the tests of rights ask about.

Who sends a request is written in a header: the site's ``actor_finder`` reads it, in place of sessions and keys.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from fastapi import Request

from tests.members.organisations.acting import NOW, codes_of, event_of, handle
from tests.members.test_polls import GOOD
from tests.yihui.polls import create_poll
from tests.yihui.services.joining_people import joining_wiring
from yihui.access.actor import Actor, ActorKind, Assignment, NewAccount
from yihui.access.roles import Right, Role
from yihui.bootstrap import Wiring
from yihui.cases.joining.requests import JoinPlace, begin_joining

PROVINCE, CITY, OTHER_CITY = "370000", "370100", "370200"
HERE, THERE = "370102", "370202"  # two districts, of two cities
UNION, OTHER_UNION = "370102001-00001", "370202001-00001"
GONE = "370102009"  # a township that was moved from one district to the other
OWN, FOREIGN, MOVED, UNKNOWN = "m-own", "m-foreign", "m-moved", "m-unknown"
TODAY = date(2026, 10, 3)  # of NOW
DEMO, NOBODY = "demo", "nobody"
# Where the role of an officer is, seen from what is asked about; only of the first three it holds there.
POSITIONS = ("inside", "ancestor", "deputy", "outside", "former", "ended", "to_come")
ALLOWED = frozenset({"inside", "ancestor", "deputy"})
WITHOUT_ROLE = frozenset({"ended", "to_come"})
RECORDED = frozenset({Right.READ_MEMBERS, Right.READ_BENEFITS})  # each reading is an entry of the audit log
NEW = "new"  # an ancestor, with an account that doesn't count yet


@dataclass(frozen=True, slots=True)
class Subject:
    """What a request asks about: a member, her organisation, and the poll and the join request of it."""

    member: str
    organisation: str
    poll: str = "poll-here"
    join: str = ""

    @property
    def of_path(self) -> Mapping[str, str]:
        return {"member": self.member, "code": self.organisation, "poll": self.poll, "request_id": self.join}


@dataclass(slots=True)
class TwoDistricts:
    """The union, and what is asked about: one subject in each district."""

    wiring: Wiring
    here: Subject
    there: Subject
    former: Subject
    unknown: Subject = field(default=Subject(UNKNOWN, "370102001-00099", "poll-unknown", "f" * 32))

    def of_position(self, position: str) -> Subject:
        """What an officer in this position asks about; the role's own place is always the first district."""
        return {"outside": self.there, "former": self.former}.get(position, self.here)


def build_two_districts(folder: Path, migrated: Path) -> TwoDistricts:
    """Found the union in a copy of a migrated database."""
    (folder / "yihui.db").write_bytes(migrated.read_bytes())
    return found_two_districts(str(folder / "yihui.db"), folder)


def found_two_districts(target: str, folder: Path) -> TwoDistricts:
    """Found the union in a migrated database that holds nothing."""
    wiring = joining_wiring(target, folder, clock=lambda: NOW)  # type: ignore[arg-type]
    founded = (PROVINCE, CITY, OTHER_CITY, HERE, THERE, "370102001", "370202001", UNION, OTHER_UNION, GONE)
    acts = [event_of("organisation.founded", code, "2020-01-01", name=f"工会 {code}") for code in founded]
    acts.append(event_of("organisation.moved", GONE, "2026-05-01", parent=THERE))
    members = {OWN: UNION, FOREIGN: OTHER_UNION, MOVED: UNION}
    acts += [
        event_of("member.joined", one, "2026-03-01", organisation=code, joined_on="2026-03-01")
        for one, code in members.items()
    ]
    acts.append(event_of("member.transferred", MOVED, "2026-06-01", organisation=OTHER_UNION))
    with wiring.database.write() as connection:
        assert codes_of(handle(connection, *acts)) == []
    for name, scope in (("poll-here", HERE), ("poll-there", THERE)):
        text = GOOD.replace("best-station", name).replace('"370000"', f'"{scope}"')
        create_poll(wiring, text.replace("最美驿站投票", name).replace("anonymous: true", "anonymous: false"))
    joins = {}
    for code in (UNION, OTHER_UNION, GONE):
        joins[code] = begin_joining(wiring, JoinPlace(organisation=code))[0].request.id
    return TwoDistricts(
        wiring,
        Subject(OWN, UNION, "poll-here", joins[UNION]),
        Subject(FOREIGN, OTHER_UNION, "poll-there", joins[OTHER_UNION]),
        Subject(MOVED, GONE, "poll-there", joins[GONE]),
    )


def officer(role: Role, position: str) -> Actor:
    """Return an officer with one role in a position."""
    place = {"ancestor": PROVINCE, NEW: PROVINCE}.get(position, HERE)
    since, until = TODAY - timedelta(days=100), None
    if position == "ended":
        until = TODAY - timedelta(days=1)
    elif position == "to_come":
        since = TODAY + timedelta(days=1)
    of = "wang.fang" if position == "deputy" else None
    assignment = Assignment(role, place, since, until, of)
    account = NewAccount("li.min", "sun", NOW, False, ("qian",)) if position == NEW else None
    return Actor("li.min", "subject-1", ActorKind.OFFICER, (assignment,), NOW, new_account=account)


def read_actor(request: Request) -> Actor | None:
    """Return who sent a request: ``demo``, ``nobody``, or an officer as ``role/position``."""
    sent = request.headers["x-actor"]
    if sent == DEMO:
        return Actor(DEMO, DEMO, ActorKind.DEMO)
    if sent == NOBODY:
        return None
    role, position = sent.split("/")
    return officer(Role(role), position)
