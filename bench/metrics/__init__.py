"""Metrics, one file each with a `METRIC` in it; see `bench.metric`."""
