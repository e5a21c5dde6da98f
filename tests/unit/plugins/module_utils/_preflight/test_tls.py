# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._preflight import tls
from ansible_collections.novafleet.compute.plugins.module_utils._preflight.findings import CheckFailed


def test_a_context_is_made_once(monkeypatch):
    made = []
    monkeypatch.setattr(tls, "_context", lambda *key: made.append(key) or object())
    contexts = tls.Contexts()
    assert contexts.get("/ca", False) is contexts.get("/ca", False) is contexts.get("/ca", True)
    assert contexts.get(None, True) is not contexts.get("", False)
    assert made == [("/ca", None, False), (None, None, True), (None, None, False)]


def test_a_certificate_is_looked_at_unless_told_otherwise():
    assert tls.Contexts().get(None, False).verify_mode == ssl.CERT_REQUIRED
    assert tls.Contexts().get(None, True).verify_mode == ssl.CERT_NONE


def test_authorities_themselves_serve_as_well_as_a_file():
    pem = Path(ssl.get_default_verify_paths().cafile or "/etc/ssl/certs/ca-certificates.crt").read_text()
    one = pem[: pem.index("-----END CERTIFICATE-----") + len("-----END CERTIFICATE-----")]
    context = tls.Contexts().get(None, True, f"# Zertifizierungsstelle für alle\n{one}")
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert len(context.get_ca_certs()) == 1


@pytest.mark.parametrize("text", [" ", "no certificate", "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n"])
def test_authorities_that_are_none_are_told(text):
    with pytest.raises(CheckFailed) as refused:
        tls.Contexts().get(None, False, text)
    finding = refused.value.finding
    assert (finding.check, finding.option) == ("certificate", "ca_file")
    assert finding.problem.startswith("is a file of services_files that holds no certificates: ")


@pytest.mark.parametrize("text", [None, "no certificate"])
def test_an_authority_that_cannot_be_read_is_told(tmp_path, text):
    path = tmp_path / "ca.pem"
    if text:
        path.write_text(text)
    with pytest.raises(CheckFailed) as refused:
        tls.Contexts().get(str(path), False)
    finding = refused.value.finding
    assert (finding.check, finding.option) == ("certificate", "ca_file")
    assert finding.problem.startswith(f"{path} cannot be read on this Docker host: ")
