# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bus on which the lease is taken, compared with the one that nova's own libraries use."""

from __future__ import annotations

import contextlib
import importlib.metadata
import ssl
import tempfile
from types import SimpleNamespace
from unittest import mock
from urllib.parse import quote

import amqp.transport
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from kombu.transport import pyamqp
from oslo_config import cfg
from oslo_messaging import TransportURL
from oslo_messaging._drivers import common, impl_rabbit


def nova(text):
    """nova's configuration, as oslo.config reads it."""
    conf = cfg.ConfigOpts()
    with tempfile.NamedTemporaryFile("w", suffix=".conf", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        conf([], default_config_files=[stream.name], default_config_dirs=[])
        conf.reload_config_files()
    return conf


# nova.conf.


def both(program, text, option="a", section="DEFAULT"):
    """A value as the lease and as oslo.config read it; the options a, b and c are known in two sections."""
    conf = nova(text)
    for group in ("DEFAULT", "other"):
        conf.register_opts([cfg.StrOpt(name) for name in "abc"], None if group == "DEFAULT" else group)
    theirs = (conf if section == "DEFAULT" else conf[section])[option]
    # A transport URL has no line breaks, because urllib.parse removes them.
    return program.Conf(text).get(section, option), (theirs or "").replace("\n", "")


VALUES = {
    "plain": "x",
    "nothing": "",
    "double quotes": '"x y"',
    "single quotes": "'x'",
    "quotes inside": "a'b\"c",
    "quotes that do not match": "'x\"",
    "two dollars": "pa$$word",
    "an escaped dollar": r"pa\$word",
    "an escaped dollar that would be a reference": r"pa\$b",
    "two dollars that would be a reference": "pa$$b",
    "a reference": "x$b",
    "a reference in braces": "x${b}y",
    "a reference to another section": "${other.b}",
    "a reference to a reference": "$c",
    "a dollar at the end": "x$",
    "an equals sign": "x=y",
    "a colon": "x:y",
    "a comment's sign": "x#y;z",
    "a comment's sign after a space": "x # y",
    "percent": "100%25%(b)s",
    "a backslash": "a\\b",
    "spaces around": "   x   ",
    "unicode": "pässwörd",
}


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
@pytest.mark.parametrize("section", ["DEFAULT", "other"])
def test_a_value_is_read_as_oslo_config_reads_it(program, value, section):
    text = f"[DEFAULT]\nb = B\nc = $b!\n[other]\nb = O\nc = $b?\n[{section}]\na = {value}\n"
    ours, theirs = both(program, text, section=section)
    assert ours == theirs


TEXTS = {
    "repeated": "[DEFAULT]\na = 1\na = 2\n",
    "a section that is repeated": "[DEFAULT]\na = 1\n[other]\na = 3\n[DEFAULT]\na = 2\n",
    "over several lines": "[DEFAULT]\na = rabbit://a,\n  b,\n\tc/\nb = 1\n",
    "begun on the next line": "[DEFAULT]\na =\n  x\n",
    "a colon": "[DEFAULT]\na: x\n",
    "a colon in the value": "[DEFAULT]\na=rabbit://u:p@h:1/\n",
    "no spaces": "[DEFAULT]\na=x\n",
    "comments": "# a = 0\n[DEFAULT]\n; a = 1\n#a = 2\na = 3\n# a = 4\n",
    "a comment between": "[DEFAULT]\na = x\n# c\nb = 1\n",
    "an empty line": "[DEFAULT]\n\na = x\n\n",
    "CRLF": "[DEFAULT]\r\na = x\r\nb = 1\r\n",
    "nothing": "",
    "another section": "[other]\na = 1\n",
    "case of the name": "[DEFAULT]\nA = 1\na = 2\n",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_file_is_read_as_oslo_config_reads_it(program, text):
    ours, theirs = both(program, text)
    assert ours == theirs


@given(st.text("ab$\\{}.'\"= :%", max_size=12).map(str.strip))
@example("'")
def test_any_value_is_read_as_oslo_config_reads_it(program, value):
    text = f"[DEFAULT]\nb = B\nc = C\na = {value}\n"
    try:
        ours, theirs = both(program, text)
    except (cfg.NoSuchOptError, cfg.NoSuchGroupError, RecursionError, ValueError):
        # nova does not start with it.
        return
    assert ours == theirs


# Connections.


class Recorder:
    """Replaces amqp.Connection, and has its arguments."""

    def __init__(self, **options):
        self.options = options

    def opened(self):
        host, port = amqp.transport.to_host_port(self.options["host"])
        tls = self.options["ssl"]
        if isinstance(tls, dict) and tls.get("server_hostname"):
            tls = dict(tls, server_hostname=local(tls["server_hostname"]))
        return dict(
            {name: self.options[name] for name in ("userid", "password", "login_method", "virtual_host")},
            address=(local(host), port),
            ssl=tls,
        )


def local(name):
    """Names ignore case, and kombu uses the address of localhost."""
    return "127.0.0.1" if name.lower() == "localhost" else name.lower()


def connections(found):
    return sorted((one.opened() for one in found), key=lambda one: (one["address"], one["userid"]))


def theirs(text):
    """The connections that nova would make, host by host. TLS options are copied, because kombu changes them."""
    conf, made = nova(text), []
    driver = impl_rabbit.RabbitDriver(conf, TransportURL.parse(conf))

    def connect(**options):
        made.append(Recorder(**options))
        return SimpleNamespace(connect=lambda: None)

    with contextlib.ExitStack() as stack:
        stack.enter_context(mock.patch.object(impl_rabbit.Connection, "ensure_connection", lambda self: None))
        stack.enter_context(mock.patch.object(pyamqp.Transport, "Connection", staticmethod(connect)))
        connection = impl_rabbit.Connection(driver.conf, driver._url, common.PURPOSE_LISTEN)
        kombu = connection.connection
        for url in kombu.alt or [None]:
            kombu._initial_params["ssl"] = connection._fetch_ssl_params()
            if url:
                kombu.switch(url)
            kombu.transport.establish_connection()
    return connections(made)


def ours(program, text):
    bus = program.Bus(program.Conf(text))
    with mock.patch.object(program, "amqp", SimpleNamespace(Connection=Recorder)):
        return connections([bus.connection(number, {}) for number in range(len(bus.hosts))])


def conf(url, *lines):
    return "\n".join(["[DEFAULT]", f"transport_url = {url}", "[oslo_messaging_rabbit]", *lines, ""])


URLS = {
    "as most are": "rabbit://nova:s3cret@bus:5672/",
    "no port": "rabbit://nova:s3cret@bus/",
    "no path": "rabbit://nova:s3cret@bus",
    "nothing": "rabbit://",
    "no host": "rabbit:///",
    "no host, but a virtual host": "rabbit:///v",
    "no password": "rabbit://nova@bus/",
    "no user": "rabbit://bus:5673/",
    "several": "rabbit://nova:s3cret@a:1,nova:s3cret@b:2,nova:s3cret@c/",
    "several with users of their own": "rabbit://n1:p1@a:1,n2:p2@b:2/v",
    "several of which one has no user": "rabbit://n1:p1@a:1,b:2/",
    "a comma too many": "rabbit://nova:s3cret@a,,nova:s3cret@b,/",
    "IPv4": "rabbit://nova:s3cret@192.0.2.1:5672/",
    "IPv6": "rabbit://nova:s3cret@[2001:db8::1]:5673/",
    "IPv6 without port": "rabbit://nova:s3cret@[2001:db8::1]/",
    "IPv6 without brackets": "rabbit://nova:s3cret@2001:db8::1/",
    "several IPv6": "rabbit://nova:s3cret@[::1]:5673,nova:s3cret@[::2]:5674/",
    "localhost": "rabbit://nova:s3cret@localhost:5672/",
    "capitals": "rabbit://nova:s3cret@BUS.Example.COM:5672/",
    "percent in the password": "rabbit://nova:a%40b%3Ac%23d%3Fe%25f%26g%3B@bus/",
    "percent that is doubled": "rabbit://nova:a%2540b@bus/",
    "signs in the password": "rabbit://nova:a&b=c$$d-e_f.g+h!i*j(k)@bus/",
    "a colon in the password": "rabbit://nova:a:b@bus/",
    "percent in the user": "rabbit://no%40va%3A:p@bus/",
    "an @ in the user": "rabbit://nova@example:p@bus/",
    "unicode": "rabbit://nova:p%C3%A4ss@bus/",
    "a virtual host": "rabbit://nova:s3cret@bus/nova",
    "the virtual host /": "rabbit://nova:s3cret@bus//",
    "the virtual host / encoded": "rabbit://nova:s3cret@bus/%2F",
    "the virtual host / encoded twice": "rabbit://nova:s3cret@bus/%252F",
    "a virtual host with a slash": "rabbit://nova:s3cret@bus/a%2Fb",
    "a virtual host with a slash in front": "rabbit://nova:s3cret@bus/%2Fnova",
    "a virtual host with two parts": "rabbit://nova:s3cret@bus/a/b",
    "a virtual host with percent": "rabbit://nova:s3cret@bus/a%2525b",
    "a virtual host with a space": "rabbit://nova:s3cret@bus/a%20b",
    "TLS": "rabbit://nova:s3cret@bus:5671/?ssl=1",
    "TLS in capitals": "rabbit://nova:s3cret@bus:5671/?ssl=True",
    "no TLS": "rabbit://nova:s3cret@bus:5671/v?ssl=0",
    "TLS with files": "rabbit://nova:s3cret@bus/?ssl=1&ssl_ca_file=/etc/ca.pem&ssl_cert_file=/c&ssl_key_file=/k",
    "TLS to several": "rabbit://nova:s3cret@a,nova:s3cret@b/?ssl=1&ssl_ca_file=/etc/ca.pem",
    "a login method": "rabbit://nova:s3cret@bus/?rabbit_login_method=PLAIN",
    "other options": "rabbit://nova:s3cret@bus/?heartbeat_timeout_threshold=15&rabbit_retry_interval=2",
}
SECTIONS = {
    "": (),
    "TLS": ("ssl = true",),
    "TLS, checked": ("ssl = yes", "ssl_ca_file = /etc/ssl/ca.pem"),
    "TLS with all files": ("ssl = on", "ssl_ca_file = /ca", "ssl_cert_file = /cert", "ssl_key_file = /key"),
    "TLS version": ("ssl = 1", "ssl_version = TLSv1_2"),
    "files without TLS": ("ssl = false", "ssl_ca_file = /ca", "ssl_version = SSLv23"),
    "PLAIN": ("rabbit_login_method = PLAIN",),
    "EXTERNAL": ("rabbit_login_method = EXTERNAL", "ssl = True", "ssl_cert_file = /cert"),
}


@pytest.mark.parametrize("lines", SECTIONS.values(), ids=SECTIONS)
@pytest.mark.parametrize("url", URLS.values(), ids=URLS)
def test_the_lease_is_taken_where_nova_connects_to(program, url, lines):
    assert ours(program, conf(url, *lines)) == theirs(conf(url, *lines))


CHARACTERS = st.characters(min_codepoint=33, max_codepoint=0x17F, exclude_characters="$")
# oslo.messaging cannot use a password or a user with a slash, as a test below shows.
WORDS = st.text(CHARACTERS.filter(lambda one: one != "/"), min_size=1, max_size=8)
NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,5}(\.[a-z]{2,3})?", fullmatch=True) | st.sampled_from(
    ["[2001:db8::1]", "192.0.2.7", "[::1]", "localhost"]
)


