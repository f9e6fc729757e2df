"""What is stored is encrypted once there are keys, bound to its place, and readable while keys come and go."""

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from lessonhook.config import Settings
from lessonhook.ledger.errors import InvalidEncryptionKey, Undecipherable
from lessonhook.ledger.redis.vault import SEAL_BYTES, Vault

PLAIN = b'{"user":{"email":"sample@company.com"}}'
PLACE, OTHER_PLACE = "lessonhook:{1}:body:acme/1", "lessonhook:{1}:body:acme/2"
FIRST, SECOND = Fernet.generate_key().decode(), Fernet.generate_key().decode()
#: As an earlier version sealed it: a Fernet token.
TOKEN = b"sealed:fernet:" + Fernet(FIRST).encrypt(PLAIN)


def test_without_keys_plain_text_passes_through() -> None:
    """Encryption is an operator's choice; the worker says once which one it was."""
    vault = Vault()
    assert not vault.sealing
    assert vault.open(vault.seal(PLAIN, PLACE), PLACE) == vault.seal(PLAIN, PLACE) == PLAIN


def test_with_a_key_nothing_of_the_text_is_stored() -> None:
    """Who reads Redis alone reads no address and no credential, nor whether two values are equal."""
    vault = Vault([FIRST])
    assert vault.sealing
    assert b"company" not in vault.seal(PLAIN, PLACE)
    assert vault.seal(PLAIN, PLACE) != vault.seal(PLAIN, PLACE)
    assert vault.open(vault.seal(PLAIN, PLACE), PLACE) == PLAIN


def test_a_value_that_was_moved_is_not_read() -> None:
    """Who writes to Redis cannot send one company's completions to another, although they are sealed."""
    vault = Vault([FIRST])
    with pytest.raises(Undecipherable, match="moved"):
        vault.open(vault.seal(PLAIN, PLACE), OTHER_PLACE)


def test_with_keys_plain_text_is_refused() -> None:
    """Who writes to Redis has no key, so plain text could be anybody's. The message says how to seal one's own."""
    with pytest.raises(Undecipherable, match=r"LESSONHOOK_ACCEPT_PLAIN_VALUES=true and run `lessonhook reseal`"):
        Vault([FIRST]).open(PLAIN, PLACE)


def test_plain_text_is_read_while_the_operator_accepts_it() -> None:
    """Keys can be turned on while events wait."""
    assert Vault([FIRST], accept_plain=True).open(PLAIN, PLACE) == PLAIN


def test_a_fernet_token_of_an_earlier_version_is_read() -> None:
    """By any of the keys, and without one the message says what is missing."""
    assert Vault([SECOND, FIRST]).open(TOKEN, PLACE) == PLAIN
    for vault in (Vault(), Vault([SECOND])):
        with pytest.raises(Undecipherable, match="LESSONHOOK_ENCRYPTION_KEYS"):
            vault.open(TOKEN, PLACE)


def test_the_first_key_writes_and_every_key_reads() -> None:
    """Rotation: put the new key behind, then in front, then take the old one away; no step loses a value."""
    old, both, swapped, new = Vault([FIRST]), Vault([FIRST, SECOND]), Vault([SECOND, FIRST]), Vault([SECOND])
    assert both.open(old.seal(PLAIN, PLACE), PLACE) == swapped.open(old.seal(PLAIN, PLACE), PLACE) == PLAIN
    assert old.open(both.seal(PLAIN, PLACE), PLACE) == PLAIN
    assert new.open(swapped.seal(PLAIN, PLACE), PLACE) == PLAIN
    with pytest.raises(Undecipherable, match="another key"):
        old.open(swapped.seal(PLAIN, PLACE), PLACE)


def test_it_finds_what_would_be_written_otherwise_now() -> None:
    """Another key, an older form, plain text although there are keys, or sealed although there are none."""
    swapped = Vault([SECOND, FIRST])
    assert swapped.sealed_as_now(swapped.seal(PLAIN, PLACE))
    assert not swapped.sealed_as_now(Vault([FIRST]).seal(PLAIN, PLACE))
    assert not swapped.sealed_as_now(PLAIN)
    assert not Vault([FIRST]).sealed_as_now(TOKEN)
    assert Vault().sealed_as_now(PLAIN)
    assert not Vault().sealed_as_now(swapped.seal(PLAIN, PLACE))
    assert not Vault().sealed_as_now(TOKEN)


def test_the_beginning_of_a_value_is_enough_to_tell() -> None:
    """So nobody need read whole bodies to find those that are due."""
    vault = Vault([FIRST])
    assert vault.sealed_as_now(vault.seal(PLAIN, PLACE)[:SEAL_BYTES])
    assert not Vault([SECOND]).sealed_as_now(vault.seal(PLAIN, PLACE)[:SEAL_BYTES])
    assert len(vault.seal(b"", PLACE)) == SEAL_BYTES


@given(at=st.integers(min_value=0), bit=st.integers(0, 7))
def test_a_value_with_one_bit_changed_is_not_read(at: int, bit: int) -> None:
    """Wherever it is: in the mark, the key's id, the nonce, the text or the tag."""
    sealed = bytearray(Vault([FIRST]).seal(PLAIN, PLACE))
    sealed[at % len(sealed)] ^= 1 << bit
    with pytest.raises(Undecipherable):
        Vault([FIRST]).open(bytes(sealed), PLACE)


@given(length=st.integers(0, SEAL_BYTES))
def test_a_value_that_was_cut_is_not_read(length: int) -> None:
    """And ends in no other error."""
    cut = Vault([FIRST]).seal(PLAIN, PLACE)[:length]
    with pytest.raises(Undecipherable):
        Vault([FIRST]).open(cut, PLACE)


def test_a_sealed_value_without_keys_says_which_setting_is_missing() -> None:
    """The message says what to do next."""
    with pytest.raises(Undecipherable, match="LESSONHOOK_ENCRYPTION_KEYS"):
        Vault().open(Vault([FIRST]).seal(PLAIN, PLACE), PLACE)


def test_a_wrong_key_is_named_by_its_place_and_never_quoted() -> None:
    """A typing error in a key must not put the key into a log."""
    with pytest.raises(InvalidEncryptionKey, match="key 2") as caught:
        Vault([FIRST, "MARK-not-a-key"])
    assert "MARK" not in str(caught.value)
    assert caught.value.__context__ is None


def test_the_keys_come_from_the_settings() -> None:
    """`LESSONHOOK_ENCRYPTION_KEYS` is a JSON list; plain text is refused unless a setting accepts it."""
    keys = (SecretStr(FIRST),)
    vault = Vault.from_settings(Settings(encryption_keys=keys))
    assert vault.open(Vault([FIRST]).seal(PLAIN, PLACE), PLACE) == PLAIN
    with pytest.raises(Undecipherable):
        vault.open(PLAIN, PLACE)
    assert Vault.from_settings(Settings(encryption_keys=keys, accept_plain_values=True)).open(PLAIN, PLACE) == PLAIN
