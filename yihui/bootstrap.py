"""The one wiring function: settings in, everything that a command or a page needs out."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from yihui.runtime.language import DEFAULT, Language, language

if TYPE_CHECKING:
    from benefits.vouchers.keys import VoucherKey
    from events import Runner
    from events.stream.access import Access
    from geo.districts import Districts
    from geo.nearest.index import StationIndex
    from rules import Library
    from store import Database
    from yihui.files.raster_tiles import RasterTiles
    from yihui.runtime.observability.metrics import Metrics
    from yihui.services.nearest import Question
    from yihui.services.routing import Streets
    from yihui.services.rules_in_force import Rulebook


PROVINCE = "370000"  # Shandong
INGRESS_LIMIT = 100_000


@dataclass(frozen=True, slots=True)
class Settings:
    """Where things are. ``database`` is a path or a URL."""

    database: str
    data_folder: Path
    rules: tuple[Path, ...] = ()
    language: str = DEFAULT
    read_only: bool = False
    busy_timeout_s: float | None = (
        None  # how long to wait for another writer; None: as long as the store does
    )
    routing: Path | None = None  # the folder with the street tiles
    base_map: Path | None = None  # the file with raster tiles, where riders are to see some under the map
    feeds: tuple[Path, ...] = ()  # folders with the mappings of other apps' feeds
    kafka: Access | None = None  # None: events are handled in this process
    ingress_limit: int = INGRESS_LIMIT  # so many events may wait before more are asked to come later


def settings_from(environ: Mapping[str, str], database: str | None = None, lang: str = DEFAULT) -> Settings:
    """Command line first, then environment, then the user's data folder."""
    folder = _data_folder(environ)
    return Settings(
        database=database or environ.get("YIHUI_DATABASE_URL") or str(folder / "yihui.db"),
        data_folder=folder,
        rules=tuple(Path(part) for part in environ.get("YIHUI_RULES", "").split(os.pathsep) if part),
        language=lang,
        busy_timeout_s=_seconds(environ.get("YIHUI_BUSY_TIMEOUT_S")),
        routing=Path(environ["YIHUI_ROUTING"]) if environ.get("YIHUI_ROUTING") else None,
        base_map=Path(environ["YIHUI_BASE_MAP"]) if environ.get("YIHUI_BASE_MAP") else None,
        feeds=tuple(Path(part) for part in environ.get("YIHUI_FEEDS", "").split(os.pathsep) if part),
        kafka=_access(environ),
        ingress_limit=_limit(environ.get("YIHUI_INGRESS_LIMIT")),
    )


def _seconds(text: str | None) -> float | None:
    if not text:
        return None
    from yihui.runtime.arguments import seconds

    return seconds(text, "YIHUI_BUSY_TIMEOUT_S")


def _limit(text: str | None) -> int:
    if not text:
        return INGRESS_LIMIT
    from yihui.runtime.arguments import whole

    return whole(text, "YIHUI_INGRESS_LIMIT")


def _access(environ: Mapping[str, str]) -> Access | None:
    if not environ.get("YIHUI_KAFKA"):
        return None
    from yihui.runtime.stream_settings import access_from

    return access_from(environ)


