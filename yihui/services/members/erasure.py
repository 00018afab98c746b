"""Erase a person's data when an officer or the member asks; the member must first finish what is under way."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Literal

from sqlalchemy import Connection

from benefits import Officer
from core.faults import FaultError, FaultTable
from core.text_marks import N_
from events import ErasureResult, erase_everywhere, lock_for_erasure
from yihui.access.acting import ActStage, note_stage
from yihui.access.actor import Actor, ActorKind
from yihui.access.audit_erasure import erase_audit_texts, list_objects_of_members
from yihui.access.member_sessions import erase_member_access
from yihui.bootstrap import Wiring
from yihui.services.access.acting import act_as_officer, acting_officer, run_act
from yihui.services.attachments.attachments import delete_unused_files, list_digests_of_member
from yihui.services.attachments.resumable_uploads import delete_member_uploads
from yihui.services.benefits.member_home import MemberHome, read_member_home
from yihui.services.members.open_things import list_open_things
from yihui.services.members.vault import erase_from_separate_vault

ObstacleKind = Literal["payment", "debt", "application", "appeal", "aid_claim", "case"]
# The actor in the list of the rulebook's acts; the member's pseudonym stands in the act's detail.
BY_MEMBER = "member"
_REASON = N_("deleted by the member on her own page, with a fresh code")

DELETION_FAULTS = FaultTable(
    "own_deletion",
    {
        "unfinished": (
            N_("something of yours is not finished yet: {value}"),
            N_("read on this page what waits and until when; then delete your data"),
        ),
        "not_confirmed": (
            N_("you did not confirm that your data are to be deleted"),
            N_("tick both boxes, or leave your data as they are"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class DeletionObstacle:
    """What the member must finish before she can delete her data; ``until`` is its last day if it has one."""

    kind: ObstacleKind
    title: str
    until: date | None = None
    amount_fen: int | None = None
    year: int | None = None  # of an application


@dataclass(frozen=True, slots=True)
class DeletionPreview:
    """What stands in the way of a deletion, and how many benefits and places would be lost by it."""

    obstacles: list[DeletionObstacle]
    unused_benefits: int
    open_places: int


def erase_member_data(wiring: Wiring, member: str, by: str, reason: str) -> ErasureResult:
    """Erase a person's data and give the space back; the pseudonym stays. *Raises*: FaultError."""
    files = list_digests_of_member(wiring, member)
    done = act_as_officer(wiring, by, reason, partial(erase_member_rows, wiring, member))
    delete_unused_files(wiring, files)
    delete_member_uploads(wiring, member)
    wiring.database.vacuum()
    if wiring.has_separate_vault:
        wiring.vault_database.vacuum()
    return done


def erase_member_rows(wiring: Wiring, member: str, connection: Connection, officer: Officer) -> ErasureResult:
    """Erase a person from all tables in the caller's transaction; files are deleted after it."""
    own = list_objects_of_members(connection, [member])
    done = erase_everywhere(connection, officer, member, partial(erase_from_separate_vault, wiring))
    if done.act is not None:
        erase_audit_texts(connection, member, own)
        erase_member_access(connection, member)
    return done


def load_deletion_preview(wiring: Wiring, member: str) -> DeletionPreview:
    """Load what the member must know before she deletes her data."""
    with wiring.database.read() as connection:
        home = read_member_home(wiring, connection, member, wiring.now())
        obstacles = [*_list_obstacles(connection, home, member)]
    return DeletionPreview(obstacles, len(home.usable) + len(home.claimable), len(home.participations))


def erase_own_data(wiring: Wiring, actor: Actor) -> ErasureResult:
    """Erase the data of the member who acts, unless something of hers is under way; her sessions end with it.

    SQLite overwrites the rows where they stood; its file is not rewritten, which would stop other users.

    *Raises*: FaultError with each thing that must be finished before.
    """
    assert actor.kind is ActorKind.MEMBER
    officer = acting_officer(wiring, BY_MEMBER, wiring.render(_REASON))
    files = list_digests_of_member(wiring, actor.id)
    done = run_act(wiring, lambda connection: _erase(wiring, connection, actor.id, officer))
    note_stage(ActStage.DONE)  # her session is gone: what is left to do is not authorised by it again
    delete_unused_files(wiring, files)
    delete_member_uploads(wiring, actor.id)
    return done


def _erase(wiring: Wiring, connection: Connection, member: str, officer: Officer) -> ErasureResult:
    lock_for_erasure(connection)  # nothing is granted or reversed between the check and the erasure
    if connection.dialect.name == "sqlite":  # overwrite with zeros what is deleted
        connection.exec_driver_sql("PRAGMA secure_delete = ON")
    home = read_member_home(wiring, connection, member, wiring.now())
    faults = [
        DELETION_FAULTS.build("unfinished", field="deletion", value=one.title)
        for one in _list_obstacles(connection, home, member)
    ]
    if faults:
        raise FaultError(faults)
    return erase_member_rows(wiring, member, connection, officer)


def _list_obstacles(connection: Connection, home: MemberHome, member: str) -> Iterator[DeletionObstacle]:
    for held in home.under_way:
        yield DeletionObstacle("payment", held.grant.title, amount_fen=held.grant.amount_fen)
    for debt in home.debts:
        yield DeletionObstacle("debt", debt.text, amount_fen=debt.left_fen)
    for one in home.applications:
        yield DeletionObstacle("application", one.name, one.stage.due, year=one.year)
    for appeal in home.appeals:
        yield DeletionObstacle("appeal", appeal.lodged_on.isoformat())
    for thing in list_open_things(connection, member):
        if thing.kind != "join":
            kind: ObstacleKind = "aid_claim" if thing.kind == "aid_claim" else "case"
            yield DeletionObstacle(kind, thing.title or thing.since.isoformat(), thing.due)
