# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the SDK and its libraries raise becomes an EngineError that names the attempt."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager

from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import (
    Conflict,
    EngineError,
    EngineTimeout,
    EngineUnreachable,
    NotFound,
    Rejected,
)
from ansible_collections.novafleet.compute.plugins.module_utils._engine.docker import sdk

# What the SDK and the functions here raise where an answer lacks what each answer of Docker has.
NOT_AN_ANSWER = (KeyError, TypeError, AttributeError, ValueError, IndexError)
WRONG_PLACE = "Is docker_host that of an engine, and not of a proxy or of something else?"

# What engines say of a container that they do not take (moby: daemon/container*.go, daemon/logger, volume/mounts).
FIXES = (
    (
        r"user namespaces (are )?enabled",
        "The engine remaps users (userns-remap), which a container in the host's network cannot be. Set userns_mode: "
        "host in the container settings (services_container), which leaves these containers out of it.",
    ),
    (
        r"log[ -]?(opt|driver)|logg|-address",
        "Correct log.driver or log.options in the container settings (services_container).",
    ),
    (r"bind source path does not exist", "Make it, or correct mounts in the container settings (services_container)."),
)


@contextmanager
def typed_errors(attempt: str) -> Iterator[None]:
    """Raise an EngineError for every error of an attempt.

    Args:
        attempt: what is done, as it reads after "Could not".
    """
    try:
        yield
    except EngineError:
        raise
    except Exception as error:
        translated = _translated(error, f"Could not {attempt}: ")
        if translated is error:
            raise
        raise translated from error


def _translated(error: Exception, text: str) -> Exception:
    if sdk.UNFIT.search(str(error)):
        return sdk.unfit_sdk()
    if isinstance(error, sdk.docker.errors.APIError):
        return _refusal(error, text)
    if _is_no_answer(error):
        told = f"{type(error).__name__}: {error}"
        return EngineError(text + f"the answer is not one of Docker's API ({told}). {WRONG_PLACE}")
    return _broken(error, text)


def _broken(error: Exception, text: str) -> Exception:
    """Of an answer that did not come, or not as a whole."""
    if _is_silence(error):
        return EngineTimeout(text + "no answer in time. Raise docker_timeout if the engine is merely slow.")
    broken = (
        sdk.requests.exceptions.RequestException,
        sdk.urllib3.exceptions.HTTPError,
        sdk.docker.errors.DockerException,
        ConnectionError,
    )
    if isinstance(error, broken):
        return EngineUnreachable(text + f"{error}. Is the engine running, and docker_host right?")
    # A file of this machine: an archive that is read or written.
    return EngineError(text + f"{error}.") if isinstance(error, OSError) else error


def _is_silence(error: Exception) -> bool:
    """Also of a stream that stopped: the SDK reads it from urllib3, and requests wraps what that raises."""
    silence = (sdk.requests.exceptions.Timeout, sdk.urllib3.exceptions.TimeoutError)
    return any(isinstance(each, silence) for each in (error, *error.args))


def _is_no_answer(error: Exception) -> bool:
    """Errors of requests are OSErrors. Answers that are not JSON, and invalid addresses, are ValueErrors, too."""
    return isinstance(error, json.JSONDecodeError) or (
        isinstance(error, NOT_AN_ANSWER) and not isinstance(error, OSError)
    )


def _refusal(error: Exception, text: str) -> EngineError:
    status, reason = _status(error), explanation(error)
    if isinstance(error, sdk.docker.errors.NotFound):
        return NotFound(text + reason)
    if status == 400:
        return Rejected(text + reason, reason, fix(reason))
    return (Conflict if status == 409 else EngineError)(text + reason)


def _status(error: BaseException) -> int | None:
    """Status of the engine's answer."""
    return getattr(getattr(error, "response", None), "status_code", None)


def explanation(error: BaseException) -> str:
    """The engine's own words in what the SDK raised."""
    text = str(getattr(error, "explanation", None) or error)
    if text.lstrip().startswith("<"):
        return f"HTTP {_status(error)}, with a page of HTML. {WRONG_PLACE}"
    return text


def fix(reason: str) -> str:
    """What to do about a container that the engine does not take; "" where its words alone must do."""
    return next((text for words, text in FIXES if re.search(words, reason, re.IGNORECASE)), "")
