# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Discovery as a user meets it: ansible-inventory against vCenter simulators and a XenServer pool."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import socket
import ssl
import subprocess
import time

import pytest
import requests
import vcenter_front
import vcenter_simulator
import xenapi_simulator
import yaml
from pyVim.connect import Disconnect, SmartConnect
from pyVmomi import vim

# A run that takes longer hangs.
RUN_SECONDS = 300
PASSWORD = "an-d0main-secret"
ROLE = vcenter_simulator.TOP / "roles" / "services"
PLAY = [
    dict(
        hosts="localhost",
        gather_facts=False,
        tasks=[
            {
                "novafleet.compute.check_targets": dict(
                    templates=str(ROLE / "templates"), argument_specs=str(ROLE / "meta" / "argument_specs.yml")
                ),
                "register": "checked",
            },
            {"ansible.builtin.copy": dict(content="{{ checked | to_json }}", dest="{{ result }}", mode="0600")},
        ],
    )
]
LOCAL = dict(ansible_connection="local", ansible_python_interpreter="{{ ansible_playbook_python }}")
# What a deployment needs beside the targets.
COMMON = dict(
    services_transport_url="rabbit://nova:bus@bus.example.com:5672/",
    services_placement=dict(auth_type="password", auth_url="https://keystone.example.com:5000/v3"),
)


class Inventory:
    """An inventory directory, and Ansible's programs run on it."""

    def __init__(self, directory):
        self.directory = directory / "inventory"
        self.directory.mkdir()
        self.environment = dict(os.environ, NOVAFLEET_VCENTER_USERNAME="user", NOVAFLEET_VCENTER_PASSWORD=PASSWORD)
        self.environment.update(NOVAFLEET_XENSERVER_PASSWORD=PASSWORD, ANSIBLE_LOCALHOST_WARNING="false")

    def write(self, name, content):
        path = self.directory / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content if isinstance(content, str) else yaml.safe_dump(content), encoding="utf-8")

    def vcenter(self, *vcenters, **options):
        self.write("vcenter.yml", dict(plugin="novafleet.compute.vcenter", vcenters=list(vcenters), **options))

    def xenserver(self, *pools, **options):
        self.write("xenserver.yml", dict(plugin="novafleet.compute.xenserver", pools=list(pools), **options))

    def run(self, *command):
        return subprocess.run(
            [*command, "-i", self.directory],
            env=self.environment,
            check=False,
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS,
        )

    def list(self, *options):
        done = self.run("ansible-inventory", "--list", *options)
        assert done.returncode == 0, done.stderr
        assert PASSWORD not in done.stdout
        return Listed(json.loads(done.stdout))

    def problems(self):
        """What it says when it fails, as it must."""
        done = self.run("ansible-inventory", "--list")
        assert done.returncode != 0, done.stdout
        assert PASSWORD not in done.stderr
        return Told(done.stderr)

    def checked(self, directory):
        """What check_targets makes of it, as a deployment would."""
        self.write("hosts.yml", dict(nova_compute_hosts=dict(hosts=dict(localhost=LOCAL))))
        self.write("group_vars/all.yml", COMMON)
        (directory / "play.yml").write_text(json.dumps(PLAY), encoding="utf-8")
        done = self.run("ansible-playbook", directory / "play.yml", "-e", f"result={directory / 'result.json'}")
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads((directory / "result.json").read_text())


class Told:
    """What was told, however ansible-core broke it into lines."""

    def __init__(self, text):
        self.text = text

    def __contains__(self, words):
        return "".join(words.split()) in "".join(self.text.split())


class Listed:
    """What ansible-inventory --list shows."""

    def __init__(self, shown):
        self.shown = shown
        self.hostvars = _unmarked(shown["_meta"]["hostvars"])

    def group(self, name):
        return sorted(self.shown.get(name, {}).get("hosts", []))


def _unmarked(value):
    """Without the mark that ansible-inventory puts on text that is not a template."""
    if isinstance(value, dict):
        return value.get("__ansible_unsafe", {name: _unmarked(one) for name, one in value.items()})
    return [_unmarked(one) for one in value] if isinstance(value, list) else value


@contextlib.contextmanager
def connected(simulator):
    """The content of a vCenter's service instance, by its own library."""
    tls = ssl.create_default_context(cafile=simulator.ca_file)
    account = dict(user=simulator.username, pwd=PASSWORD)
    service = SmartConnect(host=simulator.address, port=simulator.port, sslContext=tls, **account)
    try:
        yield service.content
    finally:
        Disconnect(service)


