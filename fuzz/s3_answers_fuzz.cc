// What an S3 server, or whatever poses as one, answers in XML: any bytes are an answer or an error.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "objstore/iso_time.h"
#include "objstore/s3/s3_answers.h"
#include "objstore/xml_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto page = varve::ParseListPage(text);
  if (page.ok()) {
    VARVE_CHECK(page->objects.size() + page->prefixes.size() <= size);
  }
  varve::ParseS3Error(text);
  varve::ParseUploadId(text).IgnoreError();
  varve::ParseDeleteFailures(text).IgnoreError();
  varve::ParseIso8601(text.substr(0, 64)).IgnoreError();
  varve::XmlReader reader(text);
  size_t depth = 0;
  while (reader.Next()) {
    VARVE_CHECK(reader.at_start() ? reader.depth() == depth + 1 : reader.depth() + 1 == depth);
    depth = reader.depth();
    VARVE_CHECK(reader.text().size() <= size);
  }
  VARVE_CHECK(!reader.status().ok() || depth == 0);
  return 0;
}
