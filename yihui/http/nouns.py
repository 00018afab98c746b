"""The JSON routes of all nouns that the frame makes."""

from fastapi import APIRouter

from yihui.bootstrap import NOUNS
from yihui.frame.api import build_router
from yihui.frame.noun import load_noun
from yihui.http.site import Site


def router(site: Site) -> APIRouter:
    """Build the JSON routes of all nouns."""
    made = APIRouter()
    for place in NOUNS:
        made.include_router(build_router(site, load_noun(place)))
    return made
