"""What runs the station on a machine: set-up, demo, units, decisions."""
