# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run nova-compute only while this container holds the lease of its service host.

usage: lease.py PROGRAM    with the interpreter that the first line of PROGRAM, which is nova-compute, names
       lease.py --try PROGRAM    only test that PROGRAM can be imported, configured and guarded

The lease is an exclusive queue on the message bus of the service.  RabbitMQ gives it to one connection and refuses all
others.  RabbitMQ drops it no earlier than one heartbeat interval after the last byte of that connection.  So a round
trip that this process completed proves the lease for one interval from when it was sent, and nothing is begun later
than that.  A request needs a round trip of its own.  docs/lease.md explains the rules.

It runs on the Python of any supported release of nova, 3.6 being the oldest, and on py-amqp from 2.0 on.
"""

import contextlib
import functools
import importlib
import inspect
import marshal
import os
import random
import re
import runpy
import select
import signal
import socket
import ssl
import string
import sys
import threading
import time
from configparser import RawConfigParser
from urllib.parse import parse_qs, unquote, urlsplit

import amqp

# nova patches these modules if it runs on eventlet; the thread that keeps the lease is a real one.
native_sleep, native_select, native_read, native_write = time.sleep, select.select, os.read, os.write

# Runs byte code that stands in a file descriptor as if the file of which it was made had been started.
BOOT = """import marshal, os, sys
BOOTED, __file__ = int(sys.argv.pop(1)), sys.argv.pop(1)
sys.argv[0], sys.path[0] = __file__, os.path.dirname(__file__)
with os.fdopen(BOOTED, "rb") as stream:
    code = marshal.load(stream)
exec(code)"""
HEARTBEAT_SECONDS = 10
# Round trips in one heartbeat interval.
ROUND_TRIPS = 3
ANSWER_SECONDS = 5
# For the rest of what RabbitMQ has begun to say.
DRAIN_SECONDS = 0.01
RETRY_SECONDS = 1
# The same over an open connection, and right after the loss. Both are less than GIVE_WAY_SECONDS, so that the
# holder comes before its standby.
REFUSED_SECONDS, AT_ONCE_SECONDS, AT_ONCE_FOR_SECONDS = 0.5, 0.1, 3
# A standby leaves a lease alone for so long that became free unannounced: its holder may only have lost a connection.
GIVE_WAY_SECONDS = 0.75
# Between two looks whether the lease was confirmed: the first, and the longest.
PAUSES = 0.002, 0.2
# Longer, as a service may wait for years: asking costs 0.6 ms of a processor.
WAIT_SECONDS = 1.5
# Between two questions, and for how long, once the holder has announced that it ends.
HURRY_SECONDS, HURRY_FOR_SECONDS = 0.1, 5
# The holder's end does not wait longer for its announcement.
ANNOUNCE_SECONDS = 0.5
# Every RabbitMQ has this exchange. The holder announces its end through it, under the name of the lease.
EXCHANGE = "amq.topic"
TELL_SECONDS = 60
# A RabbitMQ node that stops answering keeps its exclusive queues locked for its peers until they consider it dead:
# net_ticktime and a quarter more, 75 s by default.  A silent connection of this process is dropped sooner.
FORGET_SECONDS = 100
# After the bus was away, who held the lease before takes it back first.
STAND_BACK_SECONDS = 20
# sysexits.h: EX_CONFIG, EX_SOFTWARE, EX_TEMPFAIL
BAD_CONFIGURATION, UNGUARDED, LEASE_LOST = 78, 70, 75

SCHEMES = ("rabbit", "kombu")
PORT = 5672
# Names that releases of oslo.messaging before 2023 still read.
OLD_NAMES = {
    "rabbit_use_ssl": "ssl",
    "kombu_ssl_version": "ssl_version",
    "kombu_ssl_keyfile": "ssl_key_file",
    "kombu_ssl_certfile": "ssl_cert_file",
    "kombu_ssl_ca_certs": "ssl_ca_file",
}
# py-amqp raises AttributeError, too, where the connection is lost (kombu/transport/pyamqp.py).
BUS_ERRORS = (amqp.exceptions.AMQPError, OSError, AttributeError)
# RabbitMQ says so over a connection that stays open: the queue was deleted.
LIVE_ERRORS = (amqp.exceptions.ChannelError, amqp.exceptions.ConsumerCancelled)
TLS_VERSIONS = {name[len("PROTOCOL_") :].lower(): name for name in dir(ssl) if name.startswith("PROTOCOL_")}


class ConfigurationError(Exception):
    """nova.conf does not describe a bus that can give a lease."""


def log(level: str, text: str) -> None:
    """Write one line in the format of nova's own log."""
    now = time.time()
    stamp = "{}.{:03d}".format(time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(now)), int(now % 1 * 1000))
    print(f"{stamp} {os.getpid()} {level} novafleet.lease [-] {text}", file=sys.stderr, flush=True)


