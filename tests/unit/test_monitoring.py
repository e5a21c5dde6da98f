# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The alert rules, the dashboard and the documentation use metrics and labels that the status writes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from ansible_collections.novafleet.compute.plugins.plugin_utils._status.disagreements import KINDS
from ansible_collections.novafleet.compute.plugins.plugin_utils._status.metrics import METRICS

ROOT = Path(__file__).parents[2]
MONITORING = ROOT / "docs" / "monitoring"
RULES = [
    rule
    for group in yaml.safe_load((MONITORING / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
]
DASHBOARD = json.loads((MONITORING / "dashboard.json").read_text(encoding="utf-8"))
RULE_TESTS = yaml.safe_load((ROOT / "tests" / "status" / "alerts_test.yml").read_text(encoding="utf-8"))["tests"]
EXPRESSIONS = {
    **{rule["alert"]: rule["expr"] for rule in RULES},
    **{
        f"panel {panel['id']} {target['refId']}": target["expr"]
        for panel in DASHBOARD["panels"]
        for target in panel["targets"]
    },
    **{f"variable {one['name']}": one.get("definition", "") for one in DASHBOARD["templating"]["list"]},
    **{
        f"input of {test['name']} {number}": series["series"]
        for test in RULE_TESTS
        for number, series in enumerate(test["input_series"])
    },
}
# What Prometheus adds to each sample.
TARGET_LABELS = {"instance", "job"}


def labels_of(metrics):
    return {"fleet", *TARGET_LABELS, *(label for metric in metrics for label in METRICS[metric].labels)}


def used(expression):
    """Metrics of an expression, and labels that it selects or groups by."""
    metrics = set(re.findall(r"\bnovafleet_[a-z_]+", expression))
    selected = re.findall(r'([a-z_]+)\s*(?:=~|!~|!=|=)\s*"', expression)
    grouped = [name for names in re.findall(r"\b(?:by|on) \(([^)]*)\)", expression) for name in names.split(", ")]
    return metrics, {*selected, *grouped}


@pytest.mark.parametrize("expression", EXPRESSIONS.values(), ids=EXPRESSIONS)
def test_every_metric_and_label_that_is_used_is_written(expression):
    metrics, labels = used(expression)
    assert metrics <= set(METRICS)
    assert labels <= labels_of(metrics)


def test_expressions_are_found():
    assert len(RULES) >= 8 and len(DASHBOARD["panels"]) >= 10
    assert {metric for expression in EXPRESSIONS.values() for metric in used(expression)[0]} == set(METRICS)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_texts_of_an_alert_use_labels_that_it_has(rule):
    metrics, _labels = used(rule["expr"])
    kept = re.match(r"(?:sum|count) by \(([^)]*)\)", rule["expr"])
    has = set(kept.group(1).split(", ")) if kept else labels_of(metrics)
    texts = "\n".join(rule["annotations"].values())
    assert set(rule["annotations"]) == {"summary", "description"}
    assert set(re.findall(r"\$labels\.([a-z_]+)", texts)) <= has
    assert rule["labels"]["severity"] in ("critical", "warning", "info")


def test_kinds_and_levels_that_are_selected_exist():
    text = "\n".join(EXPRESSIONS.values())
    assert set(re.findall(r'\bkind!?="([^"]*)"', text)) <= set(KINDS)
    assert set(re.findall(r'\blevel!?="([^"]*)"', text)) <= {kind.level for kind in KINDS.values()}


def test_each_alert_has_a_test_where_it_fires_and_one_where_it_does_not():
    cases = {}
    for test in RULE_TESTS:
        for case in test["alert_rule_test"]:
            cases.setdefault(case["alertname"], set()).add(bool(case["exp_alerts"]))
    # What is expected of one label set is expected of the others: a query that was answered, a service that is up.
    both = {"NovafleetQueryFailed"}
    assert set(cases) == {rule["alert"] for rule in RULES}
    assert {name for name, seen in cases.items() if seen != {True, False}} <= both


def test_panels_have_places_of_their_own_and_the_chosen_data_source():
    seen, fields = set(), set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = {(place["x"] + column, place["y"] + row) for column in range(place["w"]) for row in range(place["h"])}
        assert not cells & seen and max(x for x, _y in cells) < 24, panel["title"]
        seen |= cells
        fields.update(str(one["datasource"]) for one in [panel, *panel["targets"]])
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
    assert fields == {str({"type": "prometheus", "uid": "${datasource}"})}


def test_the_documentation_lists_the_metrics_with_their_labels_and_the_alerts():
    text = (ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(novafleet_\w+)` \| ([^|]*)\|", text, re.MULTILINE)
    documented = {name: tuple(re.findall(r"`(\w+)`", labels)) for name, labels in rows}
    assert documented == {name: metric.labels for name, metric in METRICS.items()}
    alerts = re.findall(r"^\| `(Novafleet\w+)` \| (\w+) \|", text, re.MULTILINE)
    assert alerts == [(rule["alert"], rule["labels"]["severity"]) for rule in RULES]
