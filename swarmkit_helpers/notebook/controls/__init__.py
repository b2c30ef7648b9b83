"""Controls for a notebook: sliders, choices and buttons for requests to the swarm and for faults of its machines.

Each shows its docker command, follows the observed state, and shows its errors inside itself.
"""

from .availability import AvailabilityControl
from .dashboard import Dashboard
from .faults import FaultControl
from .scale import ScaleControl

__all__ = ["AvailabilityControl", "Dashboard", "FaultControl", "ScaleControl"]
