"""An endpoint that dies or hangs in the middle of a query: a warning that names it, and the rest of the answer."""
import os
import signal
import subprocess
import threading
import time

from harness import api, check, instant, run
from targets import write_openmetrics


def scenario(scene):
    now = int(time.time())
    stores = []
    for i in range(2):
        text, bucket = scene.folder / f"{i}.om", scene.folder / f"bucket-{i}"
        write_openmetrics(text, 10, now - 8 * 3600, now - 6 * 3600, 60, seed=i)
        subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", text, bucket], check=True, stdout=subprocess.DEVNULL)
        config = scene.folder / f"bucket-{i}.yml"
        config.write_text(f"type: FILESYSTEM\nconfig: {{directory: {bucket}}}\n")
        stores.append(scene.varve("store", f"--data-dir={scene.folder}/store-{i}", f"--objstore.config-file={config}", name=f"store-{i}"))
    endpoints = [f"--endpoint=127.0.0.1:{s.grpc}" for s in stores]
    query = scene.varve("query", *endpoints)
    patient = scene.varve("query", *endpoints, "--store.response-timeout=1s", name="query-timeout")
    moment = now - 7 * 3600 + 0.5
    for one in (query, patient):
        scene.wait("both stores", lambda: len(api(one.url, "stores", method="GET")["data"].get("store", [])) == 2)
    whole = len(instant(query.url, "om_temperature", moment)["data"]["result"])
    check(whole == 5, f"both stores hold the same 5 series, got {whole}")

    victim = stores[1]
    address = f"127.0.0.1:{victim.grpc}"
    os.kill(victim.pid, signal.SIGSTOP)
    began = time.monotonic()
    answer = instant(patient.url, "om_temperature", moment)
    check(answer["status"] == "success" and len(answer["data"]["result"]) == 5, f"the other store answers: {answer}")
    check(any(address in w for w in answer.get("warnings", [])), f"a warning names {address}: {answer.get('warnings')}")
    print(f"   hanging store: answered after {time.monotonic() - began:.1f} s, {answer['warnings'][0]}")
    strict = instant(patient.url, "om_temperature", moment, partial_response="false")
    check(strict["status"] == "error" and address in strict["error"], f"without partial responses it is an error: {strict}")

    answers = []
    thread = threading.Thread(target=lambda: answers.append(instant(query.url, "om_temperature", moment)))
    thread.start()
    scene.wait("the query waits for the stopped store", lambda: thread.is_alive())
    time.sleep(0.5)  # let the call reach the store's socket; a longer or shorter time changes nothing in what must come out
    check(not answers, "the query waits")
    victim.expected_dead = True
    victim.kill()
    thread.join(60)
    check(answers and answers[0]["status"] == "success", f"answered: {answers}")
    check(len(answers[0]["data"]["result"]) == 5, "the rest of the answer is there")
    check(any(address in w for w in answers[0].get("warnings", [])), f"a warning names {address}: {answers[0].get('warnings')}")
    print(f"   killed store: {answers[0]['warnings'][0]}")


if __name__ == "__main__":
    run("kill", scenario)
