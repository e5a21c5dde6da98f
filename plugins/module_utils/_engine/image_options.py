# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The list of options that nova reads, which the role nova_image puts into each image that it builds."""

from __future__ import annotations

import base64
import contextlib
import os
import tempfile
import zlib
from collections.abc import Iterable

from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import Engine, EngineError

PATH = "/usr/share/novafleet/nova-options.json"
# An image is read once until the next boot: its id is the digest of all that is in it.
CACHE = "/run/novafleet/nova-options"


def nova_options(engine: Engine, images: Iterable[str]) -> list[dict[str, str]]:
    """The lists of images.

    Args:
        engine: Engine.
        images: list of names; those that the engine lacks are left out.

    Returns:
        list of dict with image, its name; options, the list as base64 of zlib's; and reason, why that is "".

    Raises:
        EngineError: the engine cannot even say whether it has the images.
    """
    return [dict(_options(engine, ident), image=name) for name, ident in engine.image_ids(images).items() if ident]


def _options(engine: Engine, ident: str) -> dict[str, str]:
    try:
        packed = _packed(engine, ident)
    except EngineError as error:
        return dict(options="", reason=str(error))
    return dict(options=packed, reason="" if packed else f"it has no {PATH}, as images that role nova_image built have")


def _packed(engine: Engine, ident: str) -> str:
    path = os.path.join(CACHE, ident.rpartition(":")[2])
    # Empty is what an earlier release of this collection has kept of an absence.
    with contextlib.suppress(OSError, UnicodeError), open(path, encoding="ascii") as stream:
        packed = stream.read()
        if packed and _is_whole(packed):
            return packed
    content = engine.read_file(ident, PATH)
    # An absence is not kept: a mistake about it would last until the next boot.
    if not content:
        return ""
    packed = base64.b64encode(zlib.compress(content)).decode()
    # Who may not write there reads the image each time.
    with contextlib.suppress(OSError):
        _keep(path, packed)
    return packed


def _is_whole(packed: str) -> bool:
    try:
        zlib.decompress(base64.b64decode(packed, validate=True))
    except (ValueError, zlib.error):
        return False
    return True


def _keep(path: str, text: str) -> None:
    """Write a file whole or not at all."""
    os.makedirs(CACHE, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=CACHE)
    with os.fdopen(handle, "w", encoding="ascii") as stream:
        stream.write(text)
    os.rename(temporary, path)
