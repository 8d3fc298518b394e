// ULID: the name of a block. 48 bits of Unix milliseconds, then 80 random bits, written as 26 characters of Crockford's
// base 32, so that names sort by time.
// Source: https://github.com/ulid/spec; oklog/ulid as Prometheus uses it.
#pragma once

#include <absl/status/statusor.h>
#include <fmt/format.h>

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace varve {

class Ulid {
 public:
  constexpr Ulid() = default;

  // InvalidArgument unless `text` is 26 characters of the alphabet (either case) and fits 128 bits.
  static absl::StatusOr<Ulid> Parse(std::string_view text);
  // The id of something made at `unix_ms`; `random` supplies the low 80 bits.
  static Ulid FromTime(uint64_t unix_ms, std::array<uint8_t, 10> random);
  // A new id for now, from the machine's clock and entropy.
  static Ulid New();

  uint64_t unix_ms() const;
  std::string ToString() const;  // upper case
  const std::array<uint8_t, 16>& bytes() const { return bytes_; }

  friend auto operator<=>(const Ulid&, const Ulid&) = default;

 private:
  std::array<uint8_t, 16> bytes_{};
};

}  // namespace varve

template <>
struct fmt::formatter<varve::Ulid> : fmt::formatter<std::string_view> {
  template <typename FormatContext>
  auto format(const varve::Ulid& id, FormatContext& ctx) const {
    return fmt::formatter<std::string_view>::format(id.ToString(), ctx);
  }
};

template <>
struct std::hash<varve::Ulid> {
  size_t operator()(const varve::Ulid& id) const noexcept {
    size_t value = 0;
    for (size_t i = 8; i < 16; ++i) value = value << 8 | id.bytes()[i];  // the random half
    return value;
  }
};
