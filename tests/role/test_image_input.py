# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files on the controller that role nova_image would need: all problems are reported before anything is changed."""

from __future__ import annotations

PLAY = [{"hosts": "nova_compute_hosts", "gather_facts": False, "roles": ["novafleet.compute.nova_image"]}]


def test_files_that_the_build_cannot_use_are_reported_at_once(site):
    here = site.directory / "here"
    here.mkdir()
    for name in ("a.repo", "rdo.txt"):
        (here / name).write_text("[a]\n", encoding="utf-8")
    names = [str(here / "a.repo"), str(here / "rdo.txt"), "elsewhere/a.repo"]
    site.vars.update(nova_image_release="epoxy", nova_image_repository_files=names)
    site.run(PLAY).assert_refused(
        "Problems found: 3",
        "d1: nova_image_repository_files: the controller does not have elsewhere/a.repo. Correct the path",
        "d1: nova_image_repository_files: rdo.txt: dnf does not read it, .* Rename it",
        "d1: nova_image_repository_files: two files have one name, .*: a.repo, rdo.txt, a.repo. Rename one",
    )
    assert not site.engine().changes


def test_a_file_next_to_the_playbook_is_found_and_constraints_have_a_hint(site):
    (site.directory / "files").mkdir()
    (site.directory / "files/a.repo").write_text("[a]\n", encoding="utf-8")
    site.vars.update(
        nova_image_build_from="pypi", nova_image_repository_files=["a.repo"], nova_image_constraints="none"
    )
    site.run(PLAY).assert_refused(
        "Problems found: 1",
        "d1: nova_image_constraints: the controller does not have none. .* For a nova release .* pip freeze",
    )


def test_other_rpms_under_the_same_path_are_another_image(site):
    rpms = site.directory / "the rpms"
    rpms.mkdir()
    (rpms / "nova.rpm").write_bytes(b"\xed\xab\xee\xdb one")
    site.vars.update(nova_image_build_from="files", nova_image_rpm_path=f"{rpms}/", nova_image_base="bootstrap")
    show = {"name": "Show", "ansible.builtin.debug": {"msg": "{{ [__nova_image_inputs.files, __nova_image_rpm_dir] }}"}}

    def inputs():
        return site.run([dict(PLAY[0], tasks=[show])], "--check").results("Show")["d1"]["msg"]

    first = inputs()
    assert "nova.rpm" in str(first[0]) and inputs() == first
    (rpms / "nova.rpm").write_bytes(b"\xed\xab\xee\xdb two")
    assert all(now != before for now, before in zip(inputs(), first, strict=True))
