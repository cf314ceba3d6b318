"""What the scenarios are made of: the daemon, endpoints that can die, and a load that counts."""
