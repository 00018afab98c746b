"""What an organisation below may change about a rule."""

from typing import Annotated

from pydantic import Field

from rules.yaml.wording import Document, Word


class TopUp(Document):
    """What an organisation below may add at most."""

    most_fen: Annotated[int, Field(ge=1, le=10**12)]


class LowerLevels(Document):
    """Parameters that may be set within their least and most, conditions added, amounts topped up."""

    may_set: tuple[Word, ...] = ()
    may_require: bool = False
    may_top_up: TopUp | None = None
