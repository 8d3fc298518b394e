#include "roles/tools/text_table.h"

#include <algorithm>

#include "base/errors.h"
#include "base/json_writer.h"

namespace varve {
namespace {

using Row = std::vector<std::string>;

std::string AsTable(const TextTable& table) {
  std::vector<size_t> widths;
  for (const std::string& name : table.header) widths.push_back(name.size());
  for (const Row& row : table.rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  const auto line = [&widths](const Row& row) {
    std::string text = "|";
    for (size_t i = 0; i < row.size(); ++i) text += fmt::format(" {:<{}} |", row[i], widths[i]);
    return text + "\n";
  };
  std::string text = line(table.header);
  for (const size_t width : widths) text += "|" + std::string(width + 2, '-');
  text += "|\n";
  for (const Row& row : table.rows) text += line(row);
  return text;
}

std::string Quoted(const std::string& field, char separator) {
  if (field.find_first_of(std::string("\"\r\n") + separator) == std::string::npos) return field;
  std::string quoted = "\"";
  for (const char c : field) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

std::string AsSeparated(const TextTable& table, char separator) {
  std::string text;
  const auto add = [&](const Row& row) {
    for (size_t i = 0; i < row.size(); ++i) {
      if (i > 0) text += separator;
      text += Quoted(row[i], separator);
    }
    text += "\n";
  };
  add(table.header);
  for (const Row& row : table.rows) add(row);
  return text;
}

std::string AsJson(const TextTable& table) {
  std::string text;
  JsonWriter json(text);
  json.BeginArray();
  for (const Row& row : table.rows) {
    json.BeginObject();
    for (size_t i = 0; i < row.size(); ++i) json.Field(table.header[i], row[i]);
    json.EndObject();
  }
  json.EndArray();
  return text + "\n";
}

}  // namespace

absl::Status TextTable::SortBy(const std::vector<std::string>& columns) {
  for (auto column = columns.rbegin(); column != columns.rend(); ++column) {
    const auto found = std::ranges::find(header, *column);
    if (found == header.end()) return InvalidArgument("column {} not found", *column);
    const auto index = static_cast<size_t>(found - header.begin());
    std::ranges::stable_sort(rows, {}, [index](const Row& row) { return row[index]; });
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> TextTable::Format(std::string_view format) const {
  if (format == "table") return AsTable(*this);
  if (format == "csv") return AsSeparated(*this, ',');
  if (format == "tsv") return AsSeparated(*this, '\t');
  if (format == "json") return AsJson(*this);
  return InvalidArgument("output {:?} is none of table, csv, tsv, json", format);
}

}  // namespace varve
