"""The policies, each for the function that has it: as they are written, and as they are packaged."""

import json
from collections.abc import Iterator

from local.provision import Provisioned
from local.template import RESOURCES, chalice_name
from tests import build
from tests.policies.iam import Permission, permissions_of


def written(provisioned: Provisioned) -> Iterator[Permission]:
    """Everything that the files beside the template allow: the same, where nothing has been packaged."""
    for function in provisioned.template.functions:
        document = json.loads(RESOURCES.with_name(f"policy-{function.name}.json").read_text())
        yield from permissions_of(function.name, document, provisioned)


def permissions(provisioned: Provisioned) -> Iterator[Permission]:
    """Everything that the template's roles allow, with the names of a stack."""
    resources = build.template()["Resources"]
    for name, properties in build.functions().items():
        role = resources[properties["Role"]["Fn::GetAtt"][0]]
        for policy in role["Properties"]["Policies"]:
            yield from permissions_of(chalice_name(name), policy["PolicyDocument"], provisioned)