def call_process(name: str) -> None:
    """Name this process for ps and for the collection: which one of its containers is active."""
    try:
        with open("/proc/self/comm", "w", encoding="ascii") as stream:
            stream.write(name)
    except OSError as error:
        log("WARNING", f"the process cannot be named {name}: {error}")


class Reference(string.Template):
    """A reference to another option, $name or ${group.name}, as in oslo_config/cfg.py (ConfigOpts.Template)."""

    idpattern = r"[_a-z][\._a-z0-9]*"


class Conf:
    """The few options of a nova.conf that decide which bus it is, read as oslo.config reads them."""

    def __init__(self, text: str):
        self.parser = RawConfigParser(
            strict=False, interpolation=None, default_section="", delimiters=("=", ":"), comment_prefixes=("#", ";")
        )
        self.parser.optionxform = str
        self.parser.read_string(text)

    def get(self, section: str, option: str) -> str:
        """Value of an option without quotes and references, or ""."""
        value = self.parser.get(section, option, fallback="").replace("\n", "").strip()
        if value and value[0] == value[-1] and value[0] in "\"'":
            value = value[1:-1]
        return Reference(value.replace("\\$", "$$")).safe_substitute(References(self, section))

    def options(self, section: str) -> dict:
        names = self.parser.options(section) if self.parser.has_section(section) else ()
        values = {name: self.get(section, name) for name in names}
        old = {OLD_NAMES[name]: value for name, value in values.items() if name in OLD_NAMES}
        # An option's own name counts first, also if an old name comes later.
        return dict(old, **values)


class References:
    """What a reference in a section stands for."""

    def __init__(self, conf: Conf, section: str):
        self.conf, self.section = conf, section

    def __getitem__(self, name: str) -> str:
        section, _dot, option = name.rpartition(".")
        for place in (section,) if section else (self.section, "DEFAULT"):
            if self.conf.parser.has_option(place, option):
                return self.conf.get(place, option)
        raise KeyError(name)


