# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Metrics, alert rules and dashboard by Prometheus's own tool."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
import yaml
from ansible_collections.novafleet.compute.plugins.plugin_utils._status.metrics import metrics_text

MONITORING = Path(__file__).parents[2] / "docs" / "monitoring"
NOW = 1795917600
SECONDS = 120
# What Grafana puts in place of the variable, where all fleets are chosen.
ALL_FLEETS = ".+"
FIGURES = ("Services", "Services down", "Errors", "Warnings", "Problems", "Queries without an answer")


def promtool(*arguments, text=None):
    """Run it; it must end with 0 and report nothing."""
    ended = subprocess.run(
        ["promtool", *map(str, arguments)], input=text, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout + ended.stderr


@pytest.fixture(scope="session")
def panels():
    """Title -> expressions of its queries."""
    dashboard = json.loads((MONITORING / "dashboard.json").read_text(encoding="utf-8"))
    return {
        panel["title"]: [target["expr"].replace("$fleet", ALL_FLEETS) for target in panel["targets"]]
        for panel in dashboard["panels"]
    }


@pytest.mark.parametrize("fleet", ["picture", "large"])
def test_the_metrics_are_as_prometheus_wants_them(statuses, fleet):
    assert promtool("check", "metrics", text=metrics_text(statuses[fleet], 'a "fleet" \\', NOW)) == ""


def test_the_linter_finds_what_is_wrong():
    """Otherwise the test above would pass with a tool that checks nothing."""
    with pytest.raises(AssertionError, match="no help text"):
        promtool("check", "metrics", text="novafleet_services 1\n")
    with pytest.raises(AssertionError, match="parsing"):
        promtool("check", "metrics", text='novafleet_services{fleet="a"b"} 1\n')


def test_the_alert_rules_are_valid():
    assert "8 rules found" in promtool("check", "rules", "--lint=all", "--lint-fatal", MONITORING / "alerts.yml")


def test_each_alert_fires_where_it_must_and_not_elsewhere():
    assert "SUCCESS" in promtool("test", "rules", Path(__file__).with_name("alerts_test.yml"))


def test_the_queries_of_the_dashboard_are_valid(panels, tmp_path):
    rules = [
        dict(record=f"panel:{number}:{at}", expr=expression)
        for number, expressions in enumerate(panels.values())
        for at, expression in enumerate(expressions)
    ]
    path = tmp_path / "queries.yml"
    path.write_text(yaml.safe_dump(dict(groups=[dict(name="queries", rules=rules)])), encoding="utf-8")
    assert f"{len(rules)} rules found" in promtool("check", "rules", "--lint=all", "--lint-fatal", path)


@pytest.mark.parametrize("fleet", ["picture", "large"])
def test_the_figures_of_the_dashboard_are_those_of_the_status(panels, statuses, tmp_path, fleet):
    status = statuses[fleet]
    samples = [
        line.rpartition(" ") for line in metrics_text(status, "nova", 0).splitlines() if not line.startswith("#")
    ]
    levels = status["summary"]["levels"]
    down = {row["service"] for row in status["services"] if row["nova_state"] != "up"}
    figures = (
        status["summary"]["services"], len(down), levels.get("error", 0), levels.get("warning", 0),
        len(status["problems"]), sum(not one["answered"] for one in status["queries"]),
    )  # fmt: skip
    wanted = [
        dict(expr=panels[title][0], eval_time="0m", exp_samples=[dict(labels="{}", value=figure)])
        for title, figure in zip(FIGURES, figures, strict=True)
    ]
    wanted.append(dict(expr=panels["Age of the status"][0], eval_time="2m", exp_samples=[dict(labels="{}", value=120)]))
    series = [dict(series=name, values=f"{value} {value} {value}") for name, _space, value in samples]
    case = dict(interval="1m", input_series=series, promql_expr_test=wanted)
    path = tmp_path / "figures.yml"
    path.write_text(yaml.safe_dump(dict(rule_files=[], tests=[case])), encoding="utf-8")
    assert "SUCCESS" in promtool("test", "rules", path)
