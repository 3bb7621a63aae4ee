"""A process that answers, dies, hangs or never starts, and what its owner learns of it."""

import os
import time

import pytest

from viewer.core import child as module
from viewer.core.child import Child, ChildError, HungError, NotStartedError


def obey(connection):
    """Say what is asked for, or do what is asked for."""
    connection.send("ready")
    while True:
        try:
            request = connection.recv()
        except EOFError:
            return
        if request == "die":
            os._exit(3)
        time.sleep(request if isinstance(request, float) else 0)
        connection.send((request, os.getpid()))


def refuse(connection):
    raise SystemExit(3)


def dawdle(connection):
    time.sleep(60)


@pytest.fixture
def child():
    made = Child(obey, "obedient")
    yield made
    made.stop()
    assert made.pid is None


def test_one_process_answers_every_request_and_another_follows_one_that_died(child):
    assert child.pid is None
    (first, number), (second, same) = child.ask("a", 30), child.ask("b", 30)
    assert (first, second) == ("a", "b") and number == same == child.pid != os.getpid()
    with pytest.raises(ChildError, match="obedient died"):
        child.ask("die", 30)
    assert child.pid is None
    assert child.ask("c", 30)[1] not in (number, os.getpid())


def test_one_that_hangs_or_is_given_up_is_ended_and_its_answer_lost(child):
    number = child.ask("a", 30)[1]
    with pytest.raises(HungError):
        child.ask(60.0, 0.1)
    assert child.pid is None
    with pytest.raises(HungError):
        child.ask(60.0, 0.3, lambda waited: None)
    beats = []

    def beat(waited):
        beats.append(waited)
        if len(beats) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        child.ask(60.0, 30, beat)
    assert beats == pytest.approx([0.2, 0.4]) and child.pid is None
    assert child.ask("b", 30)[0] == "b" and child.pid != number


def test_one_that_does_not_start_says_so(monkeypatch):
    for serve, seconds in ((refuse, 60.0), (dawdle, 0.1)):
        monkeypatch.setattr(module, "SECONDS_TO_START", seconds)
        unborn = Child(serve, "unborn")
        with pytest.raises(NotStartedError, match="unborn"):
            unborn.ask("a", 30)
        assert unborn.pid is None


@pytest.mark.parametrize("trouble", [OSError(12, "Cannot allocate memory"), TypeError("cannot pickle it")])
def test_one_that_cannot_even_be_spawned_says_why_and_the_next_request_tries_again(child, monkeypatch, trouble):
    def start(process):
        raise trouble

    with monkeypatch.context() as patched:
        patched.setattr(module.multiprocessing.get_context("spawn").Process, "start", start)
        expected = NotStartedError if isinstance(trouble, OSError) else TypeError
        with pytest.raises(expected, match=r"obedient could not be started: Cannot allocate|cannot pickle"):
            child.ask("a", 30)
        assert child.pid is None
        child.stop()
    assert child.ask("b", 30)[0] == "b"
