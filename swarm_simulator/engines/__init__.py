"""The engines: the host's and the nodes', with their containers, images, networks and volumes."""
