"""Load the templates of pages: every value in them is escaped, and a missing one is an error."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from core.money import format_yuan
from yihui.runtime.language import Language

CONTENT_SECURITY_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def build_environment() -> Environment:
    """Build an environment over ``yihui/templates``."""
    return Environment(
        loader=PackageLoader("yihui"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _load_environment() -> Environment:
    return build_environment()


def render_file_page(template: str, language: Language, **values: object) -> str:
    """Render one HTML file for screen and paper, without scripts and network, in the reader's language."""
    return (
        _load_environment()
        .get_template(template)
        .render(
            say=language.render,
            text=language.translate,
            yuan=format_yuan,
            language=language.code,
            policy=CONTENT_SECURITY_POLICY,
            **values,
        )
    )
