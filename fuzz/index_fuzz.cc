// Indexes and their parts. The first byte says which part the rest is; parts get the frame and the checksum they need, so that what is
// behind the checksums is tested too.
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/byte_writer.h"
#include "base/check.h"
#include "base/crc32c.h"
#include "tsdb/index_reader.h"

namespace {

using varve::Bytes;

varve::ByteBuffer Framed(Bytes content) {
  varve::ByteWriter out;
  out.U32(static_cast<uint32_t>(content.size()));
  out.Append(content);
  out.U32(varve::Crc32c(content));
  return out.Release();
}

void TrySymbols(Bytes content) {
  const varve::ByteBuffer section = Framed(content);
  const auto table = varve::SymbolTable::Open(section);
  if (!table.ok()) return;
  uint32_t count = 0;
  table->ForEach([&](std::string_view symbol) {
    VARVE_CHECK(*table->Lookup(count++) == symbol);
    table->Find(symbol);
  });
  VARVE_CHECK(count == table->size() && !table->Lookup(count).ok());
}

void TryPostingsOffsets(Bytes content) {
  const varve::ByteBuffer section = Framed(content);
  const auto table = varve::PostingsOffsetTable::Open(section, 1 << 20);
  if (!table.ok()) return;
  for (const std::string_view name : table->LabelNames()) {
    size_t count = 0;
    table->ForEachValue(name, "", [&](const varve::PostingsOffsetTable::Entry& entry) {
      VARVE_CHECK(table->Find(name, entry.value) == entry.postings);  // the table is sorted, or it would not have opened
      return ++count > 0;
    });
    VARVE_CHECK(count == table->ValueCount(name));
  }
}

void TryPostings(Bytes content) {
  const varve::ByteBuffer section = Framed(content);
  const auto list = varve::PostingsView::Parse(section);
  if (!list.ok()) return;
  const varve::Postings refs = list->ToVector();
  for (size_t i = 0; i < refs.size(); ++i) VARVE_CHECK(list->Seek(0, refs[i]) == i);
  VARVE_CHECK(varve::Intersect({*list, refs}) == refs);
}

void TrySeries(Bytes content) {
  varve::SeriesEntry entry;
  if (!varve::DecodeSeriesEntry(content, entry).ok()) return;
  varve::ByteWriter again;
  varve::EncodeSeriesEntry(entry, again);
  varve::SeriesEntry decoded;
  VARVE_CHECK(varve::DecodeSeriesEntry(again.bytes(), decoded).ok());
  VARVE_CHECK(decoded.labels == entry.labels && decoded.chunks == entry.chunks);
}

void TryIndex(Bytes file) {
  const auto index = varve::IndexReader::Open(file);
  if (!index.ok()) return;
  const auto refs = index->Select(varve::Context(), {});
  varve::SeriesEntry entry;
  varve::LabelResolver labels(index->symbols());
  for (const varve::SeriesRef ref : refs.value_or(varve::Postings())) {
    if (index->ReadSeries(ref, entry).ok()) labels.Resolve(entry.labels).status().IgnoreError();
  }
  index->LabelValues(varve::Context(), "job", {varve::Matcher::NotEqual("x", "y")}, 0).status().IgnoreError();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const Bytes content = std::as_bytes(std::span(data + 1, size - 1));
  switch (data[0]) {
    case 's': TrySymbols(content); break;
    case 'o': TryPostingsOffsets(content); break;
    case 'p': TryPostings(content); break;
    case 'e': TrySeries(content); break;
    default: TryIndex(content);
  }
  return 0;
}
