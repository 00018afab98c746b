"""Read a form with a file (multipart/form-data, RFC 7578); the whole body has a limit before it is read."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message

from fastapi import Request

from yihui.http.body import (
    BODY_FAULTS,
    BodyRefused,
    FormFields,
    content_media_type,
    read_body,
    wrong_media_type,
)

_MEDIA_TYPE = "multipart/form-data"
_MOST_PARTS = 250  # a form with a hundred ticks and its files
# Browsers write a quotation mark of a file's name as %22 (HTML, multipart/form-data encoding algorithm).
_PARAMETER = re.compile(r'[; ](name|filename)="([^"]*)"')


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
        elif value := content.decode("utf-8", "replace").strip():
            fields.setdefault(name, []).append(value)
    return fields, files
