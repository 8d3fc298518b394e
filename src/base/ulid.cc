#include "base/ulid.h"

#include <chrono>
#include <random>

#include "base/errors.h"

namespace varve {
namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

int DigitOf(char c) {
  if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  const size_t at = kAlphabet.find(c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

}  // namespace

absl::StatusOr<Ulid> Ulid::Parse(std::string_view text) {
  if (text.size() != 26) return InvalidArgument("ULID {:?}: {} characters, expected 26", text, text.size());
  Ulid id;
  unsigned __int128 value = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const int digit = DigitOf(text[i]);
    if (digit < 0) return InvalidArgument("ULID {:?}: character {} is not in Crockford's base 32", text, i + 1);
    if (i == 0 && digit > 7) return InvalidArgument("ULID {:?}: larger than 128 bits", text);
    value = value << 5 | static_cast<unsigned>(digit);
  }
  for (size_t i = 16; i-- > 0; value >>= 8) id.bytes_[i] = static_cast<uint8_t>(value);
  return id;
}

Ulid Ulid::FromTime(uint64_t unix_ms, std::array<uint8_t, 10> random) {
  Ulid id;
  for (size_t i = 6; i-- > 0; unix_ms >>= 8) id.bytes_[i] = static_cast<uint8_t>(unix_ms);
  for (size_t i = 0; i < random.size(); ++i) id.bytes_[6 + i] = random[i];
  return id;
}

Ulid Ulid::New() {
  std::random_device entropy;
  std::array<uint8_t, 10> random;
  for (uint8_t& byte : random) byte = static_cast<uint8_t>(entropy());
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return FromTime(static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count()), random);
}

uint64_t Ulid::unix_ms() const {
  uint64_t value = 0;
  for (size_t i = 0; i < 6; ++i) value = value << 8 | bytes_[i];
  return value;
}

std::string Ulid::ToString() const {
  unsigned __int128 value = 0;
  for (const uint8_t byte : bytes_) value = value << 8 | byte;
  std::string text(26, '0');
  for (size_t i = 26; i-- > 0; value >>= 5) text[i] = kAlphabet[static_cast<size_t>(value & 31)];
  return text;
}

}  // namespace varve
