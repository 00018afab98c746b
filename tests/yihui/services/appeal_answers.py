"""Answer an appeal as an officer at the console, for tests."""

from typing import Any

from tests.yihui.nouns import do, preview
from yihui.access.actor import Actor, ActorKind
from yihui.bootstrap import Wiring
from yihui.cases.appeals.acts import ANSWER


def answer_appeal(wiring: Wiring, appeal: str, verdict: str, by: str, reason: str) -> None:
    do(wiring, Actor(by, by, ActorKind.CONSOLE), ANSWER, appeal, seen=1, verdict=verdict, reason=reason)


def preview_answer(wiring: Wiring, appeal: str, verdict: str, by: str, reason: str) -> dict[str, Any]:
    """Return what an answer would say and decide."""
    return preview(wiring, Actor(by, by, ActorKind.CONSOLE), ANSWER, appeal, verdict=verdict, reason=reason)
