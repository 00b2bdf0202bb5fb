"""What nobody has here: lists are empty, and what is asked for by name is not there."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from emulator import AwsError, Principal, World
from emulator.engine import identity

ACCOUNT = "111122223333"
OF_USERS = {
    "ListMFADevices": "MFADevices",
    "ListSSHPublicKeys": "SSHPublicKeys",
    "ListSigningCertificates": "Certificates",
    "ListServiceSpecificCredentials": "ServiceSpecificCredentials",
}
OF_THE_ACCOUNT = {
    "ListVirtualMFADevices": "VirtualMFADevices",
    "ListServerCertificates": "ServerCertificateMetadataList",
    "ListSAMLProviders": "SAMLProviderList",
    "ListOpenIDConnectProviders": "OpenIDConnectProviderList",
}
Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def ada(world: World, ask: Ask) -> Principal:
    """A user who may ask what there is of herself, and what of the account."""
    ask("iam:CreateUser", UserName="Ada")
    own = {"Effect": "Allow", "Action": "iam:*", "Resource": f"arn:aws:iam::{ACCOUNT}:user/Ada"}
    every = {"Effect": "Allow", "Action": [f"iam:{name}" for name in OF_THE_ACCOUNT], "Resource": "*"}
    ask("iam:PutUserPolicy", UserName="Ada", PolicyName="p", PolicyDocument=json.dumps({"Statement": [own, every]}))
    key = identity.find_access_key(world, ask("iam:CreateAccessKey", UserName="Ada")["AccessKey"]["AccessKeyId"])
    assert key is not None
    principal = identity.of_access_key(world, key)
    assert principal is not None
    return principal


@pytest.mark.parametrize(("operation", "member"), OF_USERS.items())
def test_of_users(ask: Ask, ada: Principal, operation: str, member: str) -> None:
    action = f"iam:{operation}"
    assert ask(action, as_=ada)[member] == ask(action, as_=ada, UserName="Ada")[member] == ask(action)[member] == []
    with pytest.raises(AwsError, match=r"^NoSuchEntity: The user with name x cannot be found\.$"):
        ask(action, UserName="x")
    with pytest.raises(AwsError, match=rf"is not authorized to perform: {action} on resource: user x because"):
        ask(action, as_=ada, UserName="x")


@pytest.mark.parametrize(("operation", "member"), OF_THE_ACCOUNT.items())
def test_of_the_account(ask: Ask, ada: Principal, operation: str, member: str) -> None:
    assert ask(f"iam:{operation}", as_=ada)[member] == []


def test_passwords(ask: Ask, ada: Principal) -> None:
    for operation in ("GetLoginProfile", "DeleteLoginProfile"):
        with pytest.raises(AwsError, match=r"^NoSuchEntity: Login Profile for User Ada cannot be found\.$"):
            ask(f"iam:{operation}", as_=ada, UserName="ada")
    with pytest.raises(AwsError, match=rf"^NoSuchEntity: The Password Policy with domain name {ACCOUNT} cannot be found\.$"):
        ask("iam:GetAccountPasswordPolicy")
    with pytest.raises(AwsError, match="no identity-based policy allows the iam:GetAccountPasswordPolicy action"):
        ask("iam:GetAccountPasswordPolicy", as_=ada)
