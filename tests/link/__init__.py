"""A mobile link between network namespaces, for kernels without netem."""
