# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lease is taken, kept, lost and passed on, with a bus in memory and a clock that only the test moves."""

from __future__ import annotations

import shutil
import subprocess
import sys

import amqp
import pytest


@pytest.fixture
def trial():
    class Trial:
        times = 0

        def go_on(self):
            self.times += 1

    return Trial()


@pytest.fixture
def stop(clock, process):
    """Ends the test after a number of seconds."""

    def at(seconds):
        def end():
            raise process.stop

        clock.at(seconds, end)

    return at


@pytest.fixture
def keeper(program, process, trial):
    program.wait(process.lease, trial)
    process.lines.clear()
    return program.Keeper(process.lease)


def told(process):
    return [text for _moment, _level, text in process.lines]


# Waiting.


def test_a_free_lease_is_taken_at_once(program, process, rabbit, clock, trial):
    rabbit.latency = 1.0
    program.wait(process.lease, trial)
    assert rabbit.holder is process.lease.connection
    asked = [("compute.a", "passive"), ("novafleet.lease.a", "exclusive"), ("compute.a", "passive")]
    assert rabbit.asked == asked
    assert trial.times == 0
    # The time counts from sending the question, not from its answer or from later questions.
    answered = 3 * rabbit.latency
    assert process.lease.fresh_until == clock.now - answered + process.lease.connection.heartbeat


def test_its_connection_says_who_it_is(program, process, trial):
    program.wait(process.lease, trial)
    properties = process.lease.connection.properties
    assert (properties["service"], set(properties)) == ("a", {"service", "docker_host", "container", "connection_name"})
    assert properties["connection_name"].startswith(f"lease of a on {properties['docker_host']}, container ")


def test_a_lease_of_another_container_is_waited_for(program, process, rabbit, other, clock, trial):
    rabbit.holder = other
    clock.at(300, lambda: setattr(rabbit, "holder", None))
    program.wait(process.lease, trial)
    assert 300 <= clock.past() <= 300 + program.WAIT_SECONDS + program.GIVE_WAY_SECONDS
    assert trial.times >= 190
    waits = [moment for moment, _level, text in process.lines if text.startswith("waits: another container holds")]
    assert waits[0] == 0.0 and len(waits) == 5
    assert all(60 <= after - before < 62 for before, after in zip(waits, waits[1:]))


def test_a_wait_of_days_uses_one_connection_and_few_channels(program, process, rabbit, other, clock, trial):
    rabbit.holder = other
    clock.at(3600, lambda: setattr(rabbit, "holder", None))
    program.wait(process.lease, trial)
    assert len(rabbit.connections) == 1
    assert process.lease.connection.most <= 3
    # A container that holds a lease ignores announcements.
    assert process.lease.connection.channels == 2
    assert clock.past() <= 3602


def test_a_holder_that_announces_its_end_is_succeeded_at_once(program, process, rabbit, other, clock, trial):
    rabbit.holder = other

    def announce():
        connection, callback = rabbit.listeners["novafleet.lease.a"]
        connection.news.append(callback)

    clock.at(30.2, announce)
    clock.at(31.0, lambda: setattr(rabbit, "holder", None))
    program.wait(process.lease, trial)
    assert 31.0 <= clock.past() <= 31.4


@pytest.mark.parametrize("moment", [30 + part / 10 for part in range(16)])
def test_a_holder_that_only_lost_its_connection_retakes_the_lease_first(
    program, process, rabbit, other, clock, trial, stop, moment
):
    rabbit.holder = other
    clock.at(moment, lambda: setattr(rabbit, "holder", None))
    clock.at(moment + program.REFUSED_SECONDS, lambda: setattr(rabbit, "holder", rabbit.holder or other))
    stop(60)
    with pytest.raises(process.stop):
        program.wait(process.lease, trial)
    assert rabbit.holder is other


def test_after_an_announcement_that_no_end_followed_the_standby_asks_as_before(
    program, process, rabbit, other, clock, trial
):
    rabbit.holder = other

    def announce():
        connection, callback = rabbit.listeners["novafleet.lease.a"]
        connection.news.append(callback)

    clock.at(30, announce)
    clock.at(330, lambda: setattr(rabbit, "holder", None))
    program.wait(process.lease, trial)
    assert trial.times <= 330 / program.WAIT_SECONDS + 60


