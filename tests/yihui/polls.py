"""Create polls of YAML texts, and close them, for tests."""

from datetime import datetime

from core.yaml.loading import load_yaml
from tests.yihui.nouns import her
from yihui.access.actor import Actor, ActorKind
from yihui.bootstrap import Wiring
from yihui.cases.polls.acts import CLOSE, CREATE, PollForm
from yihui.cases.polls.own import ANSWER
from yihui.frame.doing import ActRequest, do_act
from yihui.frame.typed import parse_values
from yihui.frame.types import Form

OFFICER = Actor("console:gh-1", "gh-1", ActorKind.CONSOLE)


def parse_form(content: str) -> PollForm:
    read = load_yaml(content.encode(), "poll.yaml")
    assert isinstance(read, dict)
    return parse_values(PollForm, read)


def create_poll(wiring: Wiring, content: str) -> None:
    do_act(wiring, OFFICER, CREATE, ActRequest(), parse_form(content))


def answer_poll(
    wiring: Wiring, poll: str, member: str, *, once: str = "", at: datetime | None = None, **answers: object
) -> object:
    """Answer a poll as a member does; steps of a scale are sent as typed, what is None is left out."""
    given = {f"q-{name}": value for name, value in answers.items() if value is not None}
    typed = {name: value if isinstance(value, list) else str(value) for name, value in given.items()}
    form = parse_values(ANSWER.form, {"answers": typed})
    return do_act(wiring, her(member), ANSWER, ActRequest(poll, once=once, at=at), form)


def close_poll(wiring: Wiring, poll: str) -> None:
    do_act(wiring, OFFICER, CLOSE, ActRequest(poll), Form())
