"""Access keys whose id and secret a seed fixes, which no operation of IAM can make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.engine.identity import AccessKey, User
from emulator.values.errors import AwsError

if TYPE_CHECKING:
    from emulator.engine.world import World


def give(world: World, account: str, user: str, key_id: str, secret: str) -> None:
    """Give a user an active key. From then on the id is never taken for a development key, whatever becomes of the key.

    Raises NoSuchEntity for a user that does not exist, EntityAlreadyExists for an id that is another key's.
    """
    with world.lock, world.store.transaction():
        world.journal.write("control", f"access key {key_id} of {user}", account=account)
        owner = world.store.get(User, (account, "", user.lower()))
        if owner is None:
            raise AwsError("NoSuchEntity", f"The user with name {user} cannot be found.")
        if next(iter(world.store.find(AccessKey, id=key_id)), None) is not None:
            raise AwsError("EntityAlreadyExists", f"The access key {key_id} already exists.")
        world.fixed_keys.add(key_id)
        world.store.put(
            AccessKey(account=account, region="", id=key_id, user=owner.id, secret=secret, created=world.clock.now(account))
        )
