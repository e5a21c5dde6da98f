# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collection's rules for transport URLs, compared with oslo.messaging, by which nova reads them."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import pytest
from ansible_collections.novafleet.compute.plugins.plugin_utils._nova_conf.transport_url import (
    TransportUrlError,
    endpoints,
    is_rabbitmq,
    logins,
    part_problems,
    queries,
    url_of,
    virtual_host,
)
from hypothesis import example, given
from hypothesis import strategies as st
from kombu import Connection as BusConnection
from kombu.utils.url import parse_url
from oslo_config import cfg
from oslo_messaging._drivers.impl_rabbit import Connection
from oslo_messaging.transport import TransportURL


class Transformed(Connection):
    """The result of RabbitMQ's driver for a URL, without a connection."""

    def __init__(self):
        pass

    def __del__(self):
        pass


def as_nova_connects(url):
    """The result of kombu for the URL that oslo.messaging passes to it: list of dict, and the query."""
    parsed = TransportURL.parse(cfg.ConfigOpts(), url)
    made = [parse_url(Transformed()._transform_transport_url(parsed, host)) for host in parsed.hosts]
    return made, parsed.query


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("rabbit://nova:s3cret@bus:5673/nova", [("bus", 5673)]),
        ("rabbit://nova:s3cret@bus", [("bus", 5672)]),
        ("RABBIT://nova:s3cret@bus", [("bus", 5672)]),
        ("rabbit://bus/", [("bus", 5672)]),
        ("rabbit://bus/?ssl=1", [("bus", 5672)]),
        ("rabbit://bus:5700/?ssl=True", [("bus", 5700)]),
        ("rabbit://u:p@a:1,u:p@b:2/v", [("a", 1), ("b", 2)]),
        ("rabbit://u:p@a,u:p@b/v", [("a", 5672), ("b", 5672)]),
        ("rabbit://a,b/v", [("a", 5672), ("b", 5672)]),
        ("rabbit://u:p@[2001:db8::1]:5673/", [("2001:db8::1", 5673)]),
        ("rabbit://u:p@[::1]/", [("::1", 5672)]),
        # In the other order, urllib of some Pythons, and so oslo.messaging, refuses it (gh-105704).
        ("rabbit://u:p@10.0.0.1,u:p@[::1]:5673/", [("10.0.0.1", 5672), ("::1", 5673)]),
        ("rabbit://u:p%40%23%2C%3F%5B@bus/%2Fnova", [("bus", 5672)]),
        ("rabbit://u:p:p$w+%25@bus/", [("bus", 5672)]),
        ("rabbit://u:p@bus_1/", [("bus_1", 5672)]),
        ("rabbit://u:p@::1/", [("::1", 5672)]),
        ("rabbit://u:p@[2001:db8::1:5672]/", [("2001:db8::1:5672", 5672)]),
    ],
)
def test_addresses_of_a_url_are_those_that_nova_connects_to(url, expected):
    assert endpoints(url) == expected
    assert [(one["hostname"], one["port"]) for one in as_nova_connects(url)[0]] == expected


@pytest.mark.parametrize(
    "url",
    [
        "rabbit://nova:s3cret@bus:5673/nova",
        "rabbit://u:p%40%23%2C%3F%5B%3A@bus/",
        "rabbit://u:p@a:1,v:q@b:2/v",
        "rabbit://u:p@[2001:db8::1]:5673/%2Fa%20b?ssl=1",
        "rabbit://u:p:q$+%25@bus//",
    ],
)
def test_logins_are_those_of_kombu(url):
    made, _query = as_nova_connects(url)
    assert [(one["address"], one["port"], one["username"], one["password"]) for one in logins(url)] == [
        (one["hostname"], one["port"], one["userid"], one["password"]) for one in made
    ]
    assert {virtual_host(url)} == {one["virtual_host"] or "/" for one in made}


@pytest.mark.parametrize(
    ("url", "is_one"),
    [
        ("rabbit://b/", True),
        ("RABBIT://b/", True),
        ("kombu://b/", True),
        ("amqp://b/", False),
        ("kombu+memory:///", False),
    ],
)
def test_urls_of_rabbitmq(url, is_one):
    assert is_rabbitmq(url) is is_one


