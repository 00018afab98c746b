"""What a worker process of the server loads: the app, wired from the environment."""

import os

from fastapi import FastAPI

from yihui.bootstrap import clock_from, settings_from, wire
from yihui.http.app import create_app
from yihui.language import wanted_by_environment
from yihui.observing import start_observing


def app() -> FastAPI:
    """The app over the database that ``YIHUI_DATABASE_URL`` names, else the user's own."""
    start_observing(os.environ)
    return create_app(
        wire(settings_from(os.environ, lang=wanted_by_environment(os.environ)), clock_from(os.environ))
    )
