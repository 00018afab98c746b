"""Answer an appeal as an officer at the console, for tests."""

from tests.yihui.nouns import do
from yihui.access.actor import Actor, ActorKind
from yihui.bootstrap import Wiring
from yihui.cases.appeals.acts import ANSWER


def answer_appeal(wiring: Wiring, appeal: str, verdict: str, by: str, reason: str) -> None:
    do(wiring, Actor(by, by, ActorKind.CONSOLE), ANSWER, appeal, seen=1, verdict=verdict, reason=reason)