@pytest.mark.parametrize("url", ["fake://", "fake:///", "kafka://bus:9092", "kombu+memory:////"])
def test_other_drivers_are_not_tried(url):
    assert endpoints(url) == []


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "is missing"),
        (None, "is missing"),
        ("bus:5672", "does not begin with a driver"),
        ("://bus", "does not begin with a driver"),
        ("rabbitmq://u:s3cret@bus/", "does not begin with a driver of oslo.messaging (amqp, fake"),
        ("amqps://u:s3cret@bus/", "does not begin with a driver of oslo.messaging"),
        ("rabbit:///nova", "does not name a host"),
        ("rabbit://u:s3cret@:5672/", "does not name a host"),
        ("rabbit://u:s3cret@bus:amqp/", "does not name a host, or its port is not a number"),
        ("rabbit://u:s3cret/x@bus/", "percent-encode"),
        ("rabbit://u:12/s3cret@bus:5672/", "percent-encode"),
        ("rabbit://u:s3cret#x@bus:5672/", "percent-encode"),
        ("rabbit://u:s3cret@bus:5672/#x", "percent-encode"),
        ("rabbit://u:s3cret?x@bus:5672/", "percent-encode"),
        ("rabbit://u:12?s3cret@bus:5672/", "percent-encode"),
        ("rabbit://u:s3cret@x@bus:5672/", "percent-encode"),
        ("rabbit://u@corp:s3cret@bus:5672/", "percent-encode"),
        ("rabbit://u:s3cret[x@bus:5672/", "percent-encode"),
        ("rabbit://u:s3cret[x]@bus:5672/", "percent-encode"),
        ("rabbit://u:s3cret,x@bus/", "percent-encode"),
        ("rabbit://u:12,s3cret@bus/", "percent-encode"),
        ("rabbit://u:s3cret@a,b/", "an account for only some of its hosts"),
        ("rabbit://u:s3cret@a,u@b/", "an account for only some of its hosts"),
        ("rabbit://u:s3cret%2Fx@bus/", "passes it on unencoded"),
        ("rabbit://a,,b/", "does not name a host"),
        ("rabbit://a b/", "does not name a host"),
        ("rabbit://bus-/", "does not name a host"),
        ("rabbit://[bus]/", "brackets|names no host"),
        ("rabbit://bus:99999/", "port"),
        ("rabbit://bus:0/", "port"),
        ("rabbit://bus:/", "port"),
        ("rabbit://u:s3cret@bus/no%3Fva", "nova ends the virtual host there"),
        ("rabbit://u:s3cret@bus/no%23va", "nova ends the virtual host there"),
        ("rabbit://u:s3cret@bus/no%3Bva", "nova ends the virtual host there"),
        ("rabbit://u:s3cret@bus/no;va", "nova ends the virtual host there"),
        ("rabbit://u:s3cret@a,u:s3cret@b/no;va", "nova ends the virtual host there"),
        ("rabbit://u:s3cret@bus/no?va", "without option=value after it"),
        ("rabbit://u:s3cret@bus/no?va&ssl=1", "without option=value after it"),
        ("rabbit://u:s3cret\tx@bus/", "a tab or another control character"),
        ("rabbit://u:s3cret\x7fx@bus/", "a tab or another control character"),
        ("rabbit://u:s3cret%0A@bus/", "a line break (%0A or %0D) in a user or password"),
        ("rabbit://u%0D:s3cret@bus/", "a line break (%0A or %0D) in a user or password"),
        ("rabbit://u:s3cret@bus/nova%0A", "a virtual host with a control character"),
        ("rabbit://u:s3cret%E4@bus/", "not as UTF-8"),
        ("rabbit://u:s3cret@bus/%E4", "not as UTF-8"),
        ("rabbit://u:s3cret@bus/ ", "begins or ends with a blank"),
        (" rabbit://u:s3cret@bus/", "begins or ends with a blank"),
        ("rabbit://u:s3cret@bus:5672\u00a0", "begins or ends with a blank"),
        ("rabbit://u:@bus/", "a user without a password"),
        ("rabbit://u:s3cret@::1:5672/", "an IPv6 address whose end may be a port"),
        ("rabbit://u:s3cret@2001:db8::1:5672/", "an IPv6 address whose end may be a port"),
        ("kombu://u:s3cret@bus/", "kombu has no transport of that name"),
        ("rabbit+ssl://u:s3cret@bus/", "rabbit+ssl://, which is not a driver"),
    ],
)
def test_a_bad_url_is_told_without_showing_it(url, words):
    with pytest.raises(TransportUrlError) as error:
        endpoints(url)
    assert any(one in str(error.value) for one in words.split("|"))
    assert "s3cret" not in str(error.value)


