"""Engines that run cells, one file each; see `bench.run.Engine`."""
