"""An organisation's page as its officer writes it, and the check of it, its colours included. Pure."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from core.faults import Fault, FaultError
from core.validation import fault_from_pydantic
from core.yaml.loading import load_yaml
from members.message_fields import CivilDate
from members.organisation_pages.faults import PAGE_FAULTS
from members.privacy import has_personal_number, scrub_personal_numbers, walk_texts

LEAST_CONTRAST = 4.5
WHITE = "#ffffff"
GROUND = "#f3f5f7"  # of the page (web/src/css/base.css: --ground); the cards on it are white
_COLOUR = re.compile(r"#([0-9a-f]{3}|[0-9a-f]{6})")
Audience = Literal["public", "members"]
_AUDIENCES: Mapping[str, Audience] = {
    "公开": "public",
    "公開": "public",
    "会员": "members",
    "會員": "members",
}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
NeededLine = Annotated[str, Field(min_length=1, max_length=100)]
_GROUNDS = {"colour": ("contrast_text", WHITE), "accent": ("contrast_ground", GROUND)}


def parse_colour(text: str) -> str | None:
    """Return a colour as ``#`` and six digits; None if the text is none. Full-width signs are accepted.

    >>> parse_colour("＃A3b")
    '#aa33bb'
    """
    plain = unicodedata.normalize("NFKC", text).strip().lower()
    if not _COLOUR.fullmatch(plain):
        return None
    return plain if len(plain) == 7 else "#" + "".join(digit * 2 for digit in plain[1:])


def relative_luminance(colour: str) -> float:
    """Return the relative luminance of a colour of the form ``#rrggbb``: 0 of black to 1 of white."""
    red, green, blue = (_linear(int(colour[place : place + 2], 16)) for place in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: int) -> float:
    share = channel / 255
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4


def contrast_ratio(one: str, other: str) -> float:
    """Return the contrast of two colours: 1 if they are equal, 21 for black and white.

    *Source*: WCAG 2.2, "relative luminance", "contrast ratio" and success criterion 1.4.3 (AA).

    >>> contrast_ratio("#ffffff", "#000000")
    21.0
    """
    darker, lighter = sorted((relative_luminance(one), relative_luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def darken_to_contrast(colour: str, ground: str) -> str:
    """Return the lightest shade of a colour whose contrast with a light ground suffices; itself if it does."""
    channels = [int(colour[place : place + 2], 16) for place in (1, 3, 5)]
    shades = (
        "#" + "".join(f"{channel * part // 255:02x}" for channel in channels) for part in range(255, -1, -1)
    )
    return next(shade for shade in shades if contrast_ratio(shade, ground) >= LEAST_CONTRAST)


def _audience(value: object) -> object:
    if not isinstance(value, str):
        return value
    word = unicodedata.normalize("NFKC", value).strip().lower()
    return _AUDIENCES.get(word, word)


def _blank_as_empty(value: object) -> object:
    return "" if value is None else value


def _blank_as_none(value: object) -> object:
    return () if value is None else value


AudienceField = Annotated[Audience, BeforeValidator(_audience)]
LongText = Annotated[str, Field(max_length=10_000), BeforeValidator(_blank_as_empty)]
ShortLine = Annotated[str, Field(max_length=100), BeforeValidator(_blank_as_empty)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Post(_Part):
    """An officer's post. Members alone read the name, unless ``name_for`` is public."""

    post: NeededLine
    name: Annotated[str, Field(max_length=60), BeforeValidator(_blank_as_empty)] = ""
    name_for: AudienceField = "members"
    since: CivilDate | None = Field(default=None, alias="from")
    until: CivilDate | None = None


class Notice(_Part):
    """What the organisation announces; it is shown from ``on`` to ``until``."""

    title: NeededLine
    text: LongText = ""
    on: CivilDate
    until: CivilDate | None = None
    audience: AudienceField = Field(default="public", alias="for")

    def holds(self, day: date) -> bool:
        return self.on <= day and (self.until is None or day <= self.until)


class Contact(_Part):
    address: ShortLine = ""
    phone: ShortLine = ""
    hours: ShortLine = ""


class Theme(_Part):
    """The union's own name, picture and colours: ``colour`` behind white text, ``accent`` of links."""

    name: ShortLine = ""
    logo: ShortLine = ""
    colour: str | None = None
    accent: str | None = None


class PageContent(_Part):
    """The whole page. ``about``, ``join``, ``members`` and notices are small Markdown."""

    about: LongText
    join: LongText = ""
    members: LongText = ""
    contact: Contact = Contact()
    posts: Annotated[tuple[Post, ...], Field(max_length=50), BeforeValidator(_blank_as_none)] = ()
    notices: Annotated[tuple[Notice, ...], Field(max_length=50), BeforeValidator(_blank_as_none)] = ()
    stations: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=128)], ...],
        Field(max_length=50),
        BeforeValidator(_blank_as_none),
    ] = ()
    theme: Theme = Theme()

    def markdown_texts(self) -> Iterator[tuple[str, str]]:
        """Yield each text that is Markdown, with its place."""
        yield from (("about", self.about), ("join", self.join), ("members", self.members))
        for number, notice in enumerate(self.notices):
            yield f"notices.{number}.text", notice.text


