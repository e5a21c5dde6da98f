# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds hypervisors that two targets are on, by whatever name each calls it.  Pure."""

from __future__ import annotations


def claimed_twice(answers, targets):
    """Compare what the hypervisors call themselves, over all Docker hosts.

    Args:
        answers: list of dict, results of the module preflight, one a Docker host.
        targets: list of dict with target and hypervisor, as the module check_targets returns them. Two that
            give one hypervisor the same name are told by that already.

    Returns:
        list of str, a sentence for every target but the first of a hypervisor.
    """
    names = {one["target"]: one["hypervisor"] for one in targets}
    first, found = {}, []
    entries = [entry for answer in answers for entry in answer.get("hypervisors") or ()]
    for entry in sorted(entries, key=lambda one: one["target"]):
        other = first.setdefault(entry["identity"], entry["target"])
        if other != entry["target"] and names.get(other, other) != names.get(entry["target"], ""):
            found.append(
                f"{entry['target']}: {entry['variable']}: is on {entry['called']}, and so is {other}, under another "
                "name. Remove one of the two: each hypervisor has one nova-compute."
            )
    return found
