"""Docker Engines: finding one (discover), running one (own_engine, simulator), reaching one (api, tunnel)."""
