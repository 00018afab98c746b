"""Create polls of YAML texts, and close them, for tests."""

from core.yaml.loading import load_yaml
from yihui.access.actor import Actor, ActorKind
from yihui.bootstrap import Wiring
from yihui.cases.polls.acts import CLOSE, CREATE, PollForm
from yihui.frame.doing import ActRequest, do_act
from yihui.frame.fields import parse_values
from yihui.frame.types import Form

OFFICER = Actor("console:gh-1", "gh-1", ActorKind.CONSOLE)


def parse_form(content: str) -> PollForm:
    read = load_yaml(content.encode(), "poll.yaml")
    assert isinstance(read, dict)
    return parse_values(PollForm, read)


def create_poll(wiring: Wiring, content: str) -> None:
    do_act(wiring, OFFICER, CREATE, ActRequest(), parse_form(content))


def close_poll(wiring: Wiring, poll: str) -> None:
    do_act(wiring, OFFICER, CLOSE, ActRequest(poll), Form())
