"""Why a package could not be built."""


class PackagingFailed(Exception):
    """A step of the build failed, or what it made must not be deployed. The message says which and why."""


class NoRuntime(PackagingFailed):
    """There is no interpreter of the Lambdas' version on this machine."""