class Bus:
    """Where the bus is and how to log in to it, as oslo.messaging understands transport_url.

    Sources: oslo_messaging/transport.py (TransportURL.parse), _drivers/impl_rabbit.py (Connection), and
    kombu/transport/pyamqp.py (establish_connection).

    Attributes:
        hosts: list of dict with host, userid and password.
        virtual_host: str.
        login_method: str.
        ssl: False, True, or dict of py-amqp's TLS options; server_hostname in it is None where each host's name counts.
    """

    def __init__(self, conf: Conf):
        url = conf.get("DEFAULT", "transport_url")
        try:
            parts = urlsplit(url)
        except ValueError as error:
            raise ConfigurationError(f"transport_url cannot be read: {error}") from None
        if parts.scheme not in SCHEMES:
            found = f"begins with {parts.scheme}://" if parts.scheme else "is missing from nova.conf"
            raise ConfigurationError(
                f"transport_url {found}, and only RabbitMQ (rabbit://) can give a lease. "
                "Set services_lease to false to run without one; docs/lease.md names the consequences."
            )
        # urlsplit takes a fragment off, which no transport URL has: the password was not encoded.
        self.hosts = [_host(text) for text in parts.netloc.split(",") if text] or [_host("localhost")]
        self.virtual_host = unquote(unquote(parts.path[1:])) or "/"
        options = conf.options("oslo_messaging_rabbit")
        options.update((name, ",".join(values)) for name, values in parse_qs(parts.query).items())
        self.login_method = options.get("rabbit_login_method") or "AMQPLAIN"
        self.ssl = _tls(options) if _is_true(options.get("ssl")) else False

    def connection(self, number: int, properties: dict) -> amqp.Connection:
        """A connection to one of the hosts that is not yet open.

        Args:
            number: counts the attempts, so that each goes to the next host.
            properties: client properties, which RabbitMQ's tools show.
        """
        host = self.hosts[number % len(self.hosts)]
        tls = dict(self.ssl) if isinstance(self.ssl, dict) else self.ssl
        if isinstance(tls, dict) and "server_hostname" in tls and tls["server_hostname"] is None:
            tls["server_hostname"] = host["name"]
        return amqp.Connection(
            host=host["address"], userid=host["userid"], password=host["password"], login_method=self.login_method,
            virtual_host=self.virtual_host, ssl=tls, heartbeat=HEARTBEAT_SECONDS, connect_timeout=ANSWER_SECONDS,
            read_timeout=ANSWER_SECONDS, write_timeout=ANSWER_SECONDS, client_properties=properties,
        )  # fmt: skip


def _host(text: str) -> dict:
    login, _at, address = text.rpartition("@")
    name, _colon, password = login.partition(":")
    match = re.match(r"^(?:\[(?P<v6>[^\]]+)\]|(?P<name>[^:]*))(?::(?P<port>\d*))?$", address)
    if match:
        hostname, port = match.group("v6") or match.group("name"), match.group("port")
    else:
        # An IPv6 address without brackets has no port (oslo_utils.netutils.parse_host_port).
        hostname, port = address, ""
    bracketed = f"[{hostname}]" if ":" in hostname else hostname or "localhost"
    return dict(
        name=hostname or "localhost",
        address=f"{bracketed}:{port or PORT}",
        userid=unquote(name) or "guest",
        password=unquote(password) or "guest",
    )


def _is_true(value: object) -> bool:
    return str(value or "").lower() in ("true", "1", "yes", "on")


def _tls(options: dict) -> object:
    files = {"keyfile": "ssl_key_file", "certfile": "ssl_cert_file", "ca_certs": "ssl_ca_file"}
    found = {name: options[option] for name, option in files.items() if options.get(option)}
    if options.get("ssl_version"):
        found["ssl_version"] = getattr(ssl, TLS_VERSIONS[options["ssl_version"].lower()])
    if "ca_certs" in found:
        found["cert_reqs"] = ssl.CERT_REQUIRED
        if _checks_names(options):
            found["server_hostname"] = None
    return found or True


def _checks_names(options: dict) -> bool:
    """Whether this oslo.messaging compares the name in the bus's certificate: never, always, or as an option says."""
    text, option = _driver(), "ssl_enforce_hostname_verification"
    if f"driver_conf.{option}" in text:
        default = re.search(rf"'{option}',\s*default=(\w+)", text)
        return _is_true(options.get(option) or (default and default.group(1)))
    return "server_hostname" in text


def _driver() -> str:
    """Source of oslo.messaging's driver; read, as importing it costs memory."""
    for directory in sys.path:
        path = os.path.join(directory, "oslo_messaging", "_drivers", "impl_rabbit.py")
        if os.path.exists(path):
            with open(path, encoding="utf-8") as stream:
                return stream.read()
    return ""


