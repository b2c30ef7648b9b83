"""Of many wishes in one matter the last counts."""

import threading

from support.clock import soon

from swarmkit_helpers.notebook.controls.request_queue import Wishes


def test_of_many_wishes_in_one_matter_the_last_is_done():
    wishes, done, start, begun = Wishes(), [], threading.Event(), threading.Event()
    wishes.make("first", lambda: (begun.set(), start.wait()))
    begun.wait()
    for number in range(9):
        wishes.make("scale", lambda number=number: done.append(number))
    wishes.make("drain", lambda: done.append("drain"))
    assert wishes.pending
    start.set()
    soon(lambda: len(done) == 2)
    assert done == [8, "drain"]
    assert not wishes.pending


def test_dropped_wishes_are_not_done_and_no_thread_stays():
    wishes, done, start, begun = Wishes(), [], threading.Event(), threading.Event()
    before = threading.active_count()
    wishes.make("first", lambda: (begun.set(), start.wait()))
    begun.wait()
    wishes.make("scale", lambda: done.append(1))
    wishes.drop()
    start.set()
    soon(lambda: threading.active_count() == before)
    assert done == []
