# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The only place that talks to nova's API, through openstacksdk."""

from __future__ import annotations

import json
import time
import traceback
import uuid
from contextlib import contextmanager

from ansible_collections.novafleet.compute.plugins.module_utils import _times

try:
    import keystoneauth1.exceptions
    import openstack
    import openstack.exceptions
    import openstack.utils
except Exception:  # One that is broken, or too old for this Python, raises anything.
    openstack = None
    OPENSTACK_IMPORT_ERROR = traceback.format_exc()
else:
    OPENSTACK_IMPORT_ERROR = None

from ansible_collections.novafleet.compute.plugins.module_utils._failure import Failure
from ansible_collections.novafleet.compute.plugins.module_utils._nova.session import (
    API_TIMEOUT,
    LEAST_TIMEOUT,
    CheckedSession,
    NotAnAnswer,
)

POLL_SECONDS = 1.0
# From 2.53 on ids are UUIDs, from 2.69 on services of a cell that is down are named, with a status of their own, while
# the instances there are left out of lists by host without a word (nova: os-services, "handling down cells").
SERVICES_MICROVERSION = "2.69"
CELL_DOWN = "UNKNOWN"
SHOWN = 10
# Gives ids that are UUIDs. From 2.88 on nova asks every nova-compute for its uptime instead, and one that
# was killed within the last minute costs the whole list: 60 s, then a MessagingTimeout (nova: os-hypervisors).
HYPERVISORS_MICROVERSION = "2.53"

# Placement's aggregates need not be made before they are named, and may be asked for. Since 1.19 with generations.
AGGREGATES_MICROVERSION = "1.19"

# A dict would have each of its values masked wherever it stands, "nova" in every nova-compute.
CLOUD_ARGUMENT_SPEC = dict(
    cloud=dict(type="str"),
    cloud_config=dict(type="jsonarg", no_log=True),
    clouds_file=dict(type="path"),
    api_timeout=dict(type="int"),
)

# What openstacksdk and the functions here raise where an answer lacks what each answer of nova has.
NOT_AN_ANSWER = (NotAnAnswer, KeyError, TypeError, AttributeError, ValueError)


class NovaError(Failure):
    """nova's API cannot be used; C(str()) says why, and what to do about it."""


def cloud_of(params):
    """The cloud that a module's options name.

    Args:
        params: dict with the keys of CLOUD_ARGUMENT_SPEC.

    Returns:
        dict, str or None, as connect() takes it.

    Raises:
        NovaError: cloud_config is no JSON text of a dict.
    """
    try:
        config = json.loads(params["cloud_config"] or "{}")
    except ValueError:
        config = None
    if not isinstance(config, dict):
        raise NovaError("cloud_config is no dict. Write what stands below the cloud's name in clouds.yaml.")
    return config or params["cloud"]


def connect_by(params):
    """Connect to the cloud that a module's options name.

    Args:
        params: dict with the keys of CLOUD_ARGUMENT_SPEC.

    Returns:
        openstack.connection.Connection

    Raises:
        NovaError
    """
    return connect(cloud_of(params), params["clouds_file"], params["api_timeout"])


def connect(cloud, clouds_file=None, api_timeout=None):
    """Connect to a cloud.

    Args:
        cloud: str, a name in clouds.yaml; dict, the content of one; or None, the environment.
        clouds_file: path of the clouds.yaml, or None for its usual places.
        api_timeout: seconds that one request may take; None for what clouds.yaml says, or API_TIMEOUT.

    Returns:
        openstack.connection.Connection

    Raises:
        NovaError
    """
    if openstack is None:
        raise NovaError(
            "openstacksdk is missing for this interpreter. Install it with 'pip install openstacksdk', or let another "
            "host ask nova (services_api_host).\n" + OPENSTACK_IMPORT_ERROR
        )
    try:
        if isinstance(cloud, dict):
            region = openstack.config.OpenStackConfig(load_envvars=False, load_yaml_config=False).get_one(**cloud)
        else:
            files = [clouds_file] if clouds_file else None
            region = openstack.config.OpenStackConfig(config_files=files).get_one(cloud=cloud)
        region.set_session_constructor(CheckedSession)
        region.config["api_timeout"] = api_timeout or region.config.get("api_timeout") or API_TIMEOUT
        return openstack.connection.Connection(config=region)
    except (openstack.exceptions.SDKException, keystoneauth1.exceptions.ClientException) as error:
        # A dict holds the password.
        name = "given as a dict" if isinstance(cloud, dict) else repr(cloud)
        raise NovaError(f"Could not read the settings of cloud {name}: {error}. Correct services_cloud.") from error


