"""The one wiring function: it takes the settings and builds everything that commands and pages need."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from core.faults import Fault, FaultError, raise_faults
from yihui.runtime.audiences import Audience, key_variable, list_withheld_keys, refuse_withheld_key
from yihui.runtime.language import DEFAULT_LANGUAGE, Language, load_language
from yihui.runtime.setting import list_fields, read_values
from yihui.runtime.settings import EARLY_SETTINGS
from yihui.runtime.settings import Settings as Settings

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from benefits import VoucherKey
    from events import EventRunner
    from events.stream.access import StreamAccess
    from geo.districts import Districts
    from geo.nearest.index import StationIndex
    from geo.nearest.query import NearestQuery
    from members import SigningKey
    from members.vault import PersonVault, VaultKeys
    from rules import RuleLibrary
    from store import Database
    from yihui.access.second_person import TwoStepTerms
    from yihui.files.raster_tiles import RasterTiles
    from yihui.runtime.identity_key import HeadsSigner
    from yihui.runtime.member_apps import MemberApp
    from yihui.runtime.observability.metrics import Metrics
    from yihui.runtime.settings import OidcAccess
    from yihui.runtime.vault_key import VaultKeyStore
    from yihui.services.access.oidc_provider import IdentityProvider
    from yihui.services.messages.gateways import CodeSender, ReminderSender
    from yihui.services.rules.in_force import Rulebook
    from yihui.services.stations.routing import StreetNetwork
    from yihui.services.stations.served_area import ServedArea
    from yihui.services.streets.current import StreetMaps, StreetNames


PROVINCE_CODE = "370000"  # Shandong
NOUNS = (  # what the frame makes, each by its module and its name there
    "yihui.cases.applications.pages:NOUN",
    "yihui.cases.appeals.pages:NOUN",
    "yihui.cases.corrections.pages:NOUN",
    "yihui.cases.articles.noun:NOUN",
    "yihui.cases.hotline.pages:NOUN",
    "yihui.cases.hotline.rates:RATES",
    "yihui.cases.hotline.rates:DELETIONS",
    "yihui.cases.joining.settings:NOUN",  # before the requests, whose keys are texts
    "yihui.cases.joining.pages:NOUN",
    "yihui.cases.cards.pages:NOUN",  # before the members, whose keys are texts
    "yihui.cases.members.pages:NOUN",
    "yihui.cases.stations.pages:NOUN",
    "yihui.cases.inspections.pages:PLANS",
    "yihui.cases.rider_reports.pages:NOUN",
    "yihui.cases.inspections.pages:REPAIRS",
    "yihui.cases.inspections.pages:SHARES",
    "yihui.cases.hardship.pages:NOUN",
    "yihui.cases.hardship.income_lines:NOUN",
    "yihui.cases.polls.pages:NOUN",
    "yihui.money.draws.pages:NOUN",
    "yihui.money.reversals.pages:NOUN",
    "yihui.money.approvals:REVERSALS",  # before the stops, whose path it begins with
    "yihui.money.approvals:STOPS",
    "yihui.cases.organisations.proposals:NOUN",  # before the organisations, whose keys are texts
    "yihui.cases.organisations.page_versions:NOUN",
    "yihui.cases.organisations.pages:NOUN",
    "yihui.cases.mutual_aid.claim_pages:CLAIMS",
    "yihui.cases.mutual_aid.policy_pages:POLICIES",
    "yihui.cases.mutual_aid.policy_pages:ENROLMENTS",
    "yihui.money.budgets.pages:NOUN",
    "yihui.money.debts.pages:NOUN",
    "yihui.money.merchants.invoices:INVOICES",
    "yihui.money.merchants.pages:NOUN",
    "yihui.money.vouchers.lost_codes:NOUN",
    "yihui.money.vouchers.pages:NOUN",
    "yihui.money.payouts.pages:NOUN",
    "yihui.money.payouts.payments:NOUN",
    "yihui.money.payouts.bank:NOUN",
    "yihui.money.report.pages:NOUN",
    "yihui.money.report.moves:NOUN",
    "yihui.planning.scenario.noun:NOUN",
    "yihui.planning.demand.noun:NOUN",
)
OWN_NOUNS = (  # what the frame makes of the member's page; a path before those that it begins with
    "yihui.cases.appeals.own:APPEALS",
    "yihui.cases.appeals.own:DECISIONS",
    "yihui.cases.hotline.own:TOPICS",
    "yihui.cases.hotline.own:QUESTIONS",
    "yihui.cases.corrections.own:FACTS",
    "yihui.cases.corrections.own:DELETION",
    "yihui.cases.corrections.own:CERTIFICATES",
    "yihui.cases.corrections.own_data:DATA",
    "yihui.cases.polls.own:POLLS",
    "yihui.cases.benefits.own_draws:DRAWS",
    "yihui.cases.applications.own:APPLICATIONS",
    "yihui.cases.applications.own_form:FORMS",
    "yihui.cases.mutual_aid.own:OWN_CLAIMS",
    "yihui.cases.mutual_aid.own:COVERS",
    "yihui.cases.messages.own:REMINDERS",
    "yihui.cases.account.own:SESSIONS",
    "yihui.cases.account.own:APPS",
    "yihui.cases.account.own:ACCOUNT",
    "yihui.cases.points.own:POINTS",
    "yihui.cases.cards.own:CARD",
    "yihui.cases.benefits.own:BENEFITS",
    "yihui.cases.joining.own:REQUESTS",
    "yihui.cases.joining.own:LEAVING",
    "yihui.cases.joining.own:MEMBERSHIP",
)
_OWNER_ONLY = 0o700  # the data folder holds keys and the database


def load_settings(
    environ: Mapping[str, str], database: str | None = None, lang: str = DEFAULT_LANGUAGE
) -> Settings:
    """Build the settings: command line first, then environment, then the user's data folder.

    *Raises*: FaultError with the faults of all variables.
    """
    settings, faults = _read_settings(environ, database, lang)
    raise_faults(faults)
    return settings


def load_readable_settings(
    environ: Mapping[str, str], database: str | None = None, lang: str = DEFAULT_LANGUAGE
) -> Settings:
    """Build the settings from those that can be read, for checks of these while others can't be."""
    return _read_settings(environ, database, lang)[0]


