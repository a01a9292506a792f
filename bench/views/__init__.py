"""What there is to print, one file each: a class that is a `bench.present.View`. Formats (`bench/tables`) print any of them."""
