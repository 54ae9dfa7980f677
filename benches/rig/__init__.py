"""What the measurements share: programs pinned to cores, an authoritative stub, load, and figures of /proc."""
