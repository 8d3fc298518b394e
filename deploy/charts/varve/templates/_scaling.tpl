{{/* HorizontalPodAutoscaler and PodDisruptionBudget of what carries `name`. They take root, role, name, kind and suffix. */}}

{{- define "varve.autoscaler" -}}
{{- with (index .root.Values .role).autoscaling -}}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  {{- include "varve.metadata" $ | nindent 2 }}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: {{ $.kind }}
    name: {{ $.name }}
  minReplicas: {{ .minReplicas }}
  maxReplicas: {{ .maxReplicas }}
  metrics:
    {{- if not (or .targetCPUUtilizationPercentage .targetMemoryUtilizationPercentage) }}
    {{- fail (printf "%s.autoscaling needs targetCPUUtilizationPercentage or targetMemoryUtilizationPercentage" $.role) }}
    {{- end }}
    {{- with .targetCPUUtilizationPercentage }}
    - type: Resource
      resource:
        name: cpu
        target: {type: Utilization, averageUtilization: {{ . }}}
    {{- end }}
    {{- with .targetMemoryUtilizationPercentage }}
    - type: Resource
      resource:
        name: memory
        target: {type: Utilization, averageUtilization: {{ . }}}
    {{- end }}
  {{- with .behavior }}
  behavior:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}
{{- end -}}

{{- define "varve.disruptionBudget" -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "varve.metadata" . | nindent 2 }}
spec:
  maxUnavailable: {{ (index .root.Values .role).podDisruptionBudget.maxUnavailable }}
  selector:
    matchLabels:
      {{- include "varve.selector" . | nindent 6 }}
{{- end -}}
