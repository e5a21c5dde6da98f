# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a target is: an inventory host that stands for one hypervisor, and its variables.

All of it runs on the controller and asks nobody anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

PREFIX = "services_"


@dataclass(frozen=True)
class Driver:
    """How nova drives one kind of hypervisor.

    Attributes:
        group: its name, which is the inventory group of its targets unless services_groups names another.
        variable: role variable with the driver's own options, or "" where it has none.
        section: section of nova.conf that these options stand in.
        compute_driver: nova's [DEFAULT] compute_driver.
        identity: options that together name one hypervisor, each with its default or "";
            two targets must not share them.
        local: whether the hypervisor is the Docker host itself, so that its service can run nowhere else.
        container: settings of its containers that differ from those of all, as the module containers has them.
    """

    group: str
    variable: str
    section: str
    compute_driver: str
    identity: tuple = ()
    local: bool = False
    container: dict = field(default_factory=dict)


# docs/libvirt.md says what each is for. nova/privsep/__init__.py names the capabilities (sys_admin_pctxt, nova 34).
LIBVIRT_CONTAINER = dict(
    user="0:0",
    cap_add=["CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "NET_ADMIN", "SYS_ADMIN"],
    mounts=[
        # The directory, as a socket is another one after each start of libvirtd.
        dict(source="/run/libvirt", target="/run/libvirt", read_only=True),
        dict(source="/var/lib/nova/instances", target="/var/lib/nova/instances", read_only=False),
    ],
)

DRIVERS = {
    driver.group: driver
    for driver in (
        Driver("xenserver", "services_xenserver", "xenserver", "xenapi.XenAPIDriver", (("connection_url", ""),)),
        Driver(
            "vcenter",
            "services_vcenter",
            "vmware",
            "vmwareapi.VMwareVCDriver",
            (("host_ip", ""), ("host_port", 443), ("cluster_name", "")),
        ),
        Driver(
            "libvirt",
            "services_libvirt",
            "libvirt",
            "libvirt.LibvirtDriver",
            (("connection_uri", ""),),
            local=True,
            container=LIBVIRT_CONTAINER,
        ),
        Driver("fake", "", "fake", "fake.FakeDriverWithoutFakeNodes"),
    )
}


@dataclass(frozen=True)
class Problem:
    """One mistake in the input: where, what, and what to write instead; hosts are all that have it, if several may."""

    host: str
    variable: str
    problem: str
    cure: str
    hosts: tuple[str, ...] = field(default=(), compare=False)

    def __str__(self):
        return f"{self.host}: {self.variable}: {self.problem} {self.cure}"


def and_more(hosts: list[str]) -> str:
    """Hosts that share a problem, in one name."""
    return hosts[0] + (f" and {len(hosts) - 1} more" if len(hosts) > 1 else "")


class UndefinedSetting(Exception):
    """A variable cannot be resolved, because something it refers to does not exist or cannot be read."""

    def __init__(self, variable, reason):
        super().__init__(f"{variable}: {reason}")
        self.variable, self.reason = variable, reason


class Settings(Mapping):
    """A target's view of the variables: its own, and below them the service role's.

    Dicts can be spread over inventory levels: C(name) and every variable whose name begins with
    C(name_) are laid over each other in the order of their names.
    """

    def __init__(self, own, shared):
        """own: mapping, the target's variables; shared: dict, the role's, already templated."""
        self.own, self.shared, self.read = own, shared, {}
        self.names = sorted({name for name in [*own, *shared] if name.startswith(PREFIX)})

    def __getitem__(self, name):
        # Ansible templates a variable each time it is asked for it, and the templates of nova.conf ask twice.
        if name not in self.read:
            self.read[name] = self._value(name)
        return self.read[name]

    def _value(self, name):
        source = self.own if name in self.own else self.shared
        try:
            return source[name]
        except KeyError:
            raise
        except Exception as error:
            raise UndefinedSetting(name, (str(error) or type(error).__name__).splitlines()[0]) from error

    def __iter__(self):
        return iter(self.names)

    def __len__(self):
        return len(self.names)

    def layers(self, name):
        """Values of C(name) and of all C(name_*), lowest first.

        Returns:
            list of (variable, value)
        """
        names = [one for one in self.names if one == name or one.startswith(name + "_")]
        return [(one, self[one]) for one in names]

    def combined(self, name):
        """The layers of a dict variable as one dict.

        Raises:
            TypeError: a layer is no dict; args[0] is its variable.
        """
        merged = {}
        for variable, value in self.layers(name):
            if not isinstance(value, Mapping):
                raise TypeError(variable)
            merged.update(value)
        return merged


def group_names(names: Mapping[str, str] | None = None) -> dict[str, str]:
    """The inventory groups of the drivers' targets.

    Args:
        names: driver -> group, for those that differ from the driver's name.

    Returns:
        dict, driver -> group
    """
    return {name: str((names or {}).get(name) or name) for name in DRIVERS}


def of_drivers(groups: Mapping[str, list[str]], names: Mapping[str, str] | None = None) -> dict[str, list[str]]:
    """The inventory hosts of each driver.

    Args:
        groups: inventory group -> list of host names.
        names: as group_names() takes them.

    Returns:
        dict, driver -> list of host names
    """
    return {driver: list(groups.get(group, ())) for driver, group in group_names(names).items()}


def drivers_of(host, groups):
    """Drivers whose group holds the host.

    Args:
        host: inventory host name.
        groups: dict, driver -> list of host names.

    Returns:
        list of Driver
    """
    return [driver for name, driver in DRIVERS.items() if host in groups.get(name, ())]


def targets(groups):
    """All inventory hosts that are targets, in the order of their names."""
    return sorted({host for name in DRIVERS for host in groups.get(name, ())})


def hypervisor(driver, options):
    """What tells one hypervisor from another, or "" where the options do not say.

    Args:
        driver: Driver.
        options: dict, the driver's options.

    Returns:
        str
    """
    parts = [_part(name, str(options.get(name) or default)) for name, default in driver.identity]
    return "/".join(parts) if all(parts) else ""


def _part(name, value):
    """Addresses have no case; a URI without a host means whichever host it is used on."""
    if name == "cluster_name":
        return value
    return "" if ":///" in value else value.lower().rstrip("/")
