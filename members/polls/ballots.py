"""Seal anonymous ballots while a poll is open, and count them once when it is over.

Whoever has the whole database sees which ballot was stored with which participant: by transaction, by a
backup before and after. So a ballot is encrypted, with a key that isn't in the database, and padded to one
length. When the poll is over, all ballots are opened at once; each answer gets a new random id and a random
place, without its member, its time and the ballot's other answers; the sealed ballots are deleted.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic_core import from_json, to_json
from sqlalchemy import Connection, delete, insert, select

from members.polls.definition import Answer, Poll
from members.polls.tables import poll_answers, poll_ballots

FEWEST_BALLOTS = 5
"""Fewer ballots are deleted unopened: with four participants the result would name them."""
_NONCE_BYTES = 12
_BLOCK_BYTES = 256
_LONGEST_CHARACTER_BYTES = 6  # of a text in JSON
_PAGE = 500


def ballot_key(secret: bytes, poll_id: str) -> bytes:
    """Return the key of one poll's ballots."""
    return hmac.new(secret, f"poll ballots\0{poll_id}".encode(), hashlib.sha256).digest()


def key_fingerprint(key: bytes) -> str:
    """Return the fingerprint of a poll's key, which reveals nothing of it."""
    return hashlib.sha256(b"poll ballots fingerprint\0" + key).hexdigest()


def seal_ballot(connection: Connection, poll: Poll, key: bytes, answers: Mapping[str, Answer]) -> None:
    """Store one anonymous ballot, sealed."""
    ballot = secrets.token_hex(16)
    plain = to_json(answers)
    length = _ballot_length(poll)
    assert len(plain) <= length, "the longest ballot was computed too short"
    nonce = secrets.token_bytes(_NONCE_BYTES)
    sealed = nonce + AESGCM(key).encrypt(nonce, plain.ljust(length), f"{poll.id}\0{ballot}".encode())
    connection.execute(insert(poll_ballots).values(id=ballot, poll_id=poll.id, sealed=sealed))


def _ballot_length(poll: Poll) -> int:
    """Return a length that no ballot of the poll exceeds, so that all have the same."""
    total = 2
    for question in poll.questions:
        texts = sum(len(option) + 1 for option in question.options)
        if question.kind == "text":
            texts = question.bounds[1]
        total += len(question.id) + 16 + (texts + 3) * _LONGEST_CHARACTER_BYTES
    return -(-total // _BLOCK_BYTES) * _BLOCK_BYTES


def count_ballots(connection: Connection, poll: Poll, key: bytes) -> int:
    """Open all sealed ballots of a poll that is over, and store their answers in random order; return how many."""
    ids = list(
        connection.execute(select(poll_ballots.c.id).where(poll_ballots.c.poll_id == poll.id)).scalars()
    )
    if len(ids) >= FEWEST_BALLOTS:
        for question in poll.questions:
            _store_shuffled(connection, poll, key, question.id, ids)
    connection.execute(delete(poll_ballots).where(poll_ballots.c.poll_id == poll.id))
    return len(ids)


def _store_shuffled(connection: Connection, poll: Poll, key: bytes, question: str, ids: list[str]) -> None:
    """Store the answers to one question in an order that nobody chose; one order for each question."""
    secrets.SystemRandom().shuffle(ids)
    cipher = AESGCM(key)
    for start in range(0, len(ids), _PAGE):
        page = ids[start : start + _PAGE]
        query = select(poll_ballots.c.id, poll_ballots.c.sealed).where(poll_ballots.c.id.in_(page))
        sealed = {row.id: bytes(row.sealed) for row in connection.execute(query)}
        rows = []
        for ballot in page:
            nonce, text = sealed[ballot][:_NONCE_BYTES], sealed[ballot][_NONCE_BYTES:]
            answers = from_json(cipher.decrypt(nonce, text, f"{poll.id}\0{ballot}".encode()))
            if question in answers:
                answer = to_json(answers[question]).decode()
                rows.append(
                    {"id": secrets.token_hex(16), "poll_id": poll.id, "question": question, "answer": answer}
                )
        if rows:
            connection.execute(insert(poll_answers), rows)
