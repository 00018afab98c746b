"""A remedy never names an option that its command lacks."""

import re
from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages

import typer
from typer.main import get_group

import yihui.planning.demand
from core.faults import FaultTable
from tools.commands import walk_commands
from yihui.cli import GLOBAL_OPTIONS, build_app
from yihui.planning.run import PLAN_FAULTS

OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
PROGRAM = get_group(build_app())
COMMANDS = {
    one.command_path.removeprefix("yihui "): {
        *GLOBAL_OPTIONS,
        "--help",
        *(name for option in one.command.params for name in (*option.opts, *option.secondary_opts)),
    }
    for one in walk_commands(typer.Context(PROGRAM, info_name="yihui"))
}
ROOMS = ("core", "geo", "rules", "members", "benefits", "events", "store", "maps", "yihui")


def tables(package: str) -> Iterator[FaultTable]:
    found = import_module(package)
    modules = [found, *(import_module(one.name) for one in walk_packages(found.__path__, f"{package}.") if not one.name.endswith("__main__") and ".migrations." not in one.name)]  # fmt: skip
    yield from {id(v): v for m in modules for v in vars(m).values() if isinstance(v, FaultTable)}.values()


def test_the_options_of_a_remedy_belong_to_one_command_and_to_the_one_that_it_names() -> None:
    for table in (one for room in ROOMS for one in tables(room)):
        for code, (_, remedy, *_) in table.texts.items():
            options = set(OPTION.findall(remedy))
            assert any(options <= known for known in COMMANDS.values()), (code, remedy)
            for name, typed in re.findall(
                r"yihui ((?:[a-z-]+ )+)((?:[A-Z{][\w.}]* )?--[a-z][a-z-]+)", remedy
            ):
                command = max((one for one in COMMANDS if f"{name} ".startswith(f"{one} ")), key=len)
                assert OPTION.findall(typed)[0] in COMMANDS[command], (code, remedy)


def test_a_remedy_of_a_file_of_demand_says_which_command_has_its_options() -> None:
    common = set.intersection(*(set(known) for known in COMMANDS.values() if "--demand" in known))
    for table in (one for one in tables(yihui.planning.demand.__name__) if one is not PLAN_FAULTS):
        for code, (_, remedy, *_) in table.texts.items():
            lacking = set(OPTION.findall(remedy)) - common
            assert not lacking or "yihui plan demand" in remedy, (code, lacking)
