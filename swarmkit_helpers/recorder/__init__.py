"""Observe a swarm in the background, and keep its history.

entries     what a record consists of, and how it is written as lines
store       a record on disk
recording   a history of observations and commands, and how to wait for the next
pace        how often to look
recorder    look at a swarm, and keep what differs from the observation before
registry    the one recorder of a swarm in this process
"""

from .entries import Gap
from .recorder import NamedObservable, Observable, Recorder
from .recording import Recording
from .registry import running, seen, shared

__all__ = ["Gap", "NamedObservable", "Observable", "Recorder", "Recording", "running", "seen", "shared"]