def _data_folder(environ: Mapping[str, str]) -> Path:
    given = environ.get("YIHUI_DATA_FOLDER")
    if given:
        return Path(given)
    import platformdirs

    return Path(platformdirs.user_data_dir("yihui"))


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Wiring:
    """What commands and pages are given. Each part is made when it is first asked for."""

    settings: Settings
    now: Callable[[], datetime] = field(default=_utc_now)

    @property
    def data_folder(self) -> Path:
        self.settings.data_folder.mkdir(parents=True, exist_ok=True)
        return self.settings.data_folder

    @cached_property
    def language(self) -> Language:
        return language(self.settings.language)

    def say(self, template: str, **params: object) -> str:
        return self.language.say(template, **params)

    @cached_property
    def database(self) -> Database:
        """Opened and migrated."""
        from store import migrate

        database = self.unmigrated()
        migrate(database)
        return database

    def unmigrated(self) -> Database:
        """Opened as it is; whoever asks closes it."""
        from store import open_database

        if "://" not in self.settings.database and not self.settings.read_only:
            self._make_default_folder()
        wait_s = self.settings.busy_timeout_s
        opened = open_database if wait_s is None else partial(open_database, busy_timeout_s=wait_s)
        return opened(self.settings.database, read_only=self.settings.read_only)

    def _make_default_folder(self) -> None:
        """Only our own folder is made; a mistyped ``--db`` is told, not created."""
        if Path(self.settings.database).parent == self.settings.data_folder:
            self.settings.data_folder.mkdir(parents=True, exist_ok=True)

    def close(self) -> None:
        """Seal what was written, and give the database back.

        SQLite folds its log into the file when the last connection closes.
        """
        if "database" not in self.__dict__:
            return
        try:
            if self.database.wrote:
                from yihui.services.sealing import seal_at_the_end

                seal_at_the_end(self)
        finally:
            self.database.close()

    @property
    def outlines_cache(self) -> Path:
        return self.data_folder / "outlines.parquet"

    @cached_property
    def outlines(self) -> Districts:
        """The districts of all China, from a cache that is built once."""
        from geo.districts import Districts
        from geo.formats.outlines import load_outlines

        return Districts(load_outlines(self.outlines_cache))

    def stations(self, register: str | None = None) -> StationIndex:
        """An index over what the register holds now, and what was said of its stations lately."""
        from geo.nearest.index import StationIndex
        from geo.registry import load_live, load_stations

        with self.database.read() as connection:
            stations = load_stations(connection, register=register)
            return StationIndex.build(stations, load_live(connection, self.now()))

    def streets(self, question: Question, routing: Path | None = None) -> Streets | None:
        """The streets for a question's way of travelling; None where there are no tiles. *Raises*: NoRouting."""
        folder = routing or self.settings.routing
        if folder is None or question.travel is None or question.way is None:
            return None
        from yihui.services.routing import Streets

        return Streets.open(folder, question.travel, question.way)

    @cached_property
    def raster_tiles(self) -> RasterTiles | None:
        """The base map's pictures; None where there are none. *Raises*: InputFaults, OSError for a wrong file."""
        if self.settings.base_map is None:
            return None
        from yihui.files.raster_tiles import RasterTiles

        return RasterTiles.open(self.settings.base_map)

    @cached_property
    def rulebook(self) -> Rulebook:
        """Where the rules in force are looked up."""
        from yihui.services.rules_in_force import Rulebook

        return Rulebook(self.settings.rules, self._tell_of_rules)

    def _tell_of_rules(self, error: Exception) -> None:
        """Rules that can't be taken while others are in force."""
        from yihui.runtime.errors import problem_of

        problem = problem_of(error, self.language)
        assert problem is not None, f"{type(error).__name__} is told nowhere"
        lines = [problem.title, *(line.text() for line in problem.errors)]
        logging.getLogger("yihui.rules").error("\n".join(lines))

    @property
    def library(self) -> Library:
        """The rules in force now: ours, those of the folders in the settings, those approved."""
        if not self.has_database:
            from yihui.services.rules import read_library

            return read_library(self.settings.rules)
        with self.database.read() as connection:
            return self.rulebook.in_force(connection)

    @property
    def access(self) -> Access:
        """The way to the brokers. *Raises*: NoStream where none are named."""
        if self.settings.kafka is None:
            from events.stream.faults import NoStream, unnamed

            raise NoStream(unnamed())
        return self.settings.kafka

    @property
    def has_database(self) -> bool:
        """Looking at rules makes no database where there is none."""
        target = self.settings.database
        return "database" in self.__dict__ or "://" in target or Path(target).exists()

    @cached_property
    def runner(self) -> Runner:
        """The embedded runner over this database, these rules, this clock."""
        import gc

        from events import Runner

        gc.freeze()  # what is loaded by now stays; the collector need not walk it with every batch
        return Runner(self.database, self.rulebook.for_batch, self.now)

    @cached_property
    def metrics(self) -> Metrics:
        """What this process did, for Prometheus."""
        from yihui.runtime.observability.metrics import metrics_of

        return metrics_of(lambda: self.database, self.now, to_topic=self.settings.kafka is not None)

    @cached_property
    def identity_key(self) -> bytes:
        """The secret that turns ID numbers into pseudonyms, the one that this database knows."""
        from members import claim_key
        from yihui.runtime.identity_key import read_key

        key = read_key(self.data_folder / "identity.key", os.environ.get("YIHUI_IDENTITY_KEY"))
        with self.database.write() as connection:
            claim_key(connection, key)
        return key

    @cached_property
    def voucher_key(self) -> VoucherKey:
        """The secret behind vouchers' codes and members' cards, the one that this database knows."""
        from benefits.vouchers.keys import VoucherKey, claim_voucher_key
        from yihui.runtime.identity_key import VOUCHERS, read_key
        from yihui.views.ledger_refusals import refusals_told

        given = os.environ.get("YIHUI_VOUCHER_KEY")
        key = VoucherKey(read_key(self.data_folder / "voucher.key", given, VOUCHERS))
        with refusals_told(self.language), self.database.write() as connection:
            claim_voucher_key(connection, key)
        return key


def clock_from(environ: Mapping[str, str]) -> Callable[[], datetime]:
    """The clock, unless ``YIHUI_NOW`` stops it at an instant (as the demo does, so that it repeats)."""
    fixed = environ.get("YIHUI_NOW")
    if not fixed:
        return _utc_now
    from yihui.runtime.arguments import instant

    moment = instant(fixed, "YIHUI_NOW").astimezone(UTC)
    return lambda: moment


def wire(settings: Settings, now: Callable[[], datetime] = _utc_now) -> Wiring:
    """Build everything; nothing is opened until it is used."""
    return Wiring(settings, now)
