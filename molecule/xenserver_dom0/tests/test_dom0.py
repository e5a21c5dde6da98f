# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plugins are in each dom0, run there on Python 2.7 as xapi runs them, and go again without a trace."""

from __future__ import annotations

import os
import pickle
import subprocess
import xmlrpc.client
from pathlib import Path

import pytest
import testinfra

PLUGINS = "/etc/xapi.d/plugins"
NAMES = [
    "agent", "bandwidth", "config_file", "console", "dom0_plugin_version", "dom0_pluginlib", "glance", "ipxe", "kernel",
    "migration", "netwrap", "partition_utils", "utils", "workarounds", "xenhost", "xenstore",
]  # fmt: skip
LINKS = {"/images": "os-images", "/boot/guest": "os-guest-kernels"}
PLAYBOOK = "novafleet.compute.xenserver_dom0"


@pytest.fixture(scope="module")
def inventory():
    return Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"]) / "inventory"


@pytest.fixture(scope="module")
def play(inventory):
    """Run the playbook; returns the finished process, whose stdout holds stderr too."""

    def run(*arguments, check=True):
        command = ["ansible-playbook", "--inventory", str(inventory / "hosts"), PLAYBOOK, *arguments]
        done = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert not check or done.returncode == 0, done.stdout[-5000:]
        return done

    return run


@pytest.fixture(params=["dom0-xcp-ng", "dom0-xenserver"])
def dom0(request):
    return testinfra.get_host(f"docker://root@{request.param}")


@pytest.fixture
def one():
    return testinfra.get_host("docker://root@dom0-xcp-ng")


def test_all_plugins_are_there_and_executable(dom0):
    for name in NAMES:
        file = dom0.file(f"{PLUGINS}/{name}.py")
        assert (file.user, file.group, file.mode) == ("root", "root", 0o755)


def test_the_links_lead_into_the_default_storage_repository(dom0):
    storage = dom0.check_output("cat /etc/default-sr")
    for path, name in LINKS.items():
        assert dom0.file(path).linked_to == f"/run/sr-mount/{storage}/{name}"
        assert dom0.file(f"{path}/").is_directory


def call(dom0, plugin, function, **arguments):
    """What xapi answers nova when it calls a plugin."""
    request = xmlrpc.client.dumps(("", arguments), function)
    answer = dom0.run("%s %s", f"{PLUGINS}/{plugin}.py", request)
    assert answer.rc == 0, answer.stderr
    (told,), _method = xmlrpc.client.loads(answer.stdout)
    assert told["Status"] == "Success", told
    return told["Value"]


def call_pickled(dom0, plugin, function, *arguments):
    params = pickle.dumps({"args": list(arguments), "kwargs": {}}, protocol=0).decode("latin-1")
    return pickle.loads(call(dom0, plugin, function, params=params).encode("latin-1"))


def test_they_run_on_python_2_7(dom0):
    assert dom0.run("python --version").stderr.startswith("Python 2.7.")
    assert call_pickled(dom0, "dom0_plugin_version", "get_version") == "2.1"
    assert call_pickled(dom0, "bandwidth", "fetch_all_bandwidth") == {}
    assert call(dom0, "config_file", "get_val", key="name-label") == dom0.check_output("hostname")


def test_they_work_with_the_links(dom0):
    """Of an instance that is resized, the disks are moved through /images."""
    storage = f"/var/run/sr-mount/{dom0.check_output('cat /etc/default-sr')}"
    dom0.check_output("mkdir -p /images/instance-u && echo disk > /images/instance-u/0.vhd")
    assert dom0.check_output(f"cat {storage}/os-images/instance-u/0.vhd") == "disk"
    dom0.check_output("rm -r /images/instance-u")


def test_all_of_them_are_python_2_7(dom0):
    dom0.check_output("python -m compileall -q -l %s", PLUGINS)


def test_an_edited_plugin_is_shown_and_put_back(one, play):
    path = f"{PLUGINS}/xenhost.py"
    before = one.file(path).sha256sum
    one.check_output("echo '# edited' >> %s", path)
    done = play("--check", "--diff")
    assert "-# edited" in done.stdout
    assert "changed=1" in done.stdout
    assert one.file(path).sha256sum != before
    done = play("--diff")
    assert "-# edited" in done.stdout
    assert one.file(path).sha256sum == before
    assert "changed=1" not in play().stdout


def test_stale_byte_code_does_not_survive(one, play):
    """Python 2 goes by the time stamp of the source, in seconds."""
    path = f"{PLUGINS}/utils.py"
    one.check_output("sed -i '1a raise SystemExit(7)' %s", path)
    assert one.run("cd %s && python -c 'import utils'", PLUGINS).rc == 7
    play()
    assert one.run("cd %s && python -c 'import utils'", PLUGINS).rc == 0


def test_another_release_is_refused_with_the_reason_and_nothing_is_changed(inventory, play, one):
    one.check_output("rm %s", f"{PLUGINS}/agent.py")
    extra = inventory / "too_new.yml"
    extra.write_text("---\nall: {children: {xenserver: {children: {too_new: {}}}}}\n")
    try:
        done = play("--inventory", str(extra), check=False)
    finally:
        extra.unlink()
    assert done.returncode != 0
    assert "dom0-too-new: ansible_host: is XCP-ng 8.3.0, where the plugins are not known to run" in done.stdout
    assert "Problems found: 1" in done.stdout
    assert not one.file(f"{PLUGINS}/agent.py").exists
    play()
    assert one.file(f"{PLUGINS}/agent.py").exists


def test_a_dom0_that_does_not_answer_is_told_and_nothing_is_changed(play):
    done = play("--extra-vars", '{"ansible_port": 1}', check=False)
    assert done.returncode != 0
    assert "dom0-xcp-ng: xenserver: does not answer" in done.stdout
    assert "dom0-xenserver: xenserver: does not answer" in done.stdout


def test_removal_and_what_is_not_ours(one, play):
    """Last, as it takes away what the others look at."""
    assert "failed=0" in play("--extra-vars", "xenserver_dom0_state=absent", "--check").stdout
    assert one.file(f"{PLUGINS}/utils.py").exists
    one.check_output("echo '# edited' >> %s", f"{PLUGINS}/kernel.py")
    one.check_output("touch /boot/guest/kernel-of-an-instance")
    done = play("--extra-vars", "xenserver_dom0_state=absent")
    assert f"{PLUGINS}/kernel.py was changed since it was installed, so it stays" in done.stdout
    assert "/boot/guest stays" in done.stdout
    left = one.check_output("ls %s", PLUGINS).split()
    assert [name for name in left if not name.startswith("kernel")] == ["echo"]
    assert one.check_output(f"{PLUGINS}/echo") == "somebody else"
    assert not one.file("/images").exists
    assert one.file("/boot/guest/kernel-of-an-instance").exists
    assert not one.file("/var/lib/novafleet").exists
    done = play("--extra-vars", "xenserver_dom0_state=absent")
    assert "changed=1" not in done.stdout


def test_somebody_elses_plugin_is_an_error_or_kept_aside_and_comes_back(one, play):
    path = f"{PLUGINS}/kernel.py"
    done = play(check=False)
    assert done.returncode != 0
    assert f"dom0-xcp-ng: xenserver_dom0_replace: {path} already exists" in done.stdout
    play("--extra-vars", "xenserver_dom0_replace=true")
    assert "# edited" not in one.file(path).content_string
    play("--extra-vars", "xenserver_dom0_state=absent")
    assert "# edited" in one.file(path).content_string
    assert not one.file("/var/lib/novafleet").exists