def test_a_bus_user_without_the_right_to_listen_still_takes_over(program, process, rabbit, other, clock, trial):
    rabbit.holder, rabbit.no_announcements = other, True
    clock.at(30, lambda: setattr(rabbit, "holder", None))
    program.wait(process.lease, trial)
    assert 30 <= clock.past() <= 32
    assert len(rabbit.connections) == 1


def test_a_bus_that_is_away_at_first_is_waited_for(program, process, rabbit, clock, trial):
    rabbit.up = False
    clock.at(500, lambda: setattr(rabbit, "up", True))
    program.wait(process.lease, trial)
    assert 500 <= clock.past() <= 502
    assert told(process)[0].startswith("waits: the bus does not answer: refused")
    assert len(told(process)) <= 12


def test_after_the_bus_was_away_who_held_the_lease_is_first(program, process, rabbit, other, clock, trial):
    rabbit.holder = other
    clock.at(10, lambda: (rabbit.cut(keep=None), setattr(rabbit, "up", False)))
    clock.at(40, lambda: setattr(rabbit, "up", True))
    program.wait(process.lease, trial)
    connected = rabbit.opened[-1]
    assert 40 <= connected <= 42
    assert connected + 20 <= clock.past() <= connected + 22
    # Meanwhile it sends heartbeats, because RabbitMQ would otherwise end its connection.
    assert rabbit.asked.count(("compute.a", "passive")) >= 10


def test_without_the_right_to_the_queue_the_log_names_the_right(program, process, rabbit, trial, stop):
    rabbit.refused = amqp.exceptions.AccessRefused("access to queue refused for user 'nova'")
    stop(10)
    with pytest.raises(process.stop):
        program.wait(process.lease, trial)
    assert "the rights to configure, write and read the queue novafleet.lease.a" in told(process)[0]


def test_the_lease_is_left_alone_while_somebody_consumes(program, process, rabbit, clock, trial):
    rabbit.consumers = 2
    clock.at(90, lambda: setattr(rabbit, "consumers", 0))
    program.wait(process.lease, trial)
    assert 90 <= clock.past() <= 92
    assert process.lease.fresh_until > clock.now
    assert [text for text in told(process) if "2 consumers on compute.a, so another nova-compute works" in text][1:]
    assert rabbit.asked.count(("novafleet.lease.a", "exclusive")) == 1
    assert process.lease.connection.most <= 3


@pytest.mark.parametrize("consumers", [0, None], ids=["nobody", "no queue"])
def test_where_nobody_consumes_nova_is_begun_at_once(program, process, rabbit, clock, trial, consumers):
    rabbit.consumers = consumers
    program.wait(process.lease, trial)
    assert clock.past() == 0.0


def test_a_lease_is_given_back_to_who_consumes_again(program, process, rabbit, clock, trial):
    """As a container does that lost its lease with a RabbitMQ node and connects to another node."""
    rabbit.consumers = [0, 1, 1, 1, 0, 0]
    program.wait(process.lease, trial)
    assert rabbit.holder is process.lease.connection
    assert rabbit.asked.count(("novafleet.lease.a", "exclusive")) == 2
    assert clock.past() == pytest.approx(3 * program.WAIT_SECONDS)


# Keeping.


def test_the_lease_is_confirmed_before_it_lapses(keeper, process, rabbit, clock, stop):
    rabbit.latency = 0.5
    lapses = []
    clock.watch = lambda: lapses.append(clock.now) if clock.now >= process.lease.fresh_until else None
    stop(600)
    with pytest.raises(process.stop):
        keeper._keep()
    assert (lapses, process.lines, process.names) == ([], [], [])
    assert rabbit.asked.count(("novafleet.lease.a", "passive")) > 600 / 10


def test_a_confirmation_counts_from_when_it_was_sent(keeper, process, rabbit, clock):
    rabbit.latency = 4.0
    sent = clock.now
    process.lease.confirm()
    assert (clock.now, process.lease.fresh_until) == (sent + 4, sent + 10)


