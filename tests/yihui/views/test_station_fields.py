"""A station's fields are declared with the station; what answers say of one is no list of its own."""

from geo.formats.export import EXPORT_FIELDS
from geo.station import Station
from yihui.views.stations import StationAnswer


def test_answers_and_files_have_every_field_of_a_station() -> None:
    every = {*Station.model_fields}
    assert {*StationAnswer.__annotations__} == every - {"calendar"}
    in_files = {
        {"district_code": "district", "district": "district_name"}.get(name, name) for name in EXPORT_FIELDS
    }
    assert in_files == every | {"datum"}
