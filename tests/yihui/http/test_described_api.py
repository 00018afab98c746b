"""The API keeps to its own description: schemathesis asks all that /openapi.json allows, and what it doesn't."""

from collections.abc import Iterator
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure
from schemathesis.specs.openapi.checks import positive_data_acceptance
from starlette.types import ASGIApp, Receive, Scope, Send

from geo.registry.keys import issue_keeper_key
from tests.yihui.demo_folder import mark_demo
from tests.yihui.http.conftest import NOW, STATIONS, import_into
from yihui.bootstrap import Settings, build_wiring
from yihui.http.app import create_app
from yihui.services.members.vault_upkeep import create_vault_key

pytestmark = pytest.mark.endure

# Faults that no schema can tell: fields, and why.
BEYOND_SCHEMAS = {
    "cursor",  # belongs to another question
    "district",  # nobody's code
    "lon, lat",  # swapped: in China only the other way round
    "to_lon, to_lat",
    "bbox",  # the north before the south
    "cell",  # far away
    "pin",  # only for a place that is elsewhere
    "observed_at",  # long ago
    "facility",  # only where one is broken, or works again
    "free_places",  # 5.0, which JSON Schema counts as a whole number
    "",  # several fields together: a way of 5,000 km
}
QUICK = settings(
    max_examples=20,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


class Standing:
    """An app that stands for the one that the fixture makes: tests are made of the description before it.

    Each request comes from a network of its own: what one network may do in an hour is no part of a description.
    """

    app: ASGIApp

    def __init__(self) -> None:
        self._networks = count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = (f"2001:db8:{next(self._networks):x}::1", 1)
        headers = [(name, b"127.0.0.1" if name == b"host" else value) for name, value in scope["headers"]]
        await self.app({**scope, "client": client, "headers": headers}, receive, send)


@cache
def describe() -> dict[str, Any]:
    """Return the description; nothing is opened for it."""
    nowhere = Path("nowhere")
    return create_app(build_wiring(Settings(str(nowhere), nowhere))).openapi()


SITE = Standing()
schema = schemathesis.openapi.from_dict(describe())
schema.app = SITE
# A body or an address that breaks its schema and is too long as well is refused before anybody reads it.
rejection = schema.config.checks.negative_data_rejection
rejection.expected_statuses = [*rejection.expected_statuses, "413", "414"]


@pytest.fixture(scope="module", autouse=True)
def key(module_target: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A keeper's, of the station “quancheng”; the site can take joins."""
    folder = mark_demo(tmp_path_factory.mktemp("described"))
    settings = Settings(module_target, folder, code_sender=f"file:{folder / 'codes.jsonl'}")
    wiring = build_wiring(settings, lambda: NOW)
    import_into(wiring, STATIONS)
    create_vault_key(wiring)
    SITE.app = create_app(wiring)
    with wiring.database.write() as connection:
        issued = issue_keeper_key(connection, "quancheng", NOW).text
    yield issued
    wiring.close()


@schema.include(path_regex=r"^/api/v1/(stations|reports)").exclude(path_regex="/news$").parametrize()
@QUICK
def test_stations_and_reports_keep_to_their_description_in_every_respect(case: Case) -> None:
    case.call_and_validate(excluded_checks=[positive_data_acceptance], additional_checks=[accepted])


@schema.include(path_regex=r"^/api/v1/stations/\{station\}").parametrize()
@QUICK
def test_what_is_said_of_a_station_that_is_there_keeps_to_its_description(case: Case, key: str) -> None:
    case.path_parameters["station"] = "quancheng"
    headers = {"Authorization": f"Bearer {key}"} if case.path.endswith("/keep") else {}
    case.call_and_validate(
        headers=headers, excluded_checks=[positive_data_acceptance], additional_checks=[accepted]
    )


@schema.exclude(path_regex=r"^/api/v1/(stations|reports)").parametrize()
@QUICK
def test_nothing_that_is_asked_breaks_the_server(case: Case) -> None:
    case.call_and_validate(checks=[not_a_server_error])


def accepted(_: object, response: schemathesis.Response, case: Case) -> None:
    """What the schemas allow is accepted, but for what they can't tell."""
    if case.meta is None or case.meta.generation.mode is not GenerationMode.POSITIVE:
        return
    of_an_act = case.path.endswith("/keep")  # each act wants other fields
    if response.status_code == 422 and not of_an_act:
        strange = {error["field"] for error in response.json()["errors"]} - BEYOND_SCHEMAS
        if strange:
            raise Failure(
                operation=case.operation.label, title="allowed, yet refused", message=f"{sorted(strange)}"
            )
