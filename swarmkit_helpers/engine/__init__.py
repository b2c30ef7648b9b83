"""Docker Engines: find one (discover), start one (own_engine, simulator), reach one (api, tunnel), fill it (images)."""
