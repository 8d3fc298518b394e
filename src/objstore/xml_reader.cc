#include "objstore/xml_reader.h"

#include <algorithm>
#include <charconv>

#include "base/errors.h"

namespace varve {
namespace {

constexpr size_t kDepthMax = 32;

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

bool IsNameCharacter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' ||
         c == ':' || static_cast<unsigned char>(c) >= 0x80;
}

std::string_view WithoutPrefix(std::string_view name) { return name.substr(name.rfind(':') + 1); }

void AppendUtf8(std::string& out, uint32_t code) {
  const auto tail = [&](int shift) { out += static_cast<char>(0x80 | ((code >> shift) & 0x3f)); };
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0 | (code >> 6)), tail(0);
  } else if (code < 0x10000) {
    out += static_cast<char>(0xe0 | (code >> 12)), tail(6), tail(0);
  } else {
    out += static_cast<char>(0xf0 | (code >> 18)), tail(12), tail(6), tail(0);
  }
}

}  // namespace

bool XmlReader::Fail(std::string_view what) {
  status_ = InvalidArgument("not the XML of an object store: {} at byte {}", what, at_);
  return false;
}

bool XmlReader::inside(std::string_view name) const { return std::find(open_.begin(), open_.end(), name) != open_.end(); }

bool XmlReader::Next() {
  if (!status_.ok()) return false;
  if (empty_element_) {  // <a/> is a start and an end
    empty_element_ = at_start_ = false;
    open_.pop_back();
    return true;
  }
  while (true) {
    if (!ReadText()) return false;
    if (at_ == xml_.size()) return open_.empty() && root_seen_ ? false : Fail("the document ends too early");
    const std::string_view rest = xml_.substr(at_);
    if (rest.starts_with("<!--")) {
      if (!SkipUntil("-->")) return Fail("a comment without an end");
    } else if (rest.starts_with("<?")) {
      if (!SkipUntil("?>")) return Fail("an instruction without an end");
    } else if (rest.starts_with("<!")) {
      return Fail("a declaration");
    } else {
      return rest.starts_with("</") ? ReadEnd() : ReadStart();
    }
  }
}

bool XmlReader::SkipUntil(std::string_view mark) {
  const size_t found = xml_.find(mark, at_);
  if (found == std::string_view::npos) return false;
  at_ = found + mark.size();
  return true;
}

bool XmlReader::ReadText() {
  while (at_ < xml_.size() && xml_[at_] != '<') {
    if (open_.empty() && !IsSpace(xml_[at_])) return Fail("text outside of the root element");
    if (xml_[at_] == '&') {
      if (!AppendEntity()) return Fail("an unknown entity");
    } else {
      const size_t end = std::min(xml_.find_first_of("<&", at_), xml_.size());
      if (keeps_text_) text_ += xml_.substr(at_, end - at_);
      if (open_.empty() && xml_.substr(at_, end - at_).find_first_not_of(" \t\r\n") != std::string_view::npos) {
        return Fail("text outside of the root element");
      }
      at_ = end;
    }
  }
  return true;
}

bool XmlReader::AppendEntity() {
  constexpr size_t kLongest = 12;
  const std::string_view window = xml_.substr(at_ + 1, kLongest);
  const size_t end = window.find(';');
  if (end == std::string_view::npos) return false;
  std::string_view entity = window.substr(0, end);
  constexpr std::pair<std::string_view, char> kKnown[] = {{"lt", '<'}, {"gt", '>'}, {"amp", '&'}, {"quot", '"'}, {"apos", '\''}};
  uint32_t code = 0;
  for (const auto& [name, character] : kKnown) {
    if (entity == name) code = static_cast<uint32_t>(character);
  }
  if (entity.starts_with('#')) {
    const bool hex = entity.starts_with("#x");
    entity.remove_prefix(hex ? 2 : 1);
    const auto [last, error] = std::from_chars(entity.data(), entity.data() + entity.size(), code, hex ? 16 : 10);
    if (error != std::errc() || last != entity.data() + entity.size()) return false;
  }
  if (code == 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return false;
  if (keeps_text_) AppendUtf8(text_, code);
  at_ += end + 2;
  return true;
}

std::string_view XmlReader::ReadName() {
  const size_t start = at_;
  while (at_ < xml_.size() && IsNameCharacter(xml_[at_])) ++at_;
  return xml_.substr(start, at_ - start);
}

void XmlReader::SkipSpace() {
  while (at_ < xml_.size() && IsSpace(xml_[at_])) ++at_;
}

bool XmlReader::ReadStart() {
  ++at_;
  const std::string_view name = ReadName();
  if (name.empty()) return Fail("no name of an element");
  if (open_.empty() && root_seen_) return Fail("a second root element");
  if (open_.size() == kDepthMax) return Fail("elements nested too deep");
  if (!SkipAttributes()) return Fail("a malformed start of an element");
  root_seen_ = true;
  name_ = WithoutPrefix(name);
  open_.push_back(name_);
  text_.clear();
  at_start_ = keeps_text_ = true;
  return true;
}

bool XmlReader::SkipAttributes() {
  while (true) {
    SkipSpace();
    const std::string_view rest = xml_.substr(at_);
    empty_element_ = rest.starts_with("/>");
    if (empty_element_ || rest.starts_with('>')) {
      at_ += empty_element_ ? 2 : 1;
      return true;
    }
    if (ReadName().empty()) return false;
    SkipSpace();
    if (at_ == xml_.size() || xml_[at_] != '=') return false;
    ++at_;
    SkipSpace();
    if (at_ == xml_.size() || (xml_[at_] != '"' && xml_[at_] != '\'')) return false;
    const size_t end = xml_.find(xml_[at_], at_ + 1);
    if (end == std::string_view::npos) return false;
    at_ = end + 1;
  }
}

bool XmlReader::ReadEnd() {
  at_ += 2;
  const std::string_view name = WithoutPrefix(ReadName());
  SkipSpace();
  if (open_.empty() || open_.back() != name) return Fail("the end of an element that is not open");
  if (at_ == xml_.size() || xml_[at_] != '>') return Fail("a malformed end of an element");
  ++at_;
  open_.pop_back();
  name_ = name;
  at_start_ = keeps_text_ = false;  // what follows belongs to the parent, behind its first child
  return true;
}

}  // namespace varve
