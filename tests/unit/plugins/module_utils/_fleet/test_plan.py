# Copyright: (c) 2026, the novafleet.compute authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import hashlib
from types import SimpleNamespace

import pytest
from ansible_collections.novafleet.compute.plugins.module_utils._contract import (
    LABEL_FLEET,
    LABEL_SERVICE,
    LABEL_SPEC,
    LOST,
    STOPPED,
)
from ansible_collections.novafleet.compute.plugins.module_utils._engine.base import Container
from ansible_collections.novafleet.compute.plugins.module_utils._fleet import desired as _spec
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.arguments import CONTAINER_ARGUMENT_SPEC
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.checks.every import PLAN_CHECKS
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.files import Directory
from ansible_collections.novafleet.compute.plugins.module_utils._fleet.plan import UNCHANGED, Actual, Step, plan
from hypothesis import assume, given
from hypothesis import strategies as st

IMAGES = {"nova:1": "sha256:1", "nova:2": "sha256:2"}
STATES = ["created", "running", "paused", "restarting", "exited", "dead", LOST]
NAMES = ["a", "b", "c"]
POLICY = {key: option.get("default") for key, option in CONTAINER_ARGUMENT_SPEC.items()}
POLICY["log"] = {"driver": "json-file", "options": {}}


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


def wanted(name, image="nova:1", content="v1", memory=0, *, mode="0640", immutable=False):
    """A service with one file, or none where content is empty."""
    files = [{"path": "nova.conf", "sha256": sha(content), "mode": mode, "immutable": immutable}] if content else []
    entry = {"name": name, "image": image, "files": files, "container": {"memory": memory}}
    return _spec.service(entry, POLICY, "nova", "n-", "/etc/novafleet")


def digest(service):
    """Stands for that of an engine."""
    return sha(repr((service.image, service.spec.settings["memory"], service.spec.files)))


def planned(desired, actual, *options, **named):
    """A plan with the problems of its checks."""
    actual = dataclasses.replace(actual, digests={one.name: digest(one) for one in desired})
    made = plan(desired, actual, *options, **named)
    problems = tuple(problem for check in PLAN_CHECKS for problem in check(made, None))
    return SimpleNamespace(steps=made.steps, problems=problems)


def container(service, name=None, state="running", ident=None, fleet="nova", **other):
    """A container of a service that was not changed after its creation."""
    labels = {LABEL_FLEET: fleet, LABEL_SERVICE: service.name, LABEL_SPEC: digest(service)}
    fields = dict(image=service.image, image_id=IMAGES[service.image], labels=labels, **other)
    name = name or service.container
    return Container(ident or sha(name + service.name), name, state=state, **fields)


def directory(service, fleet="nova", restart_owed=False):
    return Directory(fleet, {item.path: (item.sha256, item.mode) for item in service.files}, restart_owed)


def settled(*services):
    """A state that is as desired."""
    return Actual([container(one) for one in services], IMAGES, {one.name: directory(one) for one in services})


def apply(steps, actual):
    """The state after the steps: a model of _rollout without time and failures."""
    containers, files = {one.id: one for one in actual.containers}, dict(actual.files)
    for step in steps:
        for leftover in step.leftovers:
            del containers[leftover.id]
        if step.action in UNCHANGED:
            continue
        if step.action == "remove":
            if step.container:
                del containers[step.container.id]
            files.pop(step.service, None)
            continue
        if step.action in ("create", "recreate"):
            if step.container:
                del containers[step.container.id]
            made = container(step.desired, ident="new" + step.service)
        else:
            made = dataclasses.replace(containers.pop(step.container.id), name=step.desired.container, state="running")
        containers[made.id] = made
        files[step.service] = directory(step.desired)
    names = [one.name for one in containers.values()]
    assert len(names) == len(set(names)), "two containers of one name"
    return Actual(list(containers.values()), IMAGES, files)


def services(names=None):
    return st.builds(
        wanted,
        st.sampled_from(NAMES) if names is None else names,
        image=st.sampled_from(list(IMAGES)),
        content=st.sampled_from(["v1", "v2", ""]),
        memory=st.sampled_from([0, 1]),
    )


desired_lists = st.lists(services(), unique_by=lambda one: one.name, max_size=3)
directories = st.builds(
    Directory,
    st.just("nova"),
    st.dictionaries(
        st.sampled_from(["nova.conf", "old.conf"]),
        st.tuples(st.sampled_from([sha("v1"), sha("v2")]), st.sampled_from([0o640, 0o600, -1])),
    ),
    st.booleans(),
)


