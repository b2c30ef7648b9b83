"""A simulated Docker Engine with Swarm mode, for a computer that can run no engine.

It speaks the Docker Engine API, so that the course, the Docker SDK and the docker command work on it as they
are; the containers in it run nothing. `clock`, `store` and `objects` hold the state, and only simulated time
moves it: a seed decides all that is chance.
"""