def _read_settings(
    environ: Mapping[str, str], database: str | None, lang: str
) -> tuple[Settings, Sequence[Fault]]:
    from yihui.runtime.setting_sources import read_given_settings

    given = read_given_settings(environ)
    values, faults = read_values(list_fields(Settings), given.texts)
    _, early_faults = read_values({each.name: each for each in EARLY_SETTINGS}, given.texts)
    faults = [*given.faults, *faults, *early_faults]
    for name, read in (("kafka", _access), ("oidc", _oidc_access)):
        try:
            values[name] = read(given.texts)
        except FaultError as error:
            faults += error.faults
    folder = values["data_folder"] = values.get("data_folder") or _user_data_folder()
    file_database = values.get("database") if "YIHUI_DATABASE_URL" in given.files else None
    values["database"] = database or values.get("database") or str(folder / "yihui.db")
    settings = Settings(
        **values, language=lang, keys=given.keys, key_files=given.files, file_database=file_database
    )
    return settings, faults


def _access(environ: Mapping[str, str]) -> StreamAccess | None:
    if not environ.get("YIHUI_KAFKA"):
        return None
    from yihui.runtime.stream_settings import read_stream_access

    return read_stream_access(environ)


def _oidc_access(environ: Mapping[str, str]) -> OidcAccess | None:
    if not any(name.startswith("YIHUI_OIDC_") for name in environ):
        return None
    from yihui.runtime.oidc_settings import read_oidc_access

    return read_oidc_access(environ)


