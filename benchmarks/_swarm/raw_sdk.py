# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The same services through the Docker SDK for Python, by an author who knows beforehand what is to be done.

The bodies have the same fields as those of the module, and each service has a secret of its own.
"""

from __future__ import annotations

import contextlib
import time
from concurrent.futures import ThreadPoolExecutor

import docker

LABEL = "novafleet.benchmark"
THREADS = 8
POLL_SECONDS = 0.5


class RawSdk:
    """Operations on N services of a swarm."""

    def __init__(self, host, image, number, text):
        """text: function from a service and a version to the content of its file."""
        self.host, self.image, self.text = host, image, text
        self.names = [f"raw-{one}" for one in range(number)]

    @contextlib.contextmanager
    def _api(self):
        with contextlib.closing(docker.APIClient(self.host, "1.41", timeout=60)) as api:
            yield api

    def run(self, operation):
        """Duration of an operation in seconds, until all tasks are as they should be."""
        begin = time.monotonic()
        with self._api() as api, ThreadPoolExecutor(THREADS) as pool:
            getattr(self, f"_{operation}")(api, pool)
        return time.monotonic() - begin

    def _create(self, api, pool):
        network = api.inspect_network("host", scope="swarm")["Id"]
        list(pool.map(lambda name: self._make(api, name, network), self.names))
        self._wait(api, len(self.names))

    def _make(self, api, name, network):
        body = dict(Name=name, Labels={LABEL: "1"}, TaskTemplate=self._task(api, name, "1", network))
        body["Mode"] = {"Replicated": {"Replicas": 1}}
        api._result(api._post_json(api._url("/services/create"), data=body), json=True)

    def _task(self, api, name, version, network):
        secret = f"{name}-{version}"
        ident = api.create_secret(secret, self.text(name, version).encode(), {LABEL: "1"})["ID"]
        file = {"Name": "/etc/nova/nova.conf", "UID": "0", "GID": "162", "Mode": 0o640}
        container = dict(
            Image=self.image,
            Args=["sleep", "infinity"],
            Labels={LABEL: "1", "version": version},
            User="162:162",
            Init=True,
            ReadOnly=True,
            CapabilityDrop=["ALL"],
            Secrets=[{"SecretID": ident, "SecretName": secret, "File": file}],
        )
        return {"ContainerSpec": container, "Networks": [{"Target": network}]}

    def _noop(self, api, _pool):
        api.services(filters={"label": LABEL})
        api.secrets(filters={"label": LABEL})

    def _change_one(self, api, _pool):
        self._change(api, self.names[0], "2")
        self._wait(api, 1, "2")

    def _roll(self, api, pool):
        list(pool.map(lambda name: self._change(api, name, "3"), self.names))
        self._wait(api, len(self.names), "3")

    def _change(self, api, name, version):
        service = api.inspect_service(name)
        network = service["Spec"]["TaskTemplate"]["Networks"][0]["Target"]
        old = service["Spec"]["TaskTemplate"]["ContainerSpec"]["Secrets"][0]["SecretID"]
        body = dict(service["Spec"], TaskTemplate=self._task(api, name, version, network))
        version = {"version": service["Version"]["Index"]}
        url = api._url("/services/{0}/update", service["ID"])
        api._result(api._post_json(url, data=body, params=version), json=True)
        api.remove_secret(old)

    def _remove(self, api, pool):
        list(pool.map(api.remove_service, self.names))
        self._wait(api, 0)
        list(pool.map(lambda entry: api.remove_secret(entry["ID"]), api.secrets(filters={"label": LABEL})))

    def _wait(self, api, number, version="1"):
        while self._running(api, version) != number:
            time.sleep(POLL_SECONDS)

    def _running(self, api, version):
        labels = ((entry["Status"]["State"], entry["Spec"]["ContainerSpec"]["Labels"]) for entry in api.tasks())
        return sum(1 for state, own in labels if state == "running" and own.get("version") == version)
