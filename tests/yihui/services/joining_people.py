"""Organisations, persons and their codes, for tests of joining."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from stdnum.cn import ric

from members.joining.consents import Consent, ConsentText, append_consent
from members.joining.repository import ReviewSetting, append_review_setting
from members.tables import member_changes
from tests.members.organisations.acting import event_of, handle
from tests.yihui.nouns import ENGLISH, do, list_rows
from yihui.access.actor import Actor, ActorKind
from yihui.access.audit import AuditEntry, append_audit_entry
from yihui.access.joining_folds import REVIEW_ACT, WRITE_CONSENT_ACT
from yihui.bootstrap import Settings, Wiring
from yihui.cases.joining.acts import APPROVE, REFUSE
from yihui.cases.joining.identity import TypedIdentity, enter_code, give_identity
from yihui.cases.joining.joining import confirm_joining
from yihui.cases.joining.pages import NOUN
from yihui.cases.joining.queries import ListedJoin
from yihui.cases.joining.requests import JoinPlace, JoinStatus, begin_joining, load_status
from yihui.cases.joining.settings import REVIEW
from yihui.frame.acts import Act
from yihui.frame.content import ThingPage
from yihui.frame.looking import show_thing
from yihui.services.members.vault_upkeep import create_vault_key
from yihui.services.rules.rules import SHIPPED_RULES

NOW = datetime(2026, 10, 2, 4, tzinfo=UTC)
CITY, DISTRICT, TOWNSHIP, HERE, THERE = "370100", "370102", "370102001", "370102001-00001", "370102001-00002"
SENT = "codes.jsonl"
TEXT = ConsentText("济南市总工会，0531-12345678", "核对入会人身份", "到退会为止", "个人信息保护法第二十九条")
CONSENT = Consent(CITY, 1, TEXT)  # of everybody who joins in `found_tree`


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def id_number(serial: int, birthday: str = "19900307", region: str = "370102") -> str:
    """A valid ID number that nobody has to have."""
    first = f"{region}{birthday}{serial:03}"
    return first + ric.calc_check_digit(first + "0")


def person(serial: int = 1, **changed: str) -> TypedIdentity:
    values = {
        "name": "张三",
        "id_number": id_number(serial),
        "phone": f"138{serial:08}",
        "consent": CONSENT.digest,
        **changed,
    }
    return TypedIdentity(**values)


def joining_wiring(target: str, folder: Path, clock: Clock | None = None, **settings: object) -> Wiring:
    """A wiring that can take joins, over a database that may hold nothing yet."""
    sender = f"file:{folder / SENT}"
    settings = {"rules": (SHIPPED_RULES,), "code_sender": sender, **settings}
    made = Wiring(Settings(target, folder, **settings), clock or Clock())  # type: ignore[arg-type]
    if not made.vault_key_store.has_keys:
        create_vault_key(made)
    return made


def found_tree(wiring: Wiring) -> None:
    """Found a city, a district, a township and two unions; who comes back joins a union at once."""
    with wiring.database.write() as connection:
        handle(
            connection,
            *(
                event_of("organisation.founded", code, "2010-01-01", name=name)
                for code, name in (
                    ("370000", "省总工会"),
                    (CITY, "济南市总工会"),
                    (DISTRICT, "历下区总工会"),
                    (TOWNSHIP, "解放路街道工会"),
                    (HERE, "泉城物流工会"),
                    (THERE, "趵突快递工会"),
                )
            ),
        )
        append_consent(connection, CITY, TEXT, "li", NOW)
        agreed = {"version": 1, "digest": CONSENT.digest}
        entry = AuditEntry(WRITE_CONSENT_ACT, "organisation", CITY, organisation=CITY, after=agreed)
        append_audit_entry(connection, officer("li"), entry, NOW)
        for code in (HERE, THERE):  # as before a rule granted something to who joins
            append_review_setting(connection, ReviewSetting(code, False, None, "li", "示例", NOW))
            said = {"reviews": False, "days": None}
            entry = AuditEntry(REVIEW_ACT, "organisation", code, organisation=code, reason="示例", after=said)
            append_audit_entry(connection, officer("li"), entry, NOW)


def last_code(wiring: Wiring, phone: str) -> str:
    """The code that went to a phone last."""
    lines = (wiring.data_folder / SENT).read_text("utf-8").splitlines()
    sent = [json.loads(line) for line in lines]
    return str(next(one["code"] for one in reversed(sent) if one["phone"] == phone))


def prove(wiring: Wiring, who: TypedIdentity, organisation: str = HERE) -> JoinStatus:
    """Do the first two steps."""
    begun, _ = begin_joining(wiring, JoinPlace(organisation=organisation))
    give_identity(wiring, begun.request.id, who)
    return enter_code(wiring, begun.request.id, last_code(wiring, who.phone))


def join(wiring: Wiring, who: TypedIdentity, organisation: str = HERE) -> JoinStatus:
    """Make a person a member, by an officer's approval where she waits for it."""
    done = confirm_joining(wiring, prove(wiring, who, organisation).request.id)
    return approve(wiring, done.request.id) if done.request.state == "waiting" else done


def officer(by: Actor | str) -> Actor:
    """An officer; by name alone one who may do everything."""
    return Actor(by, by, ActorKind.DEMO) if isinstance(by, str) else by


def act_on(wiring: Wiring, act: Act[Any, Any], id: str | None, by: Actor | str = "li", **said: object) -> str:
    """Do an officer's act with what was typed."""
    return str(do(wiring, officer(by), act, id, **said))


def approve(wiring: Wiring, id: str, by: Actor | str = "li") -> JoinStatus:
    """Approve a waiting request."""
    return load_status(wiring, act_on(wiring, APPROVE, id, by))


def refuse(wiring: Wiring, id: str, by: Actor | str = "li", reason: str = "不在本单位工作") -> JoinStatus:
    """Refuse a waiting request."""
    return load_status(wiring, act_on(wiring, REFUSE, id, by, reason=reason))


def say_review(wiring: Wiring, organisation: str, by: Actor | str = "li", **said: object) -> None:
    """Let an organisation say whether it reviews who joins."""
    act_on(wiring, REVIEW, None, by, **{"organisation": organisation, "reason": "会章规定", **said})


def list_waiting(wiring: Wiring, by: Actor | str = "li", **asked: Any) -> Sequence[ListedJoin]:
    """List what an officer sees waiting."""
    return list_rows(wiring, officer(by), NOUN, **asked)


def look(wiring: Wiring, id: str, by: Actor | str = "li") -> ThingPage:
    """Look at the page of a request."""
    return show_thing(wiring, officer(by), NOUN, id, ENGLISH).page


def changes_of(wiring: Wiring, kind: str) -> Sequence[str]:
    """The members of whom an event of a type is stored, one entry for each event."""
    with wiring.database.read() as connection:
        query = select(member_changes.c.member_id).where(member_changes.c.type == kind)
        return list(connection.execute(query).scalars())


def member_event(wiring: Wiring, kind: str, member: str, day: str, **data: object) -> None:
    with wiring.database.write() as connection:
        outcome = handle(connection, event_of(kind, member, day, **data))
    assert not outcome.dead_letters
