"""Bytes: received once, encrypted, kept write-once, and given back as they came."""

from storage.carrying import carry
from storage.deposits import Deposit, open_deposit
from storage.errors import (
    BadName,
    BadStoreUrl,
    DepositTaken,
    KeyDamaged,
    KeyMissing,
    ObjectDamaged,
    ObjectLocked,
    ObjectMissing,
    SealDamaged,
    StorageError,
    StoreUnavailable,
    TooLarge,
    is_of_the_disk,
)
from storage.keys import KeyRing
from storage.local import LocalStore
from storage.media_type import MediaType, detect
from storage.opening import open_store
from storage.receiving import Received, Receiving
from storage.stores import ObjectInfo, ObjectStore
from storage.vault import Vault

__all__ = [
    "BadName",
    "BadStoreUrl",
    "Deposit",
    "DepositTaken",
    "KeyDamaged",
    "KeyMissing",
    "KeyRing",
    "LocalStore",
    "MediaType",
    "ObjectDamaged",
    "ObjectInfo",
    "ObjectLocked",
    "ObjectMissing",
    "ObjectStore",
    "Received",
    "Receiving",
    "SealDamaged",
    "StorageError",
    "StoreUnavailable",
    "TooLarge",
    "Vault",
    "carry",
    "detect",
    "is_of_the_disk",
    "open_deposit",
    "open_store",
]