def test_the_heartbeat_that_rabbitmq_agreed_to_is_how_long_it_lasts(program, process, rabbit, clock, trial):
    process.lease.connect()
    for heartbeat, lasts in ((4, 4), (0, 10)):
        process.lease.connection.heartbeat = heartbeat
        process.lease.take()
        assert process.lease.fresh_until == clock.now + lasts


def test_a_lost_connection_is_replaced_and_the_lease_retaken_at_once(keeper, process, rabbit, clock, stop):
    clock.at(50, rabbit.cut)
    seen = []
    clock.at(53, lambda: seen.append(process.lease.fresh_until > clock.now))
    stop(100)
    with pytest.raises(process.stop):
        keeper._keep()
    assert seen == [True]
    assert (rabbit.holder, len(rabbit.connections)) == (process.lease.connection, 2)
    assert process.names == ["nova-lease", "nova-compute"]
    assert [level for _moment, level, _text in process.lines] == ["WARNING", "INFO"]


@pytest.mark.parametrize("seconds", [60, 600])
def test_a_bus_that_is_away_ends_nothing(keeper, process, rabbit, clock, stop, seconds):
    clock.at(50, lambda: (rabbit.cut(), setattr(rabbit, "up", False)))
    clock.at(50 + seconds, lambda: setattr(rabbit, "up", True))
    begun = []
    clock.watch = lambda: begun.append(clock.past()) if process.lease.fresh_until > clock.now else None
    stop(100 + seconds)
    with pytest.raises(process.stop):
        keeper._keep()
    assert not [moment for moment in begun if 62 < moment < 50 + seconds]
    assert min(moment for moment in begun if moment > 62) <= 50 + seconds + 3
    assert told(process)[-1] == "holds novafleet.lease.a again"


def test_nothing_is_certain_from_the_moment_the_connection_is_known_to_be_lost(keeper, process, rabbit, clock, stop):
    clock.at(50, lambda: (rabbit.cut(), setattr(rabbit, "up", False)))
    stop(60)
    with pytest.raises(process.stop):
        keeper._keep()
    assert process.lease.fresh_until == 0.0


def ended(keeper, process):
    with pytest.raises(process.exited) as exited:
        keeper._keep()
    assert process.lines[-1][1:] == (
        "ERROR",
        "another container holds novafleet.lease.a: this nova-compute ends",
    )
    return exited.value.args[0]


@pytest.mark.parametrize(
    "error",
    [amqp.exceptions.NotFound("no queue"), amqp.exceptions.ConsumerCancelled("tag")],
    ids=["404", "the consumer is cancelled"],
)
def test_where_rabbitmq_lives_and_another_one_has_the_lease_the_process_ends_at_once(
    keeper, program, process, rabbit, other, clock, error
):
    """An administrator has deleted the queue, and another container was faster."""

    def deleted():
        rabbit.holder = other
        process.lease.connection.pending.append(error)

    clock.at(50, deleted)
    assert ended(keeper, process) == program.LEASE_LOST == 75
    assert 50 <= clock.past() <= 54


def test_where_rabbitmq_lives_and_nobody_has_the_lease_it_is_retaken(keeper, process, rabbit, clock, stop):
    def deleted():
        rabbit.holder = None
        process.lease.connection.pending.append(amqp.exceptions.ConsumerCancelled("tag"))

    clock.at(50, deleted)
    stop(60)
    with pytest.raises(process.stop):
        keeper._keep()
    assert (rabbit.holder, len(rabbit.connections)) == (process.lease.connection, 1)


def test_a_dead_connection_of_our_own_is_given_time_to_be_forgotten(keeper, process, rabbit, other, clock, stop):
    clock.at(50, lambda: rabbit.cut(keep=other))
    clock.at(140, lambda: setattr(rabbit, "holder", None))
    stop(200)
    with pytest.raises(process.stop):
        keeper._keep()
    assert rabbit.holder is process.lease.connection
    moment, _level, text = process.lines[-1]
    assert text == "holds novafleet.lease.a again"
    # Sooner than a standby takes it.
    assert 140 <= moment <= 140.6
    assert process.lease.connection.most <= 2


