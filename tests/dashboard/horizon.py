# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Horizon's pages, and what a person does on them."""

from __future__ import annotations

from urllib.parse import urlsplit

from browser import Browser
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support import expected_conditions
from selenium.webdriver.support.wait import WebDriverWait

URL = "http://127.0.0.1:18080"
WAIT_SECONDS = 120
ROWS = """
const table = document.getElementById(arguments[0]);
const names = [...table.querySelectorAll("thead tr:last-child th")].map(cell => cell.textContent.trim());
return [...table.querySelectorAll("tbody tr[data-object-id]")].map(row =>
  Object.fromEntries([...row.cells].map((cell, number) => [names[number], cell.textContent.trim()])));
"""
LAUNCH = "instances__action_launch-ng"


class Horizon:
    """A browser with Horizon."""

    def __init__(self, browser: Browser):
        self.browser = browser
        self.driver = browser.driver
        size = dict(width=1360, height=720, deviceScaleFactor=1, mobile=False)
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def log_in(self, user: str, password: str) -> None:
        self.open("/auth/login/")
        self.driver.find_element(By.ID, "id_username").send_keys(user)
        self.driver.find_element(By.ID, "id_password").send_keys(password)
        self.driver.find_element(By.ID, "loginBtn").click()

    def open(self, path: str) -> None:
        self.driver.get(URL + path)

    def rows(self, table: str) -> list[dict[str, str]]:
        """Rows of a table of the page, heading -> text."""
        return self.browser.run(ROWS, table)

    def messages(self) -> list[str]:
        """Errors and warnings that Horizon shows over the page."""
        found = self.driver.find_elements(By.CSS_SELECTOR, ".alert-danger, .alert-warning")
        return [one.text for one in found if one.is_displayed()]

    def problems(self, path: str) -> list[str]:
        """What is wrong with a page: its title if it is that of an error, and its messages."""
        self.open(path)
        self.wait(lambda _: self.browser.run("return document.readyState === 'complete' && !jQuery.active"))
        found = [self.driver.title] if "error" in self.driver.title.lower() else []
        return found + self.messages()

    def menu(self) -> dict[str, str]:
        """Path of each page in the menu -> its name."""
        found = self.driver.find_elements(By.CSS_SELECTOR, "#sidebar a.openstack-spin")
        return {urlsplit(one.get_property("href")).path: one.get_property("textContent").strip() for one in found}

    def wait(self, condition):
        """The result of a function of the driver, once it is true."""
        waiting = WebDriverWait(self.driver, WAIT_SECONDS, ignored_exceptions=[StaleElementReferenceException])
        return waiting.until(condition)

    def click(self, selector: str, by: str = By.CSS_SELECTOR) -> None:
        self.wait(expected_conditions.element_to_be_clickable((by, selector))).click()

    def launch(self, name: str, image: str, flavor: str) -> None:
        """Launch an instance by the dialog on the page of instances."""
        self.open("/project/instances/")
        self.click(f"#{LAUNCH}")
        self.wait(expected_conditions.visibility_of_element_located((By.CSS_SELECTOR, "wizard #name"))).send_keys(name)
        for step, choice in (("Source", image), ("Flavor", flavor)):
            self.click(f"//wizard//*[contains(@class, 'wizard-nav')]//a[normalize-space()='{step}']", By.XPATH)
            self._allocate(f"ng-include[ng-form=launchInstance{step}Form]", choice)
        self.click("wizard button.finish")
        self.wait(expected_conditions.invisibility_of_element_located((By.CSS_SELECTOR, "wizard")))

    def steps(self) -> list[str]:
        """Names of the steps of the dialog, which it opens and closes."""
        self.open("/project/instances/")
        self.click(f"#{LAUNCH}")
        self.wait(expected_conditions.visibility_of_element_located((By.CSS_SELECTOR, "wizard #name")))
        found = [one.text.strip(" *") for one in self.driver.find_elements(By.CSS_SELECTOR, "wizard .wizard-nav a")]
        self.open("/project/instances/")
        return [one for one in found if one]

    def _allocate(self, form: str, choice: str) -> None:
        """Move a row of a dialog's table from the available ones to the allocated ones."""
        row = f"//*[text()[normalize-space()='{choice}']]/ancestor::tr"
        step: WebElement = self.wait(expected_conditions.visibility_of_element_located((By.CSS_SELECTOR, form)))
        button = self.wait(
            lambda _: next(
                (
                    one
                    for one in step.find_elements(By.XPATH, f".{row}//*[contains(@class, 'fa-arrow-up')]")
                    if one.is_displayed()
                ),
                None,
            )
        )
        button.click()

    def instance(self, name: str) -> dict[str, str] | None:
        """The row of an instance on the page of instances, which refreshes rows by itself."""
        return next((row for row in self.rows("instances") if row["Instance Name"] == name), None)

    def act(self, name: str, action: str) -> None:
        """Choose an action from the menu of an instance, and confirm it."""
        row = f"//table[@id='instances']//tr[@data-display='{name}']"
        self.click(f"{row}//*[contains(@class, 'dropdown-toggle')]", By.XPATH)
        self.click(f"{row}//*[self::a or self::button][normalize-space()='{action}']", By.XPATH)
        self.click(".modal-dialog .btn-danger, .modal-dialog .btn-primary")
