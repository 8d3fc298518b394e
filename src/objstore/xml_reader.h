// The XML that object stores answer with, read strictly and in one pass.
//
//   XmlReader reader(body);
//   while (reader.Next()) {
//     if (reader.at_end_of("Contents")) objects.push_back(std::exchange(object, {}));
//     if (reader.at_end_of("Key")) object.key = reader.text();
//   }
//   VARVE_RETURN_IF_ERROR(reader.status());
//
// Shape    elements and text alone: attributes, comments and namespaces are stepped over, prefixes of names dropped. No document
//          types, so no entities but the five of XML and characters by number. A byte order mark is stepped over.
// Errors   InvalidArgument with the offset for what is not well-formed, nested deeper than 32, or not one element.
// Threads  a value of one thread; `xml` outlives it.
#pragma once

#include <absl/status/status.h>

#include <string>
#include <string_view>
#include <vector>

namespace varve {

class XmlReader {
 public:
  explicit XmlReader(std::string_view xml) : xml_(xml), at_(xml.starts_with("\xEF\xBB\xBF") ? 3 : 0) {}

  // To the next start or end of an element; false at the end of the document or at an error.
  bool Next();
  const absl::Status& status() const { return status_; }

  std::string_view name() const { return name_; }
  bool at_start() const { return at_start_; }
  bool at_end_of(std::string_view name) const { return !at_start_ && name_ == name; }
  bool inside(std::string_view name) const;  // an element of that name is open around this one
  size_t depth() const { return open_.size(); }
  // At an end: the element's own text, up to its first child if it has any.
  const std::string& text() const { return text_; }

 private:
  bool Fail(std::string_view what);
  bool SkipUntil(std::string_view mark);
  bool ReadText();
  bool AppendEntity();
  bool ReadStart();
  bool ReadEnd();
  std::string_view ReadName();
  bool SkipAttributes();
  void SkipSpace();

  const std::string_view xml_;
  size_t at_;
  std::vector<std::string_view> open_;
  std::string_view name_;
  bool at_start_ = false, empty_element_ = false, root_seen_ = false, keeps_text_ = false;
  std::string text_;
  absl::Status status_;
};

}  // namespace varve
