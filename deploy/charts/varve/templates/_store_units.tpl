{{/*
The StatefulSets that share the blocks of the bucket: one for each shard of each group, as a JSON list of
{suffix, replicas, relabel, minTime, maxTime, extraArgs}. Without groups and shards it is one, without a suffix.
*/}}
{{- define "varve.storeUnits" -}}
{{- $store := .Values.store -}}
{{- $units := list -}}
{{- range $group := ($store.groups | default (list dict)) -}}
  {{- range $shard := until (int $store.shards) -}}
    {{- $suffix := $group.name | default "" -}}
    {{- $relabel := $group.relabel | default list -}}
    {{- if gt (int $store.shards) 1 -}}
      {{- $suffix = printf "%s-shard-%d" $suffix $shard | trimPrefix "-" -}}
      {{- $relabel = concat $relabel (list
            (dict "action" "hashmod" "source_labels" (list "__block_id") "target_label" "shard" "modulus" (int $store.shards))
            (dict "action" "keep" "source_labels" (list "shard") "regex" (toString $shard))) -}}
    {{- end -}}
    {{- $units = append $units (dict
          "suffix" $suffix
          "replicas" (int ($group.replicas | default $store.replicas))
          "relabel" $relabel
          "minTime" ($group.minTime | default "")
          "maxTime" ($group.maxTime | default "")
          "extraArgs" (concat $store.extraArgs ($group.extraArgs | default list))) -}}
  {{- end -}}
{{- end -}}
{{- toJson $units -}}
{{- end -}}
