{{/* root, how (interval, scrapeTimeout), label: the meta label that holds the role. `job` becomes varve-ROLE, whatever the release is called: the rules of deploy/monitoring go by it. */}}
{{- define "varve.scrape" -}}
- port: http
  path: /metrics
  {{- with .how.interval }}
  interval: {{ . }}
  {{- end }}
  {{- with .how.scrapeTimeout }}
  scrapeTimeout: {{ . }}
  {{- end }}
  relabelings:
    - action: replace
      sourceLabels: [{{ .label }}]
      targetLabel: job
      replacement: varve-$1
{{- end -}}