def where() -> dict:
    """This container, as the lease's connection describes it to RabbitMQ's tools."""
    ident = ""
    with contextlib.suppress(OSError), open("/proc/self/mountinfo", encoding="utf-8") as stream:
        ident = "".join(re.findall(r"containers/([0-9a-f]{12})[0-9a-f]{52}/", stream.read())[:1])
    return dict(docker_host=socket.gethostname(), container=ident or "unknown")


class Taken(Exception):
    """Another connection holds the lease."""


class Lease:
    """The exclusive queue of one service host.

    Attributes:
        fresh_until: monotonic time until which this process certainly has the lease; 0.0 while it is not held.
        proved_at: monotonic time at which the last round trip that confirmed it was begun.
    """

    # guard() replaces the class's own method, and the lease's own connections must not wait for the lease.
    _open = staticmethod(amqp.Connection.connect)

    def __init__(self, bus: Bus, service: str):
        place = where()
        self.bus, self.queue, self.listened = bus, f"novafleet.lease.{service}", f"compute.{service}"
        name = "lease of {} on {docker_host}, container {container}".format(service, **place)
        self.properties = dict(place, service=service, connection_name=name)
        self.attempts = random.randrange(len(bus.hosts))
        self.connection, self.channel, self.probe, self.fresh_until, self.proved_at = None, None, None, 0.0, 0.0
        self.news, self.hurry_until = None, 0.0

    def connect(self) -> None:
        """Connect to the next host of the bus. Raises BUS_ERRORS."""
        self.attempts += 1
        connection = self.bus.connection(self.attempts, dict(self.properties))
        self._open(connection)
        self.connection = connection
        # py-amqp opens a channel again that RabbitMQ has closed, so these two last as long as the connection.
        self.channel, self.probe = self._ask(connection.channel), self._ask(connection.channel)

    def take(self) -> None:
        """Declare the queue.

        Raises:
            Taken: another connection holds it.
            BUS_ERRORS: the bus is away, or refuses the queue.
        """
        sent = time.monotonic()
        try:
            self._ask(self.channel.queue_declare, self.queue, exclusive=True, auto_delete=False)
        except amqp.exceptions.ResourceLocked:
            raise Taken() from None
        self._prove(sent)

    def be_told(self) -> None:
        """Have RabbitMQ notify this process, as a consumer, when the queue is deleted."""
        self._ask(self.channel.basic_consume, self.queue, no_ack=True)

    def find_free(self) -> None:
        """Raises Taken where another connection holds the lease."""
        try:
            self._ask(self.probe.queue_declare, self.queue, passive=True)
        except amqp.exceptions.ResourceLocked:
            raise Taken() from None
        except amqp.exceptions.NotFound:
            return

    def is_announced(self) -> bool:
        """Whether the holder has just announced that it ends."""
        return time.monotonic() < self.hurry_until

    def give_back(self) -> None:
        self.fresh_until = 0.0
        self._ask(self.channel.queue_delete, self.queue)

    def confirm(self) -> None:
        """One round trip, which proves the lease for another interval. Raises BUS_ERRORS if it does not."""
        sent = time.monotonic()
        self._ask(self.channel.queue_declare, self.queue, passive=True)
        self._prove(sent)

    def expect_end(self) -> None:
        """Subscribe to the announcement that the holder ends. A bus user without the rights for it only asks."""
        self.news = self._ask(self.connection.channel)
        with contextlib.suppress(amqp.exceptions.ChannelError):
            name = self._ask(self.news.queue_declare, exclusive=True).queue
            self._ask(self.news.queue_bind, name, EXCHANGE, self.queue)
            self._ask(self.news.basic_consume, name, no_ack=True, callback=self._hurry)

    def expect_nothing(self) -> None:
        """End the subscription."""
        if self.news is not None:
            self._ask(self.news.close)

    def _hurry(self, _message: object) -> None:
        self.hurry_until = time.monotonic() + HURRY_FOR_SECONDS

    def announce_end(self) -> None:
        """Announce to waiting containers that this process ends, so that they ask at once."""
        self.channel.basic_publish(amqp.Message(b""), EXCHANGE, self.queue)

    def pause(self) -> None:
        """Wait until the lease is to be asked for again. Raises BUS_ERRORS."""
        if self.news is None:
            self.expect_end()
        announced = self.is_announced()
        end = time.monotonic() + (HURRY_SECONDS if announced else WAIT_SECONDS)
        while native_select([self.connection.sock], [], [], max(0.0, end - time.monotonic()))[0]:
            self._drain()
            if time.monotonic() >= end or announced != self.is_announced():
                return

    def _drain(self) -> None:
        with contextlib.suppress(socket.timeout):
            self.connection.drain_events(timeout=DRAIN_SECONDS)

    def consumers(self) -> int:
        """How many consumers the service's queue of requests has: another nova-compute of the service, if any."""
        try:
            return self._ask(self.probe.queue_declare, self.listened, passive=True).consumer_count
        except amqp.exceptions.NotFound:
            return 0

    def listen(self, seconds: float, alarm: int) -> None:
        """Wait for what RabbitMQ has to say, or for an alarm. Raises BUS_ERRORS at once where the lease is lost.

        Args:
            seconds: the longest time to wait.
            alarm: file descriptor, which is read empty.
        """
        sock = self.connection.sock
        ready = native_select([sock, alarm], [], [], seconds)[0]
        if alarm in ready:
            native_read(alarm, 4096)
        if sock in ready:
            self._drain()

    def drop(self) -> None:
        """Forget the connection, as it is or may be dead."""
        connection, self.connection, self.news, self.fresh_until = self.connection, None, None, 0.0
        with contextlib.suppress(BUS_ERRORS):
            connection.collect()

    def _ask(self, method: object, *arguments: object, **options: object) -> object:
        # SO_RCVTIMEO does not hold where eventlet has replaced the socket.
        with self.connection.transport.having_timeout(ANSWER_SECONDS):
            return method(*arguments, **options)

    def _prove(self, sent: float) -> None:
        # Who has no heartbeats is never found dead, so the lease would never pass on.
        self.proved_at, self.fresh_until = sent, sent + (self.connection.heartbeat or HEARTBEAT_SECONDS)


