"""What a worker process of the server loads: the app, wired from the environment."""

import os
import sys
from threading import Event, Thread

from starlette.types import ASGIApp

from yihui.bootstrap import build_wiring, choose_clock, load_settings
from yihui.http.app import create_app
from yihui.http.guard.serving import serving_from
from yihui.http.shutdown import Ending
from yihui.http.startup import Opening
from yihui.runtime.language import language_from_environment
from yihui.runtime.observability import finish_observing, start_observing

_LOOK_EVERY_S = 0.5
_SWITCH_EVERY_S = (
    0.0005  # beside a thread that computes, each turn of the event loop waits so long; by default 5 ms
)


def app() -> ASGIApp:
    """The app over the database that ``YIHUI_DATABASE_URL`` names, else the user's own."""
    Thread(target=_end_with, args=(os.getppid(),), name="orphan", daemon=True).start()
    sys.setswitchinterval(_SWITCH_EVERY_S)
    start_observing(os.environ)
    wiring = build_wiring(
        load_settings(os.environ, lang=language_from_environment(os.environ)), choose_clock(os.environ)
    )
    serving = serving_from(os.environ)
    if (opening := Opening.of(os.environ)) is not None:
        opening.begin()
    made = create_app(wiring, serving)
    made.state.finding.begin()
    return Ending(serving.behind_proxies(made), at_end=finish_observing)


def _end_with(parent: int) -> None:
    """A worker whose server was killed would keep the port, and answer beside whatever is started next."""
    while os.getppid() == parent:
        Event().wait(_LOOK_EVERY_S)
    os._exit(1)  # as killed as its parent: what was answered 202 is in the database
