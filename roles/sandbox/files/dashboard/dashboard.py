# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Horizon with its static files, for a cloud without networks (WSGI, PEP 3333).

The network service of the sandbox is for nova only. Horizon would ask for a network for each new instance, and show
pages where nothing can be created. So it does not see the service.
"""

from __future__ import annotations

# This sets up Django, which the other modules need when they are imported.
from openstack_dashboard.wsgi import application as horizon

# isort: split

from django.conf import settings
from novaclient.v2 import servers
from openstack_auth import user
from openstack_dashboard.api import neutron
from openstack_dashboard.utils import futurist_utils
from whitenoise import WhiteNoise


def hide_network_service():
    """Remove the network service from the catalog of each login."""
    read = user.Token.from_auth_ref

    def from_auth_ref(token, *arguments, **options):
        read(token, *arguments, **options)
        token.serviceCatalog = [service for service in token.serviceCatalog if service["type"] != "network"]

    user.Token.from_auth_ref = from_auth_ref


def create_without_network():
    """Create instances with networks "none". Horizon passes an empty list, which nova's client refuses."""
    create = servers.ServerManager.create

    def create_server(manager, *arguments, nics=None, **options):
        return create(manager, *arguments, nics=nics or "none", **options)

    servers.ServerManager.create = create_server


def nothing(_request, *_arguments, **_options):
    """Answer to a question for a list."""
    return []


def answer_without_network_service():
    """Answer what Horizon asks the network service even if there is none."""
    neutron.list_extensions = nothing
    neutron.security_group_list = nothing
    neutron.server_security_groups = nothing


def call_no_functions():
    """Return the answers of no functions. Horizon calls none at a time if Glance has no definitions of metadata."""
    call = futurist_utils.call_functions_parallel

    def call_functions_parallel(*functions):
        return call(*functions) if functions else ()

    futurist_utils.call_functions_parallel = call_functions_parallel


hide_network_service()
create_without_network()
answer_without_network_service()
call_no_functions()
application = WhiteNoise(horizon, root=settings.STATIC_ROOT, prefix=settings.STATIC_URL)
