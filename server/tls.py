"""The server's own certificate: looked at before it serves, and trusted by the page when that calls the API.

Not covered: how long it is valid and for which names, which browsers tell; renewing it without a restart.
"""

import ssl
from pathlib import Path

from server.errors import BadCertificate

NO_CHECK_TIME = 0x200000
"""OpenSSL's X509_V_FLAG_NO_CHECK_TIME, which Python has no name for."""


def require_pair(certificate: Path | None, key: Path | None) -> bool:
    """Whether to serve over TLS; raises BadCertificate for one file without the other and for files that do not serve."""
    if certificate is None and key is None:
        return False
    if certificate is None or key is None:
        given, absent = ("tls_cert", "tls_key") if key is None else ("tls_key", "tls_cert")
        raise BadCertificate(f"给了 {given}，没有给 {absent}", "两个要一起给出：证书和它的私钥")
    for name, file in (("tls_cert", certificate), ("tls_key", key)):
        try:
            file.read_bytes()
        except OSError as error:
            raise BadCertificate(
                f"{name} 的文件 {file} 打不开（{error.strerror or error}）", "请检查路径和权限"
            ) from error
    _load(certificate, key)
    return True


def _load(certificate: Path, key: Path) -> None:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(certificate)
    except ssl.SSLError as error:
        raise BadCertificate(f"{certificate} 里没有可用的证书", "tls_cert 要是 PEM 格式的证书") from error
    try:
        # With a password of our own OpenSSL does not ask for one at the terminal.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password="-")
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise BadCertificate(f"私钥 {key} 与证书 {certificate} 不配对", "请给出签发这张证书时的私钥") from error
        if b"ENCRYPTED" in key.read_bytes():
            raise BadCertificate(
                f"私钥 {key} 加了密", "请用 openssl pkey -in 私钥 -out 新文件 去掉密码，并只让自己能读它"
            ) from error
        raise BadCertificate(f"{key} 里没有可用的私钥", "tls_key 要是 PEM 格式的私钥") from error


def trusting(certificate: Path) -> ssl.SSLContext:
    """For a client of this machine that calls the server: this very certificate, whatever its names and its term."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(certificate)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | NO_CHECK_TIME
    return context