@pytest.fixture
def inventory(tmp_path):
    return Inventory(tmp_path)


@pytest.fixture(scope="module")
def vc1(tmp_path_factory):
    """Clusters DC0_C0 to DC0_C3, of two hosts each."""
    started = vcenter_simulator.start(tmp_path_factory.mktemp("vc1"), 4, hosts_per_cluster=2, password=PASSWORD)
    yield started
    started.stop()


@pytest.fixture(scope="module")
def vc1_tags(vc1):
    """Tag gold on DC0_C1 and DC0_C2, silver on DC0_C2; by the REST API, as a vCenter's people do it."""
    with connected(vc1) as content:
        view = content.viewManager.CreateContainerView(content.rootFolder, [vim.ClusterComputeResource], True)
        moids = {one.name: one._moId for one in view.view}
    with requests.Session() as rest:
        # What the environment names would be trusted instead.
        rest.trust_env, rest.verify = False, str(vc1.ca_file)
        top = f"https://{vc1.address}:{vc1.port}/rest/com/vmware/cis"

        def post(path, content=None, **options):
            answer = rest.post(top + path, json=content, **options)
            answer.raise_for_status()
            return answer.json()["value"] if answer.content else None

        rest.headers["vmware-api-session-id"] = post("/session", auth=(vc1.username, PASSWORD))
        spec = dict(name="quality", description="", cardinality="MULTIPLE", associable_types=[])
        category = post("/tagging/category", dict(create_spec=spec))
        for tag, names in dict(gold=["DC0_C1", "DC0_C2"], silver=["DC0_C2"]).items():
            ident = post("/tagging/tag", dict(create_spec=dict(name=tag, description="", category_id=category)))
            for name in names:
                cluster = dict(id=moids[name], type="ClusterComputeResource")
                post(f"/tagging/tag-association/id:{ident}?~action=attach", dict(object_id=cluster))


@pytest.fixture(params=["/rest", "/api"])
def tagged_vcenter(request, vc1, vc1_tags):
    """vc1 as an old vCenter and as a new one; the requests for its tags are checked at the end."""
    if request.param == "/rest":
        yield vc1
        return
    front = vcenter_front.Front(vc1)
    yield front.simulator
    front.end()
    # Two inventories are listed. Two of four clusters have tags.
    first = "POST /api/cis/tagging/tag-association?action=list-attached-tags-on-objects"
    kinds = [asked.partition("urn")[0] for asked in front.asked]
    tag = "GET /api/cis/tagging/tag/"
    assert kinds == ["POST /api/session", first, tag, tag, "DELETE /api/session"] * 2


@pytest.fixture(scope="module")
def vc2(tmp_path_factory):
    """DC0_C0; in folder Production/East of data centre West, Compute A and {{ 6 * 7 }}; in East, Twin and DC0_C0."""
    started = vcenter_simulator.start(tmp_path_factory.mktemp("vc2"), 1, password=PASSWORD)
    with connected(started) as content:
        west = content.rootFolder.CreateDatacenter("West").hostFolder
        folder = west.CreateFolder("Production").CreateFolder("East")
        for name in ("Compute A", "{{ 6 * 7 }}"):
            folder.CreateClusterEx(name, vim.cluster.ConfigSpecEx())
        east = content.rootFolder.CreateDatacenter("East").hostFolder
        for name in ("Twin", "DC0_C0"):
            east.CreateClusterEx(name, vim.cluster.ConfigSpecEx())
    yield started
    started.stop()


def entry(simulator, **options):
    return dict(address=simulator.address, port=simulator.port, ca_file=str(simulator.ca_file), **options)


