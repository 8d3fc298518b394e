// Queries and addresses from the network: reading never fails badly, and what was read can be written and read again.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "net/address.h"
#include "net/url.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  varve::UrlParams params, again;
  varve::ParseUrlQuery(text, params).IgnoreError();
  VARVE_CHECK(varve::ParseUrlQuery(params.Encode(), again).ok());
  VARVE_CHECK(params.pairs() == again.pairs());
  varve::UrlDecodePath(text).IgnoreError();
  if (const auto address = varve::ParseHostPort(text); address.ok()) {
    VARVE_CHECK(varve::ParseHostPort(address->ToString()) == address);
  }
  return 0;
}
