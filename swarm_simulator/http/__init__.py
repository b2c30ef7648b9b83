"""The Docker Engine API over HTTP: routes, streams, and the door that only a token opens."""
