# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import tempfile

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.settings import UndefinedSetting
from ansible_collections.novafleet.compute.plugins.plugin_utils._targets.variables import renderer, settings_of


class Templar:
    """Resolves names from a dict, and records them."""

    def __init__(self, **values):
        self.values, self.asked = values, []

    def template(self, raw):
        self.asked.append(raw)
        return self.values.get(raw, raw)


def test_the_roles_variables_are_templated_once_and_only_when_asked_for(host_vars):
    templar = Templar(raw="resolved")
    hostvars = host_vars({"xs-01": {}, "xs-02": {}})
    task_vars = dict(services_a="raw", services_b="never asked", image_tag="not ours", hostvars=hostvars)
    settings = settings_of(templar, task_vars)
    assert [settings(host)["services_a"] for host in ("xs-01", "xs-02", "xs-01")] == ["resolved"] * 3
    assert templar.asked == ["raw"]


def test_the_targets_own_variables_win(host_vars):
    task_vars = dict(services_a="shared", hostvars=host_vars({"xs-01": dict(services_a="own")}))
    assert settings_of(Templar(), task_vars)("xs-01")["services_a"] == "own"


def test_a_variable_that_cannot_be_templated_is_named(host_vars):
    class Failing(Templar):
        def template(self, raw):
            raise ValueError("'nowhere' is undefined")

    task_vars = dict(services_a="{{ nowhere }}", hostvars=host_vars({"xs-01": {}}))
    settings = settings_of(Failing(), task_vars)("xs-01")
    with pytest.raises(UndefinedSetting, match="services_a: 'nowhere' is undefined"):
        settings.get("services_a")


def test_renderer_reads_the_base_file(tmp_path, templates):
    (tmp_path / "nova.conf").write_text("[DEFAULT]\nmy_ip = ä\n", encoding="utf-8")
    made = renderer(dict(templates=templates, base=str(tmp_path / "nova.conf")), DataLoader())
    assert made.base == {"DEFAULT": {"my_ip": ["ä"]}}
    assert renderer(dict(templates=templates), DataLoader()).base == {}


def test_a_file_is_read_once_whatever_the_number_of_targets(tmp_path, monkeypatch):
    path = tmp_path / "ca.pem"
    path.write_text("a certificate")
    loader, opened = DataLoader(), []
    real = loader._get_file_contents
    monkeypatch.setattr(loader, "_get_file_contents", lambda name: opened.append(name) or real(name))
    made = renderer(dict(templates=str(tmp_path)), loader)
    assert [made.read(str(path)) for _again in range(3)] == ["a certificate"] * 3
    assert opened == [str(path)]


def test_a_file_that_is_no_text_is_not_mended(tmp_path):
    (tmp_path / "ca.der").write_bytes(b"\x30\x82\xff")
    with pytest.raises(UnicodeDecodeError):
        renderer(dict(templates=str(tmp_path)), DataLoader()).read(str(tmp_path / "ca.der"))


def test_nothing_decrypted_is_written_to_the_disk(tmp_path, monkeypatch):
    loader, vault = DataLoader(), VaultLib([("default", VaultSecret(b"the vault's password"))])
    loader.set_vault_secrets(vault.secrets)
    (tmp_path / "client.key").write_bytes(vault.encrypt("s3cr3t", vault.secrets[0][1]))
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    monkeypatch.setattr(tempfile, "mkstemp", lambda *args, **more: pytest.fail("a temporary file is made"))
    assert renderer(dict(templates=str(tmp_path)), loader).read(str(tmp_path / "client.key")) == "s3cr3t"


def test_kinds_come_from_the_task_before(tmp_path):
    made = renderer(dict(templates=str(tmp_path), option_kinds={"DEFAULT.odd": "one secret"}), DataLoader())
    assert made.kinds.is_secret("DEFAULT", "odd")
