"""Store, read and clear requests to join; the caller opens the transaction."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, delete, func, insert, select, update

from members.joining.request import SEND_PERIOD, UNCONFIRMED, JoinRequest
from members.joining.tables import (
    join_code_sends,
    join_escalations,
    join_requests,
    join_review_settings,
    join_takers,
)
from members.persons import PERSON_FIELDS, PersonalData
from members.vault import VaultKeys
from members.vault.keys import VaultKey
from store import in_json_array, json_array

_FIELDS = tuple(JoinRequest.__dataclass_fields__)
_NOBODY: dict[str, None] = dict.fromkeys(("key_id", *PERSON_FIELDS))


@dataclass(frozen=True, slots=True)
class ReviewSetting:
    """Whether an organisation reviews who joins, and in how many days (None: the default)."""

    organisation: str
    reviews: bool
    days: int | None
    officer: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Escalation:
    """A review that went one level up."""

    request: str
    from_organisation: str
    to_organisation: str
    at: datetime


def insert_request(connection: Connection, request: JoinRequest, begin_key: str | None) -> None:
    """Store a new request. *Raises*: IntegrityError if its key began another one meanwhile."""
    connection.execute(insert(join_requests).values(**asdict(request), begin_key=begin_key))


def find_request(connection: Connection, id: str, *, lock: bool = False) -> JoinRequest | None:
    """Return a request; with ``lock`` no other transaction changes it before this one ends."""
    query = select(join_requests).where(join_requests.c.id == id)
    return _find_one(connection, query.with_for_update() if lock else query)


def find_request_by_key(connection: Connection, begin_key: str) -> JoinRequest | None:
    """Return the request that a call with this key began."""
    return _find_one(connection, select(join_requests).where(join_requests.c.begin_key == begin_key))


def _find_one(connection: Connection, query: Any) -> JoinRequest | None:
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else _request(row)


def update_request(connection: Connection, request: JoinRequest) -> None:
    """Store what became of a request; the person's data goes when it is over."""
    values = {name: getattr(request, name) for name in _FIELDS if name != "id"}
    gone = {**_NOBODY, "mark": None} if request.is_over else {}
    query = update(join_requests).where(join_requests.c.id == request.id)
    connection.execute(query.values({**values, **gone}))


def store_person(connection: Connection, key: VaultKey, id: str, person: PersonalData) -> None:
    """Encrypt the person's data into a request; it can't be read as another request's or another column."""
    values: dict[str, str | None] = {**_NOBODY, "key_id": key.id}
    values.update({name: key.encrypt(_place(id), name, value) for name, value in person.items()})
    connection.execute(update(join_requests).where(join_requests.c.id == id).values(**values))


def read_person(connection: Connection, keys: VaultKeys, id: str) -> PersonalData:
    """Return the person's data of a request; empty once it is over. *Raises*: VaultRefused."""
    return read_persons(connection, keys, [id])[id]


def read_persons(connection: Connection, keys: VaultKeys, ids: Sequence[str]) -> dict[str, PersonalData]:
    """Return the person's data of some requests; empty for those that are over. *Raises*: VaultRefused."""
    found = dict.fromkeys(ids, PersonalData())
    columns = (join_requests.c.id, *(join_requests.c[name] for name in _NOBODY))
    query = select(*columns).where(in_json_array(join_requests.c.id, "ids"))
    for row in connection.execute(query, {"ids": json_array(ids)}).mappings():
        if row["key_id"] is not None:
            key, place = keys.require(row["key_id"]), _place(row["id"])
            given = {name: row[name] for name in PERSON_FIELDS if row[name] is not None}
            found[row["id"]] = PersonalData(
                **{name: key.decrypt(place, name, value) for name, value in given.items()}
            )
    return found


def _place(id: str) -> str:
    return f"join {id}"


def select_waiting() -> Select[Any]:
    """Select the requests that wait for a review, the most urgent first: the fields of a request, in their order."""
    c = join_requests.c
    selected = select(*(c[name] for name in _FIELDS)).where(c.state == "waiting")
    return selected.order_by(c.review_until, c.id)


def list_proven(connection: Connection) -> Sequence[JoinRequest]:
    """Return the requests whose persons proved who they are, and that are not over, by id."""
    query = select(join_requests).where(join_requests.c.state.in_(("proven", "waiting")))
    return [_request(row) for row in connection.execute(query.order_by(join_requests.c.id)).mappings()]


def list_escalating(connection: Connection, now: datetime) -> list[JoinRequest]:
    """Return the requests whose review was not done in time, or that went up before, the most urgent first."""
    c = join_requests.c
    query = select_waiting().where((c.review_until <= now) | (c.reviewer != c.organisation))
    return [JoinRequest(*row) for row in connection.execute(query)]


def count_confirmed_persons(connection: Connection, organisation: str, since: datetime) -> int:
    """Return how many persons proved their phones to join an organisation by themselves since an instant."""
    c = join_requests.c
    begun = c.state.in_([*sorted(UNCONFIRMED), "locked", "expired"])
    query = select(func.count(c.member_id.distinct())).where(
        c.organisation == organisation, c.begun_at > since, c.signed_up_by.is_(None), ~begun
    )
    return connection.execute(query).scalar_one()


