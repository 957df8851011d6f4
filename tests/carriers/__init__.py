"""Stand-ins for carriers: real servers on ports of their own, faithful where they behave and inventive where not."""
