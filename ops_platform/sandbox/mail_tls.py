"""A certificate of its own for the sandbox's mail server. Made once a home, kept beside the mails."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Final

try:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID
except ImportError:  # it comes with other packages, not on every system
    HAS_TLS = False
else:
    HAS_TLS = True

CERTIFICATE: Final = "certificate.pem"
_KEY: Final = "key.pem"
_VALID: Final = timedelta(days=365)


def server_tls(folder: Path, now: datetime) -> ssl.SSLContext | None:
    """Return what a server needs for STARTTLS; None when no library can make a certificate.

    `<folder>/certificate.pem` is what a client has to trust. It is made anew a month before it ends.
    """
    if not HAS_TLS:
        return None
    certificate, key = folder / CERTIFICATE, folder / _KEY
    if not (key.is_file() and certificate.is_file() and _ends(certificate) - now > timedelta(days=30)):
        folder.mkdir(parents=True, exist_ok=True)
        _make(certificate, key, now)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    return context


def _ends(certificate: Path) -> datetime:
    return x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc


def _make(certificate: Path, key_file: Path, now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(IPv4Address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now.astimezone(UTC) - timedelta(days=1))
        .not_valid_after(now.astimezone(UTC) + _VALID)
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_file.touch(mode=0o600)
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
