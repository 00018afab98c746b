"""A hotline with its organisations, clock and acts, for tests."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.faults import FaultError
from members.hotline.callers import MaskedCaller, mask_caller, read_caller
from members.hotline.case import CaseEvent, HotlineCase
from members.hotline.clocks import CaseClock, running_clocks
from members.hotline.repository import calendar, find_case, read_events
from tests.members.organisations.acting import event_of, handle
from yihui.access.actor import Actor, ActorKind, Assignment
from yihui.access.roles import Role
from yihui.bootstrap import Settings, Wiring
from yihui.cases.hotline import cases
from yihui.cases.hotline.forms import (
    OpenForm,
)
from yihui.cases.hotline.pages import NOUN, CaseFilter
from yihui.cases.kernel.forms import ReasonForm
from yihui.frame.acts import Act
from yihui.frame.doing import ActRequest, do_act, reveal_act
from yihui.frame.fields import parse_values
from yihui.frame.listing import Slice
from yihui.frame.looking import find_rows, show_thing
from yihui.frame.plain import sections_json
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


@dataclass(frozen=True, slots=True)
class StandingCase:
    """A case with its history, its running clocks, and its caller masked."""

    case: HotlineCase
    events: Sequence[CaseEvent]
    clocks: Sequence[CaseClock]
    caller: MaskedCaller | None


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

    def open(self, actor: Actor | None = AGENT, *, key: str = "", **said: Any) -> StandingCase:
        known = {"organisation": PROVINCE, "category": "station", "summary": "驿站没有热水"}
        caller = {"name": "张三", "phone": PHONE, "text": TRANSCRIPT}
        form = parse_values(OpenForm, {**known, **caller, **said})
        return self.read(int(do_act(self.wiring, actor, cases.OPEN, ActRequest(once=key), form)))

    def read(self, number: int) -> StandingCase:
        """Read a case as it stands."""
        with self.wiring.database.read() as connection:
            case = find_case(connection, number)
            assert case is not None
            vault = self.wiring.vault
            caller = read_caller(connection, vault.keys, number) if vault else None
            events = read_events(connection, [number])[number]
        return StandingCase(
            case, events, running_clocks(case, calendar()), mask_caller(caller) if caller else None
        )

    def act(
        self, act: Act[Any, Any], number: int, actor: Actor | None, seen: int | None, **said: Any
    ) -> StandingCase:
        """Do an act with what was typed; what is None was left empty."""
        form = parse_values(act.form, {name: value for name, value in said.items() if value is not None})
        do_act(self.wiring, actor, act, ActRequest(number, seen), form)
        return self.read(number)

    def dispatch(
        self,
        number: int,
        unit: str = JINAN,
        assist: str | None = None,
        actor: Actor | None = AGENT,
        seen: int | None = None,
        reason: str | None = None,
    ) -> StandingCase:
        return self.act(cases.DISPATCH, number, actor, seen, unit=unit, assist=assist, reason=reason)

    def accept(self, number: int, unit: str = JINAN, actor: Actor | None = AGENT) -> StandingCase:
        return self.act(cases.ACCEPT, number, actor, None, unit=unit)

    def suspend(self, number: int, reason: str = "等厂家配件", last_day: date | None = None) -> StandingCase:
        return self.act(cases.SUSPEND, number, AGENT, None, reason=reason, until=last_day)

    def resume(self, number: int) -> StandingCase:
        return self.act(cases.RESUME, number, AGENT, None)

    def close(self, number: int, unit: str | None = None, answer: str = "已经修好") -> StandingCase:
        return self.act(cases.CLOSE, number, AGENT, None, answer=answer, unit=unit)

    def call_back(self, number: int, outcome: str = "satisfied") -> StandingCase:
        return self.act(cases.CALL_BACK, number, AGENT, None, outcome=outcome)

    def unmask(self, number: int, reason: str, actor: Actor = AGENT) -> dict[str, object]:
        form = parse_values(ReasonForm, {"reason": reason})
        shown = reveal_act(self.wiring, actor, cases.UNMASK, ActRequest(number), form)
        return sections_json(shown.sections)

    def look(self, actor: Actor, number: int) -> HotlineCase:
        """Look at a case as an officer, who may be refused."""
        found = show_thing(self.wiring, actor, NOUN, number, self.wiring.language)
        assert isinstance(found.thing, HotlineCase)
        return found.thing

    def listed(self, actor: Actor = AGENT, **asked: Any) -> list[HotlineCase]:
        """List the cases that an officer may see."""
        asked_for = CaseFilter(**{"state": "all", **asked})
        found = find_rows(self.wiring, actor, NOUN, asked_for, Slice(0, 1_000))
        return [row.case for row in found.found.rows]

    def later(self, **time: float) -> "Hotline":
        self.now += timedelta(**time)
        return self
