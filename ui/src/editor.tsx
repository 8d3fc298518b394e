// The expression field: CodeMirror with Prometheus' own PromQL language, completion and linting.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { HighlightStyle, bracketMatching, syntaxHighlighting } from "@codemirror/language";
import { lintKeymap } from "@codemirror/lint";
import { EditorState, Prec } from "@codemirror/state";
import { EditorView, keymap, placeholder } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { PromQLExtension } from "@prometheus-io/codemirror-promql";
import { useEffect, useRef } from "preact/hooks";

const highlighting = HighlightStyle.define([
  { tag: tags.number, color: "var(--syntax-number)" },
  { tag: tags.string, color: "var(--syntax-string)" },
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier], color: "var(--syntax-keyword)" },
  { tag: [tags.function(tags.variableName)], color: "var(--syntax-function)" },
  { tag: tags.labelName, color: "var(--syntax-label)" },
  { tag: tags.comment, color: "var(--muted)", fontStyle: "italic" },
]);

export function Editor(props: { value: string; onChange: (text: string) => void; onRun: () => void }) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>();
  const latest = useRef(props);
  latest.current = props;

  useEffect(() => {
    const promql = new PromQLExtension().setComplete({ remote: { url: new URL(".", document.baseURI).pathname.replace(/\/$/, "") } });
    view.current = new EditorView({
      parent: host.current!,
      state: EditorState.create({
        doc: latest.current.value,
        extensions: [
          history(),
          bracketMatching(),
          closeBrackets(),
          autocompletion(),
          syntaxHighlighting(highlighting),
          EditorView.lineWrapping,
          placeholder("Expression, for example  rate(node_cpu_seconds_total[5m])"),
          promql.asExtension(),
          Prec.highest(keymap.of([{ key: "Enter", run: (v) => runUnlessCompleting(v) }, { key: "Mod-Enter", run: () => (latest.current.onRun(), true) }])),
          keymap.of([...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...lintKeymap, ...defaultKeymap]),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) latest.current.onChange(update.state.doc.toString());
          }),
          EditorView.contentAttributes.of({ "aria-label": "Expression" }),
        ],
      }),
    });
    const runUnlessCompleting = (v: EditorView) => {
      if (v.dom.querySelector(".cm-tooltip-autocomplete")) return false; // Enter takes the completion
      latest.current.onRun();
      return true;
    };
    return () => view.current?.destroy();
  }, []);

  useEffect(() => {
    const editor = view.current;
    if (editor && editor.state.doc.toString() !== props.value) {
      editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: props.value } });
    }
  }, [props.value]);

  return <div class="editor" ref={host} />;
}