class Teller:
    """Says the same thing once a minute at most."""

    def __init__(self):
        self.last, self.since = "", 0.0

    def tell(self, text: str) -> None:
        now = time.monotonic()
        if text != self.last or now - self.since >= TELL_SECONDS:
            log("INFO", text)
            self.last, self.since = text, now


def explained(error: BaseException, lease: Lease) -> str:
    """What stands between this process and the lease."""
    if isinstance(error, amqp.exceptions.AccessRefused) and lease.connection is None:
        return f"the bus refuses the login: {error}. Correct transport_url"
    if isinstance(error, amqp.exceptions.AccessRefused):
        return (
            f"the bus refuses: {error}. The user of transport_url needs the rights to configure, write and read "
            f"the queue {lease.queue} (rabbitmqctl set_permissions)"
        )
    return f"the bus does not answer: {error or type(error).__name__}"


def wait(lease: Lease, trial: object) -> None:
    """Return once the lease is held and no other nova-compute consumes the service's requests.

    The lease is left alone while a nova-compute consumes them. It may be one that this collection did not start, or one
    that has just lost its lease and has to take it back.

    Args:
        lease: Lease.
        trial: Trial, which goes on where there is time for it.
    """
    teller, connected, not_before, begin, refused = Teller(), False, 0.0, time.monotonic(), False
    while True:
        try:
            if lease.connection is None:
                lease.connect()
                not_before = time.monotonic() + STAND_BACK_SECONDS if connected else 0.0
                connected = True
            number = lease.consumers()
            if number:
                teller.tell(f"waits: {number} consumers on {lease.listened}, so another nova-compute works")
            elif time.monotonic() >= not_before and taken_alone(lease, refused):
                break
        except Taken:
            refused = True
            teller.tell(f"waits: another container holds {lease.queue}")
        except BUS_ERRORS as error:
            teller.tell(f"waits: {explained(error, lease)}")
            lease.drop()
        trial.go_on()
        pause(lease)
    log("INFO", f"holds {lease.queue} after {time.monotonic() - begin:.1f} s")


