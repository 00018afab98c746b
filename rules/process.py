"""How an application is dealt with before it is confirmed."""

from typing import Annotated, Literal

from pydantic import Field

from rules.wording import Document, Text


class PublicNotice(Document):
    """How long an application is shown to the public before it is confirmed."""

    days: Annotated[int, Field(ge=1, le=365)]
    counted: Literal["work_days", "days"]


class Process(Document):
    """Attachments, stages of review by different reviewers, in order, and a public notice."""

    programme: Text
    attachments: Annotated[int, Field(ge=0, le=100)] = 0
    reviews: Annotated[tuple[Text, ...], Field(max_length=10)] = ()
    public_notice: PublicNotice | None = None
