"""Ways to spread per-video work."""
