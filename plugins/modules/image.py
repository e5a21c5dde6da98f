#!/usr/bin/python
# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: image
short_description: Provide an image on a Docker host, or remove it
description:
  - Pulls an image, loads it from an archive, imports a root file system, or builds it by running a script in a container.
  - A build needs no Dockerfile and no builder plug-in, and leaves no cache. The image contains only what the script left in its file
    system. Inputs of the script are mounted, so they add no layer.
  - A label with the digest of the inputs decides whether an image must be built again.
version_added: 1.0.0
author:
  - The novafleet.compute authors (@novafleet)
extends_documentation_fragment:
  - novafleet.compute.engine
  - novafleet.compute.engine.to_come
attributes:
  check_mode:
    description: Reports whether the image would be provided or removed.
    support: full
  diff_mode:
    description: Shows id and labels before and after.
    support: full
  idempotent:
    description: An image with the same name and the same inputs stays as it is.
    support: full
options:
  name:
    description: Name of the image with its tag. With O(build.commit=false) it is only the name of the run.
    type: str
    required: true
  state:
    description: Whether the image must be present or absent.
    type: str
    choices: [present, absent]
    default: present
  source:
    description: How to provide the image.
    type: str
    choices: [pull, load, import, build]
    default: pull
  archive:
    description: Path on the Docker host of an archive from C(docker save) (O(source=load)) or of a root file system (O(source=import)).
    type: path
  inputs:
    description: Everything that determines the content of the image. A label keeps its digest.
    type: raw
  labels:
    description: Further labels of an image that is built or imported.
    type: dict
    default: {}
  config:
    description: Settings of an image that is built or imported, as Dockerfile instructions such as C(USER 162:162).
    type: list
    elements: str
    default: []
  build:
    description: How to build, for O(source=build).
    type: dict
    suboptions:
      base:
        description: Image to run the script in. The module pulls it if it is missing.
        type: str
        required: true
      script:
        description: Shell script that C(/bin/sh) runs as root. The image and its history do not contain it.
        type: str
        required: true
      mounts:
        description: Bind mounts of the run.
        type: list
        elements: dict
        default: []
        suboptions:
          source:
            description: Path on the Docker host.
            type: path
            required: true
          target:
            description: Path in the container.
            type: str
            required: true
          read_only:
            description: Whether the script may only read it.
            type: bool
            default: true
      environment:
        description: Environment variables of the run. The image does not contain them.
        type: dict
        default: {}
      network:
        description: Docker network mode of the run.
        type: str
        default: host
      timeout:
        description: Maximum time in seconds for the script.
        type: int
        default: 1800
      commit:
        description: Whether to create an image from the result. Otherwise only the mounts keep anything.
        type: bool
        default: true
  save:
    description: Archive on the Docker host to write the image to, if the archive is missing or of another image.
    type: path
"""

EXAMPLES = r"""
- name: Pull an image from a registry
  novafleet.compute.image:
    name: registry.example.com/nova-compute:34.0.0

- name: Build an image
  novafleet.compute.image:
    name: demo/tools:1
    source: build
    inputs: [debian, curl]
    config: ["USER 1000:1000"]
    build:
      base: debian:bookworm-slim
      script: |
        set -eu
        apt-get update
        apt-get install -y curl

- name: Load an image that another host saved
  novafleet.compute.image:
    name: demo/tools:1
    source: load
    archive: /var/lib/novafleet/image/tools.tar

- name: Remove an image
  novafleet.compute.image:
    name: demo/tools:1
    state: absent
"""

RETURN = r"""
current:
  description: Whether the image was already present with the same inputs.
  returned: when state is present
  type: bool
image:
  description: The image, or null if it is absent.
  returned: always
  type: dict
  contains:
    id:
      description: Docker's id.
      type: str
    name:
      description: Its name.
      type: str
    labels:
      description: Its labels.
      type: dict
    size:
      description: Size in bytes.
      type: int
log:
  description: Last lines of the build's output.
  returned: when built
  type: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.novafleet.compute.plugins.module_utils._engine.choice import ENGINE_ARGUMENT_SPEC
from ansible_collections.novafleet.compute.plugins.module_utils._engine.image_choice import open_images
from ansible_collections.novafleet.compute.plugins.module_utils._engine.image_state import settle, shown
from ansible_collections.novafleet.compute.plugins.module_utils._failure import fail_with_cause

MOUNT_ARGUMENT_SPEC = dict(
    source=dict(type="path", required=True),
    target=dict(type="str", required=True),
    read_only=dict(type="bool", default=True),
)

BUILD_ARGUMENT_SPEC = dict(
    base=dict(type="str", required=True),
    script=dict(type="str", required=True),
    mounts=dict(type="list", elements="dict", default=[], options=MOUNT_ARGUMENT_SPEC),
    environment=dict(type="dict", default={}),
    network=dict(type="str", default="host"),
    timeout=dict(type="int", default=1800),
    commit=dict(type="bool", default=True),
)

ARGUMENT_SPEC = dict(
    ENGINE_ARGUMENT_SPEC,
    name=dict(type="str", required=True),
    state=dict(type="str", choices=["present", "absent"], default="present"),
    source=dict(type="str", choices=["pull", "load", "import", "build"], default="pull"),
    archive=dict(type="path"),
    inputs=dict(type="raw"),
    labels=dict(type="dict", default={}),
    config=dict(type="list", elements="str", default=[]),
    build=dict(type="dict", options=BUILD_ARGUMENT_SPEC),
    save=dict(type="path"),
)

REQUIRED_IF = [
    ("source", "load", ["archive"]),
    ("source", "import", ["archive"]),
    ("source", "build", ["build"]),
]


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    with fail_with_cause(module):
        params = module.params
        missing = [name for _key, source, (name,) in REQUIRED_IF if params["source"] == source and not params[name]]
        if missing and params["state"] == "present":
            module.fail_json(msg=f"source={params['source']} needs {missing[0]}.")
        images = open_images(params, module.check_mode)
        before = images.find(params["name"])
        result = settle(images, before, params, module.check_mode)
        if module._diff:
            result["diff"] = dict(before=shown(before), after=shown(result["image"]))
        module.exit_json(**result)


if __name__ == "__main__":
    main()
