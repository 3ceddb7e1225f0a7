"""Programs of ours as children."""

import subprocess


def started(*command, log=None):
    """A program, and its first line of output, which says where it listens. `log`: where its standard error goes."""
    err = open(log, "w") if log else subprocess.DEVNULL
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=err, text=True)
    if log:
        err.close()
    return child, child.stdout.readline().strip()
