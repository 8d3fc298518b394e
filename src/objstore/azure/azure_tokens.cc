#include "objstore/azure/azure_tokens.h"

#include "base/errors.h"
#include "base/status_macros.h"
#include "net/url.h"
#include "runtime/files.h"

namespace varve {
namespace {

constexpr std::string_view kScope = "https://storage.azure.com/.default";
constexpr std::string_view kResource = "https://storage.azure.com/";
constexpr std::chrono::seconds kPatience{30}, kMetadataPatience{5};

struct Application {
  std::string tenant, client, secret, assertion;
};

class AzureTokenSource {
 public:
  AzureTokenSource(const AzureConfig& config, AzureTokenOptions options, std::unique_ptr<HttpTransport> transport)
      : application_{.tenant = config.tenant_id, .client = config.client_id, .secret = config.client_secret, .assertion = ""},
        user_assigned_id_(config.user_assigned_id),
        options_(std::move(options)),
        transport_(std::move(transport)) {}

  absl::StatusOr<BearerToken> Fetch(const Context& ctx) const {
    if (!application_.secret.empty()) return FromEntra(ctx, application_, "client_id and client_secret in the bucket's config");
    if (!user_assigned_id_.empty()) return FromMetadata(ctx, user_assigned_id_);
    Application own{.tenant = Env("AZURE_TENANT_ID"),
                    .client = Env("AZURE_CLIENT_ID"),
                    .secret = Env("AZURE_CLIENT_SECRET"),
                    .assertion = ""};
    if (!own.secret.empty()) return FromEntra(ctx, own, "AZURE_CLIENT_ID and AZURE_CLIENT_SECRET");
    if (const std::string file = Env("AZURE_FEDERATED_TOKEN_FILE"); !file.empty()) {
      VARVE_ASSIGN_OR_RETURN(own.assertion, RealFiles().ReadAll(file));  // it is rotated
      return FromEntra(ctx, own, "workload identity (AZURE_FEDERATED_TOKEN_FILE)");
    }
    return FromMetadata(ctx, own.client);
  }

 private:
  std::string Env(const std::string& name) const { return options_.env(name).value_or(""); }

  absl::StatusOr<BearerToken> FromEntra(const Context& ctx, const Application& application, std::string source) const {
    std::string authority = Env("AZURE_AUTHORITY_HOST");
    if (authority.empty()) authority = "https://login.microsoftonline.com";
    while (authority.ends_with('/')) authority.pop_back();
    UrlParams form;
    form.Add("grant_type", "client_credentials");
    form.Add("client_id", application.client);
    form.Add("scope", std::string(kScope));
    if (application.assertion.empty()) {
      form.Add("client_secret", application.secret);
    } else {
      form.Add("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
      form.Add("client_assertion", application.assertion);
    }
    const std::string body = form.Encode();
    TransportRequest request{.method = "POST",
                             .url = fmt::format("{}/{}/oauth2/v2.0/token", authority, UrlEncodePath(application.tenant)),
                             .body = AsBytes(body)};
    request.headers.Set("Content-Type", "application/x-www-form-urlencoded");
    return FetchBearerToken(ctx.WithTimeout(kPatience), *transport_, std::move(request), std::move(source),
                            options_.clock->NowMs());
  }

  absl::StatusOr<BearerToken> FromMetadata(const Context& ctx, const std::string& client) const {
    UrlParams query;
    query.Add("api-version", "2018-02-01");
    query.Add("resource", std::string(kResource));
    if (!client.empty()) query.Add("client_id", client);
    TransportRequest request{.url = fmt::format("{}/metadata/identity/oauth2/token?{}", options_.metadata_url, query.Encode())};
    request.headers.Set("Metadata", "true");
    const absl::StatusOr<BearerToken> token = FetchBearerToken(
        ctx.WithTimeout(kMetadataPatience), *transport_, std::move(request), "the managed identity", options_.clock->NowMs());
    if (token.ok() || !ctx.Check().ok()) return token;
    return FailedPrecondition(
        "no credentials for Azure were found; looked at: storage_account_key, storage_connection_string, client_secret "
        "and user_assigned_id in the bucket's config; AZURE_CLIENT_SECRET; AZURE_FEDERATED_TOKEN_FILE; {}",
        Message(token.status()));
  }

  const Application application_;
  const std::string user_assigned_id_;
  const AzureTokenOptions options_;
  const std::unique_ptr<HttpTransport> transport_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Expiring<BearerToken>>> MakeAzureTokens(const AzureConfig& config, AzureTokenOptions options) {
  VARVE_ASSIGN_OR_RETURN(std::unique_ptr<HttpTransport> transport, HttpTransport::Make({}));
  Clock& clock = *options.clock;
  auto source = std::make_shared<const AzureTokenSource>(config, std::move(options), std::move(transport));
  return std::make_unique<Expiring<BearerToken>>([source](const Context& ctx) { return source->Fetch(ctx); }, clock);
}

}  // namespace varve
