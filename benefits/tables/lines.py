"""Export lines: each row as JSON that begins with a digest of everything after it.

Seals hold the same digest. For a decision it covers the digest of the explanation instead of its text, and
for an entry or a place on the waiting list the digest of the stored decision. So these texts, which hold
facts about a person, can be erased while everything else stays proved.

A line of an export with seals also holds the columns that this digest leaves out, and ends with a digest of
the whole line. ``docs/ledger_format.md`` describes both to the byte.
"""

from collections.abc import Mapping
from hashlib import sha256

from pydantic_core import from_json, to_json

from store import text_digest

Row = Mapping[str, object]

DIGEST_LENGTH = 32  # hexadecimal digits of a digest: 128 bits of SHA-256
_HEAD = b'{"digest":"'
_COMPLETE_HEAD = b'{"sha256":"'  # in an export with seals, where some tables have a column named digest
BODY_START = len(_HEAD) + DIGEST_LENGTH + 2  # after the digest, its quote and the comma
# Columns that can be erased, and their first bytes, which no text contains: there quotes are escaped.
_ERASABLE = {name: b',"%s":' % name.encode() for name in ("explanation", "decision")}
_USES = '"uses":'  # the last key of an explanation; in a text its quotes would be escaped
REST, LOOSE, WHOLE = "rest", "loose", "whole"  # keys that only lines of an export with seals have
_OPENED = {key: b',"%s":{' % key.encode() for key in (REST, LOOSE)}
_WHOLE = b',"%s":"' % WHOLE.encode()
WHOLE_LENGTH = len(_WHOLE) + DIGEST_LENGTH + 2  # what follows the part of a line that this digest covers


def short_digest(content: bytes) -> str:
    return sha256(content).hexdigest()[:DIGEST_LENGTH]


def render_export_line(table: str, row: Row) -> tuple[bytes, str]:
    """Return a row's line, without its end, and the line's digest."""
    name = _erasable(row)
    if name is None:
        body, tail = to_json({"table": table, **row})[1:-1], b"}"
    else:
        rest = {key: value for key, value in row.items() if key != name}
        text = str(row[name])
        body = to_json({"table": table, **rest, f"{name}_digest": explanation_digest(text)})[1:-1]
        tail = _ERASABLE[name] + to_json(text) + b"}"
    digest = short_digest(body)
    return _HEAD + digest.encode() + b'",' + body + tail, digest


def _erasable(row: Row) -> str | None:
    return "explanation" if "explanation" in row else "decision" if "decision" in row else None


def explanation_digest(text: str) -> str:
    """Return the digest of an explanation or a stored decision; an erased text contains its digest."""
    return text_digest(text)


def parse_counter_uses(decision: Row) -> dict[str, int]:
    """Return what a decision took of each counter. *Raises*: ValueError if its explanation is not valid."""
    text = str(decision["explanation"])
    uses = from_json(text[text.rfind(_USES) + len(_USES) : -1])
    if not isinstance(uses, dict) or any(type(amount) is not int for amount in uses.values()):
        raise ValueError(f"decision {decision['id']} has no uses")
    return uses


def erase_explanation(text: str, title: str) -> str:
    """Return an explanation without facts about the person; what a grant took of each counter stays."""
    content = from_json(text)
    kept = {"title": title, "conditions": [], "reasons": [], "uses": content["uses"]}
    return to_json({"erased": explanation_digest(text), **kept}).decode()


def render_complete_line(table: str, row: Row, rest: Row, loose: Row) -> bytes:
    """Return a row's line in an export with seals.

    ``rest`` are the columns that the second digest of a seal covers, ``loose`` those that no seal covers.
    """
    head = _COMPLETE_HEAD + render_export_line(table, row)[0][len(_HEAD) : -1]
    for key, columns in ((REST, rest), (LOOSE, loose)):
        if columns:
            head += _OPENED[key][:-1] + to_json(columns)
    return head + _WHOLE + short_digest(head).encode() + b'"}'


def is_complete_line_intact(line: bytes, row: Row) -> bool:
    """Return whether a line of an export with seals is the one that was written."""
    head, mark, digest = line.rpartition(_WHOLE)
    if not mark or digest != short_digest(head).encode() + b'"}':
        return False
    ends = [place for start in _OPENED.values() if (place := head.find(start)) >= 0]
    return is_line_intact(head[: min(ends, default=len(head))] + b"}", row, _COMPLETE_HEAD)


def is_line_intact(line: bytes, row: Row, head: bytes = _HEAD) -> bool:
    """Return whether a line that was read is the one that was written."""
    body = line[BODY_START:-1]
    name = _erasable(row)
    if name is not None:
        body = body[: body.find(_ERASABLE[name])]
        if row.get(f"{name}_digest") != explanation_digest(str(row[name])):
            return False
    return line[:BODY_START] == head + short_digest(body).encode() + b'",'
