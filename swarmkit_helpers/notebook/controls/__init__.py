"""Controls for a notebook: what one may ask of a swarm, and do to its machines, by slider, choice and button.

Each shows the docker command it stands for, follows what is observed, and keeps its errors inside itself.
"""

from .availability import AvailabilityControl
from .dashboard import Dashboard
from .faults import FaultControl
from .scale import ScaleControl

__all__ = ["AvailabilityControl", "Dashboard", "FaultControl", "ScaleControl"]