@st.composite
def urls(draw):
    """Well-formed URLs by the documentation of oslo.messaging: everything except letters and digits is encoded."""
    encode = draw(st.sampled_from(["", "!*()-_.+&="]))
    hosts = [
        f"{quote(draw(WORDS), encode)}:{quote(draw(WORDS), encode)}@{name}{draw(st.sampled_from(['', ':5671', ':1']))}"
        for name in draw(st.lists(NAMES, min_size=1, max_size=3, unique=True))
    ]
    # kombu ends a virtual host at these characters and does not encode them, so such a virtual host cannot be used.
    virtual_host = quote(draw(st.text(CHARACTERS.filter(lambda one: one not in "?#;%"), max_size=6)), "")
    query = draw(st.sampled_from(["", "?ssl=1", "?ssl=0", "?ssl=1&ssl_ca_file=/ca"]))
    return f"rabbit://{','.join(hosts)}/{virtual_host}{query}"


@given(urls(), st.sampled_from(list(SECTIONS.values())))
def test_any_url_leads_where_nova_connects_to(program, url, lines):
    try:
        expected = theirs(conf(url, *lines))
    except ValueError:
        # Python's urlsplit refuses an IPv6 address in brackets together with names, so nova does not start with it.
        with pytest.raises(program.ConfigurationError):
            ours(program, conf(url, *lines))
    else:
        assert ours(program, conf(url, *lines)) == expected


