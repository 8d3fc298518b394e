// Credentials that a service hands out for a while: STS for a web identity, the container's endpoint, the instance's metadata.
#include "base/errors.h"
#include "base/json_value.h"
#include "base/status_macros.h"
#include "net/url.h"
#include "objstore/iso_time.h"
#include "objstore/s3/credentials_sources.h"
#include "objstore/s3/s3_answers.h"
#include "objstore/xml_reader.h"
#include "runtime/files.h"

namespace varve {
namespace {

using Found = std::optional<AwsCredentials>;
constexpr uint64_t kAnswerBytesMax = 1 << 20;
constexpr std::chrono::seconds kPatience{5};          // of what is in the neighbourhood
constexpr std::chrono::milliseconds kIsThere{1'500};  // whether there is a metadata service at all

std::string Stripped(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.pop_back();
  return text;
}

absl::StatusOr<std::string> Ask(const Context& ctx, HttpTransport& transport, TransportRequest request) {
  request.text_bytes_max = kAnswerBytesMax;
  VARVE_ASSIGN_OR_RETURN(TransportResponse response, transport.Do(ctx, request));
  if (response.status / 100 == 2) return std::move(response.text);
  const S3Error error = ParseS3Error(response.text);
  const std::string url = request.url.substr(0, request.url.find('?'));
  const std::string reason =
      fmt::format("{} {}: answered {} {} {}", request.method, url, response.status, error.code, error.message);
  return response.status / 100 == 5 ? Unavailable("{}", reason) : FailedPrecondition("{}", reason);
}

// The document that container endpoints and metadata services answer with.
absl::StatusOr<AwsCredentials> ParseJsonCredentials(std::string_view text, std::string source) {
  VARVE_ASSIGN_OR_RETURN(const JsonValue json, JsonValue::Parse(text));
  AwsCredentials credentials{.access_key = std::string(json["AccessKeyId"].StringOr("")),
                             .secret_key = std::string(json["SecretAccessKey"].StringOr("")),
                             .session_token = std::string(json["Token"].StringOr("")),
                             .expires = std::nullopt,
                             .source = std::move(source)};
  if (credentials.access_key.empty() || credentials.secret_key.empty()) {
    return FailedPrecondition("no keys in the answer; code {:?}, message {:?}", json["Code"].StringOr(""),
                              json["Message"].StringOr(""));
  }
  if (const std::string_view expires = json["Expiration"].StringOr(""); !expires.empty()) {
    VARVE_ASSIGN_OR_RETURN(credentials.expires, ParseIso8601(expires));
  }
  return credentials;
}

class WebIdentitySource : public CredentialsSource {
 public:
  WebIdentitySource(EnvLookup env, const S3Config& config, SharedTransport transport)
      : env_(std::move(env)), config_(config), transport_(std::move(transport)) {}

  absl::StatusOr<Found> Fetch(const Context& ctx) override {
    const std::string token_file = env_("AWS_WEB_IDENTITY_TOKEN_FILE").value_or("");
    const std::string role = env_("AWS_ROLE_ARN").value_or("");
    if (token_file.empty()) return Found();
    if (role.empty()) return FailedPrecondition("AWS_WEB_IDENTITY_TOKEN_FILE is set without AWS_ROLE_ARN");
    VARVE_ASSIGN_OR_RETURN(const std::string token, RealFiles().ReadAll(token_file));  // it is rotated
    UrlParams form;
    form.Add("Action", "AssumeRoleWithWebIdentity");
    form.Add("Version", "2011-06-15");
    form.Add("RoleArn", role);
    form.Add("RoleSessionName", env_("AWS_ROLE_SESSION_NAME").value_or("varve"));
    form.Add("WebIdentityToken", Stripped(token));
    const std::string body = form.Encode();
    TransportRequest request{.method = "POST", .url = StsUrl(), .body = AsBytes(body)};
    request.headers.Set("Content-Type", "application/x-www-form-urlencoded");
    const absl::StatusOr<std::string> answer = Ask(ctx.WithTimeout(std::chrono::seconds(30)), *transport_, std::move(request));
    if (!answer.ok()) return Annotate(answer.status(), "role {} by web identity (AWS_ROLE_ARN)", role);
    VARVE_ASSIGN_OR_RETURN(AwsCredentials credentials, ParseSts(*answer));
    credentials.source = fmt::format("role {} by web identity", role);
    return Found(std::move(credentials));
  }
  std::string_view looks_at() const override { return "web identity (AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN)"; }

 private:
  std::string StsUrl() const {
    std::string endpoint = config_.sts_endpoint;
    if (endpoint.empty()) endpoint = env_("AWS_ENDPOINT_URL_STS").value_or("");
    std::string region = env_("AWS_REGION").value_or(env_("AWS_DEFAULT_REGION").value_or(config_.region));
    if (endpoint.empty()) {
      endpoint = region.empty() ? "https://sts.amazonaws.com"
                                : fmt::format("https://sts.{}.amazonaws.com{}", region, region.starts_with("cn-") ? ".cn" : "");
    }
    return endpoint.find("://") == std::string::npos ? "https://" + endpoint : endpoint;
  }

  static absl::StatusOr<AwsCredentials> ParseSts(std::string_view xml) {
    AwsCredentials credentials;
    XmlReader reader(xml);
    while (reader.Next()) {
      if (!reader.inside("Credentials")) continue;
      if (reader.at_end_of("AccessKeyId")) credentials.access_key = reader.text();
      if (reader.at_end_of("SecretAccessKey")) credentials.secret_key = reader.text();
      if (reader.at_end_of("SessionToken")) credentials.session_token = reader.text();
      if (reader.at_end_of("Expiration")) {
        VARVE_ASSIGN_OR_RETURN(credentials.expires, ParseIso8601(reader.text()));
      }
    }
    VARVE_RETURN_IF_ERROR(reader.status());
    if (credentials.access_key.empty() || credentials.secret_key.empty())
      return FailedPrecondition("no keys in the answer of STS");
    return credentials;
  }

  const EnvLookup env_;
  const S3Config& config_;
  const SharedTransport transport_;
};

// Plain HTTP carries a token to this machine and its neighbourhood alone.
bool IsNearby(std::string_view url) {
  for (const std::string_view host : {"http://127.0.0.1", "http://localhost", "http://[::1]", "http://169.254.170.2",
                                      "http://169.254.170.23", "http://[fd00:ec2::23]"}) {
    if (url.starts_with(host) && (url.size() == host.size() || url[host.size()] == '/' || url[host.size()] == ':')) return true;
  }
  return false;
}

class ContainerSource : public CredentialsSource {
 public:
  ContainerSource(EnvLookup env, std::string base_url, SharedTransport transport)
      : env_(std::move(env)), base_url_(std::move(base_url)), transport_(std::move(transport)) {}

  absl::StatusOr<Found> Fetch(const Context& ctx) override {
    const std::string relative = env_("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI").value_or("");
    const std::string url = relative.empty() ? env_("AWS_CONTAINER_CREDENTIALS_FULL_URI").value_or("") : base_url_ + relative;
    if (url.empty()) return Found();
    if (!url.starts_with("https://") && !IsNearby(url) && relative.empty()) {
      return FailedPrecondition("AWS_CONTAINER_CREDENTIALS_FULL_URI is plain HTTP to a host that is not this one");
    }
    TransportRequest request{.url = url};
    std::string token = env_("AWS_CONTAINER_AUTHORIZATION_TOKEN").value_or("");
    if (const std::optional<std::string> file = env_("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")) {
      VARVE_ASSIGN_OR_RETURN(token, RealFiles().ReadAll(*file));
    }
    if (!token.empty()) request.headers.Set("Authorization", Stripped(token));
    const absl::StatusOr<std::string> answer = Ask(ctx.WithTimeout(kPatience), *transport_, std::move(request));
    if (!answer.ok()) return Annotate(answer.status(), "the container's credentials (AWS_CONTAINER_CREDENTIALS_*)");
    VARVE_ASSIGN_OR_RETURN(AwsCredentials credentials, ParseJsonCredentials(*answer, "the container's credentials endpoint"));
    return Found(std::move(credentials));
  }
  std::string_view looks_at() const override {
    return "the container's endpoint (AWS_CONTAINER_CREDENTIALS_FULL_URI or _RELATIVE_URI)";
  }

 private:
  const EnvLookup env_;
  const std::string base_url_;
  const SharedTransport transport_;
};

class MetadataSource : public CredentialsSource {
 public:
  MetadataSource(EnvLookup env, std::string base_url, SharedTransport transport)
      : env_(std::move(env)), base_url_(std::move(base_url)), transport_(std::move(transport)) {}

  absl::StatusOr<Found> Fetch(const Context& ctx) override {
    if (env_("AWS_EC2_METADATA_DISABLED").value_or("") == "true") return Found();
    std::string base = env_("AWS_EC2_METADATA_SERVICE_ENDPOINT").value_or(base_url_);
    while (base.ends_with('/')) base.pop_back();
    TransportRequest token_request{.method = "PUT", .url = base + "/latest/api/token"};
    token_request.headers.Set("X-aws-ec2-metadata-token-ttl-seconds", "21600");
    const absl::StatusOr<std::string> token = Ask(ctx.WithTimeout(kIsThere), *transport_, std::move(token_request));
    VARVE_RETURN_IF_ERROR(ctx.Check());
    if (!token.ok()) return Found();  // not on such an instance
    const auto get = [&](const std::string& path) {
      TransportRequest request{.url = base + path};
      request.headers.Set("X-aws-ec2-metadata-token", Stripped(*token));
      return Ask(ctx.WithTimeout(kPatience), *transport_, std::move(request));
    };
    constexpr std::string_view kRoles = "/latest/meta-data/iam/security-credentials/";
    const absl::StatusOr<std::string> roles = get(std::string(kRoles));
    if (!roles.ok()) return Annotate(roles.status(), "the role of this instance (has it one?)");
    const std::string role = Stripped(roles->substr(0, roles->find('\n')));
    const absl::StatusOr<std::string> answer = get(std::string(kRoles) + role);
    if (!answer.ok()) return Annotate(answer.status(), "credentials of the instance's role {}", role);
    VARVE_ASSIGN_OR_RETURN(AwsCredentials credentials,
                           ParseJsonCredentials(*answer, fmt::format("the instance's role {}", role)));
    return Found(std::move(credentials));
  }
  std::string_view looks_at() const override { return "the instance's metadata service (IMDSv2)"; }

 private:
  const EnvLookup env_;
  const std::string base_url_;
  const SharedTransport transport_;
};

}  // namespace

std::unique_ptr<CredentialsSource> NewWebIdentitySource(EnvLookup env, const S3Config& config, SharedTransport transport) {
  return std::make_unique<WebIdentitySource>(std::move(env), config, std::move(transport));
}
std::unique_ptr<CredentialsSource> NewContainerSource(EnvLookup env, std::string base_url, SharedTransport transport) {
  return std::make_unique<ContainerSource>(std::move(env), std::move(base_url), std::move(transport));
}
std::unique_ptr<CredentialsSource> NewMetadataSource(EnvLookup env, std::string base_url, SharedTransport transport) {
  return std::make_unique<MetadataSource>(std::move(env), std::move(base_url), std::move(transport));
}

}  // namespace varve
