"""Access keys that a seed fixes."""

from __future__ import annotations

import pytest

from emulator import AwsError, new_world
from emulator.engine import fixed_keys
from emulator.engine.identity import find_access_key, of_access_key, root

ACCOUNT = "111122223333"


def test_a_key_is_its_users() -> None:
    world = new_world()
    world.ask(root(ACCOUNT), "iam", "CreateUser", "us-east-1", {"UserName": "Dev"})
    fixed_keys.give(world, ACCOUNT, "dev", "AKIADEVDEVDEVDEVDEV1", "secret")
    key = find_access_key(world, "AKIADEVDEVDEVDEVDEV1")
    assert key is not None
    principal = of_access_key(world, key)
    assert principal is not None
    assert principal.arn == f"arn:aws:iam::{ACCOUNT}:user/Dev"
    assert "secret" not in repr(key)


def test_nobodys_key_and_a_key_that_is_taken() -> None:
    world = new_world()
    with pytest.raises(AwsError, match="NoSuchEntity: The user with name dev cannot be found"):
        fixed_keys.give(world, ACCOUNT, "dev", "AKIADEVDEVDEVDEVDEV1", "secret")
    assert world.fixed_keys == set()
    world.ask(root(ACCOUNT), "iam", "CreateUser", "us-east-1", {"UserName": "dev"})
    fixed_keys.give(world, ACCOUNT, "dev", "AKIADEVDEVDEVDEVDEV1", "secret")
    with pytest.raises(AwsError, match="EntityAlreadyExists"):
        fixed_keys.give(world, ACCOUNT, "dev", "AKIADEVDEVDEVDEVDEV1", "other")


def test_another_seed_gives_other_ids() -> None:
    world = new_world(seed="one")
    first = world.ids.hexadecimal(8)
    world.reseed("two")
    assert world.ids.hexadecimal(8) != first
    world.reseed("one")
    assert world.ids.hexadecimal(8) == first
    world.reset()
    assert world.ids.hexadecimal(8) == first
