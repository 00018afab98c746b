"""A hotline with its organisations, clock and acts, for tests."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.faults import FaultError
from members.hotline.callers import Caller
from members.hotline.case import CaseAct
from tests.members.organisations.acting import event_of, handle
from yihui.access.actor import Actor, ActorKind, Assignment
from yihui.access.roles import Role
from yihui.bootstrap import Settings, Wiring
from yihui.services.hotline.cases import (
    ActOnCase,
    accept_case,
    call_back,
    close_case,
    dispatch_case,
    open_case,
    resume_case,
    suspend_case,
)
from yihui.services.hotline.intake import CaseIntake
from yihui.services.hotline.lists import CaseStatus
from yihui.services.members.vault_upkeep import create_vault_key
from yihui.services.rules.rules import SHIPPED_RULES

NINE = datetime(2026, 11, 18, 1, tzinfo=UTC)  # Wednesday, 9 o'clock
PROVINCE, JINAN, LIXIA, QINGDAO, SHINAN = "370000", "370100", "370102", "370200", "370202"
MEMBER, PHONE, TRANSCRIPT = "m-1", "13800001234", "来电人说驿站的热水机坏了三天没有人管"
AGENT = Actor("console:agent-1", "agent-1", ActorKind.CONSOLE)
NAMES = {
    PROVINCE: "省总工会",
    JINAN: "济南市总工会",
    LIXIA: "历下区总工会",
    QINGDAO: "青岛市总工会",
    SHINAN: "市南区总工会",
}


def officer(name: str, organisation: str, role: Role = Role.HOTLINE_AGENT) -> Actor:
    return Actor(name, name, ActorKind.OFFICER, (Assignment(role, organisation, date(2026, 1, 1)),))


def refused(work: Callable[[], object]) -> list[str]:
    with pytest.raises(FaultError) as error:
        work()
    return [fault.short_code for fault in error.value.faults]


class Hotline:
    """A hotline whose clock stands still until it is set."""

    def __init__(self, target: str, folder: Path, **settings: Any) -> None:
        self.now = NINE
        self.wiring = Wiring(
            Settings(target, folder / "data", (SHIPPED_RULES,), **settings), lambda: self.now
        )
        if not self.wiring.vault_key_store.has_keys:
            create_vault_key(self.wiring)

    def found(self) -> "Hotline":
        """Found the organisations, and one member in Jinan."""
        with self.wiring.database.write() as connection:
            founded = [
                event_of("organisation.founded", code, "2010-01-01", name=name)
                for code, name in NAMES.items()
            ]
            joined = event_of(
                "member.imported", MEMBER, "2020-01-01", organisation=LIXIA, joined_on="2020-01-01"
            )
            assert not handle(connection, *founded, joined).dead_letters
        return self

    def open(self, actor: Actor | None = AGENT, **said: Any) -> CaseStatus:
        intake = {
            "organisation": PROVINCE,
            "channel": "call",
            "category": "station",
            "summary": "驿站没有热水",
            "caller": Caller("张三", PHONE, TRANSCRIPT),
            **said,
        }
        return open_case(self.wiring, actor, CaseIntake(**intake))

    def dispatch(
        self,
        number: int,
        unit: str = JINAN,
        assisting: str | None = None,
        actor: Actor | None = AGENT,
        **said: Any,
    ) -> CaseStatus:
        return dispatch_case(self.wiring, actor, ActOnCase(number, CaseAct.DISPATCH, **said), unit, assisting)

    def accept(self, number: int, unit: str = JINAN, actor: Actor | None = AGENT, **said: Any) -> CaseStatus:
        return accept_case(self.wiring, actor, ActOnCase(number, CaseAct.ACCEPT, **said), unit)

    def suspend(self, number: int, reason: str = "等厂家配件", last_day: date | None = None) -> CaseStatus:
        return suspend_case(self.wiring, AGENT, ActOnCase(number, CaseAct.SUSPEND, reason=reason), last_day)

    def resume(self, number: int) -> CaseStatus:
        return resume_case(self.wiring, AGENT, ActOnCase(number, CaseAct.RESUME))

    def close(
        self, number: int, unit: str | None = None, answer: str = "已经修好", **said: Any
    ) -> CaseStatus:
        return close_case(self.wiring, AGENT, ActOnCase(number, CaseAct.CLOSE, **said), answer, unit)

    def call_back(self, number: int, outcome: str = "satisfied") -> CaseStatus:
        return call_back(self.wiring, AGENT, ActOnCase(number, CaseAct.CALL_BACK), outcome)

    def later(self, **time: float) -> "Hotline":
        self.now += timedelta(**time)
        return self
