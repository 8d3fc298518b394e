{{/* Names and labels. A role is `query`, `store` or `compact`; most templates take (dict "root" $ "role" "store" ...). */}}

{{- define "varve.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{/* What all names begin with. */}}
{{- define "varve.fullname" -}}
{{- $name := include "varve.name" . -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* root, role, and of a store's unit: suffix */}}
{{- define "varve.rolename" -}}
{{- $name := printf "%s-%s" (include "varve.fullname" .root) .role -}}
{{- if .suffix }}{{ $name = printf "%s-%s" $name .suffix }}{{ end -}}
{{- if gt (len $name) 52 -}}
{{- fail (printf "%s is too long: the labels of its pods have room for names of 52 characters. Give a shorter fullnameOverride" $name) -}}
{{- end -}}
{{- $name -}}
{{- end -}}

{{/* What selects the pods of a role: never changes for a release. */}}
{{- define "varve.selector" -}}
app.kubernetes.io/name: {{ include "varve.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- with .role }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- with .suffix }}
varve-unit: {{ . }}
{{- end }}
{{- end -}}

{{- define "varve.labels" -}}
{{ include "varve.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: varve
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* name, labels and annotations of an object: root, role, name, and optionally suffix, labels, annotations */}}
{{- define "varve.metadata" -}}
name: {{ .name }}
labels:
  {{- include "varve.labels" . | nindent 2 }}
  {{- with .labels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with merge (dict) (.annotations | default dict) .root.Values.commonAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "varve.serviceAccountName" -}}
{{- $account := (index .root.Values .role).serviceAccount -}}
{{- if $account.create -}}
{{- default (include "varve.rolename" (dict "root" .root "role" .role)) $account.name -}}
{{- else -}}
{{- default "default" $account.name -}}
{{- end -}}
{{- end -}}

{{- define "varve.objstoreSecret" -}}
{{- if .Values.objstore.config -}}
{{- printf "%s-objstore" (include "varve.fullname" .) -}}
{{- else -}}
{{- required "objstore: give existingSecret or config" .Values.objstore.existingSecret -}}
{{- end -}}
{{- end -}}
