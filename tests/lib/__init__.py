"""What the script-driven tests and the benchmarks share: bundles, root filesystems, running a
container, the state of the host, and the small harness that counts cases."""
