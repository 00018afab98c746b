"""HTML pages from templates: every value escaped, every text translated."""

import hashlib
from base64 import b64encode
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from yihui.planning.map.kinds import map_kind_legend
from yihui.runtime.assets import STATIC_FOLDER, load_bundles
from yihui.runtime.language import Language
from yihui.views.labels import FACILITY_LABELS
from yihui.views.navigation import MAP_APPS


class Pages:
    """The templates of ``yihui/templates``; made once for each app."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=PackageLoader("yihui"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals["static"] = static_address
        self._environment.globals["built"] = lambda entry: load_bundles()[entry].address
        self._environment.globals["chunks"] = lambda entry: load_bundles()[entry].chunks
        self._environment.globals["inlined"] = lambda entry: Markup(styles_of(entry))
        self._environment.globals["app_names"] = MAP_APPS
        self._environment.globals["facility_words"] = FACILITY_LABELS
        self._environment.globals["map_kinds"] = map_kind_legend

    def render(self, template: str, language: Language, **values: object) -> str:
        """The page in the reader's language; ``_`` translates in templates, ``say`` fills in too."""
        return self._environment.get_template(template).render(
            _=language.translate,
            say=language.render,
            lang=language.code,
            words=lambda entry: words_of(entry, language),
            **values,
        )


def words_of(entry: str, language: Language) -> dict[str, str]:
    """What a bundle's script says, in the reader's language; English is in the script itself."""
    said = ((text, language.translate(text)) for text in load_bundles()[entry].texts)
    return {text: words for text, words in said if text != words}


@cache
def styles_of(entry: str) -> str:
    """The text of our own style sheet, to stand in a page: without it the first paint waits for a second answer."""
    text = (
        (STATIC_FOLDER.parent / load_bundles()[entry].address.lstrip("/")).read_text(encoding="utf-8").strip()
    )
    assert "<" not in text, f"{entry} could end its element"
    return text


@cache
def style_hash(entry: str) -> str:
    """How a page's policy names the style sheet that stands in the page (CSP 3, 2.3.1)."""
    return f"'sha256-{b64encode(hashlib.sha256(styles_of(entry).encode()).digest()).decode()}'"


@cache
def static_address(name: str) -> str:
    """The address of one of our own files; it changes with its content, so that it may be kept for ever."""
    digest = hashlib.sha256((STATIC_FOLDER / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"
