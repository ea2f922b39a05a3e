"""A headless browser, as users have one: no flag that opens what `file://` forbids."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from ivg.report.command import ReportSettings
from ivg.report.write import write_report


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One a file: as long as it is open, its event loop keeps out those of other tests."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no chromium is on the path: pages are not tested")
    with sync_playwright() as play:
        # no sandbox: containers without user namespaces can't make one
        found = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield found
        found.close()


class Visit:
    """A page, and everything that it complained about."""

    def __init__(self, page: Page, report: Path) -> None:
        self.page, self.complaints, self.foreign = page, [], []
        self.address = (report / "index.html").as_uri()
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("requestfailed", lambda request: self.complaints.append(request.url))
        page.on("dialog", self._dialog)
        page.on("request", self._request)

    def _console(self, message) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _dialog(self, dialog) -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _request(self, request) -> None:
        if not request.url.startswith(("file:", "data:", "blob:")):
            self.foreign.append(request.url)

    def open(self, view: str = "overview") -> Page:
        self.page.goto(f"{self.address}#{view}")
        ready = "#charts canvas" if view == "overview" else ".tabulator-row"
        self.page.wait_for_selector(ready)
        return self.page


@pytest.fixture
def visit(browser):
    """`visit(report)` opens nothing yet; at the end no complaint and no foreign request is left."""
    made = []

    def make(report: Path, **context) -> Visit:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **context})
        made.append((context, Visit(context.new_page(), report)))
        return made[-1][1]

    yield make
    for context, one in made:
        context.close()
        assert one.complaints == []
        assert one.foreign == []


@pytest.fixture
def reported(tmp_path):
    """Write the report of a folder with some settings."""

    def report(folder: Path, **settings) -> Path:
        return write_report(folder, ReportSettings(**settings))

    return report
