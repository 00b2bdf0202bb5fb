"""The account as a whole: its alias, and how much there is of everything."""

from __future__ import annotations

from collections.abc import Iterator

from emulator.engine.identity import CustomerPolicy, Group, InstanceProfile, Role, User
from emulator.engine.service import Result
from emulator.engine.world import World
from emulator.services.iam.errors import alias_taken, no_such_alias
from emulator.services.iam.listing import PAGE_SIZE, listed
from emulator.services.iam.managed_policies import own_policies
from emulator.services.iam.quotas import MOST, MOST_INLINE, MOST_VERSIONS
from emulator.values.call import Call, Need
from emulator.values.record import Record


class Alias(Record, frozen=True, kw_only=True):
    """The alias of an account (``id``: always ``alias``). No two accounts have the same."""

    INDEXES = ("name",)

    name: str


def create_account_alias(world: World, call: Call, *, AccountAlias: str) -> Result:
    """An account has one alias: another takes its place."""
    holders = {alias.account for alias in world.store.find(Alias, name=AccountAlias)}
    if holders:
        raise alias_taken(AccountAlias)
    world.store.put(Alias(account=call.account, region="", id="alias", name=AccountAlias))
    return {}


def create_account_alias_needs(_world: World, _call: Call) -> Iterator[Need]:
    yield Need("iam:CreateAccountAlias", "*")


def delete_account_alias(world: World, call: Call, *, AccountAlias: str) -> Result:
    alias = world.store.get(Alias, (call.account, "", "alias"))
    if alias is None or alias.name != AccountAlias:
        raise no_such_alias(AccountAlias)
    world.store.delete(alias)
    return {}


def delete_account_alias_needs(_world: World, _call: Call) -> Iterator[Need]:
    yield Need("iam:DeleteAccountAlias", "*")


def list_account_aliases(world: World, call: Call, *, Marker: str | None = None, MaxItems: int = PAGE_SIZE) -> Result:
    aliases = [alias.name for alias in world.store.find(Alias, call.account, "")]
    return listed("AccountAliases", aliases, Marker, MaxItems, by=str, show=str)


def list_account_aliases_needs(_world: World, _call: Call) -> Iterator[Need]:
    yield Need("iam:ListAccountAliases", "*")


def get_account_summary(world: World, call: Call) -> Result:
    """What there is and may be; of what this emulator lacks there is none."""
    counted = {
        name: world.store.count(kind, call.account, "")
        for name, kind in (
            ("Users", User),
            ("Groups", Group),
            ("Roles", Role),
            ("Policies", CustomerPolicy),
            ("InstanceProfiles", InstanceProfile),
        )
    }
    versions = sum(len(policy.versions) for policy in own_policies(world, call))
    return {"SummaryMap": {**counted, "PolicyVersionsInUse": versions, **_QUOTAS, **_ABSENT}}


def get_account_summary_needs(_world: World, _call: Call) -> Iterator[Need]:
    yield Need("iam:GetAccountSummary", "*")


_QUOTAS = {
    "UsersQuota": MOST["UsersPerAccount"],
    "GroupsQuota": MOST["GroupsPerAccount"],
    "RolesQuota": MOST["RolesPerAccount"],
    "PoliciesQuota": MOST["PoliciesPerAccount"],
    "InstanceProfilesQuota": MOST["InstanceProfilesPerAccount"],
    "AccessKeysPerUserQuota": MOST["AccessKeysPerUser"],
    "GroupsPerUserQuota": MOST["GroupsPerUser"],
    "AttachedPoliciesPerUserQuota": MOST["PoliciesPerUser"],
    "AttachedPoliciesPerGroupQuota": MOST["PoliciesPerGroup"],
    "AttachedPoliciesPerRoleQuota": MOST["PoliciesPerRole"],
    "UserPolicySizeQuota": MOST_INLINE["user"],
    "GroupPolicySizeQuota": MOST_INLINE["group"],
    "RolePolicySizeQuota": MOST_INLINE["role"],
    "AssumeRolePolicySizeQuota": MOST["ACLSizePerRole"],
    "PolicySizeQuota": MOST["PolicySize"],
    "VersionsPerPolicyQuota": MOST_VERSIONS,
    "PolicyVersionsInUseQuota": 10_000,
    "ServerCertificatesQuota": 20,
    "SigningCertificatesPerUserQuota": 2,
}

_ABSENT = {
    "AccountAccessKeysPresent": 0,
    "AccountMFAEnabled": 0,
    "AccountPasswordPresent": 0,
    "AccountSigningCertificatesPresent": 0,
    "GlobalEndpointTokenVersion": 1,
    "MFADevices": 0,
    "MFADevicesInUse": 0,
    "Providers": 0,
    "ServerCertificates": 0,
}
