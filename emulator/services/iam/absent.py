"""What nobody has here, as no operation makes it: passwords, MFA devices, certificates, SSH keys, identity providers.

Infrastructure tools and audit scripts ask for all of it, for instance before they delete a user. The honest answer is that
there is none; what would make one is answered as not implemented.
"""

# ruff: noqa: N802  # an operation is found by its function's name, and AWS spells these with acronyms

from __future__ import annotations

from collections.abc import Iterator

from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.iam.errors import no_login_profile, no_password_policy
from emulator.services.iam.listing import PAGE_SIZE, listed
from emulator.services.iam.users import find_user, user_need
from emulator.values.call import Call, Need


def _nothing(member: str, marker: str | None, limit: int) -> Result:
    return listed(member, (), marker, limit, by=str, show=str)


# of users ------------------------------------------------------------------------------------------------------------


def get_login_profile(world: World, call: Call, *, UserName: str | None = None) -> Result:
    raise no_login_profile(find_user(world, call, UserName).name)


def get_login_profile_needs(world: World, call: Call) -> Iterator[Need]:
    yield user_need(world, call)


def delete_login_profile(world: World, call: Call, *, UserName: str | None = None) -> Result:
    raise no_login_profile(find_user(world, call, UserName).name)


def delete_login_profile_needs(world: World, call: Call) -> Iterator[Need]:
    yield user_need(world, call)


def list_MFA_devices(
    world: World, call: Call, *, UserName: str | None = None, Marker: str | None = None, MaxItems: int = PAGE_SIZE
) -> Result:
    _check_user(world, call, UserName)
    return _nothing("MFADevices", Marker, MaxItems)


def list_MFA_devices_needs(world: World, call: Call) -> Iterator[Need]:
    yield user_need(world, call)


def list_SSH_public_keys(
    world: World, call: Call, *, UserName: str | None = None, Marker: str | None = None, MaxItems: int = PAGE_SIZE
) -> Result:
    _check_user(world, call, UserName)
    return _nothing("SSHPublicKeys", Marker, MaxItems)


def list_SSH_public_keys_needs(world: World, call: Call) -> Iterator[Need]:
    yield user_need(world, call)


def list_signing_certificates(
    world: World, call: Call, *, UserName: str | None = None, Marker: str | None = None, MaxItems: int = PAGE_SIZE
) -> Result:
    _check_user(world, call, UserName)
    return _nothing("Certificates", Marker, MaxItems)


def list_signing_certificates_needs(world: World, call: Call) -> Iterator[Need]:
    yield user_need(world, call)


def list_service_specific_credentials(
    world: World,
    call: Call,
    *,
    UserName: str | None = None,
    ServiceName: str | None = None,  # noqa: ARG001  # narrows a list that is empty
    Marker: str | None = None,
    MaxItems: int = PAGE_SIZE,
) -> Result:
    _check_user(world, call, UserName)
    return _nothing("ServiceSpecificCredentials", Marker, MaxItems)


def list_service_specific_credentials_needs(world: World, call: Call) -> Iterator[Need]:
    yield user_need(world, call)


def _check_user(world: World, call: Call, name: str | None) -> None:
    """Raises for a user that does not exist; root may ask for itself."""
    if name is not None or call.principal.kind != "root":
        find_user(world, call, name)


# of the account ------------------------------------------------------------------------------------------------------


def get_account_password_policy(_world: World, call: Call) -> Result:
    raise no_password_policy(call.account)


def get_account_password_policy_needs(_world: World, call: Call) -> Iterator[Need]:
    yield Need(call.action, "*")


def list_virtual_MFA_devices(
    _world: World,
    _call: Call,
    *,
    AssignmentStatus: str = "Any",  # noqa: ARG001  # narrows a list that is empty
    Marker: str | None = None,
    MaxItems: int = PAGE_SIZE,
) -> Result:
    return _nothing("VirtualMFADevices", Marker, MaxItems)


def list_virtual_MFA_devices_needs(_world: World, call: Call) -> Iterator[Need]:
    yield Need(call.action, "*")


def list_server_certificates(
    _world: World,
    _call: Call,
    *,
    PathPrefix: str = "/",  # noqa: ARG001  # narrows a list that is empty
    Marker: str | None = None,
    MaxItems: int = PAGE_SIZE,
) -> Result:
    return _nothing("ServerCertificateMetadataList", Marker, MaxItems)


def list_server_certificates_needs(_world: World, call: Call) -> Iterator[Need]:
    yield Need(call.action, "*")


def list_SAML_providers(_world: World, _call: Call) -> Result:
    return {"SAMLProviderList": []}


def list_SAML_providers_needs(_world: World, call: Call) -> Iterator[Need]:
    yield Need(call.action, "*")


def list_open_ID_connect_providers(_world: World, _call: Call) -> Result:
    return {"OpenIDConnectProviderList": []}


def list_open_ID_connect_providers_needs(_world: World, call: Call) -> Iterator[Need]:
    yield Need(call.action, "*")
