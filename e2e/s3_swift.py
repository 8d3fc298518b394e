"""A second S3 server, strict about signatures and regions: the contract of buckets, and blocks shipped, stored and queried."""
import os
import subprocess

from harness import ROOT, check, run
from s3 import ship_to


def scenario(scene):
    test = ROOT / "build" / "release" / "objstore.s3_server_test"
    subprocess.run(["ninja", "-C", test.parent, test.name], check=True, stdout=subprocess.DEVNULL)
    done = subprocess.run([test, "--gtest_brief=1"], env={**os.environ, "VARVE_TEST_S3": "swift"}, capture_output=True, text=True)
    print("   contract:", done.stdout.strip().splitlines()[-2].strip() if done.stdout else "no output")
    check(done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:])
    ship_to(scene, "swift")


if __name__ == "__main__":
    run("s3_swift", scenario)
