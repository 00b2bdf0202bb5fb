"""The data of a configuration's revision, as requests carry it."""

from __future__ import annotations

import base64
import binascii

from emulator.services.mq import configuration_errors

LARGEST = 100 * 1024
"""Bytes of one revision, decoded (our choice)."""


def decoded(data: str) -> str:
    """The text; 400 unless the data is base64 of one, and not too large."""
    try:
        raw = base64.b64decode(data, validate=True)
        text = raw.decode()
    except (binascii.Error, ValueError):
        raise configuration_errors.data_not_base64() from None
    if len(raw) > LARGEST:
        raise configuration_errors.data_too_large(LARGEST)
    return text


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