def test_a_vcenter_alone_gives_targets_that_a_deployment_takes(inventory, vc1, tmp_path):
    inventory.vcenter(entry(vc1, name="vc1", options=dict(ca_file="/etc/ssl/vcenter.pem")))
    listed = inventory.list()
    assert listed.group("vcenter") == [f"vc1-DC0_C{index}" for index in range(4)]
    variables = listed.hostvars["vc1-DC0_C1"]
    assert variables.pop("vcenter_moid").startswith("clustercomputeresource-")
    options = variables.pop("services_vcenter_cluster")
    assert "NOVAFLEET_VCENTER_PASSWORD" in options.pop("host_password")
    assert "NOVAFLEET_VCENTER_USERNAME" in options.pop("host_username")
    assert options == dict(
        host_ip=vc1.address, host_port=vc1.port, cluster_name="DC0_C1", ca_file="/etc/ssl/vcenter.pem"
    )
    assert variables == dict(
        vcenter_name="vc1", vcenter_address=vc1.address, vcenter_cluster="DC0_C1", vcenter_path="/DC0/DC0_C1",
        vcenter_datacenter="DC0", vcenter_folder="", vcenter_hosts=["DC0_C1_H0", "DC0_C1_H1"],
        vcenter_datastores=["LocalDS_0"])  # fmt: skip
    targets = inventory.checked(tmp_path)["targets"]
    assert [one["hypervisor"] for one in targets] == [
        f"{vc1.address}/{vc1.port}/DC0_C{index}" for index in range(4)]  # fmt: skip


def test_some_clusters_of_two_vcenters(inventory, vc1, vc2, tmp_path):
    """And a name that looks like a template is none."""
    inventory.vcenter(
        entry(vc1, name="vc1"),
        entry(vc2, name="vc2"),
        include=["^DC0_", "Compute", "6"],
        exclude=["C1$", "DC0_C0"],
        hostname="vcenter_name ~ '-' ~ (vcenter_cluster | regex_replace('[^A-Za-z0-9_.-]+', '-'))",
        compose=dict(size="vcenter_hosts | length"),
        groups=dict(hostless="not vcenter_hosts"),
        keyed_groups=[dict(key="vcenter_datacenter", prefix="dc"), dict(key="vcenter_name", separator="")],
        strict=True,
    )
    listed = inventory.list()
    far = ["vc2--6-7-", "vc2-Compute-A"]
    assert listed.group("vcenter") == ["vc1-DC0_C2", "vc1-DC0_C3", *far]
    assert (listed.group("dc_DC0"), listed.group("dc_West")) == (["vc1-DC0_C2", "vc1-DC0_C3"], far)
    assert (listed.group("vc2"), listed.group("hostless")) == (far, far)
    assert listed.hostvars["vc1-DC0_C2"]["size"] == 2
    assert listed.hostvars["vc2-Compute-A"]["vcenter_path"] == "/West/Production/East/Compute A"
    hypervisors = [one["hypervisor"] for one in inventory.checked(tmp_path)["targets"]]
    assert f"{vc2.address}/{vc2.port}/{{{{ 6 * 7 }}}}" in hypervisors


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (dict(datacenters=["East"], exclude=["DC0"]), ["vc2-Twin"]),
        (dict(folders=["Production"], include=["Comp"], hostname="'a'"), ["a"]),
    ],
)
def test_places(inventory, vc2, options, expected):
    inventory.vcenter(entry(vc2, name="vc2"), **options)
    assert inventory.list().group("vcenter") == expected


def test_tags(inventory, tagged_vcenter):
    """Of four clusters, two have tag gold and one of these also silver."""
    inventory.vcenter(
        entry(tagged_vcenter, name="vc1"), tags=["gold", "none"], keyed_groups=[dict(key="vcenter_tags", prefix="t")]
    )
    listed = inventory.list()
    assert listed.group("vcenter") == listed.group("t_gold") == ["vc1-DC0_C1", "vc1-DC0_C2"]
    assert listed.group("t_silver") == ["vc1-DC0_C2"]
    assert listed.hostvars["vc1-DC0_C2"]["vcenter_tags"] == ["gold", "silver"]
    inventory.vcenter(entry(tagged_vcenter, name="vc1"), with_tags=True)
    assert inventory.list().hostvars["vc1-DC0_C0"]["vcenter_tags"] == []


def test_what_was_cached_without_tags_does_not_choose_by_them(inventory, vc1, vc1_tags, tmp_path):
    cache = dict(cache=True, cache_plugin="ansible.builtin.jsonfile", cache_connection=str(tmp_path / "cache"))
    inventory.vcenter(entry(vc1, name="vc1"), **cache)
    assert len(inventory.list().group("vcenter")) == 4
    inventory.vcenter(entry(vc1, name="vc1"), tags=["silver"], **cache)
    assert inventory.list().group("vcenter") == ["vc1-DC0_C2"]


