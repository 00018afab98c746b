"""What a form sends by POST: the body that every browser makes without script, and not too long."""

from collections.abc import Mapping
from urllib.parse import parse_qs

from fastapi import Request

from core.faults import Fault
from yihui.http.body import BodyRefused, media_type_of, not_this_charset, too_long

N_ = str  # marks a text for the message catalogue

FORM = "application/x-www-form-urlencoded"
_MOST_FIELDS = 200
Sent = Mapping[str, list[str]]


async def sent_form(request: Request, most_bytes: int) -> Sent:
    """The filled-in fields by name, without blanks around them; those left empty are not there.

    *Raises*: BodyRefused where it is no form, too long, or not UTF-8.
    """
    media_type = media_type_of(request.headers)
    if media_type != FORM:
        raise BodyRefused(_no_form(media_type[:80]), 415)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most_bytes:
            raise BodyRefused(too_long(most_bytes), 413)
    try:
        found = parse_qs(body.decode("ascii"), errors="strict", max_num_fields=_MOST_FIELDS)
    except UnicodeDecodeError:
        raise not_this_charset("?") from None
    except ValueError:
        raise BodyRefused(too_long(most_bytes), 413) from None
    stripped = {name: [value.strip() for value in values] for name, values in found.items()}
    return {name: filled for name, values in stripped.items() if (filled := [v for v in values if v])}


def one(sent: Sent, name: str) -> str:
    """The last value of a field; empty where there is none."""
    return sent[name][-1] if name in sent else ""


def _no_form(media_type: str) -> Fault:
    return Fault(
        N_("the body is not sent as a form but as “{value}”"),
        N_("send it as application/x-www-form-urlencoded"),
        field="Content-Type",
        value=media_type,
        params={"code": "content_type"},
    )
