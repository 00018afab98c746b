"""Random questions, their answers by the server, and what of an answer has to be the same on the phone."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import numpy as np

from core.civil_time import CIVIL_TIME
from geo.station import Access, Entry, Kind

Fields = dict[str, object]
ON_THE_PHONE = Path(__file__).with_name("on_the_phone.ts")
_FACILITIES = ("water", "microwave", "toilet", "charging")
_TENTH_MM = 1e-4


def questions(
    rng: np.random.Generator, n: int, at: datetime, town: tuple[float, float] = (117.02, 36.66)
) -> list[str]:
    """Questions of the rider's page: in town, and each filter now and then."""
    return [urlencode(_question(rng, at, town), doseq=True) for _ in range(n)]


def _question(rng: np.random.Generator, at: datetime, town: tuple[float, float]) -> Fields:
    lon, lat = rng.normal(town, (0.08, 0.06))
    asked: Fields = {
        "lon": f"{lon:.6f}",
        "lat": f"{lat:.6f}",
        "datum": _one(rng, ("wgs84", "gcj02", "bd09", "cgcs2000")),
    }
    # While what was said lately holds, or some day.
    minutes = int(rng.integers(0, 90 if rng.random() < 0.5 else 7 * 1440))
    moment = (at + timedelta(minutes=minutes)).astimezone(CIVIL_TIME)
    asked["at"] = moment.isoformat(sep="T "[minutes % 2])[
        : None if minutes % 3 else 16
    ]  # as people type it, too
    perhaps: Mapping[str, object] = {
        "k": int(rng.integers(1, 12)),
        "travel": _one(rng, ("walk", "ebike")),
        "speed_km_per_h": _one(rng, (4, 12.5)),
        "kind": _some(rng, list(Kind)[:3]),
        "facility": _some(rng, _FACILITIES),
        "entry": _some(rng, list(Entry)),
        "access": _some(rng, list(Access)),
        "open": "true",
        "not_closed": "true",
        "usable": _one(rng, ("true", "false")),
        "when": "now",
        "accuracy": _one(rng, (8, 1500)),
        "member": "true",
        "employer": _one(rng, ("环卫所", "快递公司")),
        "benefit": _some(rng, ("cake", "film")),
        "stay_min": _one(rng, (10, 30, 120, 1440)),
        "verified_within_days": _one(rng, (30, 200)),
        "within_m": _one(rng, (50, 300, 2000, 20_000)),
        "within_min": _one(rng, (3, 60)),
        "order": "distance",
    }
    chosen = rng.random(len(perhaps)) < rng.choice((0.1, 0.3, 0.5))
    return asked | {name: value for take, (name, value) in zip(chosen, perhaps.items(), strict=True) if take}


def _one(rng: np.random.Generator, values: tuple[object, ...]) -> object:
    return values[rng.integers(len(values))]


def _some(rng: np.random.Generator, values: Sequence[str]) -> list[str]:
    return [str(v) for v in values if rng.random() < 0.4] or [str(values[0])]


def differences(server: Fields, phone: Fields | None) -> list[str]:
    """Where the phone's answer departs from the server's; empty where both say the same."""
    if phone is None:
        return ["the phone has no answer"]
    told = []
    for part in ("results", "skipped", "beyond"):
        one, other = _list(server[part]), _list(phone[part])
        if [s["id"] for s in one] != [s["id"] for s in other]:
            told.append(f"{part}: {[s['id'] for s in one]} and {[s['id'] for s in other]}")
        else:
            told += [d for a, b in zip(one, other, strict=True) for d in _of_one(part, a, b)]
    if server["grown_to_m"] != phone["grown_to_m"]:
        told.append(f"grown_to_m: {server['grown_to_m']} and {phone['grown_to_m']}")
    first = [
        _list([answer["first_to_open"]] if answer["first_to_open"] else []) for answer in (server, phone)
    ]
    if [s["id"] for s in first[0]] != [s["id"] for s in first[1]]:
        told.append(f"first_to_open: {first}")
    elif first[0]:
        told += _of_one("first_to_open", first[0][0], first[1][0])
    return told


def _list(value: object) -> list[Fields]:
    assert isinstance(value, list)
    return value


_SAME = ("id", "bearing", "at", "state", "until", "opens_at", "closes_at", "reason")


def _of_one(part: str, server: Fields, phone: Fields) -> list[str]:
    told = [
        f"{part} {server['id']} {name}: {server[name]} and {phone[name]}"
        for name in _SAME
        if name in server and server[name] != phone[name]
    ]
    if abs(float(str(server["distance_m"])) - float(str(phone["distance_m"]))) > 0.0005 + _TENTH_MM:
        told.append(f"{part} {server['id']}: {server['distance_m']} m and {phone['distance_m']} m")
    if "minutes" in server and not _alike(server["minutes"], phone["minutes"]):
        told.append(f"{part} {server['id']}: {server['minutes']} min and {phone['minutes']} min")
    if "live" in server and [note["reason"] for note in _list(server["live"])] != phone["live"]:
        told.append(f"{part} {server['id']}: {server['live']} and {phone['live']}")
    if "facilities" in server and sorted(map(str, _list(server["facilities"]))) != sorted(
        map(str, _list(phone["facilities"]))
    ):
        told.append(f"{part} {server['id']}: {server['facilities']} and {phone['facilities']}")
    return told


def _alike(server: object, phone: object) -> bool:
    """Minutes are told to the tenth."""
    if server is None or phone is None:
        return server is phone
    return abs(float(str(server)) - float(str(phone))) <= 0.05 + 1e-9