def test_the_cache_serves_without_the_vcenter_and_holds_no_secret(inventory, vc1, tmp_path):
    cache = dict(cache=True, cache_plugin="ansible.builtin.jsonfile", cache_connection=str(tmp_path / "cache"))
    inventory.vcenter(entry(vc1, name="vc1"), exclude=["C3"], **cache)
    first = inventory.list()
    files = list((tmp_path / "cache").iterdir())
    assert files
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert "DC0_C2" in text
        assert not [word for word in (PASSWORD, "host_password", "lookup") if word in text]
    inventory.environment["NOVAFLEET_VCENTER_PASSWORD"] = "wrong"
    assert inventory.list().shown == first.shown
    # What is chosen is no part of what is cached.
    inventory.vcenter(entry(vc1, name="vc1"), **cache)
    assert len(inventory.list().group("vcenter")) == 4
    assert inventory.run("ansible-inventory", "--list", "--flush-cache").returncode != 0


def test_a_password_in_a_vault_stays_in_it(inventory, vc1, tmp_path):
    key = tmp_path / "key"
    key.write_text("vault key", encoding="utf-8")
    command = ["ansible-vault", "encrypt_string", "--vault-id", f"test@{key}", PASSWORD, "--name", "password"]
    encrypted = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    del inventory.environment["NOVAFLEET_VCENTER_PASSWORD"]
    inventory.environment["ANSIBLE_VAULT_IDENTITY_LIST"] = f"test@{key}"
    inventory.vcenter(entry(vc1, name="vc1"), username="user", account=True)
    path = inventory.directory / "vcenter.yml"
    path.write_text(path.read_text(encoding="utf-8") + encrypted, encoding="utf-8")
    options = inventory.list().hostvars["vc1-DC0_C0"]["services_vcenter_cluster"]
    assert "__ansible_vault" in options["host_password"]
    assert len(inventory.checked(tmp_path)["targets"]) == 4


