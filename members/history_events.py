"""One change of a thing that is the fold of its history (``members.histories``)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

ActT = TypeVar("ActT", bound=StrEnum)


@dataclass(frozen=True)  # without slots, as a subscribed class is called
class HistoryEvent(Generic[ActT]):
    """One change as it is stored: which version it makes, the act, when and by whom, and what was written.

    ``data`` names persons by members' ids and places alone.
    """

    version: int
    act: ActT
    at: datetime
    by: str
    data: Mapping[str, Any] = field(default_factory=dict)
