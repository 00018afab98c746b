"""A hotline with its organisations, clock and acts, for tests."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from members.hotline.callers import MaskedCaller, mask_caller, read_caller
from members.hotline.case import CaseAct, HotlineCase
from members.hotline.clocks import CaseClock, running_clocks
from members.hotline.repository import calendar, find_case, read_events
from members.lifecycle import HistoryEvent
from tests.yihui.nouns import do, list_rows, reveal
from tests.yihui.services.hardship_office import JINAN, PROVINCE, FoundedOffice
from yihui.access.actor import Actor, ActorKind, Assignment
from yihui.access.roles import Role
from yihui.cases.hotline import cases
from yihui.cases.hotline.pages import NOUN
from yihui.frame.acts import Act
from yihui.frame.looking import show_thing

MEMBER, PHONE, TRANSCRIPT = "m-1", "13800001234", "来电人说驿站的热水机坏了三天没有人管"
AGENT = Actor("console:agent-1", "agent-1", ActorKind.CONSOLE)


def officer(name: str, organisation: str, role: Role = Role.HOTLINE_AGENT) -> Actor:
    return Actor(name, name, ActorKind.OFFICER, (Assignment(role, organisation, date(2026, 1, 1)),))


@dataclass(frozen=True, slots=True)
class StandingCase:
    """A case with its history, its running clocks, and its caller masked."""

    case: HotlineCase
    events: Sequence[HistoryEvent[CaseAct]]
    clocks: Sequence[CaseClock]
    caller: MaskedCaller | None


class Hotline(FoundedOffice):
    """A hotline whose clock stands still until it is set."""

    def open(self, actor: Actor | None = AGENT, *, key: str = "", **said: Any) -> StandingCase:
        known = {"organisation": PROVINCE, "category": "station", "summary": "驿站没有热水"}
        caller = {"name": "张三", "phone": PHONE, "text": TRANSCRIPT}
        return self.read(int(do(self.wiring, actor, cases.OPEN, once=key, **{**known, **caller, **said})))

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
        do(self.wiring, actor, act, number, seen=seen, **said)
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
        return reveal(self.wiring, actor, cases.UNMASK, number, reason=reason)

    def look(self, actor: Actor, number: int) -> HotlineCase:
        """Look at a case as an officer, who may be refused."""
        found = show_thing(self.wiring, actor, NOUN, number, self.wiring.language)
        assert isinstance(found.thing, HotlineCase)
        return found.thing

    def listed(self, actor: Actor = AGENT, **asked: Any) -> list[HotlineCase]:
        """List the cases that an officer may see."""
        return [row.case for row in list_rows(self.wiring, actor, NOUN, **{"state": "all", **asked})]

    def later(self, **time: float) -> "Hotline":
        self.now += timedelta(**time)
        return self
