"""Of many requests in one matter the last counts."""

import threading

from support.clock import soon

from swarmkit_helpers.notebook.controls.request_queue import RequestQueue


def test_of_many_requests_about_one_subject_the_newest_is_sent():
    requests, done, start, begun = RequestQueue(), [], threading.Event(), threading.Event()
    requests.add("first", lambda: (begun.set(), start.wait()))
    begun.wait()
    for number in range(9):
        requests.add("scale", lambda number=number: done.append(number))
    requests.add("drain", lambda: done.append("drain"))
    assert requests.pending
    start.set()
    soon(lambda: len(done) == 2)
    assert done == [8, "drain"]
    assert not requests.pending


def test_dropped_requests_are_not_sent_and_no_thread_stays():
    requests, done, start, begun = RequestQueue(), [], threading.Event(), threading.Event()
    before = threading.active_count()
    requests.add("first", lambda: (begun.set(), start.wait()))
    begun.wait()
    requests.add("scale", lambda: done.append(1))
    requests.drop()
    start.set()
    soon(lambda: threading.active_count() == before)
    assert done == []
