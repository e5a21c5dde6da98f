# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings of Horizon in the sandbox.

The build of the image uses them too, to compile the scripts and styles.
"""

from __future__ import annotations

import os
import secrets

DEBUG = False
ALLOWED_HOSTS = [os.environ.get("SANDBOX_ADDRESS", "127.0.0.1"), "localhost"]
OPENSTACK_KEYSTONE_URL = os.environ.get("SANDBOX_KEYSTONE_URL", "")

# One process serves all requests, so it can keep the sessions. Its restart ends them.
SECRET_KEY = secrets.token_urlsafe(50)
SESSION_ENGINE = "django.contrib.sessions.backends.cache"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# Charts of each hypervisor, above the table of hypervisors. With many of them, the page would be slow and long.
SHOW_RESOURCE_PROVIDER_SUMMARY = False

# Each further theme would double the time of the build.
AVAILABLE_THEMES = [("default", "Default", "themes/default")]
COMPRESS_OFFLINE = True
STATIC_ROOT = "/usr/share/sandbox-dashboard"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    # It warns about each request that waits for a thread.
    "loggers": {"waitress.queue": {"level": "ERROR"}},
}
