# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Debian's Chromium with a status page."""

from __future__ import annotations

import json
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.select import Select

BROWSER, DRIVER = "/usr/bin/chromium", "/usr/bin/chromedriver"
ARGUMENTS = (
    "--headless=new",
    # The tests run as root, and in containers with little shared memory.
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--hide-scrollbars",
    # The browser's own requests, such as for updates.
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
LOAD_SECONDS = 120
VISIBLE_ROWS = """
return [...document.querySelectorAll("tbody tr")].filter(row => row.getClientRects().length)
  .map(row => [...row.cells].map(cell => cell.textContent.trim()));
"""


class Browser:
    """A window, and what a person does in it."""

    def __init__(self):
        options = webdriver.ChromeOptions()
        options.binary_location = BROWSER
        for argument in ARGUMENTS:
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(executable_path=DRIVER))
        self.driver.set_page_load_timeout(LOAD_SECONDS)

    def quit(self) -> None:
        self.driver.quit()

    def open(self, path: Path, width: int = 1280, height: int = 800, scheme: str = "light") -> None:
        """Open a file, in a window of that size, on a desktop with a light or a dark scheme."""
        size = dict(width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        feature = dict(name="prefers-color-scheme", value=scheme)
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", dict(features=[feature]))
        self.driver.get(path.as_uri())

    def run(self, script: str, *arguments):
        """Result of a script in the page."""
        return self.driver.execute_script(script, *arguments)

    def rows(self) -> list[list[str]]:
        """Texts of the cells of all rows that are shown."""
        return self.run(VISIBLE_ROWS)

    def headings(self) -> list[WebElement]:
        return self.driver.find_elements(By.TAG_NAME, "th")

    def sorted_by(self) -> dict[str, str]:
        """Heading -> ascending or descending."""
        states = {one.text: one.get_attribute("aria-sort") for one in self.headings()}
        return {name: state for name, state in states.items() if state}

    def search(self, words: str) -> None:
        """Type words into the search field, in place of those in it."""
        field = self.driver.find_element(By.NAME, "words")
        field.send_keys(Keys.CONTROL, "a")
        field.send_keys(words or Keys.DELETE)

    def choose(self, kind: str) -> None:
        """Choose a kind of disagreement by its value, with the keyboard: it sends all events that a browser sends."""
        field = self.driver.find_element(By.NAME, "kind")
        values = [one.get_attribute("value") for one in Select(field).options]
        field.send_keys(Keys.HOME, *[Keys.ARROW_DOWN] * values.index(kind))

    def announced(self) -> str:
        """What a screen reader says of the rows."""
        return self.driver.find_element(By.CSS_SELECTOR, "[role=status]").text

    def press(self, *keys: str) -> None:
        """Press keys where the focus is."""
        ActionChains(self.driver).send_keys(*keys).perform()

    def errors(self) -> list[str]:
        """Messages of the console since the last call."""
        return [one["message"] for one in self.driver.get_log("browser")]

    def requests(self) -> list[str]:
        """URLs that the page has asked for since the last call."""
        events = [json.loads(one["message"])["message"] for one in self.driver.get_log("performance")]
        return [one["params"]["request"]["url"] for one in events if one["method"] == "Network.requestWillBeSent"]
