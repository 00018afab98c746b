"""Read JSON request bodies: check their content type and limit their length."""

import re
from collections.abc import Mapping
from email.message import Message
from typing import TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

from core.faults import Fault, FaultError
from core.text_marks import N_

BodyModel = TypeVar("BodyModel", bound=BaseModel)


class BodyRefused(FaultError):
    """A body that is refused unparsed. ``status`` is its HTTP status (RFC 9110, 15.5.14 and 15.5.16)."""

    def __init__(self, fault: Fault, status: int) -> None:
        super().__init__([fault])
        self.status = status


def content_media_type(headers: Mapping[str, str]) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def content_charset(headers: Mapping[str, str]) -> str:
    """Return the charset in lower case; empty if the header names none."""
    message = Message()
    message["content-type"] = headers.get("content-type", "")
    return str(message.get_param("charset", "")).lower()


async def read_json_body(request: Request, most_bytes: int) -> bytes:
    """Return the raw body. *Raises*: BodyRefused if it is too long, or its content type is not JSON.

    Any page that a browser shows can send a form or plain text; only our own pages can send JSON.
    """
    media_type = content_media_type(request.headers)
    if media_type != "application/json" and not re.fullmatch(r"application/[\w.-]+\+json", media_type):
        raise BodyRefused(_no_json(media_type[:80]), 415)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most_bytes:
            raise BodyRefused(body_too_long_fault(most_bytes), 413)
    return bytes(body)


def parse_json_body(kind: type[BodyModel], body: bytes) -> BodyModel:
    """Parse a body with JSON's own types. *Raises*: RequestValidationError with every fault at once."""
    try:
        return kind.model_validate_json(body, strict=True)
    except ValidationError as error:
        raise RequestValidationError([{**e, "loc": ("body", *e["loc"])} for e in error.errors()]) from error


def openapi_json_body(kind: type[BaseModel], *, required: bool = True) -> dict[str, object]:
    """Return the OpenAPI description of a body that the route reads itself in order to limit its size."""
    schema = kind.model_json_schema()
    inlined = _inlined(
        {name: part for name, part in schema.items() if name != "$defs"}, schema.get("$defs", {})
    )
    return {"requestBody": {"required": required, "content": {"application/json": {"schema": inlined}}}}


def _inlined(part: object, definitions: Mapping[str, object]) -> object:
    """Return a schema with each ``$ref`` replaced: OpenAPI keeps its definitions elsewhere."""
    if isinstance(part, list):
        return [_inlined(one, definitions) for one in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        return _inlined(definitions[part["$ref"].rpartition("/")[2]], definitions)
    return {name: _inlined(one, definitions) for name, one in part.items()}


def unsupported_charset(charset: str) -> BodyRefused:
    fault = Fault(
        N_("the body is written in “{value}”"),
        N_("send JSON in UTF-8"),
        field="Content-Type",
        value=charset[:40],
        params={"code": "charset"},
    )
    return BodyRefused(fault, 415)


def _no_json(media_type: str) -> Fault:
    return Fault(
        N_("the body is not sent as JSON but as “{value}”"),
        N_("send it as Content-Type: application/json"),
        field="Content-Type",
        value=media_type,
        params={"code": "content_type"},
    )


def body_too_long_fault(most_bytes: int) -> Fault:
    return Fault(
        N_("the body is longer than {limit}"),
        N_("send less at a time"),
        params={"limit": _size(most_bytes), "code": "too_large"},
    )


def _size(count: int) -> str:
    return f"{count >> 20} MB" if count >= 1 << 20 else f"{count >> 10} kB"