def test_whom_rabbitmq_does_not_forget_is_another_container(keeper, program, process, rabbit, other, clock):
    clock.at(50, lambda: rabbit.cut(keep=other))
    assert ended(keeper, process) == 75
    assert 50 + program.FORGET_SECONDS <= clock.past() <= 50 + program.FORGET_SECONDS + 5
    assert process.names == ["nova-lease"]


def frozen(clock, rabbit, other, seconds):
    """The process stands still while RabbitMQ drops its connection and another container takes the lease."""
    clock.now += seconds
    rabbit.cut(keep=other)


def test_a_process_that_stood_still_ends_where_another_one_has_the_lease(keeper, process, rabbit, other, clock):
    clock.at(50, lambda: frozen(clock, rabbit, other, 150))
    assert ended(keeper, process) == 75
    assert 200 <= clock.past() <= 204


def test_a_process_that_stands_still_while_it_retakes_ends_likewise(keeper, process, rabbit, other, clock):
    clock.at(50, lambda: (rabbit.cut(), setattr(rabbit, "up", False)))
    clock.at(55, lambda: (frozen(clock, rabbit, other, 150), setattr(rabbit, "up", True)))
    assert ended(keeper, process) == 75
    assert clock.past() <= 208


def test_a_process_that_stood_still_and_is_alone_goes_on(keeper, process, rabbit, clock, stop):
    clock.at(50, lambda: frozen(clock, rabbit, None, 150))
    stop(250)
    with pytest.raises(process.stop):
        keeper._keep()
    assert (rabbit.holder, process.names) == (process.lease.connection, ["nova-lease", "nova-compute"])


def test_the_thread_announces_the_end_at_once(keeper, process, rabbit, clock, stop):
    begin, ended = clock.past(), []
    clock.watch = lambda: ended.append(clock.past()) if rabbit.announced and not ended else None
    stop(60)
    clock.at(9, lambda: (setattr(keeper, "ending", True), keeper._wake()))
    with pytest.raises(process.stop):
        keeper._keep()
    assert rabbit.announced == [("amq.topic", "novafleet.lease.a")]
    assert begin + 9 <= ended[0] <= begin + 9.5
    assert process.lines == []


def test_an_end_that_cannot_be_announced_is_not_held_up(keeper, program, clock, rabbit):
    keeper.announce_end()
    assert clock.past() <= program.ANNOUNCE_SECONDS + 0.1
    assert rabbit.announced == []


# Holding back.


def keeper_runs_once(keeper, clock):
    """Actions of the keeper's thread while the waiting process lets it run."""
    clock.watch = lambda: None
    keeper.lease.listen(keeper.interval, keeper.alarm)
    keeper.lease.confirm()


def test_certain_returns_at_once_while_the_lease_is_fresh(keeper, clock):
    keeper.certain()
    assert clock.past() == 0.0


def test_certain_holds_back_until_the_lease_is_ours_again(keeper, process, clock):
    process.lease.fresh_until = 0.0
    clock.at(500, lambda: setattr(process.lease, "fresh_until", clock.now + 10))
    keeper.certain()
    assert 500 <= clock.past() <= 500.5


def test_certain_holds_back_a_process_that_was_just_thawed(keeper, process, clock, stop):
    """Before the keeper has run at all."""
    clock.now += 150
    stop(200)
    with pytest.raises(process.stop):
        keeper.certain()


def test_proven_returns_after_a_round_trip_that_began_later_at_once(keeper, process, rabbit, clock):
    """Although the lease is fresh, this process may have been cut off a moment ago."""
    rabbit.latency = 0.01
    clock.now += 1
    asked = clock.now
    clock.watch = lambda: keeper_runs_once(keeper, clock)
    keeper.proven()
    assert asked <= process.lease.proved_at
    assert clock.now - asked < 0.1


def test_proven_holds_back_a_process_that_was_just_cut_off(keeper, process, rabbit, clock, stop):
    """The last confirmation is fresh, but the acknowledgement of the request may not have arrived."""
    clock.now += 1
    rabbit.cut()
    stop(300)
    with pytest.raises(process.stop):
        keeper.proven()


# Its start.


