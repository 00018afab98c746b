"""What holds after a benefit was granted."""

from typing import Annotated

from pydantic import Field

from rules.yaml.wording import Document, Duration, Saying, Text


class Claim(Document):
    """It must be claimed ``within`` this time, else it lapses."""

    within: Duration


class Clawback(Document):
    """What is taken back when an event occurs within a time after the grant."""

    on: Text
    within: Duration
    share_percent: Annotated[int, Field(ge=1, le=100)] = 100
    text: Saying
