"""Makes the self-signed certificate clients trust by SSL_CERT_FILE. It must never be used outside a test machine."""

import datetime as dt
import ipaddress
import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NAMES = ("localhost",)
ADDRESSES = ("127.0.0.1", "::1")
LIFE = dt.timedelta(days=30)
# One that ends sooner is replaced: it must last as long as what is started now.
LEFT = dt.timedelta(days=7)


@dataclass(frozen=True)
class Certificate:
    """Where certificate and key are kept. Only the server reads the key."""

    path: Path

    @property
    def key(self) -> Path:
        """The private key's file, beside the certificate."""
        return self.path.with_name(f"{self.path.name}.key")

    def ensure(self) -> None:
        """Make both files, unless they are there and good for some days."""
        if not self._good():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._make()

    def server_context(self) -> ssl.SSLContext:
        """What the server speaks TLS with."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path, self.key)
        return context

    def client_context(self) -> ssl.SSLContext:
        """What a client speaks TLS with, if it trusts nothing but this."""
        return ssl.create_default_context(cafile=str(self.path))

    def _good(self) -> bool:
        try:
            found = x509.load_pem_x509_certificate(self.path.read_bytes())
        except (OSError, ValueError):
            return False
        return self.key.exists() and found.not_valid_after_utc > dt.datetime.now(dt.UTC) + LEFT

    def _make(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self.key.touch(mode=0o600)
        self.key.write_bytes(pem)
        self.path.write_bytes(_signed(key).public_bytes(serialization.Encoding.PEM))


def _signed(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "local stand-in")])
    now = dt.datetime.now(dt.UTC)
    others = [x509.DNSName(item) for item in NAMES]
    others_by_address = [x509.IPAddress(ipaddress.ip_address(item)) for item in ADDRESSES]
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=True, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    public = key.public_key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + LIFE)
        .add_extension(x509.SubjectAlternativeName([*others, *others_by_address]), critical=False)
        # It is its own authority; strict clients want the next four said.
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    )
    return builder.sign(key, hashes.SHA256())
