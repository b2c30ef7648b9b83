"""A simulated Docker Engine with Swarm mode, for a computer that can run no engine.

It speaks the Docker Engine API, so that the course, the Docker SDK and the docker command work on it as they
are; the containers in it run nothing. From the ground up:

    clock, objects, store   the state of a swarm; only simulated time moves it, and a seed decides all that is chance
    orchestration           what the managers do about it
    control                 the swarm half of the Engine API, as JSON in and JSON out
    machines                the engines: containers, images, networks, and the laptop that they are machines on
    http                    the Engine API as HTTP, and what is executed in a machine
    serve                   the process; engine.simulated starts one
"""
