"""Commands, one file each with a click `command` in it; `__main__` finds them."""
