"""Blocks shipped by the sidecar into a real S3 server outlive their Prometheus: store + query answer the same range as it did."""
from harness import check, run
from s3_servers import S3Server
from ship import ship_and_wipe


def ship_to(scene, kind):
    server = S3Server(scene, kind)
    try:
        ship_and_wipe(scene, server.config, lambda: {name.split("/")[0] for name in server.names() if name.endswith("/meta.json")})
        for process in scene.processes:
            check(server.secret_key not in process.log.read_text(errors="replace"), f"{process.name} logged the secret key")
        scene.stop()  # before its bucket goes
    finally:
        server.stop()


if __name__ == "__main__":
    run("s3", lambda scene: ship_to(scene, "rgw"))
