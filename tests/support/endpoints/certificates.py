"""Certificates made for a test: an authority that the client trusts, and leaves that are right or wrong in one way."""

import datetime as dt
import itertools
import math
import ssl
import tempfile
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_DAY = dt.timedelta(days=1)
ClientKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


class Authority:
    """Signs certificates; its own one is in `certificate_file`."""

    def __init__(self, folder: Path, above: "Authority | None" = None, *, path_length: int | None = 1) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named("lessonhook tests, below" if above else "lessonhook tests")
        issuer = above or self
        now = dt.datetime.now(dt.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(self._name)
            .issuer_name(issuer._name)
            .public_key(self._key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - 30 * _DAY)
            .not_valid_after(now + _DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0 if above else path_length), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer._key.public_key()), critical=False)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .sign(issuer._key, hashes.SHA256())
        )
        self.certificate_file = folder / ("intermediate.pem" if above else "authority.pem")
        self.certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def below(self) -> "Authority":
        """Return an intermediate authority, which this one signed."""
        return Authority(self._folder, self)

    def server_context(
        self, *names: str, expired: bool = False, with_chain: bool = False, key: ClientKey | None = None
    ) -> ssl.SSLContext:
        """Return a server's context with a certificate for these names and addresses.

        `with_chain` sends the authority's own certificate too.
        """
        key = key or ec.generate_private_key(ec.SECP256R1())
        now = dt.datetime.now(dt.UTC)
        certificate = (
            self._leaf(names[0], key.public_key(), now - 20 * _DAY, now - _DAY if expired else now + _DAY)
            .add_extension(x509.SubjectAlternativeName([_alternative(name) for name in names]), critical=False)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.NamedTemporaryFile(suffix=".pem") as file:
            file.write(certificate.public_bytes(serialization.Encoding.PEM))
            file.write(self.certificate_file.read_bytes() if with_chain else b"")
            file.write(pem_of_key(key).encode())
            file.flush()
            context.load_cert_chain(file.name)
        return context

    def server_context_with_costly_chain(self, name: str, certificates: int) -> ssl.SSLContext:
        """Return a server's context whose certificate hangs below so many others, each costly to check.

        The exponent of their RSA key is as long as its modulus. All have the same key, because making one takes long.
        """
        key = _with_long_exponent(rsa.generate_private_key(65537, 3072))
        names = [self._name, *(_named(f"below {number}") for number in range(certificates))]
        now = dt.datetime.now(dt.UTC)
        signing: ClientKey = self._key
        chain = list[x509.Certificate]()
        for issuer, subject in itertools.pairwise(names):
            builder = _between(issuer, subject, key.public_key(), now - _DAY, now + _DAY)
            builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            chain.insert(0, builder.sign(signing, hashes.SHA256()))
            signing = key
        own = ec.generate_private_key(ec.SECP256R1())
        leaf = _between(names[-1], _named(name), own.public_key(), now - _DAY, now + _DAY)
        leaf = leaf.add_extension(x509.SubjectAlternativeName([_alternative(name)]), critical=False)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.NamedTemporaryFile(suffix=".pem") as file:
            for certificate in (leaf.sign(signing, hashes.SHA256()), *chain):
                file.write(certificate.public_bytes(serialization.Encoding.PEM))
            file.write(pem_of_key(own).encode())
            file.flush()
            context.load_cert_chain(file.name)
        return context

    def demanding_context(self, *names: str, clients_of: "Authority") -> ssl.SSLContext:
        """Return a server's context that demands a client certificate of another authority."""
        context = self.server_context(*names)
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(clients_of.certificate_file)
        return context

    def client_parts(
        self,
        name: str,
        *,
        ends: dt.timedelta = 90 * _DAY,
        begins: dt.timedelta = -_DAY,
        key: ClientKey | None = None,
    ) -> tuple[str, str]:
        """Return a client's certificate and its key, each in PEM. Both times are counted from now."""
        key = key or ec.generate_private_key(ec.SECP256R1())
        now = dt.datetime.now(dt.UTC)
        certificate = (
            self._leaf(name, key.public_key(), now + begins, now + ends)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        return certificate.public_bytes(serialization.Encoding.PEM).decode(), pem_of_key(key)

    def client_certificate(
        self, name: str, *, ends: dt.timedelta = 90 * _DAY, begins: dt.timedelta = -_DAY, with_chain: bool = False
    ) -> str:
        """Return a client's certificate with its key in PEM; `with_chain` puts the authority's own between them."""
        certificate, key = self.client_parts(name, ends=ends, begins=begins)
        return certificate + (self.pem if with_chain else "") + key

    @property
    def pem(self) -> str:
        """The authority's own certificate."""
        return self.certificate_file.read_text(encoding="ascii")

    def _leaf(
        self, name: str, key: CertificatePublicKeyTypes, begins: dt.datetime, ends: dt.datetime
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(_named(name))
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(begins)
            .not_valid_after(ends)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
            .add_extension(_usage(signs_certificates=False), critical=True)
        )


def _between(
    issuer: x509.Name, subject: x509.Name, key: CertificatePublicKeyTypes, begins: dt.datetime, ends: dt.datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
    )


def _with_long_exponent(key: rsa.RSAPrivateKey) -> rsa.RSAPrivateKey:
    """Return a key of the same primes whose public exponent has as many bits as its modulus."""
    numbers = key.private_numbers()
    p, q, modulus = numbers.p, numbers.q, numbers.public_numbers.n
    order = math.lcm(p - 1, q - 1)
    exponent = next(e for e in range(modulus // 2 | 1, modulus, 2) if math.gcd(e, order) == 1)
    d = pow(exponent, -1, order)
    public = rsa.RSAPublicNumbers(exponent, modulus)
    private = rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), numbers.iqmp, public)
    return private.private_key(unsafe_skip_rsa_key_validation=True)


def pem_of_key(key: ClientKey, password: bytes | None = None) -> str:
    """Return a private key in PEM, encrypted if there is a password."""
    encryption = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption).decode()


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
