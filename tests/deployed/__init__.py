"""The packaged template, deployed as CloudFormation would, with nothing of this process in it."""
