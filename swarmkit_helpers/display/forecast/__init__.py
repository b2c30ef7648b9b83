"""What a swarm may do after one request: all the outcomes that its rules allow, before anything is requested.

forecast = swarm.predict(scale=7)                   shows itself: a sentence, and a chart beside the present
swarm.scale("sleep-app", 7); swarm.converge()
forecast.compare(seen=swarm, student=[3, 2, 2])     the forecast, the student's prediction, and the result
"""

from .forecast import Forecast

__all__ = ["Forecast"]
