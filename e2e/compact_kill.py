"""A compactor over Ceph's gateway, killed at 100 random moments of its work: the answers stay, nothing healthy is blamed, nothing is left behind."""
import json
import random
import subprocess
import time

from blocks import FLOATS
from compact import HOUR, ask, compact, differing, put_blocks, questions
from harness import VARVE, check, free_port, run
from s3_servers import S3Server

KILLS = 100


def tools(scene, *arguments):
    done = subprocess.run([VARVE, "tools", "bucket", *map(str, arguments)], cwd=scene.folder, capture_output=True, text=True)
    check(done.returncode == 0, f"varve tools bucket {arguments[0]} ended with {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout


class Life:
    """A bucket in the gateway, from the uncompacted blocks to the end of its compaction."""

    def __init__(self, scene, server, source_config, number):
        self.scene, self.number, self.server = scene, number, server
        server.bucket = f"life-{number}"
        server.ask("PUT")
        self.config = scene.folder / f"{server.bucket}.yml"
        self.config.write_text(server.config.read_text().replace("bucket: blocks", f"bucket: {server.bucket}"))
        tools(scene, "replicate", "--single-run", f"--http-address=127.0.0.1:{free_port()}", f"--objstore.config-file={source_config}",
              f"--objstore-to.config-file={self.config}")

    def command(self):
        return compact(self.scene, self.config, data=f"life-{self.number}")

    def kill_after(self, name, seconds):
        """False if it had come to its end by then."""
        process = self.scene.start(name, *self.command())
        process.expected_dead = True
        try:
            process.popen.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            return True
        check(process.popen.returncode == 0, f"compact ended with {process.popen.returncode}\n{process.tail()}")
        return False

    def finish(self):
        began = time.monotonic()
        done = subprocess.run(self.command(), capture_output=True, text=True)
        check(done.returncode == 0, f"compact ended with {done.returncode}: {done.stderr[-2000:]}")
        return time.monotonic() - began

    def clean(self):
        """Everything that is marked goes; then each folder left is a block that is one, and none is blamed."""
        tools(self.scene, "cleanup", "--delete-delay=0s", "--consistency-delay=0s", f"--objstore.config-file={self.config}")
        names = self.server.names()
        check(len(names) < 1000, "more objects than one listing shows")
        marks = [n for n in names if n.endswith("-mark.json")]
        check(not marks, f"marks are left: {marks}")
        listed = tools(self.scene, "ls", f"--objstore.config-file={self.config}").split()
        return listed, {n.split("/")[0] for n in names} - set(listed)


def scenario(scene):
    source = scene.folder / "bucket"
    source_config = scene.bucket_config(source).rename(scene.folder / "source.yml")
    now = int(time.time()) // (2 * HOUR) * 2 * HOUR
    put_blocks(scene, source, "plain", now, 30, 1)
    put_blocks(scene, source, "twins", now, 30, 2, "a")
    span = (now - 26 * HOUR + 0.5, now - HOUR + 0.5, 977)
    asked = questions(("plain", "twins"), FLOATS, [now - h * HOUR + 0.5 for h in (1, 7, 25)], span)
    before = ask(scene, source_config, asked, "before")
    server = S3Server(scene, "rgw")
    try:
        undisturbed = Life(scene, server, source_config, 0)
        whole = undisturbed.finish()
        blocks_expected = len(undisturbed.clean()[0])
        rnd, kills, lives, orphans = random.Random(5), 0, 0, 0
        while kills < KILLS:
            lives += 1
            life = Life(scene, server, source_config, lives)
            while kills < KILLS and life.kill_after(f"killed-{kills}", rnd.uniform(0.01, whole)):
                kills += 1
            life.finish()
            failures = differing(ask(scene, life.config, asked, f"life-{lives}-answers"), before)
            check(not failures, f"life {lives}: " + "\n   ".join(failures[:20]))
            blocks, left = life.clean()
            check(len(blocks) == blocks_expected, f"life {lives}: {len(blocks)} blocks are left, {blocks_expected} without kills")
            orphans += len(left)
            failures = differing(ask(scene, life.config, asked, f"life-{lives}-cleaned"), before)
            check(not failures, f"life {lives}, cleaned: " + "\n   ".join(failures[:20]))
        print(f"   {kills} kills in {lives} lives of a bucket, {len(before)} answers the same after each, twice; {orphans} uploads were broken off, "
              f"which go when they are 48 h old; a compaction alone took {whole:.1f} s")
        scene.stop()
    finally:
        server.stop()


if __name__ == "__main__":
    run("compact_kill", scenario)
