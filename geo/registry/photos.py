"""Photos of stations: public once an officer has looked at them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from geo.registry.tables import station_photos

MOST_PHOTOS = 6  # of one station, with those that wait
PHOTO_FAULTS = FaultTable(
    "station_photo",
    {
        "unknown": (N_("the station has no photo {value}"), N_("choose one of its page")),
        "too_many": (
            N_("the station has {most} photos, which is the most"),
            N_("ask the union to take one away"),
        ),
        "no_photo": (
            N_("this file is no photo that can be read"),
            N_("take the photo again, or choose one (JPEG, PNG, WebP)"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class StationPhoto:
    """A photo without its picture: who brought it when, and who showed it to everybody, if anybody did."""

    number: int
    station: str
    by: str
    at: datetime
    shown_by: str | None
    shown_at: datetime | None


def add_photo(connection: Connection, station: str, picture: bytes, by: str, at: datetime) -> int:
    """Store a photo (JPEG) that waits for an officer's look; return its number. *Raises*: FaultError for too many."""
    c = station_photos.c
    count = connection.execute(select(func.count()).where(c.station_id == station)).scalar_one()
    if count >= MOST_PHOTOS:
        raise FaultError(PHOTO_FAULTS.build("too_many", field="picture", most=MOST_PHOTOS))
    row = {"station_id": station, "picture": picture, "by": by, "at": at}
    return int(connection.execute(insert(station_photos).values(row).returning(c.number)).scalar_one())


def list_photos(connection: Connection, station: str) -> Sequence[StationPhoto]:
    """List the photos of a station, the oldest first."""
    c = station_photos.c
    query = select(c.number, c.station_id, c.by, c.at, c.shown_by, c.shown_at).where(c.station_id == station)
    return [StationPhoto(*row) for row in connection.execute(query.order_by(c.number))]


def find_picture(connection: Connection, number: int) -> tuple[StationPhoto, bytes] | None:
    """Return a photo with its picture; None if there is none."""
    c = station_photos.c
    query = select(c.number, c.station_id, c.by, c.at, c.shown_by, c.shown_at, c.picture)
    row = connection.execute(query.where(c.number == number)).one_or_none()
    return None if row is None else (StationPhoto(*row[:-1]), bytes(row.picture))


def show_photo(connection: Connection, station: str, number: int, by: str, at: datetime) -> None:
    """Show a photo of a station to everybody. *Raises*: FaultError if it has none of this number."""
    c = station_photos.c
    mine = (c.number == number, c.station_id == station)
    changed = update(station_photos).where(*mine).values(shown_by=by, shown_at=at)
    if not connection.execute(changed).rowcount:
        raise FaultError(PHOTO_FAULTS.build("unknown", field="photo", value=number))


def delete_photo(connection: Connection, station: str, number: int) -> None:
    """Delete a photo of a station. *Raises*: FaultError if it has none of this number."""
    c = station_photos.c
    if not connection.execute(
        delete(station_photos).where(c.number == number, c.station_id == station)
    ).rowcount:
        raise FaultError(PHOTO_FAULTS.build("unknown", field="photo", value=number))