def taken_alone(lease: Lease, refused: bool) -> bool:
    """Take the lease, and keep it unless another nova-compute has begun to consume meanwhile.

    Args:
        lease: Lease.
        refused: whether this process was refused before. A holder that only lost its connection then comes first.
    """
    if refused and not lease.is_announced():
        lease.find_free()
        native_sleep(GIVE_WAY_SECONDS)
    lease.take()
    if lease.consumers():
        lease.give_back()
        return False
    lease.be_told()
    lease.expect_nothing()
    return True


def pause(lease: Lease) -> None:
    """Wait before the next question."""
    if lease.connection is None:
        native_sleep(WAIT_SECONDS)
        return
    try:
        lease.pause()
    except BUS_ERRORS:
        lease.drop()


class Trial:
    """Tests during the wait that nova-compute of this image can run: otherwise the container must never take over."""

    def __init__(self, program: str):
        self.program, self.process, self.passed = program, 0, False

    def go_on(self) -> None:
        """Begin it, or look whether it is over. Ends this process where it failed."""
        if self.passed:
            return
        if not self.process:
            self.process = os.spawnv(os.P_NOWAIT, sys.executable, [sys.executable, __file__, "--try", self.program])
            return
        ended, status = os.waitpid(self.process, os.WNOHANG)
        if ended:
            if status:
                sys.exit(f"nova-compute of this image cannot run here, so this container takes nothing over ({status})")
            self.passed = True
            call_process("nova-standby")


class Keeper:
    """Keeps a lease from a thread of its own, and holds back everything that may not begin without it."""

    def __init__(self, lease: Lease):
        self.lease, self.seen = lease, time.monotonic()
        self.interval = (lease.connection.heartbeat or HEARTBEAT_SECONDS) / ROUND_TRIPS
        self.thread = threading.Thread(target=self._keep, name="lease", daemon=True)
        self.alarm, self.alarmed = os.pipe()
        os.set_blocking(self.alarmed, False)
        self.ending = False

    def certain(self) -> None:
        """Return once this process certainly has the lease."""
        self._wait(0.0)

    def proven(self) -> None:
        """Return once the lease is confirmed by a round trip that began later than this call.

        By then RabbitMQ has received what was sent before: that a request is acknowledged.  If the network is cut
        between, RabbitMQ gives the request to the successor, so it must not be carried out here, too.
        """
        asked = time.monotonic()
        self._wake()
        self._wait(asked)

    def announce_end(self) -> None:
        """Have the thread announce to waiting containers that this process ends."""
        end = time.monotonic() + ANNOUNCE_SECONDS
        self.ending = True
        self._wake()
        while self.ending and time.monotonic() < end:
            native_sleep(PAUSES[0])

    def _wake(self) -> None:
        with contextlib.suppress(BlockingIOError):
            native_write(self.alarmed, b".")

    def _wait(self, asked: float) -> None:
        pause, longest = PAUSES
        while self.lease.proved_at < asked or time.monotonic() >= self.lease.fresh_until:
            # By its module, as eventlet's lets other green threads run.
            time.sleep(pause)
            pause = min(2 * pause, longest)

    def _keep(self) -> None:
        while True:
            try:
                self.lease.listen(self.interval, self.alarm)
                if self.ending:
                    self.lease.announce_end()
                    self.ending = False
                self.lease.confirm()
                self.seen = time.monotonic()
            except Exception as error:
                self._retake(error)

    def _stood_still(self) -> bool:
        """Whether this process was stopped or starved since the last look: nothing it does takes so long by itself."""
        before, self.seen = self.seen, time.monotonic()
        return self.seen - before > self.interval + 3 * ANSWER_SECONDS

    def _retake(self, error: Exception) -> None:
        """Take the lease again, or end the process where another one has it."""
        self.lease.fresh_until = 0.0
        call_process("nova-lease")
        log("WARNING", f"lost the lease, so nothing is begun: {error or type(error).__name__}")
        # This process's own dead connection may hold the lease for a while, or a dead RabbitMQ node. Not so if RabbitMQ
        # answered over an open connection, or after this process stood still: RabbitMQ had the time to forget.
        patient = not isinstance(error, LIVE_ERRORS)
        if patient:
            self.lease.drop()
        teller, refused, begin = Teller(), 0.0, time.monotonic()
        while True:
            pause = RETRY_SECONDS
            patient = not self._stood_still() and patient
            try:
                if self.lease.connection is None:
                    self.lease.connect()
                self.lease.take()
                self.lease.be_told()
            except Taken:
                refused = refused or time.monotonic()
                if not patient or time.monotonic() - refused > FORGET_SECONDS:
                    log("ERROR", f"another container holds {self.lease.queue}: this nova-compute ends")
                    os._exit(LEASE_LOST)
                teller.tell(f"waits: RabbitMQ has not let go of {self.lease.queue}, or another container holds it")
                pause = REFUSED_SECONDS
            except Exception as trouble:
                teller.tell(f"waits: {explained(trouble, self.lease)}")
                self.lease.drop()
            else:
                self.seen = time.monotonic()
                call_process("nova-compute")
                log("INFO", f"holds {self.lease.queue} again")
                return
            native_sleep(AT_ONCE_SECONDS if time.monotonic() - begin < AT_ONCE_FOR_SECONDS else pause)


