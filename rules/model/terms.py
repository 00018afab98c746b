"""Terms that apply after a grant."""

from typing import Annotated

from pydantic import Field

from rules.yaml.wording import Duration, MemberMessage, NonEmptyText, StrictFileModel


class Claim(StrictFileModel):
    """A grant lapses unless the member claims it ``within`` this time."""

    within: Duration


class Clawback(StrictFileModel):
    """The share to reverse if an event occurs within a time after the grant."""

    on: NonEmptyText
    within: Duration
    share_percent: Annotated[int, Field(ge=1, le=100)] = 100
    text: MemberMessage
