# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write vimService.wsdl, the interface of a vCenter, from the type information in pyVmomi.

usage: gen_wsdl.py PYVMOMI_DIRECTORY OUTPUT

A vCenter serves this file and oslo.vmware reads it; govmomi's simulator has none.  pyVmomi carries the same
interface as calls of CreateDataType, CreateEnumType and CreateManagedType, which are recorded here and written
out as a document/literal WSDL of the namespace urn:vim25 in one file.
"""

from __future__ import annotations

import importlib
import sys
import types
from pathlib import Path
from xml.sax.saxutils import quoteattr

# The parts of pyVmomi that describe urn:vim25.
SOURCES = ("CoreTypes", "QueryTypes", "ServerObjects")
# Flags of properties and parameters, as in pyVmomi's VmomiSupport.
F_LINK, F_LINKABLE, F_OPTIONAL, F_SECRET = 1, 2, 4, 8
# pyVmomi's names of simple types and of values that cross the wire as one.
SIMPLE = {
    "boolean": "boolean",
    "byte": "byte",
    "short": "short",
    "int": "int",
    "long": "long",
    "float": "float",
    "double": "double",
    "string": "string",
    "anyType": "anyType",
    "vmodl.URI": "anyURI",
    "vmodl.DateTime": "dateTime",
    "vmodl.Binary": "base64Binary",
    "vmodl.TypeName": "string",
    "vmodl.MethodName": "string",
    "vmodl.PropertyPath": "string",
}
# Arrays of these only occur inside an anyType, so no property leads to them.
SIMPLE_ARRAYS = (
    "string",
    "int",
    "long",
    "short",
    "byte",
    "boolean",
    "double",
    "anyType",
    "anyURI",
    "dateTime",
    "base64Binary",
)
FAULT = "vmodl.MethodFault"
REFERENCE = "ManagedObjectReference"
# Written by hand in pyVmomi (VmomiSupport, SoapAdapter) instead of described.
BY_HAND = {
    FAULT: (
        "MethodFault",
        None,
        [("faultCause", FAULT, "", F_OPTIONAL), ("faultMessage", "vmodl.LocalizableMessage[]", "", F_OPTIONAL)],
    ),
    "vmodl.RuntimeFault": ("RuntimeFault", FAULT, []),
}
LOCALIZED_FAULT = (
    '<complexType name="LocalizedMethodFault"><sequence><element name="fault" type="vim25:MethodFault"/>'
    '<element name="localizedMessage" type="xsd:string" minOccurs="0"/></sequence></complexType>'
)
REFERENCE_TYPE = (
    f'<complexType name="{REFERENCE}"><simpleContent><extension base="xsd:string">'
    '<attribute name="type" type="xsd:string"/></extension></simpleContent></complexType>'
)
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<definitions targetNamespace="urn:vim25" xmlns="http://schemas.xmlsoap.org/wsdl/"
 xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:vim25="urn:vim25" xmlns:xsd="http://www.w3.org/2001/XMLSchema">
<types>
<schema targetNamespace="urn:vim25" xmlns="http://www.w3.org/2001/XMLSchema" xmlns:vim25="urn:vim25"
 xmlns:xsd="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified">
"""
MESSAGES = """<message name="{0}RequestMsg"><part name="parameters" element="vim25:{0}"/></message>
<message name="{0}ResponseMsg"><part name="parameters" element="vim25:{0}Response"/></message>"""
PORT_OPERATION = (
    '<operation name="{0}"><input message="vim25:{0}RequestMsg"/><output message="vim25:{0}ResponseMsg"/></operation>'
)
BINDING_OPERATION = (
    '<operation name="{0}"><soap:operation soapAction="urn:vim25/6.7" style="document"/>'
    '<input><soap:body use="literal"/></input><output><soap:body use="literal"/></output></operation>'
)
BINDING = (
    '<binding name="VimBinding" type="vim25:VimPortType">\n'
    '<soap:binding transport="http://schemas.xmlsoap.org/soap/http" style="document"/>\n'
)
TAIL = """</binding>
<service name="VimService"><port binding="vim25:VimBinding" name="VimPort">
<soap:address location="https://localhost/sdk/vimService"/></port></service>
</definitions>
"""


class Recorder(types.ModuleType):
    """Stands for pyVmomi.VmomiSupport while the descriptions are imported, and keeps what they say."""

    F_LINK, F_LINKABLE, F_OPTIONAL, F_SECRET = F_LINK, F_LINKABLE, F_OPTIONAL, F_SECRET

    def __init__(self):
        super().__init__("pyVmomi.VmomiSupport")
        self.data, self.enums, self.managed = dict(BY_HAND), {}, {}

    def CreateDataType(self, vmodl, name, parent, _version, properties):
        self.data[vmodl] = (name, parent, properties or [])

    def CreateEnumType(self, vmodl, name, _version, values):
        self.enums[vmodl] = (name, values)

    def CreateManagedType(self, vmodl, _name, _parent, _version, properties, methods):
        self.managed[vmodl] = (properties or [], methods or [])

    def __getattr__(self, name):
        # Versions, which make no difference to the wire format.
        if name.startswith("__"):
            raise AttributeError(name)
        return Ignored()


