// Which stores this querier asks, what they hold, and whether they answer.
import { useEffect, useState } from "preact/hooks";
import { Endpoint, endpoints } from "./api";
import { seriesName } from "./series";
import { formatTime } from "./time";

const REFRESH_MS = 5000;

export function Endpoints() {
  const [groups, setGroups] = useState<Record<string, Endpoint[]> | null>(null);
  const [error, setError] = useState("");
  useEffect(() => {
    const load = () => endpoints().then((data) => (setGroups(data), setError("")), (failure) => setError(String(failure.message ?? failure)));
    load();
    const timer = setInterval(load, REFRESH_MS);
    return () => clearInterval(timer);
  }, []);

  if (error) return <p class="error" role="alert">{error}</p>;
  if (!groups) return <p class="note">Loading…</p>;
  const kinds = Object.keys(groups).sort();
  if (kinds.length === 0) return <p class="note">No endpoints yet. Give some with --endpoint=host:10901 or --endpoint=dnssrv+_grpc._tcp.name.</p>;
  return (
    <>
      {kinds.map((kind) => (
        <section class="panel" key={kind}>
          <h2>{kind}</h2>
          <table class="endpoints">
            <thead>
              <tr><th>Endpoint</th><th>State</th><th>Labels</th><th>From (UTC)</th><th>To</th><th>Last check</th></tr>
            </thead>
            <tbody>
              {groups[kind].map((one) => (
                <tr key={one.name}>
                  <td>{one.name}</td>
                  <td>{one.lastError ? <span class="state down" title={one.lastError}>down: {one.lastError}</span> : <span class="state up">up</span>}</td>
                  <td>{one.labelSets.slice(0, 20).map((labels) => <code key={seriesName(labels)}>{seriesName(labels)}</code>)}{one.labelSets.length > 20 && ` and ${one.labelSets.length - 20} more`}</td>
                  <td>{formatTime(one.minTime)}</td>
                  <td>{formatTime(one.maxTime)}</td>
                  <td>{formatTime(Date.parse(one.lastCheck))}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      ))}
    </>
  );
}
