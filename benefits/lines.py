"""A row as a line of the export: JSON that begins with a digest of all that follows.

The same digest goes into seals. Of a decision the explanation counts by its own digest, so that it can be
erased (it holds what was read of a person) while everything else stays proved.
"""

from collections.abc import Mapping
from hashlib import sha256

from pydantic_core import from_json, to_json

Row = Mapping[str, object]

DIGITS = 32  # of a digest: 128 bits of SHA-256
_HEAD = b'{"digest":"'
_BODY = len(_HEAD) + DIGITS + 2  # after the digest, its quote and the comma
_EXPLANATION = b',"explanation":'  # can't occur inside a text: there its quotes are escaped
_USES = '"uses":'  # the last of an explanation; in a text its quotes would be escaped
ERASED = '{"erased":"'


def digest_of(content: bytes) -> str:
    return sha256(content).hexdigest()[:DIGITS]


def render(table: str, row: Row) -> tuple[bytes, str]:
    """The line of a row, without its end, and its digest."""
    if "explanation" not in row:
        body, tail = to_json({"table": table, **row})[1:-1], b"}"
    else:
        rest = {name: value for name, value in row.items() if name != "explanation"}
        text = str(row["explanation"])
        body = to_json({"table": table, **rest, "explanation_digest": explanation_digest(text)})[1:-1]
        tail = _EXPLANATION + to_json(text) + b"}"
    digest = digest_of(body)
    return _HEAD + digest.encode() + b'",' + body + tail, digest


def explanation_digest(text: str) -> str:
    """Of an explanation; one that was erased has kept it."""
    if text.startswith(ERASED):
        return text[len(ERASED) : len(ERASED) + DIGITS]
    return digest_of(text.encode())


def uses_of(decision: Row) -> dict[str, int]:
    """What a decision took of the counters. *Raises*: ValueError where its explanation is not one."""
    text = str(decision["explanation"])
    uses = from_json(text[text.rfind(_USES) + len(_USES) : -1])
    if not isinstance(uses, dict) or any(type(amount) is not int for amount in uses.values()):
        raise ValueError(f"decision {decision['id']} has no uses")
    return uses


def erased(text: str) -> str:
    """An explanation without what was read of the person; what a grant took of the counters stays."""
    content = from_json(text)
    kept = {"title": content["title"], "conditions": [], "reasons": [], "uses": content["uses"]}
    return to_json({"erased": explanation_digest(text), **kept}).decode()


def is_whole(line: bytes, row: Row) -> bool:
    """Whether a line that was read is the one that was written."""
    body = line[_BODY:-1]
    if "explanation" in row:
        body = body[: body.find(_EXPLANATION)]
        if row.get("explanation_digest") != explanation_digest(str(row["explanation"])):
            return False
    return line[:_BODY] == b'{"digest":"%s",' % sha256(body).hexdigest()[:DIGITS].encode()
