"""The exit code by which a program tells Pulumi's host for Python that it has told the user what is wrong."""

USER_WAS_TOLD = 32
"""Source: `pulumi-language-python-exec` of pulumi/pulumi; the host then adds no error of its own."""
