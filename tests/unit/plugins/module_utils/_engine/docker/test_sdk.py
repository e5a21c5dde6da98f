# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The real Docker SDK against a small HTTP server that answers as an engine does."""

from __future__ import annotations

import sys

import docker
import pytest
import requests
from ansible_collections.novafleet.compute.plugins.module_utils._engine import base
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker import sdk
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker.client import connect


@pytest.mark.parametrize(
    "words", ["Not supported URL scheme http+docker", "request() got an unexpected keyword argument 'chunked'"]
)
def test_an_sdk_that_does_not_fit_its_libraries_is_named_with_the_one_that_does(params, monkeypatch, words):
    def refused(*_words, **_options):
        raise TypeError(words) if "chunked" in words else docker.errors.DockerException(words)

    monkeypatch.setattr(docker.APIClient, "version", refused)
    with pytest.raises(base.SdkUnusable) as raised:
        connect(params)
    told = str(raised.value)
    assert f"SDK for Python {docker.__version__}" in told and f"requests {requests.__version__}" in told
    assert "docker>=7.1.0" in told and "engine running" not in told


def test_an_sdk_that_cannot_be_imported_is_told_with_the_interpreter(params, monkeypatch):
    monkeypatch.setattr(sdk, "docker", None)
    monkeypatch.setattr(sdk, "IMPORT_ERROR", "No module named 'distutils'")
    with pytest.raises(base.SdkUnusable, match=f"(?s)cannot be imported by {sys.executable}.*distutils"):
        connect(params)
