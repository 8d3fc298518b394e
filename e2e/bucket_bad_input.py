"""What a user gets wrong about a bucket: each time a message that says which setting to look at, a probe that is not ready, and a log that
stays short; and a bucket full of other people's objects, or one whose objects vanish, is served as far as it can be."""
import http.server
import json
import ssl
import subprocess
import threading
import time

from harness import VARVE, api, check, free_port, http_status, instant, query_range, run
from proxy import Server
from s3_servers import S3Server
from store_caches import fill

WATCHED_SECONDS = 15  # of a store that keeps trying
LINES_MAX = 30


class Scripted:
    """A server of which every request gets the same refusal; with TLS by an authority nobody knows, if asked for."""

    def __init__(self, scene, status, code, tls=False):
        body = f"<Error><Code>{code}</Code><Message>made up</Message></Error>".encode()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def refuse(self):
                self.send_response_only(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = refuse

        self.server = Server(("127.0.0.1", 0), Handler)
        if tls:
            key, certificate = scene.folder / "tls.key", scene.folder / "tls.crt"
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost",
                            "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate], check=True, capture_output=True)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def config(scene, name, server, **changes):
    values = {"bucket": server.bucket, "endpoint": f"127.0.0.1:{server.port}", "insecure": "true", "access_key": server.access_key,
              "secret_key": server.secret_key, **changes}
    path = scene.folder / f"{name}.yml"
    path.write_text("type: S3\nconfig:\n" + "".join(f"  {key}: {value}\n" for key, value in values.items()))
    return path


def start_store(scene, name, path, *flags):
    port, grpc = free_port(), free_port()
    store = scene.start(name, VARVE, "store", f"--data-dir={scene.folder}/data-{name}", f"--objstore.config-file={path}",
                        f"--http-address=127.0.0.1:{port}", f"--grpc-address=127.0.0.1:{grpc}", *flags)
    store.url, store.grpc, store.expected_dead = f"http://127.0.0.1:{port}", grpc, True
    return store


def deny(server, action):
    arns = [f"arn:aws:s3:::{server.bucket}", f"arn:aws:s3:::{server.bucket}/*"]
    server.ask("PUT", query={"policy": ""}, body=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Principal": "*", "Action": [action], "Resource": arns}]}).encode())


def log_of(process):
    return process.log.read_text(errors="replace")


def refused(scene, server):
    """Stores that cannot come up, all at once."""
    expired, elsewhere = Scripted(scene, 400, "ExpiredToken"), Scripted(scene, 400, "AuthorizationHeaderMalformed")
    throttled, unknown_ca = Scripted(scene, 503, "SlowDown"), Scripted(scene, 403, "AccessDenied", tls=True)
    closed = free_port()
    cases = {
        "wrong-access-key": (dict(access_key="NOBODY"), "check access_key"),
        "wrong-secret-key": (dict(secret_key="WRONG"), "check access_key and secret_key"),
        "missing-bucket": (dict(bucket="nowhere"), "there is no such bucket: check bucket"),
        "endpoint-with-scheme": (dict(endpoint=f"http://127.0.0.1:{server.port}"), "has a scheme; write 127.0.0.1"),
        "unreachable": (dict(endpoint=f"127.0.0.1:{closed}"), "check the endpoint"),
        "no-such-host": (dict(endpoint="nowhere.invalid"), "check the endpoint"),
        "plain-http": (dict(insecure="false"), "set `insecure: true`"),
        "unknown-authority": (dict(endpoint=f"127.0.0.1:{unknown_ca.port}", insecure="false"), "http_config.tls_config.ca_file"),
        "expired-token": (dict(endpoint=f"127.0.0.1:{expired.port}", session_token="OLD"), "renew session_token"),
        "wrong-region": (dict(endpoint=f"127.0.0.1:{elsewhere.port}", region="eu-west-9"), "set `region`"),
        "always-throttled": (dict(endpoint=f"127.0.0.1:{throttled.port}"), "the server asks for fewer requests"),
    }
    stores = {name: start_store(scene, name, config(scene, name, server, **changes)) for name, (changes, _) in cases.items()}
    time.sleep(WATCHED_SECONDS)
    for name, (_, words) in cases.items():
        store = stores[name]
        scene.wait(f"{name}: {words}", lambda: words in log_of(store), seconds=45)
        if store.alive():
            check(http_status(store.url + "/-/ready") == 503, f"{name}: the probe says not ready")
        lines = [line for line in log_of(store).splitlines() if words in line]
        check(len(log_of(store).splitlines()) <= LINES_MAX, f"{name}: {len(log_of(store).splitlines())} lines of log\n{store.tail()}")
        print(f"   {name}: {lines[-1].split('err=', 1)[-1][:230]}")
        store.killed = True  # ends as it likes
        store.kill()


def no_permission(scene, server):
    deny(server, "s3:ListBucket")
    store = start_store(scene, "list-denied", config(scene, "list-denied", server))
    scene.wait("list denied", lambda: "must allow s3:ListBucket" in log_of(store), seconds=45)
    check(http_status(store.url + "/-/ready") == 503, "list denied: the probe says not ready")
    store.killed = True
    store.kill()
    server.ask("DELETE", query={"policy": ""})


def others(scene, server):
    """Names that are none of ours, before and among blocks."""
    for i in range(300):
        server.ask("PUT", f"photos/{i}/holiday.jpg", body=b"not a block")
        server.ask("PUT", f"01HQZZZZZZ000000000000{i:04}/notes.txt", body=b"looks like a block")
    for name in ("../../etc/passwd", "a//b", "./c", "debug/metas/x.json"):
        server.ask("PUT", name, body=b"evil")
    store = start_store(scene, "others", config(scene, "others", server))
    scene.wait("ready among other people's objects", lambda: http_status(store.url + "/-/ready") == 200)
    check("returned=0 partial=300 failed=0" in log_of(store), f"no block but 300 that may become one:\n{store.tail()}")
    check(len(log_of(store).splitlines()) <= LINES_MAX, f"{len(log_of(store).splitlines())} lines of log")
    store.stop()


def vanishing(scene, server):
    end = int(time.time()) // 7200 * 7200 - 7200
    fill(scene, server, 300, end, 2)
    store = start_store(scene, "vanishing", config(scene, "vanishing", server))
    scene.wait("ready", lambda: http_status(store.url + "/-/ready") == 200)
    query = scene.varve("query", f"--endpoint=127.0.0.1:{store.grpc}")
    scene.wait("store known", lambda: api(query.url, "stores", method="GET")["data"].get("store"))
    check(instant(query.url, "count(up)", end - 60)["data"]["result"], "answers while all is there")
    for name in server.names():
        if "/chunks/" in name:
            server.ask("DELETE", name)
    for _ in range(50):
        answer = query_range(query.url, "node_temperature_celsius", end - 3600, end - 60, 60)
        check(any("block " in w and "chunks/000001" in w for w in answer.get("warnings", [])), f"a warning names block and object: {answer}")
    lines = [line for line in log_of(store).splitlines() if "chunks/000001" in line]
    check(len(lines) <= LINES_MAX, f"{len(lines)} lines of log about it")
    print(f"   vanished: {answer['warnings'][0][:230]}; {len(lines)} lines of log in 50 queries")
    check(http_status(store.url + "/-/ready") == 200, "the store serves on")


def scenario(scene):
    server = S3Server(scene, "rgw")
    try:
        refused(scene, server)
        no_permission(scene, server)
        others(scene, server)
        vanishing(scene, server)
        scene.stop()
    finally:
        server.stop()


if __name__ == "__main__":
    run("bucket_bad_input", scenario)