def _user_data_folder() -> Path:
    import platformdirs

    return Path(platformdirs.user_data_dir("yihui"))


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Wiring:
    """The objects that commands and pages use. Each one is built at its first use."""

    settings: Settings
    now: Callable[[], datetime] = field(default=_utc_now)
    # whose database, rules and metrics count here
    shared_from: Wiring | None = field(default=None, repr=False, kw_only=True)

    @property
    def data_folder(self) -> Path:
        self.settings.data_folder.mkdir(_OWNER_ONLY, parents=True, exist_ok=True)
        return self.settings.data_folder

    @property
    def has_real_clock(self) -> bool:
        """Return whether the time is this machine's: not a demo's or a test's, which stands still or is made up."""
        return self.now is _utc_now

    @cached_property
    def language(self) -> Language:
        return load_language(self.settings.language)

    def in_language(self, language: Language) -> Wiring:
        """Return the same objects for a reader of another language."""
        other = copy(self)
        other.database, other.language = self.database, language
        return other

    def for_audiences(self, audiences: frozenset[Audience]) -> Wiring:
        """Return the same database and rules for a face of the site, which is given fewer keys."""
        return Wiring(replace(self.settings, audiences=audiences), self.now, shared_from=self)

    def render(self, template: str, **params: object) -> str:
        """Render a template in the reader's language with its placeholders filled in."""
        return self.language.render(template, **params)

    @cached_property
    def database(self) -> Database:
        """The database, opened and migrated: a file migrates itself, a server only by ``yihui migrate``."""
        if self.shared_from is not None:
            return self.shared_from.database
        database = self.open_unmigrated()
        _require_migrated(database)
        database.check_write = self._authorise_again
        return database

    @property
    def two_step_terms(self) -> TwoStepTerms:
        """How strictly two persons are told apart here."""
        from yihui.access.second_person import TwoStepTerms

        hours = timedelta(hours=self.settings.second_person_hours)
        return TwoStepTerms(hours, self.settings.is_demo, PROVINCE_CODE)

    def _authorise_again(self, connection: Connection, *, on_vault: bool = False) -> None:
        """Refuse a transaction of an act whose actor may not act any more. *Raises*: FaultError.

        A vault of its own knows no officers: the main database is read beside its transaction.
        """
        from yihui.access.acting import current_acting

        if (acting := current_acting()) is None:
            return
        from yihui.access.authorisation import authorise_again

        if not on_vault:
            authorise_again(connection, acting, self.now(), self.two_step_terms)
            return
        with self.database.read() as beside:
            authorise_again(beside, acting, self.now(), self.two_step_terms, locks=False)

    def open_unmigrated(self) -> Database:
        """Open the database without migrating it; the caller closes it."""
        settings = self.settings
        if Path(settings.database).parent == settings.data_folder and not settings.read_only:
            # Our own data folder only: a mistyped ``--db`` is reported, not created.
            settings.data_folder.mkdir(_OWNER_ONLY, parents=True, exist_ok=True)
        try:
            return self._open(settings.database)
        except FaultError as error:
            raise error.at(field="--db") from error

    def _open(self, target: str) -> Database:
        from store import open_database

        wait_s = self.settings.busy_timeout_s
        opened = open_database if wait_s is None else partial(open_database, busy_timeout_s=wait_s)
        return opened(target, read_only=self.settings.read_only)

    @cached_property
    def vault_database(self) -> Database:
        """The database of the vault, migrated: the main one, unless the vault has one of its own."""
        if not self.has_separate_vault:
            return self.database
        if self.shared_from is not None:
            return self.shared_from.vault_database
        database = self.open_unmigrated_vault()
        _require_migrated(database)
        database.check_write = partial(self._authorise_again, on_vault=True)
        return database

    def open_unmigrated_vault(self) -> Database:
        """Open the vault's own database without migrating it; the caller closes it."""
        assert self.settings.vault is not None
        return self._open(self.settings.vault)

    @property
    def has_separate_vault(self) -> bool:
        """Return whether the vault has a database of its own."""
        return self.settings.vault not in (None, self.settings.database)

    @cached_property
    def vault_key_store(self) -> VaultKeyStore:
        """The place of the vault's keys: the file vault.key, or the environment."""
        refuse_withheld_key(self.settings.audiences, "vault.key")
        from yihui.runtime.vault_key import VAULT_KEY_VARIABLE, VaultKeyStore

        if (file := self.settings.key_files.get(VAULT_KEY_VARIABLE)) is not None:
            return VaultKeyStore(file, None, is_named=True)
        given = self.settings.keys.get(VAULT_KEY_VARIABLE)
        return VaultKeyStore(self.data_folder / "vault.key", given.decode() if given else None)

    @cached_property
    def heads_signer(self) -> HeadsSigner:
        """What signs heads of the ledger's chains."""
        from yihui.runtime.identity_key import HeadsSigner

        return HeadsSigner(self.settings.heads_key or self.data_folder / "heads.key")

    @cached_property
    def vault(self) -> PersonVault | None:
        """The vault of persons; None without a key: then there are pseudonyms alone."""
        from members.vault import PersonVault, VaultKeys

        refuse_withheld_key(self.settings.audiences, "vault.key")
        keys = self.vault_key_store
        return PersonVault(VaultKeys(keys.load)) if keys.has_keys else None

    @property
    def vault_keys(self) -> VaultKeys | None:
        """The keys that files are encrypted with; None where the vault has none."""
        return self.vault.keys if self.vault is not None else None

    def read_revision(self) -> str | None:
        """Return the revision recorded in the database; None if it has no tables. *Raises*: StoreError."""
        from store import database_revision

        with self.database.read() as connection:
            return database_revision(connection)

    def close(self) -> None:
        """Seal what this process wrote and close the database.

        SQLite merges its log into the file when the last connection closes.
        """
        if "vault_database" in self.__dict__ and self.has_separate_vault:
            self.vault_database.close()
        if "database" not in self.__dict__:
            return
        try:
            if self.database.has_written:
                from yihui.services.ledger.sealing import seal_after_command

                seal_after_command(self)
        finally:
            self.database.close()

    @cached_property
    def outlines(self) -> Districts:
        """The districts of all China."""
        return _build_outlines()

    @cached_property
    def served_area(self) -> ServedArea | None:
        """The area whose stations the site shows; None for all."""
        from yihui.services.stations.served_area import ServedArea

        code = self.settings.site_area
        return None if code is None else ServedArea.load(code)

    def stations(
        self, register: str | None = None, box: tuple[float, float, float, float] | None = None
    ) -> StationIndex:
        """Build an index of the register's current stations, all or those in a box, with their recent live status."""
        from geo.nearest.index import StationIndex
        from geo.registry.statements import load_live_summaries
        from geo.registry.stations import load_stations

        with self.database.read() as connection:
            stations = load_stations(connection, register=register, box=box)
            return StationIndex.build(stations, load_live_summaries(connection, self.now()))

    def streets(self, query: NearestQuery, routing: Path | None = None) -> StreetNetwork | None:
        """Open the streets for a query's way of travelling; None if there are no tiles. *Raises*: NoRouting."""
        folder = self.find_ways(routing)
        if folder is None or query.travel is None:
            return None
        from yihui.services.stations.routing import StreetNetwork

        return StreetNetwork.open(folder, query.travel)

    def find_ways(self, routing: Path | None = None) -> Path | None:
        """Return the folder of street tiles: the given one, that of the settings, or that of the built streets."""
        named = routing or self.settings.routing
        if named is not None or self.settings.streets is None:
            return named
        from yihui.services.streets.folder import StreetsFolder, StreetsPart

        return StreetsFolder(self.settings.streets).find_part(StreetsPart.WAYS)

    @cached_property
    def street_names(self) -> StreetNames | None:
        """The names of the built streets; None if no folder of streets is configured."""
        if self.settings.streets is None:
            return None
        from yihui.services.streets.current import StreetNames

        return StreetNames(self.settings.streets)

    @cached_property
    def street_maps(self) -> StreetMaps | None:
        """The map of the built streets; None if no folder of streets is configured."""
        if self.settings.streets is None:
            return None
        from yihui.services.streets.current import StreetMaps

        return StreetMaps(self.settings.streets)

    @cached_property
    def raster_tiles(self) -> RasterTiles | None:
        """The base map's raster tiles; None if none are configured.

        *Raises*: FaultError, OSError for an unusable file.
        """
        if self.settings.base_map is None:
            return None
        from yihui.files.raster_tiles import RasterTiles

        return RasterTiles.open(self.settings.base_map)

    @cached_property
    def rulebook(self) -> Rulebook:
        """The source of the rules in force."""
        if self.shared_from is not None:
            return self.shared_from.rulebook
        from yihui.services.rules.in_force import Rulebook

        return Rulebook(self.settings.rules_in_force, self._log_unusable_rules)

    def _log_unusable_rules(self, error: Exception) -> None:
        """Log rules that can't be loaded while earlier versions stay in force."""
        from yihui.runtime.errors import problem_of

        problem = problem_of(error, self.language)
        assert problem is not None, f"{type(error).__name__} is told nowhere"
        lines = [problem.title, *(line.text() for line in problem.errors)]
        logging.getLogger("yihui.rules").error("\n".join(lines))

    @property
    def library(self) -> RuleLibrary:
        """The rules in force now: those of the configured folders, and those approved."""
        if not self.has_database:
            from yihui.services.rules.rules import read_library

            return read_library(self.settings.rules_in_force)
        with self.database.read() as connection:
            return self.rulebook.in_force(connection)

    @property
    def access(self) -> StreamAccess:
        """The connection settings of the brokers. *Raises*: NoStream if no broker is configured."""
        if self.settings.kafka is None:
            from events.stream.faults import no_stream

            raise no_stream("unnamed")
        return self.settings.kafka

    @property
    def has_database(self) -> bool:
        """Return whether a database exists, so that reading rules doesn't create one."""
        target = self.settings.database
        return "database" in self.__dict__ or "://" in target or Path(target).exists()

    @cached_property
    def runner(self) -> EventRunner:
        """The embedded runner over this database, these rules and this clock."""
        from events import EventRunner

        return EventRunner(self.database, self.rulebook.for_batch, self.now)

    @cached_property
    def metrics(self) -> Metrics:
        """The Prometheus metrics of this process."""
        if self.shared_from is not None:
            return self.shared_from.metrics
        from yihui.runtime.observability.metrics import build_metrics

        return build_metrics(
            lambda: self.database,
            self.now,
            to_topic=self.settings.kafka is not None,
            compares_clocks=self.has_real_clock,
            data_folder=self.settings.data_folder,
        )

    def load_key(self, name: str) -> bytes:
        """Return a secret key; its file is made at first use. *Raises*: FaultError on a site that is not given it."""
        refuse_withheld_key(self.settings.audiences, f"{name}.key")
        from yihui.runtime.identity_key import load_or_create_key

        given = self.settings.keys.get(key_variable(name))
        return load_or_create_key(self.data_folder / f"{name}.key", given, name)

    @cached_property
    def identity_key(self) -> bytes:
        """The secret that turns ID numbers into pseudonyms; the database must know the same one."""
        from members import claim_identity_key

        key = self.load_key("identity")
        with self.database.write() as connection:
            claim_identity_key(connection, key)
        return key

    @cached_property
    def reporter_key(self) -> bytes:
        """The secret that tells reporters apart for a day.

        It is derived from the identity key when it is first needed, if that is there: then all processes of
        an installation have the same one. From then on the identity key isn't read for it, and never by a
        process that is not given the identity key.
        """
        from yihui.runtime.identity_key import create_random_key, derive_key, load_or_create_key

        is_withheld = any(key.file == "identity.key" for key in list_withheld_keys(self.settings.audiences))
        identity, given = self.data_folder / "identity.key", self.settings.keys.get("YIHUI_IDENTITY_KEY")

        def create() -> bytes:
            if is_withheld or (given is None and not identity.exists()):
                return create_random_key()
            return derive_key(load_or_create_key(identity, given), "reporter")

        own = self.settings.keys.get("YIHUI_REPORTER_KEY")
        return load_or_create_key(self.data_folder / "reporter.key", own, "reporter", create)

    @cached_property
    def voucher_key(self) -> VoucherKey:
        """The secret behind voucher codes and members' cards; the database must know the same one."""
        from benefits import VoucherKey, register_voucher_key

        key = VoucherKey(self.load_key("voucher"))
        with self.database.write() as connection:
            register_voucher_key(connection, key)
        return key

    def load_signing_key(self) -> SigningKey:
        """Load the key that signs cards and links; read each time, since another process may rotate it."""
        from members import SigningKey
        from yihui.runtime.identity_key import derive_key

        return SigningKey(derive_key(self.load_key("card"), "cards"))

    @cached_property
    def code_sender(self) -> CodeSender | None:
        """The way of one-time codes to phones; None if none is set. A demo's go into a file of its folder."""
        from yihui.services.messages.gateways import build_code_sender

        place = self.settings.code_sender
        if place is None and self.settings.is_demo:
            place = f"file:{self.data_folder / 'codes.jsonl'}"
        return build_code_sender(place, self.settings.code_sender_secret)

    @cached_property
    def reminder_sender(self) -> ReminderSender | None:
        """The way of reminders to members; None if none is set."""
        from yihui.services.messages.gateways import build_reminder_sender

        return build_reminder_sender(self.settings.reminder_sender, self.settings.reminder_sender_secret)

    @cached_property
    def member_apps(self) -> Sequence[MemberApp]:
        """The host apps that may hand a member's log-in over."""
        from yihui.runtime.member_apps import load_member_apps

        return load_member_apps(self.settings.member_apps)

    @cached_property
    def identity_provider(self) -> IdentityProvider | None:
        """The union's identity provider; None if none is set."""
        if self.settings.oidc is None:
            return None
        from yihui.services.access.oidc_provider import IdentityProvider

        return IdentityProvider(self.settings.oidc, self.now)

    @cached_property
    def poll_key(self) -> bytes:
        """The secret that seals anonymous ballots; it is nowhere in the database."""
        return self.load_key("poll")

    @cached_property
    def login_key(self) -> bytes:
        """The secret of officers' log-ins: it encrypts their TOTP secrets and signs forms; not in the database."""
        return self.load_key("login")


