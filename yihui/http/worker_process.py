"""The entry point of a worker process of the server: the app, wired from the environment."""

import asyncio
import gc
import os
import sys
from dataclasses import replace
from threading import Event, Thread

from fastapi import FastAPI
from starlette.types import ASGIApp

from core.status_address import LOOPBACK
from core.status_pages import StatusPages, start_status_server
from yihui.__main__ import GARBAGE_THRESHOLD
from yihui.bootstrap import Wiring, build_wiring, choose_clock, load_settings
from yihui.http.app import create_faces
from yihui.http.guard.serving import load_serving_options
from yihui.http.shutdown import ShutdownMiddleware
from yihui.http.startup import StartupProbe, build_liveness_page, end_at_once_until_answered
from yihui.runtime.audiences import Audience
from yihui.runtime.health.probes import OK, build_probe_pages
from yihui.runtime.language import language_from_environment
from yihui.runtime.observability.logs import set_up_logs

_LOOK_EVERY_S = 0.5
_SWITCH_EVERY_S = 0.0005  # the event loop waits so long for a thread that computes; Python's default is 5 ms


def app() -> ASGIApp:
    """Build the app over the database that ``YIHUI_DATABASE_URL`` names, else the user's own."""
    Thread(target=_exit_with_parent, args=(os.getppid(),), name="orphan", daemon=True).start()
    sys.setswitchinterval(_SWITCH_EVERY_S)
    gc.set_threshold(GARBAGE_THRESHOLD)
    set_up_logs(os.environ)
    serving = load_serving_options(os.environ)
    loaded = load_settings(os.environ, lang=language_from_environment(os.environ))
    settings = replace(loaded, audiences=serving.audiences)
    wiring = build_wiring(settings, choose_clock(os.environ, settings.data_folder))
    main, faces = create_faces(wiring, serving)
    loading = main.state.finding.begin()
    if (opening := StartupProbe.from_environment(os.environ)) is not None:
        own_name = min(serving.own_names.get(Audience.RIDERS, {LOOPBACK}))
        end_at_once_until_answered(asyncio.get_event_loop(), opening.answered)
        opening.start(own_name, loading)
        if settings.probes is not None:
            start_status_server(settings.probes, _build_pages(wiring, opening, main))
    return ShutdownMiddleware(serving.with_proxy_headers(faces))


def _build_pages(wiring: Wiring, opening: StartupProbe, main: FastAPI) -> StatusPages:
    """Build the pages for monitors: the site is ready once it has answered a page."""
    return build_probe_pages(
        wiring,
        alive=lambda: build_liveness_page(getattr(main.state, "loop", None)),
        checks={"pages": lambda: OK if opening.answered.is_set() else "starting"},
    )


def _exit_with_parent(parent: int) -> None:
    """End this worker when its server was killed: it would keep the port and go on answering."""
    while os.getppid() == parent:
        Event().wait(_LOOK_EVERY_S)
    os._exit(1)  # without cleaning up: every event answered with 202 is in the database
