// An instant result: one row a series.
import type { QueryData, Sample, Series } from "./api";
import { histogramText, seriesName } from "./series";

const ROWS_MAX = 5000;

function valueText(series: Series): string {
  if (series.value) return series.value[1];
  if (series.histogram) return histogramText(series.histogram[1]);
  const floats = (series.values ?? []).map(([time, value]) => `${value} @${time}`);
  return [...floats, ...(series.histograms ?? []).map(([time, value]) => `${histogramText(value)} @${time}`)].join("\n");
}

export function Table({ data }: { data: QueryData }) {
  if (data.resultType === "scalar" || data.resultType === "string") {
    return (
      <table class="result">
        <tbody>
          <tr>
            <td>{data.resultType}</td>
            <td class="value">{(data.result as Sample)[1]}</td>
          </tr>
        </tbody>
      </table>
    );
  }
  const rows = data.result as Series[];
  if (rows.length === 0) return <p class="note">Empty result: no series matches at this time.</p>;
  return (
    <>
      <table class="result">
        <tbody>
          {rows.slice(0, ROWS_MAX).map((series) => {
            const name = seriesName(series.metric);
            return (
              <tr key={name}>
                <td>{name}</td>
                <td class="value">{valueText(series)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {rows.length > ROWS_MAX && <p class="note">Showing the first {ROWS_MAX} of {rows.length} rows.</p>}
    </>
  );
}
