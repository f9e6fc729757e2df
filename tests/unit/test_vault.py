"""What is stored is encrypted once there are keys, and stays readable while keys come and go."""

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from lessonhook.config import Settings
from lessonhook.ledger.errors import InvalidEncryptionKey, Undecipherable
from lessonhook.ledger.vault import Vault

PLAIN = b'{"user":{"email":"sample@company.com"}}'
FIRST, SECOND = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def test_without_keys_plain_text_passes_through() -> None:
    """Encryption is an operator's choice; the worker says once which one it was."""
    vault = Vault()
    assert not vault.sealing
    assert vault.open(vault.seal(PLAIN)) == vault.seal(PLAIN) == PLAIN


def test_with_a_key_nothing_of_the_text_is_stored() -> None:
    """Who reads Redis alone reads no address and no credential, nor whether two values are equal."""
    vault = Vault([FIRST])
    assert vault.sealing
    assert b"company" not in vault.seal(PLAIN)
    assert vault.seal(PLAIN) != vault.seal(PLAIN)
    assert vault.open(vault.seal(PLAIN)) == PLAIN


def test_what_was_stored_before_there_were_keys_is_still_read() -> None:
    """Keys can be turned on while events wait."""
    assert Vault([FIRST]).open(Vault().seal(PLAIN)) == PLAIN


def test_the_first_key_writes_and_every_key_reads() -> None:
    """Rotation: put the new key behind, then in front, then take the old one away; no step loses a value."""
    old, both, swapped, new = Vault([FIRST]), Vault([FIRST, SECOND]), Vault([SECOND, FIRST]), Vault([SECOND])
    assert both.open(old.seal(PLAIN)) == swapped.open(old.seal(PLAIN)) == PLAIN
    assert old.open(both.seal(PLAIN)) == PLAIN
    assert new.open(swapped.seal(PLAIN)) == PLAIN
    with pytest.raises(Undecipherable):
        old.open(swapped.seal(PLAIN))


def test_it_tells_what_would_be_written_otherwise_now() -> None:
    """What another key sealed; what is in the open although there are keys, or is sealed although there are none."""
    swapped = Vault([SECOND, FIRST])
    assert swapped.sealed_by_first(swapped.seal(PLAIN))
    assert not swapped.sealed_by_first(Vault([FIRST]).seal(PLAIN))
    assert not swapped.sealed_by_first(PLAIN)
    assert Vault().sealed_by_first(PLAIN)
    assert not Vault().sealed_by_first(swapped.seal(PLAIN))


def test_a_damaged_value_is_not_read() -> None:
    """Fernet authenticates: what was changed in Redis is refused and not sent."""
    sealed = bytearray(Vault([FIRST]).seal(PLAIN))
    sealed[-5] ^= 1
    with pytest.raises(Undecipherable) as caught:
        Vault([FIRST]).open(bytes(sealed))
    assert caught.value.__suppress_context__


def test_a_sealed_value_without_keys_says_which_setting_is_missing() -> None:
    """The message says what to do next."""
    with pytest.raises(Undecipherable, match="LESSONHOOK_ENCRYPTION_KEYS"):
        Vault().open(Vault([FIRST]).seal(PLAIN))


def test_a_wrong_key_is_named_by_its_place_and_never_quoted() -> None:
    """A typing error in a key must not put the key into a log."""
    with pytest.raises(InvalidEncryptionKey, match="key 2") as caught:
        Vault([FIRST, "MARK-not-a-key"])
    assert "MARK" not in str(caught.value)


def test_the_keys_come_from_the_settings() -> None:
    """`LESSONHOOK_ENCRYPTION_KEYS` is a JSON list."""
    vault = Vault.from_settings(Settings(encryption_keys=(SecretStr(FIRST),)))
    assert vault.open(Vault([FIRST]).seal(PLAIN)) == PLAIN
