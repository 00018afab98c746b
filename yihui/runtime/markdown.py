"""Render officers' small Markdown: paragraphs, line breaks, emphasis, lists and links. HTML stays text."""

import re
from functools import cache
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore

_ACCEPTED = re.compile(r"(https?://[^/\s]|mailto:[^\s]|tel:[+0-9*#-]|/(?!/|\\))", re.IGNORECASE)
_TAG = re.compile(r"<[a-zA-Z/!?][^>]{0,80}>?")


def is_accepted_link(address: str) -> bool:
    """Return whether a link leads to the web, an address, a number or a page of this site.

    >>> is_accepted_link("https://example.org"), is_accepted_link("javascript:alert(1)"), is_accepted_link("//x.cn")
    (True, False, False)
    """
    return _ACCEPTED.match(address) is not None


def find_refused_links(text: str) -> list[str]:
    """Return the addresses of links that are not accepted, in order."""
    refused: list[str] = []
    parser = _build_parser()

    def check(address: str) -> bool:
        if not is_accepted_link(address):
            refused.append(address)
        return True

    parser.validateLink = check  # type: ignore[method-assign, assignment]
    parser.render(text)
    return refused


def find_html(text: str) -> str | None:
    """Return the first piece of a text that looks like HTML; None if there is none."""
    found = _TAG.search(text)
    return found.group() if found else None


def render_markdown(text: str) -> Markup:
    """Render a text as HTML that holds no element but p, br, em, strong, ul, ol, li and a."""
    return Markup(_parser().render(text))  # the parser escapes all text; HTML is switched off


@cache
def _parser() -> "MarkdownIt":
    parser = _build_parser()
    parser.validateLink = is_accepted_link  # type: ignore[method-assign, assignment]
    return parser


def _build_parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    parser = MarkdownIt("zero", {"html": False, "breaks": True}).enable(
        ["newline", "emphasis", "list", "link", "escape"]
    )
    parser.core.ruler.push("links_to_nothing", _unlink_empty)
    return parser


def _unlink_empty(state: "StateCore") -> None:
    """Leave only the text of links without an address, which the parser asks nobody about: `[here]()`."""
    for token in state.tokens:
        open_links: list[bool] = []  # whether each link that is open is left out
        children = []
        for child in token.children or ():
            if child.type == "link_open":
                open_links.append(not child.attrGet("href"))
            if child.type not in ("link_open", "link_close") or not open_links[-1]:
                children.append(child)
            if child.type == "link_close":
                open_links.pop()
        if token.children is not None:
            token.children = children