def _require_migrated(database: Database) -> None:
    """Migrate a file; refuse what is only read, and a server's database, since others work with it meanwhile."""
    from store.migration import HEAD_REVISION, migrate_database, read_revision, require_migrated

    if not database.is_sqlite or database.read_only:
        require_migrated(database)
    elif read_revision(database) != HEAD_REVISION:
        import yihui.schema  # noqa: F401 all tables: takes a while, and most databases have them

        migrate_database(database)


@cache
def _build_outlines() -> Districts:
    """Read and index the outlines once in a process: they come with the program and never change."""
    from geo.districts import Districts
    from geo.formats.outlines import read_outlines

    return Districts(read_outlines())


def choose_clock(environ: Mapping[str, str], data_folder: Path | None = None) -> Callable[[], datetime]:
    """Return the clock; ``YIHUI_NOW``, or a demo's data folder, stops it at an instant, so that outputs repeat.

    *Raises*: FaultError if that is no instant.
    """
    from yihui.runtime.demo_marker import read_stopped_instant

    stopped = read_stopped_instant(environ, data_folder)
    if stopped is None:
        return _utc_now
    from yihui.runtime.arguments import parse_instant

    moment = parse_instant(*stopped).astimezone(UTC)
    return lambda: moment


def build_wiring(settings: Settings, now: Callable[[], datetime] = _utc_now) -> Wiring:
    """Build the wiring; nothing is opened until its first use."""
    return Wiring(settings, now)
