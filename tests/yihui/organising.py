"""Do acts on organisations, write their pages and make their codes for joining, for tests."""

from pathlib import Path
from typing import Any

from yihui.access.actor import Actor, ActorKind
from yihui.bootstrap import Wiring
from yihui.cases.organisations.acts import FOUND_ORGANISATION
from yihui.cases.organisations.link_acts import LINK
from yihui.cases.organisations.links import load_printable_link
from yihui.cases.organisations.page_versions import EDIT, PUBLISH
from yihui.frame.acts import Act
from yihui.frame.doing import ActRequest, do_act
from yihui.frame.fields import TypedFile
from yihui.frame.typed import parse_values

OFFICER = Actor("li.min", "li.min", ActorKind.DEMO)


def organise(wiring: Wiring, act: Act[Any, Any], key: str, /, **said: object) -> None:
    """Do an act on an organisation with what was typed."""
    do_act(wiring, OFFICER, act, ActRequest(key), parse_values(act.form, said))


def found(wiring: Wiring, code: str, name: str) -> None:
    organise(wiring, FOUND_ORGANISATION, code, code=code, name=name, on="2018-01-01")


def edit_page(wiring: Wiring, code: str, file: Path) -> None:
    """Store a version of a page from its YAML file, with the picture beside it."""
    content = TypedFile(file.name, file.read_bytes())
    logo = file.with_name("logo.png")
    picture = {"logo": TypedFile(logo.name, logo.read_bytes())} if logo.exists() else {}
    organise(wiring, EDIT, code, content=content, **picture)


def publish_page(wiring: Wiring, code: str, **said: object) -> None:
    organise(wiring, PUBLISH, code, **said)


def make_link(wiring: Wiring, code: str, site: str = "https://u.example") -> str:
    """Make the code for joining; return the address that it holds."""
    organise(wiring, LINK, code)
    return load_printable_link(wiring, code, site).address
