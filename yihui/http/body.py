"""The body of a request: JSON by its own word, and not too long."""

import re
from typing import TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

from geo.faults import Fault, InputFaults

N_ = str  # marks a text for the message catalogue

Said = TypeVar("Said", bound=BaseModel)


async def json_body(request: Request, most_bytes: int) -> bytes:
    """The body as it came. *Raises*: InputFaults where it is too long, or doesn't say that it is JSON.

    A form or a plain text can be sent by any page that a browser shows, JSON only by our own.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json" and not re.fullmatch(r"application/[\w.-]+\+json", media_type):
        raise InputFaults([_no_json(media_type[:80])])
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most_bytes:
            raise InputFaults([_too_long(most_bytes)])
    return bytes(body)


def said_in(kind: type[Said], body: bytes) -> Said:
    """What a body says. *Raises*: RequestValidationError with every fault at once."""
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        raise RequestValidationError([{**e, "loc": ("body", *e["loc"])} for e in error.errors()]) from error


def body_of_kind(kind: type[BaseModel]) -> dict[str, object]:
    """For the description of the API: the body is read by ourselves, since its size is limited."""
    schema = kind.model_json_schema(ref_template="#/components/schemas/{model}")
    schema.pop("$defs", None)
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def _no_json(media_type: str) -> Fault:
    return Fault(
        N_("the body is not sent as JSON but as “{value}”"),
        N_("send it as Content-Type: application/json"),
        field="Content-Type",
        value=media_type,
        params={"code": "content_type"},
    )


def _too_long(most_bytes: int) -> Fault:
    return Fault(
        N_("the body is longer than {limit}"),
        N_("send less at a time"),
        params={"limit": _size(most_bytes), "code": "too_large"},
    )


def _size(count: int) -> str:
    return f"{count >> 20} MB" if count >= 1 << 20 else f"{count >> 10} kB"
