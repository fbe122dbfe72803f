"""The command line and the one-process mode: the only package that knows all three services."""