@st.composite
def containers_of(draw, name):
    """Containers that runs, interrupted runs and operators may have left of one service.

    At most one of them is running.
    """
    found, names = [], draw(st.permutations([f"n-{name}", f"n-{name}.next", f"by-hand-{name}"]))
    for place in names[: draw(st.integers(0, 3))]:
        alive = any(one.state not in STOPPED for one in found)
        state = draw(st.sampled_from(sorted(STOPPED) if alive else STATES))
        found.append(container(draw(services(st.just(name))), place, state))
    return found


@st.composite
def worlds(draw):
    found = [one for name in NAMES for one in draw(containers_of(name))]
    alien = wanted(draw(st.sampled_from(NAMES)))
    if draw(st.booleans()):
        found.append(Container(sha("x"), "unlabelled", "x", "sha256:x", draw(st.sampled_from(STATES))))
    if draw(st.booleans()):
        found.append(container(alien, "theirs", draw(st.sampled_from(STATES)), fleet="theirs"))
    files = draw(st.dictionaries(st.sampled_from(NAMES), directories))
    return Actual(draw(st.permutations(found)), IMAGES, files)


def foreign(actual):
    return {one.id for one in actual.containers if one.labels.get(LABEL_FLEET) != "nova"}


@given(desired_lists, worlds(), st.booleans(), st.sampled_from(["present", "absent"]))
def test_one_application_converges_and_the_second_plan_is_empty(desired, actual, prune, state):
    made = planned(desired, actual, "nova", state, prune)
    assume(not made.problems)
    after = apply(made.steps, actual)
    again = planned(desired, after, "nova", state, prune)
    assert again.problems == ()
    assert [step for step in again.steps if step.changed] == []
    if state == "present":
        running = {one.name for one in after.containers if one.state in ("running", "restarting")}
        assert {one.container for one in desired} <= running


@given(desired_lists, worlds(), st.booleans())
def test_at_most_one_container_of_a_service_lives_afterwards(desired, actual, prune):
    made = planned(desired, actual, "nova", prune=prune)
    assume(not made.problems)
    after = apply(made.steps, actual)
    alive = [one for one in after.containers if one.state not in STOPPED and one.id not in foreign(after)]
    live = [one.labels[LABEL_SERVICE] for one in alive]
    assert len(live) == len(set(live))


@given(desired_lists, worlds(), st.sampled_from(["present", "absent"]), st.booleans(), st.randoms())
def test_order_of_the_lists_does_not_matter(desired, actual, state, prune, random):
    shuffled, containers = list(desired), list(actual.containers)
    random.shuffle(shuffled)
    random.shuffle(containers)
    other = dataclasses.replace(actual, containers=containers)
    one, two = planned(desired, actual, "nova", state, prune), planned(shuffled, other, "nova", state, prune)
    assert one.steps == two.steps
    assert sorted(one.problems) == sorted(two.problems)


@given(desired_lists, worlds(), st.sampled_from(["present", "absent"]), st.booleans())
def test_what_is_not_ours_is_in_no_step(desired, actual, state, prune):
    made = planned(desired, actual, "nova", state, prune)
    named = {one.id for step in made.steps for one in (step.container, *step.leftovers) if one}
    assert not named & foreign(actual)


@given(desired_lists, worlds())
def test_without_prune_nothing_is_removed(desired, actual):
    made = planned(desired, actual, "nova")
    assert [step for step in made.steps if step.action == "remove"] == []
    unwanted = [step for step in made.steps if step.action == "unwanted"]
    assert [step for step in unwanted if step.leftovers or step.changed] == []
    assert {step.service for step in unwanted}.isdisjoint({one.name for one in desired})


@given(st.lists(services(), unique_by=lambda one: one.name, min_size=1, max_size=3), services(st.just("z")))
def test_a_service_that_did_not_change_is_left_alone(others, same):
    """The running container stays, with any state of others, and next to any that an interrupted run left waiting."""
    actual = settled(same)
    waiting = container(same, same.container + ".next", "created")
    made = planned(
        [*others, same], dataclasses.replace(actual, containers=[*actual.containers, waiting]), "nova", prune=True
    )
    (step,) = [one for one in made.steps if one.service == "z"]
    assert (step.action, step.leftovers) == ("leave", (waiting,))


@given(desired_lists, worlds(), st.booleans())
def test_steps_are_one_a_service_in_order_of_names(desired, actual, prune):
    named = [step.service for step in planned(desired, actual, "nova", prune=prune).steps]
    assert named == sorted(set(named))


A = wanted("a")


