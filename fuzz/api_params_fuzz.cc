// Parameters of the HTTP API: anything may come in, and what is a time can be written and read again.
#include <cstddef>
#include <cstdint>

#include "api/api_params.h"
#include "api/label_handlers.h"
#include "api/rfc3339.h"
#include "base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto time = varve::ParseApiTime(text); time.ok()) {
    VARVE_CHECK(*time >= varve::kApiTimeMin && *time <= varve::kApiTimeMax);
  }
  if (const auto time = varve::ParseRfc3339(text); time.ok() && *time >= -62'135'596'800'000) {
    VARVE_CHECK(varve::ParseRfc3339(varve::FormatRfc3339(*time)) == time || *time > 253'402'300'799'999);
  }
  varve::ParseApiDuration(text).IgnoreError();
  varve::UnescapeLabelName(text);
  varve::UrlParams form;
  varve::ParseUrlQuery(text, form).IgnoreError();
  varve::LimitParam(form).IgnoreError();
  varve::MatchersParam(form).IgnoreError();
  return 0;
}
