"""S3 servers for the scenarios, and a second opinion on how to sign for them."""
import datetime
import hashlib
import hmac
import http.client
import json
import re
import subprocess
import threading
import urllib.parse

from harness import Failure, ROOT, free_port

KEYS = {"rgw": ("AKTEST", "SKTEST"), "swift": ("test:tester", "SKTEST")}


class S3Server:
    """A server of testdata/servers, and one bucket in it. It stops with `stop`, or with this process."""

    def __init__(self, scene, kind, bucket="blocks"):
        self.port, self.bucket, self.of_thread = free_port(), bucket, threading.local()
        self.access_key, self.secret_key = KEYS[kind]
        ports = [free_port(), self.port] if kind == "rgw" else [self.port]
        with open(scene.folder / f"{kind}.log", "ab") as log:
            self.process = subprocess.Popen([ROOT / "testdata" / "servers" / kind, scene.folder / kind, *map(str, ports)],
                                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)
        if self.process.stdout.readline() != b"ready\n":
            raise Failure(f"{kind} did not start; see {scene.folder}/{kind}.log")
        self.config = scene.folder / "bucket.yml"
        self.config.write_text(f"type: S3\nconfig:\n  bucket: {bucket}\n  endpoint: 127.0.0.1:{self.port}\n  insecure: true\n"
                               f"  access_key: {self.access_key}\n  secret_key: {self.secret_key}\n")
        self.ask("PUT")

    def ask(self, method, key="", query=None, body=b""):
        """One signed request; the body of its answer."""
        date = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        path = urllib.parse.quote(f"/{self.bucket}" + (f"/{key}" if key else ""))
        parameters = "&".join(f"{urllib.parse.quote(k, safe='')}={urllib.parse.quote(v, safe='')}" for k, v in sorted((query or {}).items()))
        host, digest, signed = f"127.0.0.1:{self.port}", hashlib.sha256(body).hexdigest(), "host;x-amz-content-sha256;x-amz-date"
        canonical = f"{method}\n{path}\n{parameters}\nhost:{host}\nx-amz-content-sha256:{digest}\nx-amz-date:{date}\n\n{signed}\n{digest}"
        scope = f"{date[:8]}/us-east-1/s3/aws4_request"
        text = f"AWS4-HMAC-SHA256\n{date}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        key = f"AWS4{self.secret_key}".encode()
        for step in (date[:8], "us-east-1", "s3", "aws4_request"):
            key = hmac.new(key, step.encode(), hashlib.sha256).digest()
        signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
        return self.send(method, f"{path}?{parameters}", body, {
            "x-amz-date": date, "x-amz-content-sha256": digest,
            "Authorization": f"AWS4-HMAC-SHA256 Credential={self.access_key}/{scope}, SignedHeaders={signed}, Signature={signature}"})

    def send(self, method, target, body, headers):
        """Over a connection this thread keeps."""
        fresh = getattr(self.of_thread, "connection", None) is None
        if fresh:
            self.of_thread.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
        try:
            self.of_thread.connection.request(method, target, body=body or None, headers=headers)
            reply = self.of_thread.connection.getresponse()
            content = reply.read()
        except (OSError, http.client.HTTPException):
            self.of_thread.connection = None
            if fresh:
                raise
            return self.send(method, target, body, headers)
        if reply.status >= 300:
            raise Failure(f"{method} {target}: HTTP {reply.status}: {content[:300]!r}")
        return content

    def names(self):
        """Of all objects."""
        names, query = [], {"list-type": "2"}
        while True:
            page = self.ask("GET", query=query).decode()
            names += re.findall(r"<Key>([^<]*)</Key>", page)
            if not (more := re.search(r"<NextContinuationToken>([^<]*)<", page)):
                return names
            query["continuation-token"] = more[1]

    def let_anybody_read(self):
        """Without a signature."""
        self.ask("PUT", query={"policy": ""}, body=json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject"], "Resource": [f"arn:aws:s3:::{self.bucket}/*"]}]}).encode())

    def stop(self):
        self.process.stdin.close()
        self.process.wait(timeout=30)
