#include "objstore/s3/s3_answers.h"

#include <fmt/format.h>

#include <charconv>

#include "base/errors.h"
#include "base/status_macros.h"
#include "net/url.h"
#include "objstore/iso_time.h"
#include "objstore/xml_reader.h"

namespace varve {
namespace {

std::string WithoutQuotes(std::string_view etag) {
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') etag = etag.substr(1, etag.size() - 2);
  return std::string(etag);
}

std::string XmlEscape(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '<': escaped += "&lt;"; break;
      case '>': escaped += "&gt;"; break;
      case '&': escaped += "&amp;"; break;
      case '"': escaped += "&quot;"; break;
      case '\r': escaped += "&#13;"; break;
      default: escaped += c;
    }
  }
  return escaped;
}

absl::Status DecodeKeys(S3ListPage& page) {
  for (S3Object& object : page.objects) {
    VARVE_ASSIGN_OR_RETURN(object.key, UrlDecodeQuery(object.key));
  }
  for (std::string& prefix : page.prefixes) {
    VARVE_ASSIGN_OR_RETURN(prefix, UrlDecodeQuery(prefix));
  }
  return absl::OkStatus();
}

absl::Status ReadSize(std::string_view text, uint64_t& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size()) return InvalidArgument("not a size: {:?}", text);
  return absl::OkStatus();
}

// The end of an element that describes one object.
absl::Status ReadObjectField(const XmlReader& reader, S3Object& object) {
  if (reader.name() == "Key") object.key = reader.text();
  if (reader.name() == "Size") return ReadSize(reader.text(), object.size);
  if (reader.name() == "StorageClass") object.storage_class = reader.text();
  if (reader.name() == "LastModified") {
    VARVE_ASSIGN_OR_RETURN(object.last_modified, ParseIso8601(reader.text()));
  }
  return absl::OkStatus();
}

void ReadErrorField(const XmlReader& reader, S3Error& error) {
  const std::pair<std::string_view, std::string*> fields[] = {{"Code", &error.code},
                                                              {"Message", &error.message},
                                                              {"Region", &error.region},
                                                              {"Endpoint", &error.endpoint},
                                                              {"StorageClass", &error.storage_class},
                                                              {"RequestId", &error.request_id}};
  for (const auto& [name, field] : fields) {
    if (reader.at_end_of(name)) *field = reader.text();
  }
}

}  // namespace

absl::StatusOr<S3ListPage> ParseListPage(std::string_view xml) {
  S3ListPage page;
  S3Object object;
  bool escaped = false, is_list = false, next_is_key = false;
  XmlReader reader(xml);
  while (reader.Next()) {
    if (reader.at_start()) {
      is_list |= reader.depth() == 1 && reader.name() == "ListBucketResult";
      continue;
    }
    if (reader.inside("Contents")) {
      if (!reader.inside("Owner")) VARVE_RETURN_IF_ERROR(ReadObjectField(reader, object));
    } else if (reader.at_end_of("Contents")) {
      page.objects.push_back(std::exchange(object, {}));
    } else if (reader.inside("CommonPrefixes")) {
      if (reader.name() == "Prefix") page.prefixes.push_back(reader.text());
    } else if (reader.at_end_of("IsTruncated")) {
      page.truncated = reader.text() == "true";
    } else if (reader.at_end_of("NextContinuationToken") || reader.at_end_of("NextMarker")) {
      page.next = reader.text();
      next_is_key = reader.name() == "NextMarker";
    } else if (reader.at_end_of("EncodingType")) {
      escaped = reader.text() == "url";
    }
  }
  VARVE_RETURN_IF_ERROR(reader.status());
  if (!is_list) return InvalidArgument("not a listing of a bucket");
  if (escaped) VARVE_RETURN_IF_ERROR(DecodeKeys(page));
  if (escaped && next_is_key) {
    VARVE_ASSIGN_OR_RETURN(page.next, UrlDecodeQuery(page.next));
  }
  return page;
}

S3Error ParseS3Error(std::string_view body) {
  S3Error error;
  XmlReader reader(body);
  while (reader.Next()) {
    if (!reader.at_start()) ReadErrorField(reader, error);
  }
  return reader.status().ok() ? error : S3Error();
}

absl::StatusOr<std::string> ParseUploadId(std::string_view xml) {
  std::string id;
  XmlReader reader(xml);
  while (reader.Next()) {
    if (reader.at_end_of("UploadId")) id = reader.text();
  }
  VARVE_RETURN_IF_ERROR(reader.status());
  if (id.empty()) return InvalidArgument("no UploadId in the answer");
  return id;
}

absl::StatusOr<std::vector<S3DeleteFailure>> ParseDeleteFailures(std::string_view xml) {
  std::vector<S3DeleteFailure> failures;
  XmlReader reader(xml);
  while (reader.Next()) {
    if (reader.at_start()) {
      if (reader.name() == "Error") failures.emplace_back();
    } else if (reader.inside("Error")) {
      if (reader.name() == "Key") failures.back().key = reader.text();
      ReadErrorField(reader, failures.back().error);
    }
  }
  VARVE_RETURN_IF_ERROR(reader.status());
  return failures;
}

std::string CompleteMultipartXml(const std::vector<S3Part>& parts) {
  std::string xml = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
  for (const S3Part& part : parts) {
    xml += fmt::format("<Part><PartNumber>{}</PartNumber><ETag>&quot;{}&quot;</ETag></Part>", part.number,
                       XmlEscape(WithoutQuotes(part.etag)));
  }
  return xml + "</CompleteMultipartUpload>";
}

std::string DeleteObjectsXml(const std::vector<std::string>& keys) {
  std::string xml = "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Quiet>true</Quiet>";
  for (const std::string& key : keys) xml += fmt::format("<Object><Key>{}</Key></Object>", XmlEscape(key));
  return xml + "</Delete>";
}

}  // namespace varve
