#include "objstore/s3/s3_endpoint.h"

#include <fmt/format.h>

#include <algorithm>

#include "objstore/s3/sigv4.h"

namespace varve {
namespace {

constexpr std::string_view kDefaultRegion = "us-east-1";
constexpr std::string_view kAwsSuffixes[] = {".amazonaws.com", ".amazonaws.com.cn"};

std::string_view AwsSuffix(std::string_view host) {
  for (const std::string_view suffix : kAwsSuffixes) {
    if (host.ends_with(suffix)) return suffix;
  }
  return "";
}

bool IsRegion(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

// "s3", "s3.eu-west-1", "s3-eu-west-1", "s3.dualstack.eu-west-1": what we may spell anew. Not so s3-fips, s3-accelerate, vpce.
bool IsPlainAwsEndpoint(std::string_view host) {
  const std::string_view suffix = AwsSuffix(host);
  if (suffix.empty()) return false;
  const std::string_view name = host.substr(0, host.size() - suffix.size());
  return name == "s3" || !RegionOfAwsEndpoint(host).empty();
}

}  // namespace

std::string RegionOfAwsEndpoint(std::string_view endpoint) {
  const std::string_view suffix = AwsSuffix(endpoint);
  if (suffix.empty()) return "";
  std::string_view name = endpoint.substr(0, endpoint.size() - suffix.size());
  for (const std::string_view start : {"s3.dualstack.", "s3.", "s3-"}) {
    if (!name.starts_with(start)) continue;
    name.remove_prefix(start.size());
    const bool is_region = IsRegion(name) && std::count(name.begin(), name.end(), '-') >= 2 && !name.starts_with("fips-");
    return is_region ? std::string(name) : "";
  }
  return "";
}

S3Endpoint::S3Endpoint(const S3Config& config) : config_(config), region_(config.region) {
  if (region_.empty()) region_ = RegionOfAwsEndpoint(config.endpoint);
  if (region_.empty()) region_ = kDefaultRegion;
}

std::string S3Endpoint::HostIn(const std::string& region) const {
  if (!IsPlainAwsEndpoint(config_.endpoint)) return config_.endpoint;
  return fmt::format("s3.{}{}{}", config_.dualstack ? "dualstack." : "", region, AwsSuffix(config_.endpoint));
}

S3Address S3Endpoint::Address() const {
  S3Address address;
  {
    MutexLock lock(mutex_);
    address.region = region_;
  }
  address.host = HostIn(address.region);
  const std::string_view name = std::string_view(address.host).substr(0, address.host.rfind(':'));
  const bool dotted = config_.bucket.find('.') != std::string::npos;
  const bool fits_host = !AwsSuffix(name).empty() || name == "storage.googleapis.com";
  const bool virtual_hosted = config_.lookup == S3Lookup::kVirtualHosted ||
                              (config_.lookup == S3Lookup::kAuto && fits_host && (config_.insecure || !dotted));
  if (virtual_hosted) {
    address.host = fmt::format("{}.{}", config_.bucket, address.host);
  } else {
    address.path = "/" + AwsEscape(config_.bucket);
  }
  address.origin = fmt::format("{}://{}", config_.insecure ? "http" : "https", address.host);
  return address;
}

bool S3Endpoint::SetRegion(std::string_view region) {
  MutexLock lock(mutex_);
  if (!IsRegion(region) || region == region_) return false;
  region_ = region;
  return true;
}

}  // namespace varve