def guard(keeper: object) -> None:
    """Put the lease before every connection to a bus, every request and every periodic task of this process.

    oslo.messaging's entry points for drivers would serve for requests alone: connections are opened below a driver, and
    periodic tasks elsewhere.  So the public names that all of them pass are wrapped: amqp.Connection.connect,
    oslo_messaging.RPCDispatcher.dispatch and oslo_service's PeriodicTasks.run_periodic_tasks.  nova must have been
    imported before, as it decides there whether it uses eventlet.

    Args:
        keeper: Keeper, or anything with certain() and proven().
    """
    problems = unexpected()
    if problems:
        log("ERROR", "nova-compute is not started, as the lease could not guard it: " + "; ".join(problems))
        sys.exit(UNGUARDED)
    import oslo_messaging
    from oslo_service import periodic_task

    before(amqp.Connection, "connect", keeper.certain)
    before(oslo_messaging.RPCDispatcher, "dispatch", keeper.proven)
    run = periodic_task.PeriodicTasks.run_periodic_tasks

    @functools.wraps(run)
    def run_periodic_tasks(self, context, *arguments, **options):
        # Each task, not only the first of a round.
        self._periodic_tasks = [(name, preceded(task, keeper.certain)) for name, task in type(self)._periodic_tasks]
        return run(self, context, *arguments, **options)

    periodic_task.PeriodicTasks.run_periodic_tasks = run_periodic_tasks


def preceded(function: object, first: object) -> object:
    """A function that calls another one first."""

    @functools.wraps(function)
    def call(*arguments, **options):
        first()
        return function(*arguments, **options)

    return call


def before(owner: type, name: str, first: object) -> None:
    setattr(owner, name, preceded(getattr(owner, name), first))


