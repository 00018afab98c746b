"""What an organisation below may change about a rule."""

from typing import Annotated

from pydantic import Field

from rules.yaml.wording import ParameterName, StrictFileModel


class TopUp(StrictFileModel):
    """The greatest amount that an organisation below may add."""

    most_fen: Annotated[int, Field(ge=1, le=10**12)]


class LowerLevels(StrictFileModel):
    """Rights of lower levels: set parameters within their least and most, add conditions, add an amount."""

    may_set: tuple[ParameterName, ...] = ()
    may_require: bool = False
    may_top_up: TopUp | None = None