@contextmanager
def _typed_errors():
    try:
        yield
    except (openstack.exceptions.SDKException, keystoneauth1.exceptions.ClientException) as error:
        raise NovaError(
            f"nova's API did not answer: {str(error).rstrip('.')}. Check services_cloud, and that nova is up."
        ) from error
    except NOT_AN_ANSWER as error:
        what = str(error) if isinstance(error, NotAnAnswer) else f"{type(error).__name__}: {error}"
        raise NovaError(
            f"nova's API answered something else: {what}. Check services_cloud, and that nova's front end is not in "
            "maintenance."
        ) from error


@contextmanager
def _no_request_longer_than(connection, seconds):
    """While something is waited for, no request of that may take longer than the wait."""
    session = connection.session
    before = session.timeout
    session.timeout = min(before or API_TIMEOUT, max(seconds, LEAST_TIMEOUT))
    try:
        yield
    finally:
        session.timeout = before


def read(connection):
    """Everything nova says about its computes, in two requests.

    Returns:
        dict with services and hypervisors, as the module nova_services_info documents them.

    Raises:
        NovaError
    """
    return dict(services=services(connection), hypervisors=_hypervisors(connection))


def _hypervisors(connection):
    with _typed_errors():
        listed = connection.compute.hypervisors(details=True, microversion=HYPERVISORS_MICROVERSION)
        return sorted((_hypervisor(one) for one in listed), key=lambda one: one["name"])


def services(connection):
    """What nova says about its compute services, in one request.

    Returns:
        list of dict, as the module nova_services_info documents services.

    Raises:
        NovaError: also while nova cannot reach one of its cells.
    """
    with _typed_errors():
        compute = connection.compute
        # Asked for again and again; openstacksdk's objects for it would cost a hundred times what the JSON does.
        version = openstack.utils.maximum_supported_microversion(compute, SERVICES_MICROVERSION)
        answer = compute.get("/os-services", params=dict(binary="nova-compute"), microversion=version)
        openstack.exceptions.raise_from_response(answer)
        listed = answer.json()["services"]
        _refuse_cells_down(listed)
        found = [_service(one) for one in listed]
    return sorted(found, key=lambda one: one["host"])


def _refuse_cells_down(listed):
    down = sorted(one["host"] for one in listed if one["status"] == CELL_DOWN)
    if down:
        others = f" and {len(down) - SHOWN} others" if len(down) > SHOWN else ""
        raise NovaError(
            f"nova cannot reach the cell of {', '.join(down[:SHOWN])}{others}, so nobody can tell what is there. "
            "Bring the cell's database back (nova-manage cell_v2 list_cells)."
        )


def wait(connection, up, mapped, timeout):
    """Read until services are up and hosts are mapped and provided for, or time is out.

    Args:
        connection: as connect() returns it.
        up: dict, service host -> RFC 3339 time or None.
        mapped: list of service hosts.
        timeout: seconds.

    Returns:
        dict as read(), with not_up, not_mapped, not_provided and seconds.

    Raises:
        NovaError
    """
    with _no_request_longer_than(connection, timeout):
        return _wait(connection, up, mapped, timeout)


def _wait(connection, up, mapped, timeout):
    begin = time.monotonic()
    while True:
        asked = time.monotonic()
        over = asked - begin >= timeout
        try:
            listed = services(connection)
        except NovaError:
            # A nova that hundreds of starts keep busy may miss its own time limit for a cell.
            if not up or time.monotonic() - begin >= timeout:
                raise
            time.sleep(POLL_SECONDS)
            continue
        not_up = _not_up(listed, up)
        # Hypervisors take nova longer than services, and tell nothing as long as services are not up.
        if over or not not_up:
            found = _hypervisors(connection)
            missing = dict(not_up=not_up, **_missing_in_cells(connection, found, mapped))
            if over or not any(missing.values()):
                seconds = round(time.monotonic() - begin, 1)
                return dict(services=listed, hypervisors=found, **missing, seconds=seconds)
        # Hundreds of services take nova's API a second to list: asking takes half of its time at most.
        time.sleep(max(POLL_SECONDS, time.monotonic() - asked))


def _not_up(listed, up):
    records = {service["host"]: service for service in listed}
    return sorted(host for host, since in up.items() if not is_up(records.get(host), since))


def _missing_in_cells(connection, hypervisors, mapped):
    nodes = {one["id"]: one["host"] for one in hypervisors if one["host"] in mapped}
    return dict(
        not_mapped=sorted(set(mapped) - set(nodes.values())),
        not_provided=sorted({nodes[node] for node in _without_inventory(connection, nodes)}),
    )


def _without_inventory(connection, nodes):
    """Those of some compute nodes, whose uuids are those of their providers, that offer nothing in placement."""
    if not nodes:
        return set()
    with _typed_errors():
        known = {one.id for one in connection.placement.resource_providers()} & set(nodes)
        return set(nodes) - known | _empty(connection.placement, known)


