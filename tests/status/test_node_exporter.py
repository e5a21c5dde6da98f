# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""node_exporter serves the files that the status writes."""

from __future__ import annotations

import contextlib
import re
import subprocess
import urllib.request

import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils._status import metrics_file
from ansible_collections.novafleet.compute.plugins.plugin_utils._status.metrics import metrics_text

NOW = 1795917600
SECONDS = 60
ARGUMENTS = ("--collector.disable-defaults", "--collector.textfile", "--web.listen-address=127.0.0.1:0")
LISTENING = re.compile(r"Listening on.* address=(\S+)")


@pytest.fixture
def scrape(tmp_path):
    """Function that gets what a node_exporter serves which reads tmp_path: a set of lines."""
    command = ["prometheus-node-exporter", *ARGUMENTS, f"--collector.textfile.directory={tmp_path}"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        address = next((match.group(1) for line in process.stderr if (match := LISTENING.search(line))), None)
        assert address, "node_exporter ended before it listened"
        try:
            yield lambda: _lines(f"http://{address}/metrics")
        finally:
            process.kill()


def _lines(url):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with contextlib.closing(opener.open(url, timeout=SECONDS)) as answer:
        return set(answer.read().decode().splitlines())


def test_all_samples_of_two_fleets_are_served(scrape, statuses, tmp_path):
    texts = {name: metrics_text(status, f'the "{name}" fleet \\ of\nnova', NOW) for name, status in statuses.items()}
    for name, text in texts.items():
        metrics_file.write(str(tmp_path / f"{name}.prom"), text)
    served = scrape()
    assert "node_textfile_scrape_error 0" in served
    wanted = {_sample(line) for text in texts.values() for line in text.splitlines() if not line.startswith("#")}
    assert {_sample(line) for line in served if line.startswith("novafleet_")} == wanted
    assert len(wanted) > 3000


def test_a_file_of_open_metrics_would_not_be_read(scrape, tmp_path):
    """The reason for the older format."""
    (tmp_path / "fleet.prom").write_text("# TYPE novafleet_container info\nnovafleet_container_info 1\n# EOF\n")
    served = scrape()
    assert "node_textfile_scrape_error 1" in served
    assert not [line for line in served if line.startswith("novafleet_")]


def _sample(line):
    """Metric, labels in any order, and value."""
    name, labels, value = re.fullmatch(r"([a-z_]+)\{(.*)\} (\S+)", line).groups()
    return name, frozenset(re.findall(r'[a-z_]+="(?:[^"\\]|\\.)*"', labels)), float(value)
