"""Pictures of a report for docs/: `python benchmarks/report_screenshots.py REPORT docs`.

Needs playwright (extra `dev`) and a chromium on the path. Shows the annotations view with the
fourth row chosen, on a desktop in light and dark and on a phone of 390 pixels, and the overview.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

SHOTS = (
    ("report-desktop", 1440, 900, "light"),
    ("report-dark", 1440, 900, "dark"),
    ("report-phone", 390, 844, "light"),
)
ROWS_DOWN = 4


def shoot(browser: Browser, report: Path, out: Path) -> None:
    """Write all pictures."""
    address = (report / "index.html").absolute().as_uri()
    for name, width, height, scheme in SHOTS:
        page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
        page.goto(f"{address}#annotations")
        page.wait_for_selector(".tabulator-row")
        for _ in range(ROWS_DOWN):
            page.keyboard.press("j")
        page.wait_for_selector("#negative")
        page.wait_for_timeout(300)  # thumbnails are decoded
        page.screenshot(path=out / f"{name}.png", full_page=width < 900)
        page.close()
    page = browser.new_page(viewport={"width": 1200, "height": 680})
    page.goto(address)
    page.wait_for_selector("#charts canvas")
    page.screenshot(path=out / "report-overview.png")
    page.close()


def main() -> None:
    """The command line."""
    report, out = (Path(one) for one in sys.argv[1:3])
    out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        shoot(browser, report, out)
        browser.close()


if __name__ == "__main__":
    main()
