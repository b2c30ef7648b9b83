"""What a swarm does about a request, worked out from one observation, up to all the ends its rules allow.

`actions` makes the request in the observation, `react` says what the orchestrators do about it, `books` what the
scheduler reckons with, and `ways` in which ways it may end.
"""
