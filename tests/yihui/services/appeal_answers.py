"""Answer an appeal as an officer at the console, for tests."""

from yihui.access.actor import Actor, ActorKind
from yihui.bootstrap import Wiring
from yihui.cases.appeals.acts import ANSWER, AnswerForm
from yihui.frame.doing import ActRequest, do_act
from yihui.frame.fields import parse_values


def answer_appeal(wiring: Wiring, appeal: str, verdict: str, by: str, reason: str) -> None:
    form = parse_values(AnswerForm, {"verdict": verdict, "reason": reason})
    do_act(wiring, Actor(by, by, ActorKind.CONSOLE), ANSWER, ActRequest(appeal, 1), form)