def test_a_password_with_a_slash_is_one_that_nova_cannot_use():
    """impl_rabbit.py (_transform_transport_url) passes it to kombu unencoded. kombu reads the rest as a path."""
    with pytest.raises(ValueError, match="Port could not be cast to integer"):
        theirs(conf("rabbit://nova:a%2Fb@bus:5672/"))


def test_the_names_of_transports_are_those_of_the_driver_for_rabbitmq(program):
    drivers = importlib.metadata.entry_points(group="oslo.messaging.drivers")
    assert set(program.SCHEMES) == {one.name for one in drivers if one.value.endswith(":RabbitDriver")}


@pytest.mark.parametrize("version", ["TLSv1", "tlsv1_1", "TLSv1_2", "SSLv23"])
def test_versions_of_tls_are_those_of_the_driver(program, version):
    bus = program.Bus(program.Conf(conf("rabbit://bus/", "ssl = true", f"ssl_version = {version}")))
    assert bus.ssl == dict(ssl_version=impl_rabbit.Connection.validate_ssl_version(version))


def test_old_names_of_options_count(program):
    lines = (
        "rabbit_use_ssl = true",
        "kombu_ssl_ca_certs = /ca",
        "kombu_ssl_certfile = /cert",
        "kombu_ssl_keyfile = /key",
    )
    bus = program.Bus(program.Conf(conf("rabbit://bus/", *lines, "kombu_ssl_version = TLSv1_2")))
    assert bus.ssl == dict(
        ca_certs="/ca", certfile="/cert", keyfile="/key", cert_reqs=ssl.CERT_REQUIRED,
        ssl_version=ssl.PROTOCOL_TLSv1_2, server_hostname=None,
    )  # fmt: skip


