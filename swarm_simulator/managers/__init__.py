"""What the managers of a swarm do: SwarmKit's allocator, scheduler, orchestrators and dispatcher, with their agents."""