def parse_page(content: bytes, file: str) -> PageContent:
    """Parse a page's YAML file. *Raises*: FaultError with every fault."""
    value = load_yaml(content, file)
    if not isinstance(value, dict):
        shown = scrub_personal_numbers(str(value))[:80]
        raise FaultError(PAGE_FAULTS.build("not_a_page", file=file, value=shown))
    faults = [*_text_faults(value), *_colour_faults(value.get("theme"))]
    page = None
    try:
        page = PageContent.model_validate(value)
    except ValidationError as error:
        for found in error.errors(include_url=False):
            if found["input"] is None:  # a blank field, which the message for its type would call "None"
                found = {**found, "type": "missing"}
            shown = scrub_personal_numbers(str(found["input"]))[:80]
            place = ".".join(map(str, found["loc"]))
            fault = fault_from_pydantic(found, place, shown)
            if "{field}" not in fault.message:  # so that the officer finds it among fifty notices
                fault = replace(fault, value=f"{place}: {shown}")
            faults.append(fault)
    if page is not None:
        faults += _order_faults(page)
    if faults or page is None:
        raise FaultError([fault.at(file=file) for fault in faults])
    colours = {
        name: parse_colour(found) for name in _GROUNDS if (found := getattr(page.theme, name)) is not None
    }
    return page.model_copy(update={"theme": page.theme.model_copy(update=colours)})


def _text_faults(value: object) -> Iterator[Fault]:
    for place, text in walk_texts(value):
        if has_personal_number(text):
            yield PAGE_FAULTS.build("personal", field=place)
        if _CONTROL.search(text):
            yield PAGE_FAULTS.build("control", field=place)


def _colour_faults(theme: object) -> Iterator[Fault]:
    """Yield what is wrong with the two colours: their form, or their measured contrast."""
    for name, (code, ground) in _GROUNDS.items():
        if not isinstance(theme, dict) or name not in theme:
            continue
        place, given = f"theme.{name}", theme[name]
        if given is None or not str(given).strip():
            yield PAGE_FAULTS.build("colour_blank", field=place)
        elif (colour := parse_colour(str(given))) is None:
            yield PAGE_FAULTS.build("colour_form", field=place, value=str(given)[:40])
        elif (ratio := contrast_ratio(colour, ground)) < LEAST_CONTRAST:
            # Rounded down: 4.499 must not read as 4.50.
            yield PAGE_FAULTS.build(
                code,
                field=place,
                value=colour,
                ratio=f"{int(ratio * 100) / 100:.2f}",
                least=LEAST_CONTRAST,
                better=darken_to_contrast(colour, ground),
            )


def _order_faults(page: PageContent) -> Iterator[Fault]:
    spans = [(f"posts.{n}.until", one.since, one.until) for n, one in enumerate(page.posts)]
    spans += [(f"notices.{n}.until", one.on, one.until) for n, one in enumerate(page.notices)]
    for place, since, until in spans:
        if since and until and until < since:
            yield PAGE_FAULTS.build("order", field=place, value=until, since=since)
    for number, station in enumerate(page.stations):
        if station in page.stations[:number]:
            yield PAGE_FAULTS.build("repeated", field=f"stations.{number}", value=station)
