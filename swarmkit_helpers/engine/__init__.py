"""Docker Engines: finding one (discover), running one (embedded), reaching one (api, tunnel)."""