@pytest.mark.parametrize("url", ["rabbit://bus/a%3Fb", "rabbit://bus/a%23b", "rabbit://bus/a?b", "rabbit://bus/a%3Bb"])
def test_a_virtual_host_ends_there_for_nova(url):
    """The rule can be removed as soon as this is no longer so."""
    parsed = TransportURL.parse(cfg.ConfigOpts(), url)
    given = Transformed()._transform_transport_url(parsed, parsed.hosts[0])
    assert BusConnection(given).virtual_host == "a"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("rabbit://bus/a%253Fb", "a?b"),
        ("rabbit://bus/a%2523b", "a#b"),
        ("rabbit://bus/a%253Bb", "a;b"),
        ("rabbit://bus/a%25zz", "a%zz"),
        ("rabbit://bus/a%20b?ssl=1&", "a b"),
        ("rabbit://bus/%2Fnova", "/nova"),
    ],
)
def test_a_virtual_host_as_nova_reads_it(url, expected):
    assert endpoints(url) == [("bus", 5672)]
    ((made,), _query) = as_nova_connects(url)
    assert made["virtual_host"] == virtual_host(url) == expected


@pytest.mark.parametrize("url", ["rabbit://u:p%2Fs@bus/", "rabbit://u%2F:p@bus/"])
def test_oslo_messaging_cannot_pass_on_a_slash(url):
    """The rule can be removed as soon as this is possible."""
    try:
        ((made,), _query) = as_nova_connects(url)
    except ValueError:
        return
    assert made["hostname"] != "bus"


def test_kombu_does_not_know_these_drivers():
    """The rules can be removed as soon as this is no longer so."""
    with pytest.raises(KeyError, match="No such transport"):
        connection("kombu://u:p@bus/")
    assert connection("rabbit+ssl://u:p@bus/").hostname == "ssl://u:p@bus:5672/"


def connection(url):
    parsed = TransportURL.parse(cfg.ConfigOpts(), url)
    return BusConnection(Transformed()._transform_transport_url(parsed, parsed.hosts[0]))


@pytest.mark.parametrize("url", ["rabbit://u:s3\tcret@bus/", "rabbit://u:s3cret@bus/no\tva"])
def test_urllib_drops_tabs(url):
    made, _query = as_nova_connects(url)
    assert "\t" not in str(made)


def test_the_images_own_drivers_count():
    assert endpoints("amqp://bus/", ["amqp", "rabbit"]) == [("bus", 5672)]
    with pytest.raises(TransportUrlError, match="rabbit"):
        endpoints("amqp://bus/", ["rabbit"])


def test_queries_are_options_of_the_driver():
    assert queries("rabbit://bus/?ssl=1&ssl_ca_file=%2Fca") == {"ssl": ["1"], "ssl_ca_file": ["/ca"]}


WORDS = st.text(st.sampled_from("ab2F$#@:?,[]%+ =&;'\"ä\\\t"), min_size=1, max_size=8)


