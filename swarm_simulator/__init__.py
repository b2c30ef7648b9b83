"""A simulated Docker Engine with Swarm mode, for a computer that cannot run a real one.

It speaks the Docker Engine API, so the course, the Docker SDK and the docker command work with it unchanged. Nothing
runs in its containers. From the ground up:

    clock, objects, store   the state of a swarm; only simulated time changes it, and a seed decides all that is random
    managers                what the managers and the agents of a swarm do (moby/swarmkit)
    swarm_api               the swarm half of the Engine API: JSON in, JSON out
    engines                 the other half: containers, images, networks, and each engine's part in a swarm (moby/moby)
    http                    the Engine API over HTTP, and what is executed on a node
    serve                   the process, which swarmkit_helpers/engine/simulator.py starts
"""