def _empty(placement, providers):
    """Those of some resource providers that have no inventory.

    nova makes the provider first (nova/scheduler/client/report.py, get_provider_tree_and_ensure_root), so a driver that
    cannot tell what its hypervisor has leaves it so. One request finds all with memory left; each other one is asked.
    """
    roomy = {one.id for one in placement.resource_providers(resources="MEMORY_MB:1")}
    return {one for one in providers - roomy if not list(placement.resource_provider_inventories(one))}


def beating(connection, hosts, seconds):
    """Which services send heartbeats, whatever nova calls them: a dead one is called up for another minute.

    Args:
        connection: as connect() returns it.
        hosts: list of service hosts.
        seconds: how long to listen; more than two report_intervals of nova, which are 10 s each by default.

    Returns:
        list of str, the hosts whose heartbeat moved on.

    Raises:
        NovaError
    """
    first = {service["host"]: service["updated_at"] for service in services(connection)}
    silent, deadline, found = set(hosts) & set(first), time.monotonic() + seconds, set()
    while silent and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
        now = {service["host"]: service["updated_at"] for service in services(connection)}
        moved = {host for host in silent if now.get(host, first[host]) != first[host]}
        found, silent = found | moved, silent - moved
    return sorted(found)


def instances(connection, hosts):
    """Instances that nova has on some service hosts, those of all projects.

    Soft-deleted ones are among them: they can be restored, and nova counts them when it deletes a service.

    Args:
        connection: as connect() returns it.
        hosts: list of service hosts; one request each, and one more.

    Returns:
        list of dict with id, name and host.

    Raises:
        NovaError: as services() does, so that none is left out.
    """
    if not hosts:
        return []
    with _typed_errors():
        # openstacksdk takes "host" for a field of its answers, which are without it, and drops them all.
        found = [
            dict(id=str(server.id), name=server.name, host=host)
            for host in hosts
            for server in _servers(connection, compute_host=host)
        ]
    # A cell that has gone away meanwhile would look empty.
    services(connection)
    return found


def _servers(connection, **query):
    return connection.compute.servers(details=False, all_projects=True, is_soft_deleted=True, **query)


def server(connection, instance):
    """What an instance does at the moment.

    Args:
        connection: as connect() returns it.
        instance: uuid.

    Returns:
        dict with id, status and task_state (str, or None while nova does nothing with it).

    Raises:
        NovaError
    """
    with _typed_errors():
        found = connection.compute.get_server(instance)
        return dict(id=instance, status=found.status, task_state=found.task_state)


def move(connection, instance, how):
    """Move an instance to a service host that nova chooses.

    Args:
        connection: as connect() returns it.
        instance: uuid.
        how: live, cold, or confirm to end a cold one.

    Returns:
        str, why nova refuses, or None.

    Raises:
        NovaError
    """
    with _typed_errors():
        compute = connection.compute
        try:
            if how == "live":
                compute.live_migrate_server(instance, host=None, block_migration="auto")
            elif how == "cold":
                compute.migrate_server(instance)
            else:
                compute.confirm_server_resize(instance)
        except (openstack.exceptions.BadRequestException, openstack.exceptions.ConflictException) as error:
            return str(error)
    return None


def migrations(connection, host):
    """All migrations from and to a service host, those of the past too.

    Args:
        connection: as connect() returns it.
        host: service host.

    Returns:
        list of dict with id, server_id, type, status and source.

    Raises:
        NovaError
    """
    with _typed_errors():
        return [_migration(one) for one in connection.compute.migrations(host=host)]


def instance_names(connection, ids):
    """Names of instances, wherever they are.

    Args:
        connection: as connect() returns it.
        ids: uuids; one request each.

    Returns:
        dict, uuid -> name, or "" for one that nova does not know.

    Raises:
        NovaError
    """
    with _typed_errors():
        found = {str(server.id): server.name for one in ids for server in _servers(connection, id=one)}
    return dict(dict.fromkeys(ids, ""), **found)


def providers(connection, host, nodes, others):
    """The resource providers of a service host in placement, and who holds resources of them.

    Args:
        connection: as connect() returns it.
        host: service host; nova gives a provider that name where nobody tells its node's uuid any more.
        nodes: uuids of its compute nodes, which are those of their providers; each may have some below it.
        others: uuids of the compute nodes of other service hosts.

    Returns:
        dict, uuid of a provider -> uuids of its consumers, which are instances and migrations.

    Raises:
        NovaError
    """
    with _typed_errors():
        placement = connection.placement
        found = {one.id for node in nodes for one in placement.resource_providers(in_tree=node)}
        found |= {one.id for one in placement.resource_providers(name=host)} - set(others)
        return {provider: _consumers(placement, provider) for provider in sorted(found)}


