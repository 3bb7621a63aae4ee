import threading
import time

import pytest

from viewer.core.errors import Cancelled
from viewer.denoise.parallel import in_order


def patiently(_):
    pass


@pytest.mark.parametrize("at_once", [1, 2, 5])
@pytest.mark.parametrize("count", [0, 1, 3, 20])
def test_answers_come_in_order(at_once, count):
    def slower_first(n):
        time.sleep(0.002 * (n % 3 == 0))
        return n * n

    assert list(in_order(slower_first, range(count), at_once, patiently)) == [n * n for n in range(count)]


def test_as_many_calls_at_once_as_asked_for_and_no_more():
    lock, together, most = threading.Lock(), threading.Barrier(2, timeout=20), []
    running = [0]

    def call(_):
        with lock:
            running[0] += 1
            most.append(running[0])
        together.wait()  # passes only when two are here
        with lock:
            running[0] -= 1

    list(in_order(call, range(8), 2, patiently))
    assert max(most) == 2


def test_an_exception_is_raised_in_its_place():
    def call(n):
        if n == 3:
            raise ValueError("three")
        return n

    answers = in_order(call, range(10), 2, patiently)
    assert [next(answers) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="three"):
        next(answers)


def test_closing_begins_no_other_call():
    begun = []

    def call(n):
        begun.append(n)
        time.sleep(0.05)
        return n

    answers = in_order(call, range(50), 2, patiently)
    next(answers)
    answers.close()
    time.sleep(0.2)
    assert len(begun) <= 4


def test_a_cancel_does_not_wait_for_a_long_call():
    release = threading.Event()

    def stop(_):
        raise Cancelled

    with pytest.raises(Cancelled):  # although the first call never ends by itself
        next(in_order(lambda _: release.wait(60), range(5), 2, stop))
    assert not release.is_set()
    release.set()


def test_waiting_is_told_how_many_answers_were_given():
    told = []
    list(in_order(lambda n: time.sleep(0.25 * (n == 1)), range(4), 1, told.append))
    assert told == sorted(told) and set(told) == {0, 1, 2, 3}
    assert told.count(1) > 1  # while the slow one was under way
