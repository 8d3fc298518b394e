// The page: a head with two views, queries and endpoints. State lives in the address bar.
import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import "./app.css";
import { version } from "./api";
import { Endpoints } from "./endpoints";
import { Panel } from "./panel";
import { emptyPanel, readPanels, writePanels } from "./url";

type View = "query" | "endpoints";

function App() {
  const [view, setView] = useState<View>(location.hash === "#endpoints" ? "endpoints" : "query");
  const [panels, setPanels] = useState(() => readPanels(location.search).map((state, id) => ({ id, state })));
  const [nextId, setNextId] = useState(panels.length);
  const [about, setAbout] = useState("");

  useEffect(() => void version().then(setAbout, () => setAbout("")), []);
  useEffect(() => {
    const search = panels.some(({ state }) => state.expr) ? writePanels(panels.map(({ state }) => state)) : "";
    history.replaceState(null, "", `${location.pathname}${search}${view === "endpoints" ? "#endpoints" : ""}`);
  }, [panels, view]);

  return (
    <>
      <header>
        <img src="favicon.svg" alt="" width="26" height="26" />
        <h1>Varve</h1>
        <nav>
          <a href="#" class={view === "query" ? "active" : ""} onClick={(event) => (event.preventDefault(), setView("query"))}>Query</a>
          <a href="#endpoints" class={view === "endpoints" ? "active" : ""} onClick={(event) => (event.preventDefault(), setView("endpoints"))}>Endpoints</a>
        </nav>
        <span class="about">{about && `version ${about}`}</span>
      </header>
      <main>
        <div hidden={view !== "query"}>
          {panels.map(({ id, state }) => (
            <Panel
              key={id}
              state={state}
              onChange={(next) => setPanels((old) => old.map((panel) => (panel.id === id ? { id, state: next } : panel)))}
              onRemove={panels.length > 1 ? () => setPanels((old) => old.filter((panel) => panel.id !== id)) : undefined}
            />
          ))}
          <button onClick={() => (setPanels([...panels, { id: nextId, state: emptyPanel }]), setNextId(nextId + 1))}>Add panel</button>
        </div>
        {view === "endpoints" && <Endpoints />}
      </main>
    </>
  );
}

render(<App />, document.getElementById("app")!);
