"""The components of the desk's pages: those of govuk-frontend, in its Jinja macros, called from Python and templates."""

import re
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, PrefixLoader
from markupsafe import Markup

_PACKAGE = "govuk_frontend_jinja"


@cache
def _load_environment() -> Environment:
    """Return the macros' own environment: they ask for parameters that are not given."""
    return Environment(loader=PrefixLoader({_PACKAGE: PackageLoader(_PACKAGE)}), autoescape=True)


@cache
def _find_macro(name: str) -> Any:
    template = _load_environment().get_template(f"{_PACKAGE}/components/{name}/macro.html")
    return getattr(template.module, "govuk" + re.sub(r"(?:^|-)(\w)", lambda found: found[1].upper(), name))


def render_component(component: str, /, **params: object) -> Markup:
    """Render a component, such as ``error-summary``; a parameter that is None is left out."""
    return Markup(_find_macro(component)({key: value for key, value in params.items() if value is not None}))