def test_it_runs_from_byte_code_with_the_options_of_its_interpreter(program, tmp_path):
    """The memory of compiling it would stay in nova's process."""
    (tmp_path / "sitecustomize.py").write_text("import sys; print(sys.orig_argv, file=sys.stderr)", encoding="utf-8")
    (tmp_path / "nova.conf").write_text("[DEFAULT]\ntransport_url = fake://\n", encoding="utf-8")
    path = shutil.copy(program.__file__, tmp_path)
    command = [sys.executable, "-B", path, "/usr/bin/nova-compute"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env={"PYTHONPATH": str(tmp_path)})
    first, second, *lines = done.stderr.splitlines()
    assert first == str(command)
    assert second.startswith(f"['{sys.executable}', '-B', '-c', ") and second.endswith(f"{command[2:]}"[1:])
    assert "transport_url begins with fake://" in "".join(lines)
    assert done.returncode == program.BAD_CONFIGURATION


# The trial.


@pytest.fixture
def real_trial(program, tmp_path, monkeypatch):
    """A trial whose program is the given script."""
    named = []
    monkeypatch.setattr(program, "call_process", named.append)

    def make(text):
        script = tmp_path / "script.py"
        script.write_text(text, encoding="utf-8")
        monkeypatch.setattr(program, "__file__", str(script))
        made = program.Trial("/usr/bin/nova-compute")
        made.named = named
        return made

    return make


def go_on(trial):
    trial.go_on()
    program_id = trial.process
    while not trial.passed:
        trial.go_on()
        assert trial.process == program_id


def test_a_container_that_can_run_nova_is_a_standby_once_it_was_tried(real_trial):
    trial = real_trial("import sys; sys.exit(sys.argv[1:] != ['--try', '/usr/bin/nova-compute'])")
    go_on(trial)
    assert trial.named == ["nova-standby"]
    trial.go_on()
    assert trial.named == ["nova-standby"]


@pytest.mark.parametrize(
    "text", ["raise SystemExit(70)", "import os; os.kill(os.getpid(), 9)", "import no_such_module"]
)
def test_a_container_that_cannot_run_nova_ends_before_it_takes_over(real_trial, text):
    trial = real_trial(text)
    with pytest.raises(SystemExit, match="cannot run here, so this container takes nothing over"):
        go_on(trial)
    assert trial.named == []


# The beginning.


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[DEFAULT]\n", "transport_url is missing from nova.conf"),
        ("[DEFAULT]\ntransport_url = fake:/\n", "transport_url begins with fake://"),
        ("[DEFAULT]\ntransport_url = kafka://bus:9092/\n", "transport_url begins with kafka://"),
    ],
)
def test_a_bus_that_cannot_give_a_lease_ends_the_process_with_what_to_set(
    program, process, tmp_path, monkeypatch, text, words
):
    (tmp_path / "nova.conf").write_text(text, encoding="utf-8")
    monkeypatch.setattr(program, "__file__", str(tmp_path / "lease.py"))
    monkeypatch.setattr(program.signal, "signal", lambda *arguments: None)
    with pytest.raises(SystemExit) as ended:
        program.main(["/usr/bin/nova-compute"])
    assert ended.value.code == 78
    ((_moment, level, line),) = process.lines
    assert level == "ERROR" and line.startswith(words) and "Set services_lease to false" in line


@pytest.mark.parametrize(
    "mount",
    [
        f"1 2 8:1 /var/lib/docker/containers/{'ab' * 32}/hosts /etc/hosts rw - ext4 /dev/vda rw\n",
        f"1 2 0:25 /containers/storage/overlay-containers/{'ab' * 32}/userdata/hosts /etc/hosts rw - tmpfs tmpfs rw\n",
    ],
    ids=["Docker", "Podman"],
)
def test_the_lease_says_which_container_has_it(program, tmp_path, monkeypatch, mount):
    (tmp_path / "mountinfo").write_text("1 2 0:1 / / rw - overlay overlay rw\n" + mount)
    opened = open
    monkeypatch.setitem(
        program.where.__globals__, "open", lambda _path, **options: opened(tmp_path / "mountinfo", **options)
    )
    assert program.where()["container"] == "ab" * 6