class Ignored:
    """Takes any call and does nothing."""

    def __call__(self, *_args):
        return None

    def __getattr__(self, _name):
        return self


def record(directory):
    """Import pyVmomi's descriptions from its directory. Returns the Recorder that has them."""
    package = types.ModuleType("pyVmomi")
    package.__path__ = [str(directory)]
    recorder = Recorder()
    sys.modules.update({"pyVmomi": package, "pyVmomi.VmomiSupport": recorder})
    for source in SOURCES:
        importlib.import_module(f"pyVmomi.{source}")
    return recorder


class Wsdl:
    """Turns what a Recorder has into the text of a WSDL."""

    def __init__(self, recorder):
        self.data, self.enums, self.managed = recorder.data, recorder.enums, recorder.managed
        self.arrays = {f"ArrayOf{name[0].upper()}{name[1:]}": f"xsd:{name}" for name in SIMPLE_ARRAYS}
        self.arrays[f"ArrayOf{REFERENCE}"] = f"vim25:{REFERENCE}"

    def is_fault(self, vmodl):
        """Whether the data type is a fault, which crosses the wire wrapped."""
        while vmodl in self.data:
            if vmodl == FAULT:
                return True
            vmodl = self.data[vmodl][1]
        return False

    def type_name(self, vmodl):
        """Qualified XML name of a type that is not an array. Raises KeyError when pyVmomi does not describe it."""
        if vmodl in SIMPLE:
            return f"xsd:{SIMPLE[vmodl]}"
        if vmodl in self.managed or vmodl == "vmodl.ManagedObject":
            return f"vim25:{REFERENCE}"
        if vmodl in self.enums:
            return f"vim25:{self.enums[vmodl][0]}"
        return "vim25:LocalizedMethodFault" if self.is_fault(vmodl) else f"vim25:{self.data[vmodl][0]}"

    def element(self, name, vmodl, flags):
        """Element of a property, parameter or result; a link is the key of its object."""
        array = vmodl.endswith("[]")
        kind = "xsd:string" if flags & F_LINK else self.type_name(vmodl[:-2] if array else vmodl)
        if array:
            bare = kind.split(":")[1]
            self.arrays[f"ArrayOf{bare[0].upper()}{bare[1:]}"] = kind
        bounds = ' minOccurs="0"' if array or flags & F_OPTIONAL else ""
        bounds += ' maxOccurs="unbounded"' if array else ""
        return f"<element name={quoteattr(name)} type={quoteattr(kind)}{bounds}/>"

    def elements(self, properties):
        return "".join(self.element(item[0], item[1], item[3]) for item in properties)

    def data_types(self):
        for name, parent, properties in self.data.values():
            body = f"<sequence>{self.elements(properties)}</sequence>"
            if parent in self.data:
                base = f'<extension base="vim25:{self.data[parent][0]}">{body}</extension>'
                body = f"<complexContent>{base}</complexContent>"
            yield f'<complexType name="{name}">{body}</complexType>'

    def enum_types(self):
        for name, values in self.enums.values():
            items = "".join(f"<enumeration value={quoteattr(value)}/>" for value in values)
            yield f'<simpleType name="{name}"><restriction base="xsd:string">{items}</restriction></simpleType>'

    def array_types(self):
        for name, kind in sorted(self.arrays.items()):
            item = f'<element name="{kind.split(":")[1]}" type="{kind}" minOccurs="0" maxOccurs="unbounded"/>'
            yield f'<complexType name="{name}"><sequence>{item}</sequence></complexType>'

    def methods(self):
        """Each method of the wire once: name to (parameters, result)."""
        found = {}
        for _vmodl, (properties, methods) in sorted(self.managed.items()):
            # Only for the arrays: an object's properties cross the wire inside an anyType.
            self.elements(properties)
            for method in methods:
                found.setdefault(method[1], (method[3], method[4]))
        return found

    def method_types(self, methods):
        this = f'<element name="_this" type="vim25:{REFERENCE}"/>'
        for name, (parameters, result) in methods.items():
            answer = "" if result[1] == "void" else self.element("returnval", result[1], result[0])
            request = f"<sequence>{this}{self.elements(parameters)}</sequence>"
            yield f'<complexType name="{name}RequestType">{request}</complexType>'
            yield f'<element name="{name}" type="vim25:{name}RequestType"/>'
            answer = f"<complexType><sequence>{answer}</sequence></complexType>"
            yield f'<element name="{name}Response">{answer}</element>'

    def text(self):
        methods = self.methods()
        parts = [*self.data_types(), *self.enum_types(), *self.method_types(methods), LOCALIZED_FAULT, REFERENCE_TYPE]
        parts += self.array_types()
        return "".join(
            [
                HEAD,
                "\n".join(parts),
                "\n</schema>\n</types>\n",
                "\n".join(MESSAGES.format(name) for name in methods),
                '\n<portType name="VimPortType">\n',
                "\n".join(PORT_OPERATION.format(name) for name in methods),
                "\n</portType>\n",
                BINDING,
                "\n".join(BINDING_OPERATION.format(name) for name in methods),
                "\n",
                TAIL,
            ]
        )


def main():
    directory, output = sys.argv[1:]
    Path(output).write_text(Wsdl(record(directory)).text(), encoding="utf-8")


if __name__ == "__main__":
    main()