def root_providers(connection, nodes):
    """All resource providers that are below no other one.

    Args:
        connection: as connect() returns it.
        nodes: set of uuids of compute nodes, whose providers are asked for their inventories.

    Returns:
        list of dict with id, name and inventory (bool; None for those of no such node).

    Raises:
        NovaError
    """
    with _typed_errors():
        roots = [one for one in connection.placement.resource_providers() if not one.parent_provider_id]
        empty = _empty(connection.placement, {one.id for one in roots} & nodes)
        return [
            dict(id=str(one.id), name=one.name, inventory=one.id not in empty if one.id in nodes else None)
            for one in roots
        ]


def _consumers(placement, provider):
    answer = placement.get(f"/resource_providers/{provider}/allocations")
    openstack.exceptions.raise_from_response(answer)
    return sorted(answer.json()["allocations"])


def _note_of(host):
    """The aggregate that says in placement whose a provider was; a uuid, the same wherever it is asked for."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"novafleet.compute:retiring:{host}"))


def note(connection, providers, host):
    """Note in placement whose resource providers are, for when nova does not know any more.

    Args:
        connection: as connect() returns it.
        providers: uuids.
        host: service host.

    Raises:
        NovaError
    """
    headers = {"OpenStack-API-Version": f"placement {AGGREGATES_MICROVERSION}"}
    with _typed_errors():
        placement = connection.placement
        for provider in providers:
            path = f"/resource_providers/{provider}/aggregates"
            answer = placement.get(path, headers=headers)
            openstack.exceptions.raise_from_response(answer)
            found = answer.json()
            if _note_of(host) not in found["aggregates"]:
                body = dict(found, aggregates=[*found["aggregates"], _note_of(host)])
                openstack.exceptions.raise_from_response(placement.put(path, json=body, headers=headers))


def noted(connection, host):
    """The resource providers that note() has noted as a service host's.

    Args:
        connection: as connect() returns it.
        host: service host.

    Returns:
        set of uuids

    Raises:
        NovaError
    """
    with _typed_errors():
        return {one.id for one in connection.placement.resource_providers(member_of=_note_of(host))}


def delete_providers(connection, providers):
    """Delete resource providers, each after those below it. Placement refuses where one is in use.

    Args:
        connection: as connect() returns it.
        providers: uuids.

    Raises:
        NovaError
    """
    with _typed_errors():
        placement = connection.placement
        parents = {one: placement.get_resource_provider(one).parent_provider_id for one in providers}
        while parents:
            for leaf in set(parents) - set(parents.values()):
                placement.delete_resource_provider(leaf)
                del parents[leaf]


def disable(connection, service, reason):
    """Keep nova from sending a service anything new.

    Args:
        connection: as connect() returns it.
        service: id of its record.
        reason: what nova shows as disabled_reason.

    Raises:
        NovaError
    """
    with _typed_errors():
        connection.compute.disable_service(service, disabled_reason=reason)


def enable(connection, service):
    """Let nova send a service anything new.

    Args:
        connection: as connect() returns it.
        service: id of its record.

    Raises:
        NovaError
    """
    with _typed_errors():
        connection.compute.enable_service(service)


def delete(connection, service):
    """Delete a service's record, and with it its compute nodes, resource providers and host mapping.

    Args:
        connection: as connect() returns it.
        service: dict with host and id, a uuid, which nova takes since API 2.53 only.

    Raises:
        NovaError: also where nova refuses, because instances or migrations are on it.
    """
    with _typed_errors():
        try:
            connection.compute.delete_service(service["id"])
        except openstack.exceptions.ConflictException as error:
            raise NovaError(
                f"{service['host']}: nova refuses to delete the service: {error}. Run again to see what is on it."
            ) from error


def is_up(service, since):
    """Whether a service lives: nova keeps calling a dead one up for service_down_time, 60 s.

    Args:
        service: dict with state and updated_at, or None.
        since: RFC 3339 time that its process was started, or None.

    Returns:
        bool. A record without any heartbeat was made by the process that runs now. A heartbeat of the very second of
        the start is its predecessor's: nova-compute takes longer than that to send its first.
    """
    if service is None or service["state"] != "up":
        return False
    if not since or not service["updated_at"]:
        return True
    return _times.seconds(service["updated_at"]) > _times.seconds(since)


def _service(one):
    return dict(
        host=one["host"],
        id=str(one["id"]),
        state=one["state"],
        status=one["status"],
        disabled_reason=one["disabled_reason"],
        forced_down=bool(one.get("forced_down")),
        updated_at=one["updated_at"],
    )


def _migration(one):
    return dict(
        id=str(one.uuid),
        server_id=one.server_id,
        type=one.migration_type,
        status=one.status,
        source=one.source_compute,
    )


def _hypervisor(one):
    return dict(host=one.service_details["host"], id=str(one.id), name=one.name)
