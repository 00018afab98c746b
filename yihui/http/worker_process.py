"""The entry point of a worker process of the server: the app, wired from the environment."""

import os
import sys
from dataclasses import replace
from threading import Event, Thread

from starlette.types import ASGIApp

from yihui.bootstrap import build_wiring, choose_clock, load_settings
from yihui.http.app import create_app
from yihui.http.guard.serving import load_serving_options
from yihui.http.shutdown import ShutdownMiddleware
from yihui.http.startup import StartupProbe
from yihui.runtime.language import language_from_environment
from yihui.runtime.observability import finish_observing, start_observing

_LOOK_EVERY_S = 0.5
_SWITCH_EVERY_S = 0.0005  # the event loop waits so long for a thread that computes; Python's default is 5 ms


def app() -> ASGIApp:
    """Build the app over the database that ``YIHUI_DATABASE_URL`` names, else the user's own."""
    Thread(target=_exit_with_parent, args=(os.getppid(),), name="orphan", daemon=True).start()
    sys.setswitchinterval(_SWITCH_EVERY_S)
    start_observing(os.environ)
    serving = load_serving_options(os.environ)
    loaded = load_settings(os.environ, lang=language_from_environment(os.environ))
    settings = replace(loaded, audiences=serving.audiences)
    wiring = build_wiring(settings, choose_clock(os.environ, settings.data_folder))
    if (opening := StartupProbe.from_environment(os.environ)) is not None:
        opening.start()
    made = create_app(wiring, serving)
    made.state.finding.begin()
    return ShutdownMiddleware(serving.with_proxy_headers(made), at_end=finish_observing)


def _exit_with_parent(parent: int) -> None:
    """End this worker when its server was killed: it would keep the port and go on answering."""
    while os.getppid() == parent:
        Event().wait(_LOOK_EVERY_S)
    os._exit(1)  # without cleaning up: every event answered with 202 is in the database