@pytest.mark.parametrize(
    ("container_change", "action"),
    [
        (dict(), "leave"),
        (dict(state="restarting"), "leave"),
        (dict(state="exited"), "start"),
        (dict(state="paused"), "start"),
        (dict(state="dead"), "recreate"),
        (dict(state="removing"), "recreate"),
        (dict(state=LOST), "recreate"),
        (dict(name="by-hand"), "rename"),
        (dict(name="by-hand", state="exited"), "start"),
        (dict(image_id="sha256:2"), "recreate"),
        (dict(labels=container(wanted("a", memory=1)).labels), "recreate"),
    ],
    ids=str,
)
def test_drift_of_the_container_is_seen(container_change, action):
    drifted = dataclasses.replace(container(A), **container_change)
    (step,) = planned([A], dataclasses.replace(settled(A), containers=[drifted]), "nova").steps
    assert (step.action, step.container, bool(step.reasons)) == (action, drifted, action != "leave")


FINE = (sha("v1"), 0o640)


@pytest.mark.parametrize(
    ("found", "write", "delete", "reason"),
    [
        (Directory("nova", {"nova.conf": (sha("edited"), 0o640)}), ["nova.conf"], (), "nova.conf changed"),
        (Directory("nova", {"nova.conf": (sha("v1"), 0o644)}), ["nova.conf"], (), "nova.conf changed"),
        (Directory("nova", {"nova.conf": (sha("v1"), -1)}), ["nova.conf"], (), "nova.conf changed"),
        (Directory("nova", {}), ["nova.conf"], (), "nova.conf changed"),
        (None, ["nova.conf"], (), "nova.conf changed"),
        (Directory("nova", {"nova.conf": FINE, "b": FINE}), [], ("b",), "b is no longer wanted"),
        (Directory("nova", {"nova.conf": FINE}, restart_owed=True), [], (), "interrupted before the restart"),
    ],
)
def test_drift_of_the_files_restarts_and_does_not_recreate(found, write, delete, reason):
    files = {"a": found} if found else {}
    made = planned([A], dataclasses.replace(settled(A), files=files), "nova")
    (step,) = made.steps
    assert made.problems == ()
    assert (step.action, [item.path for item in step.write], step.delete) == ("restart", write, delete)
    assert reason in step.reasons[0]


def test_all_reasons_are_told():
    new = wanted("a", image="nova:2", content="v2", memory=1)
    (step,) = planned([new], settled(A), "nova").steps
    assert step.reasons == ("container settings changed", "image changed", "nova.conf changed")


OLD, NEW = wanted("a", memory=1), A


@pytest.mark.parametrize(
    ("left", "action", "leftovers"),
    [
        ([container(OLD), container(NEW, "n-a.next", "created")], "recreate", 1),
        ([container(OLD, state="exited"), container(NEW, "n-a.next", "created")], "recreate", 1),
        ([container(NEW, "n-a.next", "created")], "create", 1),
        ([container(NEW, state="created")], "create", 1),
        ([container(NEW, state=LOST), container(OLD, "by-hand", "exited")], "recreate", 1),
        ([container(NEW), container(OLD, "n-a.next", "created")], "leave", 1),
        ([container(NEW), container(OLD, "by-hand", "exited")], "leave", 1),
        ([container(NEW, state="exited"), container(OLD, "by-hand", "exited")], "start", 1),
        ([container(NEW, "n-a.next", "running")], "rename", 0),
        ([container(NEW, "by-hand"), container(OLD, state="exited")], "rename", 1),
        ([container(NEW, "by-hand", "paused"), container(NEW, state="exited")], "start", 1),
        ([container(NEW, "by-hand", "restarting"), container(NEW, state="exited")], "rename", 1),
    ],
)
def test_interrupted_runs_and_copies_converge(left, action, leftovers):
    actual = dataclasses.replace(settled(A), containers=left)
    made = planned([A], actual, "nova")
    (step,) = made.steps
    assert (made.problems, step.action, len(step.leftovers)) == ((), action, leftovers)
    assert step.changed is (action != "leave" or leftovers > 0)
    assert not [step for step in planned([A], apply(made.steps, actual), "nova").steps if step.changed]


@pytest.mark.parametrize("state", ["running", "paused", "restarting", LOST])
def test_two_live_containers_of_a_service_are_a_problem(state):
    both = [container(A), container(A, "n-a.next", state)]
    (problem,) = planned([A], dataclasses.replace(settled(A), containers=both), "nova").problems
    assert "service a: 2 running containers" in problem and "n-a, n-a.next" in problem


@pytest.mark.parametrize("name", ["n-a", "n-a.next"])
@pytest.mark.parametrize("holder", ["unlabelled", "other fleet", "other service"])
def test_a_taken_name_is_a_problem(name, holder):
    taken = {
        "unlabelled": Container(sha("x"), name, "x"),
        "other fleet": container(A, name, fleet="theirs"),
        "other service": container(wanted("b"), name),
    }[holder]
    made = planned([A], Actual([taken], IMAGES), "nova")
    assert [problem for problem in made.problems if f"service a: the name {name} is taken" in problem]