def list_member_requests(connection: Connection, member_id: str) -> list[JoinRequest]:
    """Return the requests of a person that were confirmed, the newest first."""
    c = join_requests.c
    begun = c.state.in_([*sorted(UNCONFIRMED), "locked", "expired"])
    query = select(join_requests).where(c.member_id == member_id, ~begun).order_by(c.begun_at.desc(), c.id)
    return [_request(row) for row in connection.execute(query).mappings()]


def _request(row: RowMapping) -> JoinRequest:
    return JoinRequest(**{name: row[name] for name in _FIELDS})


def has_expired_requests(connection: Connection, now: datetime) -> bool:
    """Return whether ``expire_requests`` would change anything."""
    requests = select(join_requests.c.id).where(_expired(now)).limit(1)
    sends = select(join_code_sends.c.sequence).where(_forgotten(now)).limit(1)
    return any(connection.execute(query).first() is not None for query in (requests, sends))


def expire_requests(connection: Connection, now: datetime) -> int:
    """End the requests that were not confirmed in time and delete their persons' data; return their number."""
    connection.execute(delete(join_code_sends).where(_forgotten(now)))
    ended = {"state": "expired", "ended_at": join_requests.c.expires_at}
    cleared = {**_NOBODY, "mark": None, "code_digest": None, "code_expires_at": None}
    return connection.execute(update(join_requests).where(_expired(now)).values(**ended, **cleared)).rowcount


def _expired(now: datetime) -> Any:
    return join_requests.c.state.in_(sorted(UNCONFIRMED)) & (join_requests.c.expires_at <= now)


def _forgotten(now: datetime) -> Any:
    return join_code_sends.c.sent_at <= now - SEND_PERIOD


def erase_join_requests(connection: Connection, member_id: str) -> int:
    """Delete a person's requests, waiting or over; return the number of rows."""
    ids = select(join_requests.c.id).where(join_requests.c.member_id == member_id)
    connection.execute(delete(join_escalations).where(join_escalations.c.request_id.in_(ids)))
    return connection.execute(delete(join_requests).where(join_requests.c.member_id == member_id)).rowcount


def read_code_sends(connection: Connection, phone_digest: str, now: datetime) -> list[datetime]:
    """Return when codes were sent to a phone number within the longest limit."""
    since = now - SEND_PERIOD
    c = join_code_sends.c
    query = select(c.sent_at).where(c.phone_digest == phone_digest, c.sent_at > since)
    return list(connection.execute(query).scalars())


def record_code_send(connection: Connection, phone_digest: str, now: datetime) -> None:
    connection.execute(insert(join_code_sends).values(phone_digest=phone_digest, sent_at=now))


_SETTING = tuple(join_review_settings.c[name] for name in ReviewSetting.__dataclass_fields__)


def append_review_setting(connection: Connection, setting: ReviewSetting) -> None:
    connection.execute(insert(join_review_settings).values(**asdict(setting)))


def read_review_setting(connection: Connection, organisation: str) -> ReviewSetting | None:
    """Return what an organisation's last setting says; None if there was never one."""
    c = join_review_settings.c
    query = select(*_SETTING).where(c.organisation == organisation).order_by(c.sequence.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else ReviewSetting(*row)


def select_review_settings() -> Select[Any]:
    """Select the last setting of each organisation, by code: the fields of a setting, in their order."""
    c = join_review_settings.c
    last = select(func.max(c.sequence)).group_by(c.organisation)
    return select(*_SETTING).where(c.sequence.in_(last)).order_by(c.organisation)


def append_taken_names(
    connection: Connection, organisation: str, names: Sequence[str], officer: str, at: datetime
) -> None:
    """Record whose workers an organisation takes beyond its own: employers and platforms, as people call them."""
    said = {"organisation": organisation, "names": "\n".join(names), "officer": officer, "at": at}
    connection.execute(insert(join_takers).values(**said))


def read_taken_names(connection: Connection, organisation: str | None = None) -> dict[str, list[str]]:
    """Return the names that each organisation stated last, by its code; by default of all."""
    c = join_takers.c
    last = select(func.max(c.sequence)).group_by(c.organisation)
    last = last if organisation is None else last.where(c.organisation == organisation)
    rows = connection.execute(select(c.organisation, c.names).where(c.sequence.in_(last)))
    return {row.organisation: row.names.split("\n") for row in rows if row.names}


def record_escalation(connection: Connection, escalation: Escalation) -> None:
    values = asdict(escalation)
    values["request_id"] = values.pop("request")
    connection.execute(insert(join_escalations).values(**values))


def list_escalations_of(connection: Connection, request_ids: Sequence[str]) -> dict[str, list[Escalation]]:
    """Return how each of some requests went up, in order."""
    found: dict[str, list[Escalation]] = {id: [] for id in request_ids}
    c = join_escalations.c
    query = select(join_escalations).where(in_json_array(c.request_id, "ids")).order_by(c.sequence)
    for row in connection.execute(query, {"ids": json_array(request_ids)}):
        found[row.request_id].append(
            Escalation(row.request_id, row.from_organisation, row.to_organisation, row.at)
        )
    return found
