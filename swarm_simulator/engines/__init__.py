"""The computers and what they run: containers, images, networks, and their membership in a swarm."""
