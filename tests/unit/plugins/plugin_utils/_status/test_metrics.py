# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re

from ansible_collections.novafleet.compute.plugins.plugin_utils._status.compare import status
from ansible_collections.novafleet.compute.plugins.plugin_utils._status.metrics import METRICS, metrics_text

NOW = 1795396800.7
SECRET = "s3cr3t"
SAMPLE = re.compile(r'([a-z_]+)\{((?:[a-z_]+="(?:[^"\\\n]|\\[\\"n])*",?)*)\} (-?[0-9.e+]+)')


def container(name, **values):
    entry = dict(
        name=name, container=f"nova-compute-{name}", state="running", health="", status="Up", image="nova:1",
        age_seconds=90, started_at="2026-11-23T01:00:00Z", memory_bytes=157286400, part="active",
    )  # fmt: skip
    return dict(entry, **values)


def record(host, **values):
    entry = dict(host=host, id=f"id-{host}", state="up", status="enabled", disabled_reason=None, forced_down=False)
    return dict(entry, updated_at="2026-11-23T01:02:03.000000", **values)


def compared(answers, records=(), targets=("a",), **options):
    known = dict(services=list(records), hypervisors=[], instances=[], providers=None)
    wanted = [dict(service=name, target=f"t-{name}", driver="fake", docker_host=None) for name in targets]
    return status(wanted, answers, known, **options)


def samples(found):
    """(Metric, labels) -> value. Fails where a line is not of the format, or where two samples have the same labels."""
    result = {}
    for line in metrics_text(found, "nova", NOW).splitlines():
        if not line.startswith("#"):
            name, labels, value = SAMPLE.fullmatch(line).groups()
            assert (name, labels) not in result
            result[name, labels] = float(value)
    return result


def of(found, name):
    """Labels -> value, of one metric."""
    return {labels: value for (metric, labels), value in samples(found).items() if metric == name}


TEXT = [
    "# HELP novafleet_status_timestamp_seconds Unix time of the status run that wrote these metrics.",
    "# TYPE novafleet_status_timestamp_seconds gauge",
    'novafleet_status_timestamp_seconds{fleet="nova"} 1795396800',
    "# HELP novafleet_query_success Whether a query of the status run got an answer.",
    "# TYPE novafleet_query_success gauge",
    'novafleet_query_success{fleet="nova",query="containers",docker_host="d1"} 1',
    'novafleet_query_success{fleet="nova",query="nova",docker_host=""} 1',
    "# HELP novafleet_problems Problems beyond single services, such as what a deployment would refuse.",
    "# TYPE novafleet_problems gauge",
    'novafleet_problems{fleet="nova"} 0',
    "# HELP novafleet_services Services in the status.",
    "# TYPE novafleet_services gauge",
    'novafleet_services{fleet="nova"} 2',
    "# HELP novafleet_service_up Whether nova shows the service as up.",
    "# TYPE novafleet_service_up gauge",
    'novafleet_service_up{fleet="nova",target="t-a",service_host="a",driver="fake"} 1',
    'novafleet_service_up{fleet="nova",target="t-b",service_host="b",driver="fake"} 0',
    "# HELP novafleet_service_enabled Whether the service is enabled in nova.",
    "# TYPE novafleet_service_enabled gauge",
    'novafleet_service_enabled{fleet="nova",target="t-a",service_host="a",driver="fake"} 1',
    "# HELP novafleet_service_heartbeat_timestamp_seconds Unix time of the service's last heartbeat in nova.",
    "# TYPE novafleet_service_heartbeat_timestamp_seconds gauge",
    'novafleet_service_heartbeat_timestamp_seconds{fleet="nova",target="t-a",service_host="a",driver="fake"} '
    "1795395723",
    "# HELP novafleet_disagreements Disagreements between inventory, Docker and nova about the service.",
    "# TYPE novafleet_disagreements gauge",
    'novafleet_disagreements{fleet="nova",target="t-a",service_host="a",driver="fake",docker_host="d1",'
    'container="nova-compute-a",kind="no compute node",level="error"} 1',
    'novafleet_disagreements{fleet="nova",target="t-b",service_host="b",driver="fake",docker_host="",'
    'container="",kind="missing",level="error"} 1',
    "# HELP novafleet_container_state State of the container, in the label state. Always 1.",
    "# TYPE novafleet_container_state gauge",
    'novafleet_container_state{fleet="nova",target="t-a",service_host="a",driver="fake",docker_host="d1",'
    'container="nova-compute-a",state="running"} 1',
    "# HELP novafleet_container_info Image of the container, and its part: active, standby or starting. Always 1.",
    "# TYPE novafleet_container_info gauge",
    'novafleet_container_info{fleet="nova",target="t-a",service_host="a",driver="fake",docker_host="d1",'
    'container="nova-compute-a",image="nova:1",part="active"} 1',
    "# HELP novafleet_container_start_time_seconds Unix time when the container's processes started.",
    "# TYPE novafleet_container_start_time_seconds gauge",
    'novafleet_container_start_time_seconds{fleet="nova",target="t-a",service_host="a",driver="fake",'
    'docker_host="d1",container="nova-compute-a"} 1795395600',
    "# HELP novafleet_container_memory_bytes Memory charged to the container, without page cache that can be dropped.",
    "# TYPE novafleet_container_memory_bytes gauge",
    'novafleet_container_memory_bytes{fleet="nova",target="t-a",service_host="a",driver="fake",'
    'docker_host="d1",container="nova-compute-a"} 157286400',
]


