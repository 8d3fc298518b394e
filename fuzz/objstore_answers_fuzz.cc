// What object stores answer beside S3's XML: Azure's listings, ranges, times, delays. Any bytes are an answer or an error.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "objstore/azure/azure_answers.h"
#include "objstore/bucket_errors.h"
#include "objstore/http/http_bucket.h"
#include "objstore/iso_time.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto page = varve::ParseAzureListPage(text);
  if (page.ok()) VARVE_CHECK(page->blobs.size() + page->prefixes.size() <= size);

  const std::string_view line = text.substr(0, text.find('\n'));
  varve::TransportResponse response{.status = 206, .headers = {}, .text = "", .into_bytes = size % 8};
  response.headers.Set("Content-Range", line);
  for (const uint64_t offset : {uint64_t{0}, uint64_t{5}, ~uint64_t{0}}) {
    const auto got = varve::AnsweredRange(response, "object", offset, 4);
    if (got.ok()) VARVE_CHECK(*got <= 4);
  }
  const auto delay = varve::ParseRetryAfter(line, 1'700'000'000);
  if (delay.has_value()) VARVE_CHECK(delay->count() >= 0 && *delay <= std::chrono::hours(1));
  varve::ParseIso8601(line.substr(0, 64)).IgnoreError();
  VARVE_CHECK(varve::HttpDateMs(line.substr(0, 64)) >= 0);
  return 0;
}