def test_what_cannot_be_asked_ends_the_run_and_all_of_it_is_told(inventory, vc1, vc2, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        dead = dict(address="localhost", port=listener.getsockname()[1], name="dead", timeout=1)
        closed = dict(dead, address="127.0.0.3", name="closed")
        untrusted = dict(address="127.0.0.1", port=vc1.port, name="untrusted")
        refused = entry(vc2, name="refused", password="wrong")
        inventory.vcenter(entry(vc1, name="good") | dict(address="localhost"), dead, closed, untrusted, refused)
        problems = inventory.problems()
        path = inventory.directory / "vcenter.yml"
        assert f"{path}: vcenters[1].address: localhost port {dead['port']} does not answer: " in problems
        assert f"{path}: vcenters[2].address: 127.0.0.3 port {dead['port']} does not answer: Connection ref" in problems
        assert f"{path}: vcenters[3]: the certificate of 127.0.0.1 is not trusted: unable to get local" in problems
        assert "Set ca_file to the authority that signed it" in problems
        assert f"{path}: vcenters[4].username: 127.0.0.1 refuses the login: Cannot complete login" in problems
        inventory.write("hosts.yml", dict(all=dict(hosts=dict(localhost=None))))
        (tmp_path / "play.yml").write_text('[{"hosts": "all", "gather_facts": false, "tasks": []}]', encoding="utf-8")
        done = inventory.run("ansible-playbook", tmp_path / "play.yml")
        assert (done.returncode != 0, "PLAY" in done.stdout) == (True, False), done.stdout


def test_what_must_not_become_a_target_is_refused_with_all_its_names(inventory, vc2):
    inventory.vcenter(entry(vc2, name="vc2"))
    problems = inventory.problems()
    assert "vcenters[0]: '/DC0/DC0_C0' and '/East/DC0_C0' have the same name, and nova finds" in problems
    assert "hostname: 'vc2-Compute A', for 'vc2:/West/Production/East/Compute A', is not a service host" in problems
    assert "hostname: 'vc2-{{ 6 * 7 }}', for 'vc2:/West/Production/East/{{ 6 * 7 }}', is not a service host" in problems
    assert "hostname: 'vc2-DC0_C0' would be the name of 'vc2:/DC0/DC0_C0' and of 'vc2:/East/DC0_C0'." in problems


def test_no_cluster_is_an_error_unless_it_is_meant(inventory, vc1):
    inventory.vcenter(entry(vc1), include=["nothing"])
    assert "vcenters: none of the 4 targets found is selected." in inventory.problems()
    inventory.vcenter(entry(vc1), include=["nothing"], allow_empty=True)
    assert inventory.list().group("vcenter") == []


def test_a_mistyped_option_is_no_silent_surprise(inventory, vc1):
    inventory.vcenter(entry(vc1), exclud=["C1"])
    assert "exclud: is not an option of novafleet.compute.vcenter." in inventory.problems()


def test_five_hundred_clusters(inventory, tmp_path):
    simulator = vcenter_simulator.start(tmp_path / "vc", 500, hosts_per_cluster=2, password=PASSWORD)
    try:
        inventory.vcenter(entry(simulator, name="vc"), keyed_groups=[dict(key="vcenter_datacenter", prefix="dc")])
        wall, busy = time.monotonic(), _children_seconds()
        listed = inventory.list()
        wall, busy = time.monotonic() - wall, _children_seconds() - busy
        print(f"\n500 clusters in {wall:.1f} s ({busy:.1f} s of CPU), all of ansible-inventory --list")
    finally:
        simulator.stop()
    assert len(listed.group("vcenter")) == len(listed.group("dc_DC0")) == 500


def _children_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.fixture
def pool(tmp_path):
    (tmp_path / "pool").mkdir()
    made = xenapi_simulator.Pool(tmp_path / "pool", "Pool East", ["xs-01", "xs-02", "xs-03"], password=PASSWORD)
    made.hosts["OpaqueRef:3"].update(enabled=False)
    made.hosts["OpaqueRef:2"].update(tags=["ssd"])
    yield made
    made.stop()


def test_the_members_of_a_pool(inventory, pool, tmp_path):
    """Asked at a member, which refers to the master; a disabled one stays a target."""
    member = dict(address=xenapi_simulator.MEMBER, port=pool.port, ca_file=str(pool.ca_file), name="east")
    inventory.xenserver(member, keyed_groups=[dict(key="xenserver_pool", prefix="pool")])
    listed = inventory.list()
    assert listed.group("xenserver") == listed.group("pool_Pool_East") == ["xs-01", "xs-02", "xs-03"]
    variables = listed.hostvars["xs-02"]
    options = variables.pop("services_xenserver_member")
    assert "NOVAFLEET_XENSERVER_PASSWORD" in options.pop("connection_password")
    assert options == dict(connection_url="https://127.0.1.2", connection_username="root")
    assert variables == dict(
        xenserver_hostname="xs-02", xenserver_label="xs-02", xenserver_address="127.0.1.2", xenserver_enabled=True,
        xenserver_uuid="00000000-0000-0000-0000-000000000002", xenserver_master=False, xenserver_pool="Pool East",
        xenserver_version="7.1.0", xenserver_tags=["ssd"], xenserver_endpoint="east")  # fmt: skip
    assert listed.hostvars["xs-01"]["xenserver_master"] is True
    assert [one["hypervisor"] for one in inventory.checked(tmp_path)["targets"]] == [
        f"127.0.1.{index}" for index in (1, 2, 3)]  # fmt: skip
    assert pool.sessions == set()
    inventory.xenserver(member, only_enabled=True, exclude=["01"], scheme="http", account=False)
    assert inventory.list().hostvars["xs-02"]["services_xenserver_member"] == dict(connection_url="http://127.0.1.2")
    assert inventory.list().group("xenserver") == ["xs-02"]


def test_a_pool_that_cannot_be_asked_ends_the_run(inventory, pool):
    good = dict(address=xenapi_simulator.MASTER, port=pool.port, ca_file=str(pool.ca_file))
    inventory.xenserver(dict(good, password="wrong"), dict(good, address="127.0.0.2", ca_file=None, name="untrusted"))
    problems = inventory.problems()
    assert "pools[0].username: 127.0.0.1 refuses the login: SESSION_AUTHENTICATION_FAILED: root" in problems
    assert "pools[1]: the certificate of 127.0.0.2 is not trusted: self-signed certificate." in problems


def test_a_server_that_is_no_vcenter_ends_the_run(inventory, pool):
    inventory.vcenter(dict(address=xenapi_simulator.MASTER, port=pool.port, ca_file=str(pool.ca_file)))
    assert f"vcenters[0]: {xenapi_simulator.MASTER} does not answer as a vCenter: " in inventory.problems()
