"""The names of the built streets, as one process uses them."""

import logging
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from core.text_marks import N_
from yihui.files.street_names.reading import NamesFile
from yihui.services.streets.current import CurrentPart
from yihui.services.streets.folder import StreetsPart

# Shown wherever names or ways of an extract are used: ODbL 1.0, clause 4.3.
STREETS_ATTRIBUTION = N_("Names of streets and places: © OpenStreetMap contributors (ODbL)")
T = TypeVar("T")
_LOG = logging.getLogger(__name__)


class StreetNames(CurrentPart[NamesFile]):
    """Provides the names file of a folder of streets."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, StreetsPart.NAMES, NamesFile.open)

    def use(self, work: Callable[[NamesFile], T], otherwise: T) -> T:
        """Return what some work makes of the names; ``otherwise`` where there are none or the file is damaged."""
        names = self.current()
        if names is None:
            return otherwise
        try:
            return work(names)
        except sqlite3.DatabaseError as error:
            _LOG.warning("the names of the streets are damaged: %s", type(error).__name__)
            return otherwise