def test_a_missing_image_is_a_problem():
    (problem,) = planned([A], Actual([], {"nova:1": None}), "nova").problems
    assert "image nova:1, which a need" in problem and "is not on this Docker host" in problem


@pytest.mark.parametrize(("fleet", "words"), [("", "not made by"), ("theirs", "belongs to fleet theirs")])
def test_a_directory_of_others_is_a_problem(fleet, words):
    made = planned([A], Actual([], IMAGES, {"a": directory(A, fleet)}), "nova")
    (problem,) = made.problems
    assert "/etc/novafleet/a" in problem and words in problem


def test_a_directory_of_others_is_nothing_to_a_service_without_files():
    bare = wanted("a", content="")
    theirs = Directory("theirs", {"nova.conf": FINE}, restart_owed=True)
    made = planned([bare], Actual([container(bare)], IMAGES, {"a": theirs}), "nova")
    (step,) = made.steps
    assert (made.problems, step.action, step.delete) == ((), "leave", ())


def test_another_identity_is_a_problem():
    before, after = wanted("a", immutable=True), wanted("a", content="v2", immutable=True)
    (problem,) = planned([after], settled(before), "nova").problems
    assert "a/nova.conf has another identity" in problem
    assert planned([before], settled(before), "nova").problems == ()


def test_mode_of_an_identity_may_be_put_right():
    after = wanted("a", mode="0600", immutable=True)
    made = planned([after], settled(wanted("a", immutable=True)), "nova")
    assert (made.problems, made.steps[0].action) == ((), "restart")


def test_all_problems_are_told_at_once():
    taken = Container(sha("x"), "n-a", "x")
    gone = wanted("b", image="nova:2")
    found = planned([A, gone], Actual([taken], {"nova:1": "sha256:1"}, {"b": Directory()}), "nova").problems
    assert len(found) == 3


def test_unwanted_is_reported_and_pruned_only_when_asked():
    keep, drop = wanted("a"), wanted("b")
    assert [one.action for one in planned([keep], settled(keep, drop), "nova").steps] == ["leave", "unwanted"]
    assert [one.action for one in planned([keep], settled(keep, drop), "nova", prune=True).steps] == ["leave", "remove"]


@pytest.mark.parametrize("fleet", ["nova", "theirs"])
def test_a_directory_without_container_is_pruned_if_it_is_ours(fleet):
    actual = dataclasses.replace(settled(A), files={"a": directory(A), "b": directory(A, fleet)})
    removed = [step.service for step in planned([A], actual, "nova", prune=True).steps if step.action == "remove"]
    assert removed == (["b"] if fleet == "nova" else [])


def test_an_empty_list_never_prunes():
    made = planned([], settled(A), "nova", prune=True)
    assert [step.action for step in made.steps] == ["unwanted"]
    (problem,) = made.problems
    assert "state: absent" in problem


def test_an_empty_list_with_nothing_to_prune_is_fine():
    assert planned([], Actual([], IMAGES), "nova", prune=True) == planned([], Actual([], IMAGES), "nova")


@pytest.mark.parametrize("action", ["create", "start", "recreate", "restart", "rename", "remove", "leave", "unwanted"])
def test_what_waits_for_its_lease_may_be_interrupted(action):
    interrupts = action in ("recreate", "restart", "remove")
    assert Step(action, "a").disruptive is interrupts
    assert Step(action, "a", part="active").disruptive is interrupts
    for part in ("standby", "starting"):
        assert Step(action, "a", part=part).disruptive is False


def test_absent_removes_the_services_listed_or_all():
    a, b = wanted("a"), wanted("b")
    one = planned([a, wanted("c")], settled(a, b), "nova", "absent").steps
    assert [(step.action, step.service) for step in one] == [("remove", "a")]
    every = planned([], settled(a, b), "nova", "absent").steps
    assert [(step.action, step.service) for step in every] == [("remove", "a"), ("remove", "b")]


def test_absent_needs_no_image():
    made = planned([A], dataclasses.replace(settled(A), image_ids={}), "nova", "absent")
    assert (made.problems, len(made.steps)) == ((), 1)


def test_absent_takes_every_container_of_the_service():
    left = [container(A), container(A, "n-a.next", "created"), container(A, "by-hand", "exited")]
    (step,) = planned([A], dataclasses.replace(settled(A), containers=left), "nova", "absent").steps
    assert {one.id for one in (step.container, *step.leftovers)} == {one.id for one in left}
    assert step.container.name == "n-a"
