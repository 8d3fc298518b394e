"""SRV records find endpoints, follow their changes, and lose them; an explicit port wins over the record's."""
from harness import api, check, free_port, run

NAME = "_grpc._tcp.thanos-store.default.svc.cluster.local"


def scenario(scene):
    port = free_port()
    hosts = scene.folder / "hosts"
    hosts.write_text("127.0.0.1 s0.thanos-store.default.svc.cluster.local s1.thanos-store.default.svc.cluster.local headless.default.svc.cluster.local\n")

    def dnsmasq(records):
        lines = [f"port={port}", "listen-address=127.0.0.1", "bind-interfaces", "no-resolv", "no-hosts", "local=/cluster.local/", "pid-file=", "keep-in-foreground",
                 "cache-size=0", "user=root", f"addn-hosts={hosts}"]
        lines += [f"srv-host={NAME},{host}.thanos-store.default.svc.cluster.local,{grpc},0,50" for host, grpc in records]
        config = scene.folder / "dns.conf"
        config.write_text("\n".join(lines) + "\n")
        return scene.start("dnsmasq", "dnsmasq", "-C", config)

    stores = []
    for i in range(2):
        bucket = scene.folder / f"bucket-{i}"
        bucket.mkdir()
        config = scene.folder / f"bucket-{i}.yml"
        config.write_text(f"type: FILESYSTEM\nconfig: {{directory: {bucket}}}\n")
        stores.append(scene.varve("store", f"--data-dir={scene.folder}/store-{i}", f"--objstore.config-file={config}", name=f"store-{i}"))
    addresses = [f"127.0.0.1:{s.grpc}" for s in stores]

    server = dnsmasq([("s0", stores[0].grpc)])
    env = {"VARVE_DNS_SERVERS": f"127.0.0.1:{port}"}
    query = scene.varve("query", f"--store=dnssrv+{NAME}", "--store.sd-dns-interval=1s", "--store.unhealthy-timeout=2s", env=env)
    pinned = scene.varve("query", f"--store=dnssrv+{NAME}:{stores[1].grpc}", "--store.sd-dns-interval=1s", env=env, name="query-pinned")
    plain = scene.varve("query", f"--endpoint=dns+headless.default.svc.cluster.local:{stores[1].grpc}", env=env, name="query-dns")

    def known(one):
        return sorted(e["name"] for group in api(one.url, "stores", method="GET")["data"].values() for e in group)

    scene.wait("one endpoint found", lambda: known(query) == [addresses[0]])
    scene.wait("the explicit port wins", lambda: known(pinned) == [addresses[1]])
    scene.wait("A records with a port", lambda: known(plain) == [addresses[1]])
    print(f"   found {known(query)}; explicit port {known(pinned)}; A record {known(plain)}")

    def again(records):
        nonlocal server
        server.expected_dead = True
        server.stop()
        server = dnsmasq(records)

    again([("s0", stores[0].grpc), ("s1", stores[1].grpc)])
    scene.wait("the second endpoint followed", lambda: known(query) == sorted(addresses))
    server.expected_dead = True
    server.stop()
    check(known(query) == sorted(addresses), "a dead name server loses nothing")
    server = dnsmasq([("s1", stores[1].grpc)])
    scene.wait("the first endpoint lost", lambda: known(query) == [addresses[1]])
    print(f"   followed to two, kept both without a name server, then only {known(query)}")


if __name__ == "__main__":
    run("dns", scenario)
