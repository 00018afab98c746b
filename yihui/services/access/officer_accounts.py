"""How officers log in: a new set-up code, or an account of the union's identity provider."""

from urllib.parse import urlsplit

from sqlalchemy import Connection, insert, select

from core.faults import Fault, FaultError
from events.retries import run_in_transaction
from store import lock_exclusive
from yihui.access.actor import Actor, ActorKind
from yihui.access.officer_faults import OFFICER_ACT_FAULTS
from yihui.access.roles import Right
from yihui.access.tables import officer_accounts
from yihui.bootstrap import Wiring
from yihui.services.access.accounts import SetupCode, renew_setup_code
from yihui.services.access.authorisation import authorise
from yihui.services.access.officer_checks import (
    OFFICERS_LOCK,
    audit_officer_act,
    authorise_over,
    find_active_officer,
    is_same_person,
)

_LONGEST_ACCOUNT = 255


def renew_setup(wiring: Wiring, actor: Actor, name: str) -> SetupCode:
    """Give an officer who lost password or phone a new set-up code; the old ones open nothing any more.

    *Raises*: FaultError.
    """
    now = wiring.now()

    def work(connection: Connection) -> SetupCode:
        faults: list[Fault] = []
        officer = find_active_officer(connection, name, "NAME", faults)
        if officer is None:
            raise FaultError(faults)
        authorise_over(wiring, connection, actor, officer.id, now)
        return renew_setup_code(connection, actor, officer.id, now)

    return run_in_transaction(wiring.database, work)


def link_identity(wiring: Wiring, actor: Actor, name: str, issuer: str, subject: str) -> None:
    """Let an officer log in with an account of the union's identity provider. *Raises*: FaultError."""
    now = wiring.now()

    def work(connection: Connection) -> None:
        lock_exclusive(connection, OFFICERS_LOCK)
        faults: list[Fault] = []
        officer = find_active_officer(connection, name, "NAME", faults)
        # Whoever links an account can log in with it: that takes the right over all of the officer's roles.
        decision = (
            authorise(wiring, connection, actor, Right.APPOINT_OFFICERS, None)
            if officer is None
            else authorise_over(wiring, connection, actor, officer.id, now)
        )
        parts = urlsplit(issuer) if issuer.isascii() else urlsplit("")
        if parts.scheme not in ("https", "http") or not parts.hostname or len(issuer) > _LONGEST_ACCOUNT:
            faults.append(OFFICER_ACT_FAULTS.build("bad_issuer", field="--issuer", value=issuer[:60]))
        if not subject.strip() or len(subject) > _LONGEST_ACCOUNT or not subject.isprintable():
            faults.append(OFFICER_ACT_FAULTS.build("no_subject", field="--subject", value="…"))
        if officer is not None and actor.kind is ActorKind.OFFICER and is_same_person(actor, officer):
            faults.append(OFFICER_ACT_FAULTS.build("oneself", field="NAME", value=officer.id))
        c = officer_accounts.c
        known = select(c.officer_id).where(c.issuer == issuer, c.external_subject == subject)
        if owner := connection.execute(known).scalar_one_or_none():
            faults.append(OFFICER_ACT_FAULTS.build("linked", field="--subject", value=owner))
        if faults or officer is None:
            raise FaultError(faults)
        connection.execute(
            insert(officer_accounts).values(
                officer_id=officer.id,
                issuer=issuer,
                external_subject=subject,
                created_at=now,
                opened_by=actor.id,
                opened_at=now,
            )
        )
        audit_officer_act(
            connection, actor, decision, now, "officers.link", officer.id, after={"issuer": issuer}
        )

    run_in_transaction(wiring.database, work)
