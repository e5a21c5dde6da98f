# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The changes of a run, as --diff shows them, without secrets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from ansible_collections.novafleet.compute.plugins.module_utils import _secrets
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.plan import Step

# The only file whose text is shown.
NOVA_CONF = "nova.conf"


class DiffStore(Protocol):
    """Where the files are."""

    def path(self, service: str, name: str = "") -> str:
        """Place of a file, for the headers."""

    def text(self, service: str, name: str) -> str | None:
        """Content of a file; "" if it does not exist, None if it cannot be read."""

    def digest(self, service: str, name: str) -> str:
        """sha256 of a file; "" if it does not exist."""


def diff(
    steps: Sequence[Step],
    store: DiffStore,
    contents: Mapping[str, Mapping[str, str]],
    secret_options: Sequence[str],
) -> list[dict[str, str]]:
    """One before/after pair for each file that a step changes, and one for each step.

    Args:
        steps: of the plan.
        store: the files as they are.
        contents: service -> file name -> text that is about to be written.
        secret_options: names of secret options, in addition to those that are recognised by name.
    """
    pairs: list[dict[str, str]] = []
    for step in steps:
        pairs += _files(step, store, contents.get(step.service, {}), secret_options)
        if step.changed:
            text = f"{step.action} {step.service}: {', '.join(step.reasons)}\n"
            pairs.append(dict(before_header="containers", after_header="containers", before="", after=text))
    return pairs


def _files(
    step: Step, store: DiffStore, contents: Mapping[str, str], secret_options: Sequence[str]
) -> Iterator[dict[str, str]]:
    """nova.conf with secrets masked, if it can be read. Digests of the others."""
    digests = {**{item.path: item.sha256 for item in step.write}, **dict.fromkeys(step.delete, "")}
    for name, digest in digests.items():
        header, text = store.path(step.service, name), store.text(step.service, name)
        if name == NOVA_CONF and text is not None:
            before = _secrets.masked(text, secret_options)
            after = _secrets.masked_change(text, contents.get(name, ""), secret_options)
        else:
            # It may be a key, a keyring or a certificate.
            before, after = _digest_line(store.digest(step.service, name)), _digest_line(digest)
        yield dict(before_header=header, after_header=header, before=before, after=after)


def _digest_line(digest: str) -> str:
    return f"sha256:{digest}\n" if digest else ""