@given(username=WORDS, password=WORDS, virtual_host=WORDS)
@example(username="nova", password="p#s@s,w:o?r[d]", virtual_host="/")
def test_parts_reach_rabbitmq_as_they_are(username, password, virtual_host):
    parts = dict(hosts=["h1", "h2:5673", "[::1]:5674", "2001:db8::1"], username=username, password=password)
    url = url_of(dict(parts, query={"ssl": True, "kombu_compression": "a b"}))
    assert endpoints(url) == [("h1", 5672), ("h2", 5673), ("::1", 5674), ("2001:db8::1", 5672)]
    made, query = as_nova_connects(url)
    assert [(one["userid"], one["password"]) for one in made] == [(username, password)] * 4
    assert query == {"ssl": "true", "kombu_compression": "a b"}
    url = url_of(dict(parts, hosts=["h1", "h2"], virtual_host=virtual_host))
    endpoints(url)
    assert {one["virtual_host"] or "/" for one in as_nova_connects(url)[0]} == {virtual_host}


@pytest.mark.parametrize(
    ("parts", "url"),
    [
        (dict(hosts=["a"]), "rabbit://a:5672/"),
        (dict(hosts=["a"], port=5671, query={"ssl": True}), "rabbit://a:5671/?ssl=true"),
        (dict(hosts=["a", "b:1"], username="u", password="p/"), "rabbit://u:p%2F@a:5672,u:p%2F@b:1/"),
        (dict(hosts=["::1"], virtual_host="/nova", driver="kombu"), "kombu://[::1]:5672/%2Fnova"),
        (dict(hosts=["a"], virtual_host="100%"), "rabbit://a:5672/100%25"),
        (dict(hosts=["a"], virtual_host="a?b"), "rabbit://a:5672/a%253Fb"),
        (dict(hosts=["a"], virtual_host="a%2Fb"), "rabbit://a:5672/a%25252Fb"),
        (dict(hosts=["a"], virtual_host="a?b", driver="amqp"), "amqp://a:5672/a%3Fb"),
        ("rabbit://as/it/is", "rabbit://as/it/is"),
        (None, ""),
    ],
)
def test_the_url_of_parts(parts, url):
    assert url_of(parts) == url


RIGHT = dict(hosts=["a"], username="u", password="p")


@pytest.mark.parametrize(
    ("change", "part", "words"),
    [
        (dict(pasword="s3cret"), "pasword", "Did you mean password?"),
        (dict(tls=True), "tls", "Use driver, hosts,"),
        (dict(hosts=[]), "hosts", "is not a list of hosts"),
        (dict(hosts="a"), "hosts", "is not a list of hosts"),
        (dict(hosts=["a:b"]), "hosts", "'a:b' is not a host"),
        (dict(hosts=["vc 1"]), "hosts", "is not a host"),
        (dict(hosts=["a:99999"]), "hosts", "is not a host"),
        (dict(port=0), "port", "is not a port"),
        (dict(port="amqp"), "port", "is not a port"),
        (dict(password=123), "password", "Quote it"),
        (dict(password=True), "password", "Quote it"),
        (dict(password="s3cret/x"), "password", "Use one without '/'"),
        (dict(password="s3cret\n"), "password", "line break"),
        (dict(password=["s3cret"]), "password", "is not a text"),
        (dict(password=""), "password", "is missing"),
        (dict(username=""), "username", "is missing"),
        (dict(virtual_host=1), "virtual_host", "Quote it"),
        (dict(query="ssl=1"), "query", "is not a dict"),
        (dict(hosts=["u:s3cret@a"]), "hosts", "belongs into username and password"),
        (dict(hosts=["rabbit://u:s3cret@a/"]), "hosts", "belongs into username and password"),
        (dict(hosts=[dict(host="a", password="s3cret")]), "hosts", "has an item that is not a host"),
        (dict(hosts=["a\n"]), "hosts", "line break"),
        (dict(hosts=["::1:5672"]), "hosts", "in brackets"),
        (dict(driver="rabbit://"), "driver", "Write its name alone"),
        (dict(password="s3cret\ud800"), "password", "a character that UTF-8 does not have"),
    ],
)
def test_a_wrong_part_is_told_without_showing_it(change, part, words):
    found = [one for one in part_problems(dict(RIGHT, **change)) if one[0] == part]
    assert any(words in f"{problem} {cure}" for _part, problem, cure in found)
    assert "s3cret" not in str(found)


def test_right_parts_are_no_problem():
    assert list(part_problems(RIGHT)) == []
    assert unquote(urlsplit(url_of(RIGHT)).netloc) == "u:p@a:5672"