def test_a_healthy_service_and_one_that_is_missing():
    found = compared(dict(d1=dict(services=[container("a")])), [record("a")], ["a", "b"])
    assert metrics_text(found, "nova", NOW).splitlines() == TEXT


def test_names_are_as_prometheus_wants_them():
    for name, metric in METRICS.items():
        assert re.fullmatch(r"novafleet_[a-z_]+", name)
        # Endings of other types.
        assert not name.endswith(("_total", "_count", "_sum", "_bucket", "_gauge"))
        assert "\n" not in metric.help and metric.help.endswith(".")
        assert len({"fleet", *metric.labels}) == 1 + len(metric.labels)


def test_names_with_special_characters_are_escaped():
    found = compared(dict(d1=dict(services=[container('a"\\\n{}', image="nüva")])), targets=())
    (labels,) = of(found, "novafleet_container_info")
    assert 'service_host="a\\"\\\\\\n{}"' in labels
    assert 'image="nüva"' in labels


def test_no_text_of_a_problem_or_a_log_is_written():
    ended = container("a", state="exited", status=SECRET)
    disabled = record("a", status="disabled", disabled_reason=SECRET)
    logs = dict(d1=dict(services=[dict(name="a", cause=SECRET)]))
    plans = dict(d1=dict(services=[dict(name="a", action="restart", reasons=[f"{SECRET} changed"])]))
    found = compared(dict(d1=dict(services=[ended])), [disabled], logs=logs, plans=plans, problems=[SECRET])
    assert {SECRET in str(part) for part in (found["problems"], found["services"])} == {True}
    assert SECRET not in metrics_text(found, "nova", NOW)
    assert set(of(found, "novafleet_service_enabled").values()) == {0}


def test_what_could_not_be_asked_is_zero_and_what_is_known_stays():
    answers = dict(d1=dict(services=[container("a")]), d2=dict(unreachable=True, msg="no route"))
    found = compared(answers, [record("a"), record("b", state="down")], ["a", "b"])
    assert of(found, "novafleet_query_success") == {
        'fleet="nova",query="containers",docker_host="d1"': 1,
        'fleet="nova",query="containers",docker_host="d2"': 0,
        'fleet="nova",query="nova",docker_host=""': 1,
    }
    assert of(found, "novafleet_problems") == {'fleet="nova"': 1}
    assert sorted(of(found, "novafleet_service_up").values()) == [0, 1]
    assert len(of(found, "novafleet_container_state")) == 1


def test_nothing_is_said_of_nova_if_nova_is_not_asked():
    names = {name for name, _labels in samples(status([], dict(d1=dict(services=[container("a")]))))}
    assert not {name for name in names if name.startswith("novafleet_service_")}
    assert "novafleet_container_state" in names


def test_an_empty_fleet_has_its_time_and_counts():
    assert samples(status([], {})) == {
        ("novafleet_status_timestamp_seconds", 'fleet="nova"'): 1795396800,
        ("novafleet_problems", 'fleet="nova"'): 0,
        ("novafleet_services", 'fleet="nova"'): 0,
    }


def test_a_standby_and_a_second_container_of_one_host_have_samples_of_their_own():
    twice = [container("a"), container("a", container="nova-compute-a.next", part="standby")]
    found = compared(dict(d1=dict(services=twice), d2=dict(services=[container("a")])), [record("a")])
    assert len(of(found, "novafleet_service_up")) == 1
    assert len(of(found, "novafleet_container_memory_bytes")) == 3
    assert len(of(found, "novafleet_container_info")) == 3


def test_what_the_kernel_does_not_show_has_no_sample():
    found = compared(dict(d1=dict(services=[container("a", started_at=None, memory_bytes=None)])))
    assert {name for name, _labels in samples(found) if name.startswith("novafleet_container")} == {
        "novafleet_container_state",
        "novafleet_container_info",
    }


def test_a_resource_provider_that_is_left_over_is_not_a_service_that_is_down():
    known = dict(services=[], hypervisors=[], instances=[])
    cluster = "domain-c8.3a1fd7c5-5b5c-4b0e-9c7e-0c6f5b3f1d11"
    found = status([], {}, dict(known, providers=[dict(id="p", name=cluster, inventory=True)]))
    assert len(of(found, "novafleet_disagreements")) == 1
    assert not of(found, "novafleet_service_up")


def test_disagreements_of_one_kind_are_one_sample():
    record_a = record("a")
    nodes = [dict(id="n1", host="a", name="n1"), dict(id="n2", host="a", name="n2")]
    known = dict(services=[record_a], hypervisors=nodes, instances=[], providers=[])
    wanted = [dict(service="a", target="t-a", driver="fake", docker_host=None)]
    found = status(wanted, dict(d1=dict(services=[container("a")])), known)
    assert list(of(found, "novafleet_disagreements").values()) == [2]
