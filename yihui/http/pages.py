"""Render HTML pages from templates: every value escaped, every text translated."""

import hashlib
import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple, Self

from fastapi import Request
from jinja2 import Environment
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from markupsafe import Markup

from yihui.frame.components import render_component
from yihui.planning.map.text import map_kind_legend
from yihui.runtime.assets import STATIC_FOLDER, load_bundles
from yihui.runtime.language import LANGUAGES, Language
from yihui.runtime.settings import Settings
from yihui.views.labels import FACILITY_LABELS
from yihui.views.navigation import MAP_APPS
from yihui.views.page_template import build_environment

_OF_A_TEXT = ["lparen", "string", "rparen"]  # the tokens behind ``_``


class SiteRecord(NamedTuple):
    """A number under which an authority has recorded the site, and the address at which anybody checks it."""

    number: str
    address: str


@dataclass(frozen=True, slots=True)
class Pages:
    """The templates of ``yihui/templates``; all apps of a process share them, each compiled at its first use."""

    records: tuple[SiteRecord, ...] = ()

    @classmethod
    def build(cls, settings: Settings) -> Self:
        """Return the templates of public pages, which name the numbers of the settings at their bottom.

        *Source*: 非经营性互联网信息服务备案管理办法 (2005), article 13: the number, with a link to the ministry's site.
        """
        police = re.sub(r"\D", "", settings.police_number)
        records = (
            SiteRecord(settings.icp_number, "https://beian.miit.gov.cn/"),
            SiteRecord(settings.police_number, f"https://beian.mps.gov.cn/#/query/webSearch?code={police}"),
        )
        return cls(tuple(record for record in records if record.number))

    def render(self, template: str, language: Language, **values: object) -> str:
        """Render a page in the reader's language. In templates ``_`` translates; ``say`` also fills in."""
        found = _load_environment(language).get_template(template)
        return found.render(
            say=language.render,
            lang=language.code,
            words=lambda entry: bundle_translations(entry, language),
            records=self.records,
            **values,
        )


class _WrittenTexts(Extension):
    """Writes each text of a template as its translation when the template is compiled.

    An answer for riders has 170 of them; to look up, call and escape them took a fourth of its time.
    """

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        translate, tokens, at = self.environment.globals["_"], list(stream), 0
        assert callable(translate), "an environment is built for a language"
        while at < len(tokens):
            name, *rest = tokens[at : at + 4]
            is_text = name.test("name:_") and [token.type for token in rest] == _OF_A_TEXT
            yield Token(name.lineno, "string", translate(rest[1].value)) if is_text else name
            at += 4 if is_text else 1


@cache
def _load_environment(language: Language) -> Environment:
    made = build_environment()
    made.add_extension(_WrittenTexts)
    made.globals["_"] = language.translate
    made.globals["say_title"] = language.title
    made.globals["static"] = static_url
    made.globals["component"] = render_component
    made.globals["built"] = lambda entry: load_bundles()[entry].address
    made.globals["chunks"] = lambda entry: load_bundles()[entry].chunks
    made.globals["inlined"] = lambda entry: Markup(read_stylesheet(entry))
    made.globals["app_names"] = MAP_APPS
    made.globals["facility_words"] = FACILITY_LABELS
    made.globals["map_kinds"] = map_kind_legend
    return made


def bundle_translations(entry: str, language: Language) -> dict[str, str]:
    """Return the texts of a bundle's script in the reader's language; the script contains the English."""
    said = ((text, language.translate(text)) for text in load_bundles()[entry].texts)
    return {text: words for text, words in said if text != words}


@cache
def read_stylesheet(entry: str) -> str:
    """Return the text of our own stylesheet, to embed in a page.

    Otherwise the first paint would wait for a second answer.
    """
    text = (
        (STATIC_FOLDER.parent / load_bundles()[entry].address.lstrip("/")).read_text(encoding="utf-8").strip()
    )
    assert "<" not in text, f"{entry} could end its element"
    return text


@cache
def style_hash(entry: str) -> str:
    """Return the hash that names an embedded stylesheet in a page's policy (CSP 3, 2.3.1)."""
    return f"'sha256-{b64encode(hashlib.sha256(read_stylesheet(entry).encode()).digest()).decode()}'"


@cache
def static_url(name: str) -> str:
    """Return the URL of one of our own files; it changes with the content, so it can be cached forever."""
    digest = hashlib.sha256((STATIC_FOLDER / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


def read_requested_language(request: Request) -> str:
    """Return the code of the language that the address asks for; empty if it asks for none."""
    asked = request.query_params.get("lang", "")[:2].lower()
    return asked if asked in LANGUAGES else ""


def read_language_choice(request: Request, cookie: str) -> str:
    """Return the language of the address, else the one in the cookie; empty if there is neither."""
    return read_requested_language(request) or request.cookies.get(cookie, "")[:2]
