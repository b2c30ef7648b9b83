"""The Docker Engine API over HTTP, for clients that know the token, and what is executed on a node."""
