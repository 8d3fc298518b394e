{{/*
Whom a querier asks: this release's stores, found by SRV records of their headless Services, and `query.endpoints`. Where a store has several replicas
they hold the same blocks, so that they are a group, asked in turns.
*/}}
{{- define "varve.queryEndpoints" -}}
{{- if .Values.store.enabled -}}
{{- range include "varve.storeUnits" . | fromJsonArray }}
{{- $many := or (gt (int .replicas) 1) $.Values.store.autoscaling.enabled }}
{{- $service := include "varve.rolename" (dict "root" $ "role" "store" "suffix" .suffix) }}
- --{{ ternary "endpoint-group" "endpoint" $many }}=dnssrv+_grpc._tcp.{{ $service }}.$(POD_NAMESPACE).svc.{{ $.Values.clusterDomain }}
{{- end }}
{{- end }}
{{- range .Values.query.endpoints }}
- --endpoint={{ . }}
{{- end }}
{{- end -}}
