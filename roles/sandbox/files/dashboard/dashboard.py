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
from openstack_auth import user
from openstack_dashboard.api import neutron, nova
from whitenoise import WhiteNoise


def hide_network_service():
    """Remove the network service from the catalog of each login."""
    read = user.Token.from_auth_ref

    def from_auth_ref(token, *arguments, **options):
        read(token, *arguments, **options)
        token.serviceCatalog = [service for service in token.serviceCatalog if service["type"] != "network"]

    user.Token.from_auth_ref = from_auth_ref


def create_without_network():
    """Create instances with networks "none". Horizon sends an empty list, which nova's client refuses."""
    create = nova.server_create

    def server_create(*arguments, nics=None, **options):
        return create(*arguments, nics=nics or "none", **options)

    nova.server_create = server_create


def no_security_groups(_request, *_arguments, **_options):
    """Security groups of an instance, or of the project."""
    return []


def answer_without_network_service():
    """Answer what Horizon asks the network service even if there is none."""
    neutron.security_group_list = neutron.server_security_groups = no_security_groups


hide_network_service()
create_without_network()
answer_without_network_service()
application = WhiteNoise(horizon, root=settings.STATIC_ROOT, prefix=settings.STATIC_URL)