# Of nova 33 and before; stable ones of nova 31; of nova 34, which still registers the option.
NEVER = "ssl_params['ca_certs'] = self.ssl_ca_file"
AS_SET = """
    cfg.BoolOpt('ssl_enforce_hostname_verification',
                default=False,
                help='...'),
            self.enforce = driver_conf.ssl_enforce_hostname_verification
                    ssl_params['server_hostname'] = self.ssl_server_hostname
"""
ALWAYS = """
    cfg.BoolOpt('ssl_enforce_hostname_verification',
                default=True,
                deprecated_for_removal=True),
                ssl_params['server_hostname'] = self.ssl_server_hostname
"""


@pytest.mark.parametrize(
    ("driver", "value", "checked"),
    [
        (NEVER, "true", False),
        (AS_SET, None, False),
        (AS_SET, "false", False),
        (AS_SET, "true", True),
        (ALWAYS, None, True),
        (ALWAYS, "false", True),
    ],
)
def test_the_name_in_the_certificate_is_compared_where_the_driver_does(
    program, tmp_path, monkeypatch, driver, value, checked
):
    place = tmp_path / "oslo_messaging" / "_drivers"
    place.mkdir(parents=True)
    (place / "impl_rabbit.py").write_text(driver, encoding="utf-8")
    monkeypatch.setattr(program.sys, "path", [str(tmp_path)])
    lines = [f"ssl_enforce_hostname_verification = {value}"] if value else []
    bus = program.Bus(program.Conf(conf("rabbit://bus/", "ssl = true", "ssl_ca_file = /ca", *lines)))
    assert ("server_hostname" in bus.ssl) is checked


@pytest.mark.parametrize("lines", [("ssl = false", "rabbit_use_ssl = true"), ("rabbit_use_ssl = true", "ssl = false")])
def test_new_names_win_over_old_ones(program, lines):
    """oslo.config searches an option's own name in all files first (cfg.py, _Namespace._get_value)."""
    assert program.Bus(program.Conf(conf("rabbit://bus/", *lines))).ssl is False


def test_each_attempt_goes_to_the_next_host(program):
    bus = program.Bus(program.Conf(conf("rabbit://u:p@a,u:p@b/?ssl=1&ssl_ca_file=/ca")))
    with mock.patch.object(program, "amqp", SimpleNamespace(Connection=Recorder)):
        made = [bus.connection(number, {}).options for number in range(4)]
    assert [one["host"] for one in made] == ["a:5672", "b:5672"] * 2
    assert [one["ssl"]["server_hostname"] for one in made] == ["a", "b"] * 2
    assert {one["heartbeat"] for one in made} == {program.HEARTBEAT_SECONDS}
