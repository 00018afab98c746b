"""A row as a line of the export: JSON that begins with a digest of all that follows.

The same digest goes into seals. Of a decision the explanation counts by its own digest, and of an entry or a
place on the waiting list what it keeps of the decision, so that these can be erased (they hold what was
read of a person) while everything else stays proved.
"""

from collections.abc import Mapping
from hashlib import sha256

from pydantic_core import from_json, to_json

Row = Mapping[str, object]

DIGITS = 32  # of a digest: 128 bits of SHA-256
_HEAD = b'{"digest":"'
_BODY = len(_HEAD) + DIGITS + 2  # after the digest, its quote and the comma
# What can be erased, and how it begins; that can't occur inside a text: there its quotes are escaped.
_ERASABLE = {name: b',"%s":' % name.encode() for name in ("explanation", "decision")}
_USES = '"uses":'  # the last of an explanation; in a text its quotes would be escaped
DIGEST = slice(len(_HEAD), len(_HEAD) + DIGITS)  # of a line
ERASED = '{"erased":"'


def digest_of(content: bytes) -> str:
    return sha256(content).hexdigest()[:DIGITS]


def render(table: str, row: Row) -> tuple[bytes, str]:
    """The line of a row, without its end, and its digest."""
    name = _erasable(row)
    if name is None:
        body, tail = to_json({"table": table, **row})[1:-1], b"}"
    else:
        rest = {key: value for key, value in row.items() if key != name}
        text = str(row[name])
        body = to_json({"table": table, **rest, f"{name}_digest": explanation_digest(text)})[1:-1]
        tail = _ERASABLE[name] + to_json(text) + b"}"
    digest = digest_of(body)
    return _HEAD + digest.encode() + b'",' + body + tail, digest


def _erasable(row: Row) -> str | None:
    return "explanation" if "explanation" in row else "decision" if "decision" in row else None


def explanation_digest(text: str) -> str:
    """Of an explanation, or what is kept of a decision; one that was erased has kept it."""
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
    name = _erasable(row)
    if name is not None:
        body = body[: body.find(_ERASABLE[name])]
        if row.get(f"{name}_digest") != explanation_digest(str(row[name])):
            return False
    return line[:_BODY] == b'{"digest":"%s",' % sha256(body).hexdigest()[:DIGITS].encode()
