"""How officers log in: a new set-up code, or an account of the union's identity provider."""

from urllib.parse import urlsplit

from sqlalchemy import Connection, select

from core.faults import Fault, FaultError, raise_faults
from events.retries import run_in_transaction
from store import lock_exclusive
from yihui.access.accounts import confirm_openings, hash_identity, insert_account, list_openings
from yihui.access.actor import Actor, ActorKind
from yihui.access.new_accounts import list_confirmers
from yihui.access.officers import OFFICER_ACT_FAULTS, OfficerRecord
from yihui.access.roles import Right
from yihui.access.second_person import Step
from yihui.access.tables import officer_accounts
from yihui.bootstrap import Wiring
from yihui.services.access.accounts import SetupCode, renew_setup_code
from yihui.services.access.acting import acting_officer
from yihui.services.access.authorisation import authorise
from yihui.services.access.officer_checks import (
    OFFICERS_LOCK,
    audit_officer_act,
    authorise_over,
    find_active_officer,
    find_own_accounts,
    is_same_person,
    require_active_officer,
)
from yihui.services.access.second_person import require_confirmer
from yihui.services.access.secret_marks import secret_marker

_LONGEST_ACCOUNT = 255
_CONFIRM = "officers.confirm"


def renew_setup(wiring: Wiring, actor: Actor, name: str) -> SetupCode:
    """Give an officer who lost password or phone a new set-up code; the old ones open nothing any more.

    Where no other administrator is left who could confirm it, the console's opening counts as it is.

    *Raises*: FaultError.
    """
    now = acting_officer(wiring, actor.id).at

    def work(connection: Connection) -> SetupCode:
        officer = require_active_officer(connection, name)
        decision = authorise_over(wiring, connection, actor, officer, now)
        setup = renew_setup_code(connection, secret_marker(wiring), actor, officer.id, now)
        if actor.kind is ActorKind.CONSOLE and not _can_be_confirmed(wiring, connection, officer, actor.id):
            confirmed = {
                "accounts": confirm_openings(connection, officer.id, actor.id, now),
                "founding": True,
            }
            audit_officer_act(connection, actor, decision, now, _CONFIRM, officer.id, after=confirmed)
        return setup

    return run_in_transaction(wiring.database, work)


def _can_be_confirmed(wiring: Wiring, connection: Connection, officer: OfficerRecord, by: str) -> bool:
    """Return whether an administrator of all of an officer's places is left who may confirm what somebody opened."""
    now, terms = wiring.now(), wiring.two_step_terms
    opened = [one for one in list_openings(connection, officer.id) if one.opened_by == by]
    return any(True for one in opened for _ in list_confirmers(connection, one, now, terms))


def confirm_accounts(wiring: Wiring, actor: Actor, name: str) -> None:
    """Confirm, as an administrator who opened none of them, that an officer's accounts are that officer's.

    *Raises*: FaultError.
    """
    now = acting_officer(wiring, actor.id).at

    def work(connection: Connection) -> None:
        lock_exclusive(connection, OFFICERS_LOCK)
        officer = require_active_officer(connection, name)
        decision = authorise_over(wiring, connection, actor, officer, now)
        if is_same_person(actor, officer):
            raise FaultError(OFFICER_ACT_FAULTS.build("oneself", field="NAME", value=officer.id))
        raise_faults(find_own_accounts(wiring, connection, actor, officer))
        waiting = [one for one in list_openings(connection, officer.id) if one.confirmed_by is None]
        if not waiting:
            raise FaultError(OFFICER_ACT_FAULTS.build("confirmed", field="NAME", value=officer.id))
        for opening in waiting:
            require_confirmer(wiring, connection, opening, Step(actor.id, now, Right.APPOINT_OFFICERS))
        accounts = confirm_openings(connection, officer.id, actor.id, now)
        after: dict[str, object] = {"accounts": accounts}
        audit_officer_act(connection, actor, decision, now, _CONFIRM, officer.id, after=after)

    run_in_transaction(wiring.database, work)


def link_identity(wiring: Wiring, actor: Actor, name: str, issuer: str, subject: str) -> None:
    """Let an officer log in with an account of the union's identity provider. *Raises*: FaultError."""
    now = acting_officer(wiring, actor.id).at

    def work(connection: Connection) -> None:
        lock_exclusive(connection, OFFICERS_LOCK)
        faults: list[Fault] = []
        officer = find_active_officer(connection, name, "NAME", faults)
        # Whoever links an account can log in with it: that takes the right over all of the officer's roles.
        decision = (
            authorise(wiring, connection, actor, Right.APPOINT_OFFICERS, None)
            if officer is None
            else authorise_over(wiring, connection, actor, officer, now)
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
        account = insert_account(connection, officer.id, issuer, subject, actor.id, now)
        identity = hash_identity(issuer, subject)
        after: dict[str, object] = {"issuer": issuer, "account": account, "identity": identity}
        audit_officer_act(connection, actor, decision, now, "officers.link", officer.id, after=after)

    run_in_transaction(wiring.database, work)
