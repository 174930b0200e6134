"""https with the address pinned: the certificate is still that of the name."""

import shutil
import ssl
import subprocess
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate of feeds.example with its key, in one file."""
    if not shutil.which("openssl"):
        pytest.skip("needs openssl to make a certificate")
    path = tmp_path / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=feeds.example"]
    command += ["-addext", "subjectAltName=DNS:feeds.example", "-keyout", str(path), "-out", str(tmp_path / "crt")]
    subprocess.run(command, check=True, capture_output=True)
    path.write_text(path.read_text() + (tmp_path / "crt").read_text())
    return path


def test_certificate_must_match_the_host_name(
    server: Any, reply: Any, make_rss: Any, crawl_at: Any, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.wrap(context)
    server.replies["/feed"] = reply(make_rss("Bitcoin rises to a record"))

    async def local(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    urls = [server.url("/feed", host).replace("http:", "https:") for host in ("feeds.example", "other.example")]
    fetch = {"allow_hosts": ["feeds.example", "other.example"]}
    untrusted = crawl_at(*urls, fetch=fetch, resolve=local)
    assert all("certificate verify failed" in feed.reason.lower() for feed in untrusted.feeds)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    trusted = crawl_at(*urls, hours=9, fetch=fetch, resolve=local)
    assert [feed.new for feed in trusted.feeds] == [1, 0]
    assert "hostname mismatch" in trusted.feeds[1].reason.lower()