def unexpected() -> list:
    """What is not as the guards need it: str, each names what was found and its version."""
    import kombu
    import kombu.transport
    import kombu.transport.pyamqp
    import oslo_messaging
    from oslo_service import periodic_task

    transport, problems = kombu.transport.pyamqp.Transport, []
    if kombu.transport.get_transport_cls("amqp") is not transport:
        problems.append(f"kombu {kombu.__version__} does not use py-amqp")
    if getattr(transport.Connection, "connect", None) is not amqp.Connection.connect:
        problems.append(f"kombu {kombu.__version__} connects by other means than py-amqp {amqp.__version__}")
    expected = (
        (amqp.Connection, "connect", ["self", "callback"], "amqp"),
        (oslo_messaging.RPCDispatcher, "dispatch", ["self", "incoming"], "oslo.messaging"),
        (periodic_task.PeriodicTasks, "run_periodic_tasks", ["self", "context", "raise_on_error"], "oslo.service"),
    )
    for owner, name, arguments, package in expected:
        method = getattr(owner, name, None)
        have = list(inspect.signature(method).parameters) if method else None
        if have != arguments:
            found = f"{package} {version(package)}: {owner.__name__}.{name}"
            problems.append(f"{found} takes {have} instead of {arguments}")
    return problems


def version(package: str) -> str:
    try:
        from importlib.metadata import version as installed
    except ImportError:
        from pkg_resources import get_distribution

        return get_distribution(package).version
    return installed(package)


def become(program: str, keeper: object, only_try: bool = False) -> None:
    """Run nova-compute in this process, guarded.

    Args:
        program: path of nova-compute.
        keeper: as guard() takes it.
        only_try: stop where nova-compute would begin to work.
    """
    sys.argv = [program]
    # The service's files are in the same directory, and none of them is a module.
    sys.path[:] = [path for path in sys.path if path != os.path.dirname(os.path.abspath(__file__))]
    # It decides on threads or eventlet first, so nothing of oslo.messaging may be imported before it.
    importlib.import_module("nova.cmd.compute")

    guard(keeper)
    if only_try:
        from nova import config

        config.parse_args(sys.argv)
        return
    call_process("nova-compute")
    try:
        runpy.run_path(program, run_name="__main__")
    finally:
        keeper.announce_end()


class AlwaysCertain:
    """Stands for the keeper where only the guards are tried."""

    @staticmethod
    def certain() -> None:
        """Everything may begin."""

    proven = certain


def main(arguments: list) -> None:
    """Entry point; arguments as the module's docstring has them."""
    if arguments[:1] == ["--try"]:
        become(arguments[1], AlwaysCertain(), only_try=True)
        return
    program = arguments[0]
    call_process("nova-lease")
    # Process 1 gets only signals that it handles.
    signal.signal(signal.SIGTERM, lambda *_signal: sys.exit(0))
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "nova.conf"), encoding="utf-8") as stream:
        conf = Conf(stream.read())
    try:
        lease = Lease(Bus(conf), conf.get("DEFAULT", "host") or socket.gethostname())
    except ConfigurationError as error:
        log("ERROR", str(error))
        sys.exit(BAD_CONFIGURATION)
    wait(lease, Trial(program))
    keeper = Keeper(lease)
    keeper.thread.start()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    become(program, keeper)


def shed_compiler(code: object) -> None:
    """Become this program once more, from its byte code: nova would keep the 1.4 MB that its compilation took.

    Args:
        code: the code object of this module.
    """
    # Python 3.10; without it the interpreter's own options are not known.
    if not hasattr(sys, "orig_argv"):
        return
    store = os.memfd_create("lease", 0)
    with os.fdopen(store, "wb", closefd=False) as stream:
        marshal.dump(code, stream)
    os.lseek(store, 0, os.SEEK_SET)
    options, program = sys.orig_argv[1 : -len(sys.argv)], os.path.abspath(__file__)
    os.execv(sys.executable, [sys.executable, *options, "-c", BOOT, str(store), program, *sys.argv[1:]])


if __name__ == "__main__":
    if sys.argv[1:2] != ["--try"] and "BOOTED" not in globals():
        shed_compiler(sys._getframe().f_code)
    main(sys.argv[1:])
