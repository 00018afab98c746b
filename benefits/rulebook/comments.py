"""What officers discuss of a version that was submitted: comments, which are only ever added."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from benefits.officer_acts import ActRefused, Officer, lock_rulebook_exclusive
from benefits.rulebook.versions import RuleVersion, find_rule_version
from benefits.tables.rulebook import rule_comments
from core.faults import Fault, FaultTable
from core.text_marks import N_
from members import has_personal_number

MAX_COMMENT_LENGTH = 1000  # characters
MOST_COMMENTS = 200  # of one version
_OPEN_STATES = frozenset({"submitted", "rejected"})
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")

RULE_COMMENT_FAULTS = FaultTable(
    "rule_comment",
    {
        "empty": (N_("the comment is empty"), N_("write what you think of the version")),
        "too_long": (
            N_("the comment has {count} characters; {most} are stored"),
            N_("write it shorter, or in two comments"),
        ),
        "control": (
            N_("the comment holds a character that can't be shown"),
            N_("write it again, without copying it from elsewhere"),
        ),
        "personal": (
            N_("the comment holds an ID number or a phone number; comments are never deleted"),
            N_("leave out personal data"),
        ),
        "unknown": (
            N_("no version {value} was submitted"),
            N_("comments belong to versions that an officer submitted: choose one from the list of rules"),
        ),
        "decided": (
            N_("the version {value} is approved, and its discussion ended"),
            N_("submit the next version of the rule, and comment on that one"),
        ),
        "full": (
            N_("the version has {count} comments already, and no more are taken"),
            N_("talk to each other, and write the result into the decision's reason"),
        ),
        "unread": (
            N_("{count} new comments were written since you opened the page"),
            N_("read them, then decide again"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class RuleComment:
    """One comment; ``hash`` is the version that it is about."""

    number: int
    hash: str
    by: str
    at: datetime
    text: str


def append_rule_comment(connection: Connection, officer: Officer, hash_: str, text: str) -> RuleComment:
    """Append a comment to a submitted or rejected version. *Raises*: ActRefused with every fault."""
    lock_rulebook_exclusive(connection)  # whoever approves meanwhile has read it, or is refused
    text = text.replace("\r\n", "\n").strip()
    version = require_commented_version(connection, hash_)
    if faults := [*_text_faults(text), *_version_faults(connection, version)]:
        raise ActRefused(faults)
    row = {"hash": hash_, "by": officer.who, "at": officer.at, "text": text}
    done = connection.execute(insert(rule_comments).values(row).returning(rule_comments.c.number))
    return RuleComment(done.scalar_one(), hash_, officer.who, officer.at, text)


def require_commented_version(connection: Connection, hash_: str) -> RuleVersion:
    """Return the version that was submitted under a hash. *Raises*: ActRefused if there is none."""
    version = find_rule_version(connection, hash_)
    if version is None:
        raise ActRefused(RULE_COMMENT_FAULTS.build("unknown", field="version", value=hash_[:12]))
    return version


def is_open_for_comments(version: RuleVersion) -> bool:
    """Return whether a version still takes comments: until it is approved."""
    return version.state in _OPEN_STATES


def list_rule_comments(connection: Connection, hashes: Sequence[str]) -> dict[str, list[RuleComment]]:
    """Return the comments of some versions by their hash, the earliest first."""
    query = select(rule_comments).where(rule_comments.c.hash.in_(hashes)).order_by(rule_comments.c.number)
    found: dict[str, list[RuleComment]] = {hash_: [] for hash_ in hashes}
    for row in connection.execute(query):
        found[row.hash].append(RuleComment(row.number, row.hash, row.by, row.at, row.text))
    return found


def require_comments_seen(connection: Connection, hash_: str, seen: int) -> None:
    """Refuse a decision of an officer who saw only the comments up to a number. *Raises*: ActRefused."""
    lock_rulebook_exclusive(connection)
    c = rule_comments.c
    query = select(func.count()).select_from(rule_comments).where(c.hash == hash_, c.number > seen)
    if count := connection.execute(query).scalar_one():
        raise ActRefused(RULE_COMMENT_FAULTS.build("unread", field="comments", count=count))


def _text_faults(text: str) -> Iterator[Fault]:
    if not text:
        yield RULE_COMMENT_FAULTS.build("empty", field="text")
    if len(text) > MAX_COMMENT_LENGTH:
        yield RULE_COMMENT_FAULTS.build("too_long", field="text", count=len(text), most=MAX_COMMENT_LENGTH)
    if _CONTROL.search(text):
        yield RULE_COMMENT_FAULTS.build("control", field="text")
    if has_personal_number(text):
        yield RULE_COMMENT_FAULTS.build("personal", field="text")


def _version_faults(connection: Connection, version: RuleVersion) -> Iterator[Fault]:
    if not is_open_for_comments(version):
        yield RULE_COMMENT_FAULTS.build("decided", field="version", value=version.hash[:12])
    query = select(func.count()).select_from(rule_comments).where(rule_comments.c.hash == version.hash)
    if (count := connection.execute(query).scalar_one()) >= MOST_COMMENTS:
        yield RULE_COMMENT_FAULTS.build("full", field="version", count=count)
