"""Read JSON bodies and forms of requests, with files too: check their content type and limit their length."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from functools import cache
from typing import Annotated, TypeVar
from urllib.parse import parse_qs

from fastapi import Path, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

from core.faults import FaultError, FaultTable
from core.json_keys import find_repeated_key
from core.sheets.text_encoding import find_rival_of_utf_8
from core.text_marks import N_
from members import scrub_personal_numbers

BodyModel = TypeVar("BodyModel", bound=BaseModel)


MAX_FORM_BYTES = 64 << 10
FORM_MEDIA_TYPE = "application/x-www-form-urlencoded"
_MOST_FIELDS = 200
FormFields = Mapping[str, list[str]]
RowNumber = Annotated[int, Path(ge=1, lt=2**63)]  # in a path: what a database can hold
BODY_FAULTS = FaultTable(
    "body",
    {
        "charset": (N_("the body is written in “{value}”"), N_("send it in UTF-8")),
        "no_json": (
            N_("the body is not sent as JSON but as “{value}”"),
            N_("send it as Content-Type: application/json"),
        ),
        "no_form": (
            N_("the body is not sent as a form but as “{value}”"),
            N_("send it as application/x-www-form-urlencoded"),
        ),
        "too_large": (N_("the body is longer than {limit}"), N_("send less at a time")),
        "broken": (
            N_("the body can't be read: it was cut short, or its chunks are malformed"),
            N_("send it again, with Content-Length or with well-formed chunks"),
        ),
        "repeated_key": (
            N_("the key “{value}” stands twice in one object"),
            N_("keep the right one of the two"),
        ),
        "repeated_parameter": (
            N_("the parameter {value} is given more than once"),
            N_("give it once"),
        ),
        "repeated_on_page": (
            N_("the address says one thing more than once"),
            N_("Check the address, or begin again here."),
        ),
        "nul": (
            N_("the request holds the character U+0000, which no text may hold"),
            N_("leave it out, and send the request again"),
        ),
        "too_slow": (
            N_("the body had not arrived after {seconds} seconds"),
            N_("send it again, or less at a time"),
        ),
        "long_address": (N_("the address is longer than {limit}"), N_("ask for less at a time")),
        "long_headers": (
            N_("the headers are longer than {limit}"),
            N_("send fewer of them; delete this site's cookies"),
        ),
    },
)
_MEDIA_TYPE = "multipart/form-data"
_MOST_PARTS = 250  # a form with a hundred ticks and its files
# Browsers write a quotation mark of a file's name as %22 (HTML, multipart/form-data encoding algorithm).
_PARAMETER = re.compile(r'[; ](name|filename)="([^"]*)"')


class BodyRefused(FaultError):
    """A request that is refused unparsed (RFC 9110, 15.5.14 and 15.5.16)."""


def refuse_repeated_key(content: bytes) -> None:
    """*Raises*: BodyRefused if an object of the JSON holds a key twice."""
    if (key := find_repeated_key(content)) is not None:
        raise BodyRefused(BODY_FAULTS.build("repeated_key", value=scrub_personal_numbers(key)[:80]))


def content_media_type(headers: Mapping[str, str]) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def check_charset(headers: Mapping[str, str], body: bytes) -> None:
    """Refuse JSON for which another charset than UTF-8 is stated, unless its bytes are UTF-8 for certain.

    *Raises*: BodyRefused.
    """
    message = Message()
    message["content-type"] = headers.get("content-type", "")
    charset = str(message.get_param("charset", "")).lower()
    if charset in ("", "utf-8", "us-ascii"):
        return
    try:
        is_utf_8 = bool(body.decode()) and find_rival_of_utf_8(body) is None
    except UnicodeDecodeError:
        is_utf_8 = False
    if not is_utf_8:
        raise unsupported_charset(charset)


async def read_json_body(request: Request, most_bytes: int) -> bytes:
    """Return the raw body. *Raises*: BodyRefused if it is too long, or its content type is not JSON.

    Any page that a browser shows can send a form or plain text; only our own pages can send JSON.
    """
    media_type = content_media_type(request.headers)
    if media_type != "application/json" and not re.fullmatch(r"application/[\w.-]+\+json", media_type):
        raise wrong_media_type("no_json", media_type)
    body = await read_body(request, most_bytes)
    check_charset(request.headers, body)
    return body


async def read_body(request: Request, most_bytes: int) -> bytes:
    """Return the raw body. *Raises*: BodyRefused if it is too long."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most_bytes:
            raise body_too_large(most_bytes)
    return bytes(body)


async def read_form(request: Request, most_bytes: int = MAX_FORM_BYTES) -> FormFields:
    """Return the filled-in fields by name, without surrounding blanks; empty fields are left out.

    *Raises*: BodyRefused if the body is not a form, too long, or not UTF-8.
    """
    media_type = content_media_type(request.headers)
    if media_type != FORM_MEDIA_TYPE:
        raise wrong_media_type("no_form", media_type)
    body = await read_body(request, most_bytes)
    try:
        found = parse_qs(body.decode("ascii"), errors="strict", max_num_fields=_MOST_FIELDS)
    except UnicodeDecodeError:
        raise unsupported_charset("?") from None
    except ValueError:
        raise body_too_large(most_bytes) from None
    stripped = {name: [value.strip() for value in values] for name, values in found.items()}
    return {name: filled for name, values in stripped.items() if (filled := [v for v in values if v])}


