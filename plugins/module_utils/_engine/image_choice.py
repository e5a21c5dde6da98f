# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Picks whose images the module image works on, as choice.py picks the engine.

A file of its own, as only that module travels with what builds images.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from ansible_collections.novafleet.compute.plugins.module_utils._engine.choice import PODMAN, connected, opened
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker.images import DockerImages
from ansible_collections.novafleet.compute.plugins.module_utils._engine.image_state import Images, NoImages
from ansible_collections.novafleet.compute.plugins.module_utils._engine.podman.images import PodmanImages


def open_images(params: Mapping[str, Any], check_mode: bool) -> Images:
    """The images of this Docker host's engine.

    Args:
        params, check_mode: as of choice.open_engine().

    Raises:
        EngineError: there is no engine that can be used.
    """
    # What is asked of them in check mode is what NoImages answers.
    return opened(lambda: _images(params), cast(Images, NoImages()), params, check_mode)


def _images(params: Mapping[str, Any]) -> Images:
    kind, api = connected(params)
    return PodmanImages(api) if kind == PODMAN else DockerImages(api)
