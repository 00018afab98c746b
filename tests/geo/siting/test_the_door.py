"""What others may use of the room's siting part: every name is there, and nothing heavy comes with the door."""

import subprocess
import sys

import pytest

import geo.siting


def test_every_name_on_the_door_is_behind_it() -> None:
    homes = geo.siting._HOMES
    assert sorted(geo.siting.__all__) == sorted(name for names in homes.values() for name in names)
    for home, names in homes.items():
        assert {getattr(getattr(geo.siting, name), "__module__", home) for name in names} == {home}


@pytest.mark.endure
def test_the_door_is_light_until_something_heavy_is_asked_for() -> None:
    code = (
        "import sys, geo.siting as door; from geo.siting import InfeasibleLimits\n"
        "heavy = {'scipy', 'highspy', 'geopandas'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
        "door.SitingSituation\nassert 'scipy' in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
