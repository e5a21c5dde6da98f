# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[4] / "roles" / "sandbox" / "files" / "vcenter" / "gen_wsdl.py"
XS = "{http://www.w3.org/2001/XMLSchema}"
WSDL = "{http://schemas.xmlsoap.org/wsdl/}"
# As pyVmomi 6.7 writes it.
DESCRIPTION = """
from pyVmomi.VmomiSupport import CreateDataType, CreateManagedType, CreateEnumType, AddVersion, F_LINK, F_OPTIONAL
from pyVmomi.VmomiSupport import newestVersions
AddVersion("vim.version.version1", "", "", 0, "vim25")
newestVersions.Add("vim.version.version1")
CreateDataType("vmodl.DynamicData", "DynamicData", None, "vmodl.version.version0", None)
CreateDataType("vmodl.LocalizableMessage", "LocalizableMessage", "vmodl.DynamicData", "vmodl.version.version1",
               [("key", "string", "vmodl.version.version1", 0)])
CreateDataType("vim.fault.NotFound", "NotFound", "vmodl.MethodFault", "vim.version.version1", None)
CreateDataType("vim.Description", "Description", "vmodl.DynamicData", "vim.version.version1",
               [("label", "string", "vim.version.version1", 0),
                ("error", "vim.fault.NotFound", "vim.version.version1", F_OPTIONAL),
                ("host", "vim.HostSystem[]", "vim.version.version1", F_LINK | F_OPTIONAL)])
CreateEnumType("vim.State", "State", "vim.version.version1", ["on", "off"])
CreateManagedType("vim.HostSystem", "HostSystem", "vmodl.ManagedObject", "vim.version.version1",
                  [("states", "vim.State[]", "vim.version.version1", 0, None)],
                  [("reboot", "RebootHost_Task", "vim.version.version1",
                    (("force", "boolean", "vim.version.version1", 0, None),),
                    (0, "vim.HostSystem", "vim.HostSystem"), None, None)])
"""


@pytest.fixture(scope="module")
def wsdl(tmp_path_factory):
    directory = tmp_path_factory.mktemp("pyVmomi")
    for name in ("CoreTypes", "QueryTypes"):
        (directory / f"{name}.py").write_text("", encoding="utf-8")
    (directory / "ServerObjects.py").write_text(DESCRIPTION, encoding="utf-8")
    output = directory / "vimService.wsdl"
    subprocess.run([sys.executable, str(SCRIPT), str(directory), str(output)], check=True, timeout=60)
    return ET.parse(output).getroot()


def elements(wsdl, type_name):
    """Elements of a complex type, name to type."""
    kind = wsdl.find(f".//{XS}complexType[@name='{type_name}']")
    return {item.get("name"): item.get("type") for item in kind.iter(f"{XS}element")}


def test_a_fault_in_a_property_is_wrapped_and_a_link_is_a_key(wsdl):
    expected = {"label": "xsd:string", "error": "vim25:LocalizedMethodFault", "host": "xsd:string"}
    assert elements(wsdl, "Description") == expected


def test_a_method_takes_and_returns_references(wsdl):
    assert elements(wsdl, "RebootHost_TaskRequestType") == {
        "_this": "vim25:ManagedObjectReference",
        "force": "xsd:boolean",
    }
    answer = wsdl.find(f".//{XS}element[@name='RebootHost_TaskResponse']//{XS}element")
    assert answer.get("type") == "vim25:ManagedObjectReference"


def test_arrays_that_only_occur_in_properties_of_objects_are_there(wsdl):
    assert elements(wsdl, "ArrayOfState") == {"State": "vim25:State"}


def test_each_operation_has_a_binding(wsdl):
    for part in ("portType", "binding"):
        names = [item.get("name") for item in wsdl.findall(f"{WSDL}{part}/{WSDL}operation")]
        assert names == ["RebootHost_Task"]
