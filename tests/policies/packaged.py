"""The policies of the packaged template, each for the function that has it."""

from collections.abc import Iterator

from local.provision import Provisioned
from local.template import chalice_name
from tests import build
from tests.policies.iam import Permission, permissions_of


def permissions(provisioned: Provisioned) -> Iterator[Permission]:
    """Everything that the template's roles allow, with the names of a stack."""
    resources = build.template()["Resources"]
    for name, properties in build.functions().items():
        role = resources[properties["Role"]["Fn::GetAtt"][0]]
        for policy in role["Properties"]["Policies"]:
            yield from permissions_of(chalice_name(name), policy["PolicyDocument"], provisioned)
