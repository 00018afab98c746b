"""Cursors of paged lists: opaque to the client, and valid only for the query for which they were issued."""

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error

from fastapi.exceptions import RequestValidationError

MAX_CURSOR_CHARS = 400  # characters
_DIGEST = 9  # bytes


def build_cursor(question: str, place: str) -> str:
    """Build the cursor for a position in the answer to a query."""
    body = place.encode()
    return urlsafe_b64encode(_digest(question, body) + body).decode().rstrip("=")


def parse_cursor(question: str, given: str) -> str:
    """Return a cursor's position. *Raises*: RequestValidationError if it was not issued for this query."""
    try:
        whole = urlsafe_b64decode(given + "=" * (-len(given) % 4))
        digest, body = whole[:_DIGEST], whole[_DIGEST:]
        if digest == _digest(question, body) and build_cursor(question, body.decode()) == given:
            return body.decode()
    except (Error, ValueError):
        pass
    raise RequestValidationError([{"type": "cursor", "loc": ("query", "cursor"), "input": given[:80]}])


def _digest(question: str, body: bytes) -> bytes:
    return hashlib.blake2b(
        body, key=hashlib.blake2b(question.encode()).digest(), digest_size=_DIGEST
    ).digest()
