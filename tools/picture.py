"""Takes a picture of a map: ``python -m tools.picture build/demo/map.html docs/map.png``."""

import argparse
from pathlib import Path

from tools.browser import chromium


def take_picture(page_file: Path, picture: Path, width: int, height: int, scale: float) -> None:
    """Open the page with no network and save what it shows as PNG."""
    picture.parent.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        context = browser.new_context(
            viewport={"width": width, "height": height}, device_scale_factor=scale, offline=True
        )
        page = context.new_page()
        page.goto(page_file.resolve().as_uri(), wait_until="load")
        page.wait_for_function("document.querySelectorAll('.leaflet-marker-icon').length > 0")
        page.screenshot(path=picture, animations="disabled")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("page", type=Path)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--width", type=int, default=1200)
    parser.add_argument("--height", type=int, default=800)
    parser.add_argument("--scale", type=float, default=1.0, help="device pixels per CSS pixel")
    given = parser.parse_args()
    take_picture(given.page, given.picture, given.width, given.height, given.scale)


if __name__ == "__main__":
    main()