def form_value(sent: FormFields, name: str) -> str:
    """Return the last value of a field; empty if there is none."""
    return sent[name][-1] if name in sent else ""


def form_number(sent: FormFields, name: str) -> int:
    """Return the whole number in a field; 0 if it holds none of at most nine digits."""
    text = form_value(sent, name)
    return int(text) if re.fullmatch(r"\d{1,9}", text) else 0


def parse_json_body(kind: type[BodyModel], body: bytes, *, strict: bool | None = True) -> BodyModel:
    """Parse a body. *Raises*: RequestValidationError with every fault at once.

    ``strict`` accepts only JSON's own types; None leaves that to the fields of the model.
    """
    try:
        return kind.model_validate_json(body, strict=strict)
    except ValidationError as error:
        quotes = all(field.repr for field in kind.model_fields.values())  # no field is secret or personal
        raise invalid_body(error, quotes=quotes) from error


def invalid_body(error: ValidationError, *, quotes: bool = True) -> RequestValidationError:
    """Return the error for a body that is not valid, with each fault placed in the body."""
    hidden = {} if quotes else {"input": "***"}
    return RequestValidationError([{**e, **hidden, "loc": ("body", *e["loc"])} for e in error.errors()])


@cache
def openapi_json_body(kind: type[BaseModel], *, required: bool = True) -> dict[str, object]:
    """Return the OpenAPI description of a body that the route reads itself in order to limit its size."""
    schema = kind.model_json_schema()
    inlined = _inline_definitions(
        {name: part for name, part in schema.items() if name != "$defs"}, schema.get("$defs", {})
    )
    return {"requestBody": {"required": required, "content": {"application/json": {"schema": inlined}}}}


def _inline_definitions(part: object, definitions: Mapping[str, object]) -> object:
    """Return a schema with each ``$ref`` replaced: OpenAPI keeps its definitions elsewhere."""
    if isinstance(part, list):
        return [_inline_definitions(one, definitions) for one in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        return _inline_definitions(definitions[part["$ref"].rpartition("/")[2]], definitions)
    return {name: _inline_definitions(one, definitions) for name, one in part.items()}


def unsupported_charset(charset: str) -> BodyRefused:
    return BodyRefused(BODY_FAULTS.build("charset", field="Content-Type", value=charset[:40]))


def wrong_media_type(code: str, media_type: str) -> BodyRefused:
    return BodyRefused(BODY_FAULTS.build(code, field="Content-Type", value=media_type[:80]))


def body_too_large(most_bytes: int) -> BodyRefused:
    return BodyRefused(BODY_FAULTS.build("too_large", limit=_size(most_bytes)))


def _size(count: int) -> str:
    return f"{count >> 20} MB" if count >= 1 << 20 else f"{count >> 10} kB"


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """A file of a form: the name that the browser gave it, and its content."""

    name: str
    content: bytes


async def read_file_form(request: Request, most_bytes: int) -> tuple[FormFields, Mapping[str, UploadedFile]]:
    """Return the filled-in fields and the files of a form. *Raises*: BodyRefused if it isn't such a form."""
    media_type = content_media_type(request.headers)
    if media_type != _MEDIA_TYPE:
        raise wrong_media_type("no_form", media_type)
    return parse_file_form(request.headers["content-type"], await read_body(request, most_bytes))


def parse_file_form(content_type: str, body: bytes) -> tuple[FormFields, Mapping[str, UploadedFile]]:
    """Return the filled-in fields and the files of a form's body. *Raises*: BodyRefused if it is malformed."""
    stated = Message()
    stated["content-type"] = content_type
    boundary = str(stated.get_param("boundary", "")).encode()
    parts = (b"\r\n" + body).split(b"\r\n--" + boundary) if boundary else []
    if len(parts) < 2 or len(parts) > _MOST_PARTS or not parts[-1].startswith(b"--"):
        raise BodyRefused(BODY_FAULTS.build("broken"))
    fields: dict[str, list[str]] = {}
    files: dict[str, UploadedFile] = {}
    for part in parts[1:-1]:
        head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        described = dict(_PARAMETER.findall(head.decode("utf-8", "replace")))
        name = described.get("name", "")
        if b"\0" in head or (b"\0" in content and "filename" not in described):
            raise BodyRefused(BODY_FAULTS.build("nul"))
        if "filename" in described:
            if content:
                files[name] = UploadedFile(described["filename"], content)
        elif value := _decode_field(content).strip():
            fields.setdefault(name, []).append(value)
    return fields, files


def _decode_field(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise unsupported_charset("?") from None
