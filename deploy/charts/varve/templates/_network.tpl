{{/* Rules of NetworkPolicies, for all roles. */}}

{{/* DNS, wherever it is served. */}}
{{- define "varve.egressDNS" -}}
- ports:
    - {port: 53, protocol: UDP}
    - {port: 53, protocol: TCP}
{{- end -}}

{{/* /metrics and what else the HTTP port shows, for those who may see it; nobody named: everybody. */}}
{{- define "varve.ingressMetrics" -}}
- ports:
    - {port: http, protocol: TCP}
  {{- with .Values.networkPolicy.metricsFrom }}
  from:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{/* root, role, name, ingress and egress: lists of rules as YAML */}}
{{- define "varve.networkPolicy" -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  {{- include "varve.metadata" . | nindent 2 }}
spec:
  podSelector:
    matchLabels:
      {{- include "varve.selector" . | nindent 6 }}
  policyTypes:
    - Ingress
    {{- if .root.Values.networkPolicy.egress.enabled }}
    - Egress
    {{- end }}
  ingress:
    {{- .ingress | trim | nindent 4 }}
  {{- if .root.Values.networkPolicy.egress.enabled }}
  egress:
    {{- .egress | trim | nindent 4 }}
  {{- end }}
{{- end -}}
