"""The contract of buckets on emulators of Google Cloud Storage and Azure Blob Storage."""
import os
import subprocess

from harness import ROOT, check, free_port, run

# What the emulator of GCS does not do: ranges behind the end (it sends the whole object) and conditions on generations. It ends uploads
# with their first chunk, too; objstore.gcs_test has those against a scripted server.
NOT_IN_GCS = "*ReadsRanges*:*UploadsIfAbsent*"
PACKAGES = {"gcs": "firebase-tools@15.34.2", "azure": "azurite@3.35.0"}


def node_modules(kind):
    """Where npm put the emulator: downloaded once (a quarter of a gigabyte, minutes), then kept in the build folder."""
    folder = ROOT / "build" / "e2e-node" / kind
    complete = folder / "complete"
    if not complete.exists():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["npm", "install", "--prefix", folder, "--no-audit", "--no-fund", PACKAGES[kind]], check=True, stdout=subprocess.DEVNULL)
        complete.touch()
    return folder / "node_modules"


def contract(scene, kind, program, variable, skipped):
    test = ROOT / "build" / "release" / f"objstore.{kind}_test"
    subprocess.run(["ninja", "-C", test.parent, test.name], check=True, stdout=subprocess.DEVNULL)
    port = free_port()
    with open(scene.folder / f"{kind}.log", "ab") as log:
        server = subprocess.Popen([*program, str(port)], env={**os.environ, "NODE_PATH": str(node_modules(kind))}, stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, stderr=log)
    try:
        check(server.stdout.readline() == b"ready\n", f"{kind} did not start; see {scene.folder}/{kind}.log")
        done = subprocess.run([test, "--gtest_brief=1", f"--gtest_filter=-{skipped}"], env={**os.environ, variable: f"127.0.0.1:{port}"},
                              capture_output=True, text=True)
        check(done.returncode == 0 and "SKIPPED" not in done.stdout, done.stdout[-4000:] + done.stderr[-1000:])
        print(f"   {kind}: {done.stdout.strip().splitlines()[-2].strip()}")
    finally:
        server.stdin.close()
        server.wait(timeout=30)


def scenario(scene):
    servers = ROOT / "testdata" / "servers"
    contract(scene, "gcs", ["node", servers / "gcs.js"], "VARVE_TEST_GCS", NOT_IN_GCS)
    contract(scene, "azure", [servers / "azurite", scene.folder / "azurite"], "VARVE_TEST_AZURE", "")


if __name__ == "__main__":
    run("gcs_azure", scenario)
