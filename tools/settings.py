"""Print the page of all settings: ``python -m tools.settings > docs/settings.md``.

The texts are those of ``yihui --lang en settings --all``.
"""

import sys
from collections.abc import Iterator

from yihui.runtime.setting import Secrecy, Setting
from yihui.runtime.settings import GROUPS

HEAD = """\
# Settings

This page is generated: `python -m tools.settings > docs/settings.md`. A test compares it with the program.

A setting is a variable of the environment. `yihui settings` shows what is set and from where, with secrets masked, and `--all` shows the rest. A name that begins with `YIHUI_` and is not on this page is an error (exit code 3), and so is a value that can't be read: all of them are named at once, with the remedy, and nothing is touched. What a variable says for an option of one command is read by that command alone, and checked by `yihui settings`; an option that was typed counts before it. A blank counts as unset, except for keys.

**Secrets in files.** Where the column says so, `NAME_FILE` may name a file that holds the value, as container platforms mount secrets. It must not be readable by everybody (`chmod o=`). A key's file may also be a copy of the file that Yihui made in its data folder. With `YIHUI_VAULT_KEY_FILE` the vault's keys are read, and rotated, in that file.

In Kubernetes write `enableServiceLinks: false`: otherwise a service named `yihui` sets variables such as `YIHUI_PORT`.
"""
FROM_FILE, TYPED = "also by file", "secret"


def render_page() -> str:
    """Render the page: one table for each group."""
    return "\n".join([HEAD, *_render_groups()])


def _render_groups() -> Iterator[str]:
    for group, settings in GROUPS.items():
        yield f"## {group}\n"
        yield "| name | meaning | default | |\n|---|---|---|---|"
        yield "\n".join(map(_render_row, settings)) + "\n"


def _render_row(setting: Setting) -> str:
    default = f"`{setting.default}`" if setting.default else ""
    kind = FROM_FILE if setting.takes_file else TYPED if setting.secrecy is Secrecy.TYPED else ""
    return f"| `{setting.name}` | {setting.meaning} | {default} | {kind} |"


def main() -> None:
    """Write the page to standard output."""
    sys.stdout.write(render_page())


if __name__ == "__main__":
    main()
