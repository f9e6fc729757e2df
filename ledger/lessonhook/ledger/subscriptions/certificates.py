"""The rules for a subscription's certificates: the client's own with its key, and the authorities that are trusted.

What is saved is the bare PEM blocks, the client's own certificate first, because OpenSSL takes the first one for it.
"""

import ssl
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from pydantic import SecretStr

from lessonhook.config import to_the_minute
from lessonhook.ledger.subscriptions.certificate_loading import load_client_certificate

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

#: A key and a chain of three, of the largest kind in use, need 10,000 bytes. A worker is handed the subscription with
#: each event, so that it has to stay small.
CLIENT_CERTIFICATE_MAX_BYTES: Final = 16_384
#: The PEM of an RSA key of 4,096 bits, the largest in use, has 3,272 characters. To check one of 8,192 bits takes the
#: LMS 3.9 s, and to sign with it takes a worker's loop 36 ms a handshake (measured). Before it is checked, nothing but
#: its length tells how large a key is.
CLIENT_KEY_MAX_BYTES: Final = 3_500
#: Some twenty authorities.
CA_BUNDLE_MAX_BYTES: Final = 32_768
#: How far the clock of the authority that signed a certificate just now may be ahead.
_CLOCK_DIFFERENCE_SECONDS: Final = 300
_CERTIFICATE: Final = "CERTIFICATE"
_BEGIN: Final = "-----BEGIN "
_MARK: Final = "-----"


class ClientCertificate(SecretStr):
    """A certificate chain and its key that were checked when they were saved.

    One that is saved is not checked again: it may have ended meanwhile, and the other fields must stay changeable.
    """

    def __init__(self, text: str, *, ends: int | None) -> None:
        super().__init__(text)
        #: When the certificate ends, in seconds since 1970; None if that is not known.
        self.ends = ends


def read_client_certificate(text: str) -> ClientCertificate | None:
    """Return a chain and its key as they are saved, None if blank; raise ValueError with the rule that is broken.

    The key is not encrypted and fits one of the certificates, which is valid now. The order of the blocks, and text
    around them, do not matter. Needs `cryptography`.
    """
    if not text.strip():
        return None
    _refuse_too_long(text, CLIENT_CERTIFICATE_MAX_BYTES)
    blocks = list(_pem_blocks(text))
    keys = [block for label, block in blocks if label.endswith("PRIVATE KEY")]
    certificates = [block for label, block in blocks if label == _CERTIFICATE]
    if len(keys) != 1:
        raise ValueError(f"must have one private key (-----BEGIN PRIVATE KEY-----); it has {len(keys)}")
    if not certificates:
        raise ValueError("must have a certificate (-----BEGIN CERTIFICATE-----); it has none")
    if "ENCRYPTED" in keys[0]:
        raise ValueError("its private key is encrypted; decrypt it first: openssl pkey -in key.pem -out plain.pem")
    if len(keys[0]) > CLIENT_KEY_MAX_BYTES:
        raise ValueError("its private key is too long: an RSA key may have at most 4,096 bits")
    own, others, ends = _sorted_by_key(keys[0], certificates)
    saved = "".join((own, *others, keys[0]))
    try:
        # What a worker does: OpenSSL has rules of its own, such as the shortest key.
        load_client_certificate(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), saved)
    except ssl.SSLError as error:
        raise ValueError(f"OpenSSL refuses it: {(error.reason or 'unknown').replace('_', ' ').lower()}") from None
    return ClientCertificate(saved, ends=ends)


def read_ca_bundle(text: str) -> str | None:
    """Return the certificates of authorities as they are saved, None if blank; raise ValueError with the broken rule.

    Text around the certificates does not matter.
    """
    if not text.strip():
        return None
    _refuse_too_long(text, CA_BUNDLE_MAX_BYTES)
    blocks = list(_pem_blocks(text))
    if any(label.endswith("PRIVATE KEY") for label, _ in blocks):
        raise ValueError("must not have a private key: it is no secret, and is shown")
    certificates = [block for label, block in blocks if label == _CERTIFICATE]
    if not certificates:
        raise ValueError("must have a certificate (-----BEGIN CERTIFICATE-----); it has none")
    for number, block in enumerate(certificates, start=1):
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=block)
        except (ssl.SSLError, ValueError):
            raise ValueError(f"its certificate {number} cannot be read") from None
    return "".join(certificates)


def _refuse_too_long(text: str, limit: int) -> None:
    if not text.isascii():
        raise ValueError("must be PEM, which is ASCII")
    if len(text) > limit:
        raise ValueError(f"must have at most {limit:,} bytes")


def _pem_blocks(text: str) -> Iterator[tuple[str, str]]:
    """Yield the label and the text of each block."""
    label, lines = "", list[str]()
    for raw in text.splitlines():
        line = raw.strip()
        if line.startswith(_BEGIN):
            if label:
                break
            label, lines = line.removeprefix(_BEGIN).removesuffix(_MARK), []
        if label:
            lines.append(line)
        if label and line == f"-----END {label}{_MARK}":
            yield label, "\n".join((*lines, ""))
            label = ""
    if label:
        raise ValueError("has a -----BEGIN line without its -----END line")


def _sorted_by_key(key: str, certificates: list[str]) -> tuple[str, list[str], int]:
    """Return the certificate that the key fits, the others in their order, and when that one ends."""
    fitting = _public_key_of(key)
    parsed = [_parsed(number, block) for number, block in enumerate(certificates, start=1)]
    for position, certificate in enumerate(parsed):
        if _public_key_in(certificate) == fitting:
            ends = certificate.not_valid_after_utc
            if ends.timestamp() <= time.time():
                raise ValueError(f"its certificate ended on {to_the_minute(ends)}")
            begins = certificate.not_valid_before_utc
            if begins.timestamp() > time.time() + _CLOCK_DIFFERENCE_SECONDS:
                raise ValueError(f"its certificate is valid only from {to_the_minute(begins)}")
            others = certificates[:position] + certificates[position + 1 :]
            return certificates[position], others, int(ends.timestamp())
    raise ValueError("its private key fits none of its certificates")


def _parsed(number: int, block: str) -> "Certificate":
    try:
        from cryptography.x509 import InvalidVersion, load_pem_x509_certificate  # noqa: PLC0415 - only who saves a certificate needs it
    except ImportError:
        raise ValueError("needs cryptography, which is not installed: pip install 'lessonhook[encryption]'") from None
    try:
        return load_pem_x509_certificate(block.encode())
    except (ValueError, InvalidVersion):
        raise ValueError(f"its certificate {number} cannot be read") from None


def _public_key_of(key: str) -> bytes:
    try:
        from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - as above
        from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415
    except ImportError:
        raise ValueError("needs cryptography, which is not installed: pip install 'lessonhook[encryption]'") from None
    try:
        return _encoded(load_pem_private_key(key.encode(), password=None).public_key())
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError("its private key cannot be read") from None


def _public_key_in(certificate: "Certificate") -> bytes:
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - as above

    try:
        return _encoded(certificate.public_key())
    except (ValueError, UnsupportedAlgorithm):
        # An authority's key may be of a kind that only the endpoint needs to know.
        return b""


def _encoded(public_key: object) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: PLC0415 - as above

    encoded: bytes = public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined]  # every kind of key has it
    return encoded
