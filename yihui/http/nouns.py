"""The JSON routes of all nouns that the frame makes."""

from fastapi import APIRouter

from yihui.frame.api import build_router
from yihui.frame.noun import load_nouns
from yihui.http.site import Site


def router(site: Site) -> APIRouter:
    """Build the JSON routes of all nouns."""
    made = APIRouter()
    for noun in load_nouns().values():
        made.include_router(build_router(site, noun))
    return made
