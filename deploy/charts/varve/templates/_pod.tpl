{{/* The parts that pods of all roles have in common. Where nothing else is said they take (dict "root" $ "role" "store"). */}}

{{- define "varve.image" -}}
{{- $image := .Values.image -}}
{{- if $image.digest -}}
{{- printf "%s@%s" $image.repository $image.digest -}}
{{- else -}}
{{- printf "%s:%s" $image.repository (default .Chart.AppVersion $image.tag) -}}
{{- end -}}
{{- end -}}

{{/* Flags that every role has. */}}
{{- define "varve.commonArgs" -}}
- --log.level={{ .root.Values.log.level }}
- --log.format={{ .root.Values.log.format }}
- --http-address=0.0.0.0:10902
{{- end -}}

{{- define "varve.grpcServerArgs" -}}
- --grpc-address=0.0.0.0:10901
{{- with .Values.grpcTLS }}
{{- if .enabled }}
- --grpc-server-tls-cert=/etc/varve/grpc-tls/tls.crt
- --grpc-server-tls-key=/etc/varve/grpc-tls/tls.key
{{- if .clientAuth }}
- --grpc-server-tls-client-ca=/etc/varve/grpc-tls/ca.crt
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Of the roles that work on the bucket. */}}
{{- define "varve.bucketArgs" -}}
- --data-dir=/var/lib/varve
- --objstore.config-file=/etc/varve/objstore/{{ .Values.objstore.key }}
{{- end -}}

{{- define "varve.bucketEnv" -}}
{{- with .Values.objstore.s3Credentials }}
{{- if .existingSecret }}
- name: S3_ACCESS_KEY
  valueFrom: {secretKeyRef: {name: {{ .existingSecret }}, key: {{ .accessKey }}}}
- name: S3_SECRET_KEY
  valueFrom: {secretKeyRef: {name: {{ .existingSecret }}, key: {{ .secretKey }}}}
{{- end }}
{{- end }}
{{- end -}}

{{- define "varve.bucketVolumeMounts" -}}
- {name: data, mountPath: /var/lib/varve}
- {name: objstore, mountPath: /etc/varve/objstore, readOnly: true}
{{- with .Values.objstore.customCA }}
{{- if or .existingConfigMap .existingSecret }}
- {name: bucket-ca, mountPath: /etc/varve/bucket-ca, readOnly: true}
{{- end }}
{{- end }}
{{- end -}}

{{/* Without `data`: that is a volume claim or an emptyDir of the role. */}}
{{- define "varve.bucketVolumes" -}}
- name: objstore
  secret: {secretName: {{ include "varve.objstoreSecret" . }}}
{{- with .Values.objstore.customCA }}
{{- if .existingConfigMap }}
- name: bucket-ca
  configMap: {name: {{ .existingConfigMap }}}
{{- else if .existingSecret }}
- name: bucket-ca
  secret: {secretName: {{ .existingSecret }}}
{{- end }}
{{- end }}
{{- end -}}

{{- define "varve.grpcTLSVolumeMounts" -}}
{{- if .Values.grpcTLS.enabled }}
- {name: grpc-tls, mountPath: /etc/varve/grpc-tls, readOnly: true}
{{- end }}
{{- end -}}

{{- define "varve.grpcTLSVolumes" -}}
{{- if .Values.grpcTLS.enabled }}
- name: grpc-tls
  secret: {secretName: {{ required "grpcTLS.enabled needs grpcTLS.existingSecret" .Values.grpcTLS.existingSecret }}}
{{- end }}
{{- end -}}

{{/* A restart of the pod where the chart's own Secret changes; one of yours is no business of the chart. */}}
{{- define "varve.podMetadata" -}}
{{- $values := index .root.Values .role -}}
labels:
  {{- include "varve.selector" . | nindent 2 }}
  app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
  app.kubernetes.io/part-of: varve
  {{- with merge (dict) $values.podLabels .root.Values.commonLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- $annotations := merge (dict) $values.podAnnotations .root.Values.commonAnnotations -}}
{{- if and .bucket .root.Values.objstore.config -}}
{{- $_ := set $annotations "checksum/objstore" (toYaml .root.Values.objstore.config | sha256sum) -}}
{{- end -}}
{{- with $annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* What stands in the pod's spec beside containers and volumes. */}}
{{- define "varve.podSettings" -}}
{{- $values := index .root.Values .role -}}
serviceAccountName: {{ include "varve.serviceAccountName" . }}
automountServiceAccountToken: false
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- toYaml .root.Values.podSecurityContext | nindent 2 }}
terminationGracePeriodSeconds: {{ .root.Values.terminationGracePeriodSeconds }}
{{- with $values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with $values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if $values.topologySpreadConstraints }}
topologySpreadConstraints:
  {{- $labels := dict "labelSelector" (dict "matchLabels" (include "varve.selector" . | fromYaml)) }}
  {{- range $values.topologySpreadConstraints }}
  - {{ toYaml (merge (dict) . $labels) | nindent 4 | trim }}
  {{- end }}
{{- end }}
{{- end -}}

{{/* What stands in the container beside args, env and mounts. Alive: the process answers; ready: it has what it needs to serve. */}}
{{- define "varve.containerSettings" -}}
{{- $values := index .root.Values .role -}}
name: {{ .role }}
image: {{ include "varve.image" .root | quote }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
securityContext:
  {{- toYaml .root.Values.containerSecurityContext | nindent 2 }}
resources:
  {{- toYaml $values.resources | nindent 2 }}
ports:
  - {name: http, containerPort: 10902, protocol: TCP}
  {{- if .grpc }}
  - {name: grpc, containerPort: 10901, protocol: TCP}
  {{- end }}
{{- if and .grpc .root.Values.preStopSleepSeconds }}
lifecycle:
  preStop: {sleep: {seconds: {{ .root.Values.preStopSleepSeconds }}}}
{{- end }}
livenessProbe:
  httpGet: {path: /-/healthy, port: http}
  periodSeconds: 30
  timeoutSeconds: 5
  failureThreshold: 4
readinessProbe:
  httpGet: {path: /-/ready, port: http}
  periodSeconds: 5
  timeoutSeconds: 5
  failureThreshold: 3
{{- end -}}

{{/* root, role: the volume `data` of a role without persistence, and the claim of one that has it. */}}
{{- define "varve.volumeClaim" -}}
{{- with (index .root.Values .role).persistence }}
- metadata:
    name: data
    labels:
      {{- include "varve.selector" $ | nindent 6 }}
    {{- with .annotations }}
    annotations:
      {{- toYaml . | nindent 6 }}
    {{- end }}
  spec:
    accessModes:
      {{- toYaml .accessModes | nindent 6 }}
    {{- with .storageClass }}
    storageClassName: {{ . }}
    {{- end }}
    resources:
      requests:
        storage: {{ .size }}
{{- end }}
{{- end -}}
