# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The images of a Podman, through its Docker-compatible API. Only what differs from Docker is here."""

from __future__ import annotations

from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker.images import DockerImages


class PodmanImages(DockerImages):
    """The images of one Podman, as image_state.Images says."""

    def imported_as(self, name: str) -> tuple[str, str | None]:
        """As one word: Podman 4.3 does not read the tag (pkg/api/handlers/compat/images.go, CreateImageFromSrc)."""
        return name, None
