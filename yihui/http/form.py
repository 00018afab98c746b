"""Read forms sent by POST: the body that every browser sends without script, with a limited length."""

from collections.abc import Mapping
from urllib.parse import parse_qs

from fastapi import Request

from yihui.http.body import (
    body_too_large,
    content_media_type,
    read_body,
    unsupported_charset,
    wrong_media_type,
)

FORM_MEDIA_TYPE = "application/x-www-form-urlencoded"
_MOST_FIELDS = 200
FormFields = Mapping[str, list[str]]


async def read_form(request: Request, most_bytes: int) -> FormFields:
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
